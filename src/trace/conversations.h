/* conversations: a capture taken apart into its conversations, kept in memory as templates.
 *
 * A conversation is what two ends, each an address and a port, say to each other over one
 * transport; an ICMP echo's identifier counts as its port, other protocols go by addresses
 * alone. A TCP connection that reuses the ports of one that is over is another conversation. Who
 * is the client is told as in trace/sides.h. What belongs to no conversation is left out and
 * counted by reason. Read by plan/ (clone) once; immutable from then on and shared by
 * all workers. */
#ifndef TRACE_CONVERSATIONS_H
#define TRACE_CONVERSATIONS_H

#include "base/addr.h"
#include "trace/axis.h"
#include "trace/layout.h"
#include "trace/select.h"
#include "trace/shape.h"
#include "trace/sides.h"
#include "trace/source.h"

/* Why a selected frame is in no conversation. */
enum left_out {
    LEFT_FOREIGN,   /* of a link type that is not converted */
    LEFT_CUT,       /* when it was recorded */
    LEFT_TOO_BIG,   /* longer than `limit`, and not split */
    LEFT_NO_IP,     /* ARP and the like */
    LEFT_FRAGMENT,  /* of an IP packet: the ports are in another frame */
    LEFT_NO_HEADER, /* of a transport: nothing to tell the ends by */
    LEFT_ICMP,      /* no echo: errors and the like, which are about other conversations */
    LEFT_BACKWARDS, /* stamped before its predecessor, and such are skipped */
    LEFT_OUT_COUNT,
};
struct left_out_name {
    const char *key, *words; /* "foreign_link" in results; "of another link type" for people */
};
extern const struct left_out_name left_out_names[LEFT_OUT_COUNT];

struct recorded_frame {
    uint64_t at_ns; /* since the conversation's first frame; never less than the one before */
    struct layout at;
    const uint8_t *p;
    uint32_t n;
    bool from_client;
    bool filled; /* bytes were made up: its checksums are new */
};
struct recorded {
    const struct recorded_frame *const *frame;
    size_t n;
    struct addr client, server;
    uint16_t client_port, server_port; /* 0 where there are none; both the identifier for echoes */
    uint8_t proto;
    size_t file;     /* the number of its capture */
    uint64_t number; /* of its first frame in the capture, from 1 */
};

struct conversations_opts {
    const struct source_files *files;
    enum source_order order; /* in files played in turn the same ends are other conversations */
    const struct select *select;
    const struct shape *shape;
    const struct sides_rules *sides;
    enum backwards backwards;      /* within each conversation, like max_gap */
    uint64_t max_gap;              /* ns; UINT64_MAX: none */
    uint64_t speed_num, speed_den; /* gaps are divided by this */
    uint32_t limit;                /* longest frame, one VLAN tag on top; 0: any */
    uint32_t pushed;               /* VLAN tags that frames will get on their way out */
    bool segment;                  /* TCP frames beyond the limit are split */
    size_t memory;                 /* bytes that all conversations may take */
};
struct conversations {
    struct recorded *v; /* in the order of their first frames */
    size_t n;
    uint64_t frames, bytes; /* kept, after splitting */
    uint64_t seen, read;    /* frames of the capture; those of them that were selected */
    uint64_t most_frames;   /* of one conversation */
    uint32_t longest;       /* frame, in bytes */
    uint64_t longest_ns;    /* from first to last frame of one conversation */
    uint64_t left_out[LEFT_OUT_COUNT];
    char problem[320]; /* how a file is damaged; empty: it is not */
};

/* False, and *out is empty, after adding what is wrong: a file cannot be read, or the
 * conversations need more than `memory`. What is kept lives in the arena. */
bool conversations_read(struct arena *a, const struct conversations_opts *o,
                        struct conversations *out, struct where at, struct errs *errs);

#endif
