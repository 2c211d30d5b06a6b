/* plan: the compiled, checked, immutable form of a profile.
 *
 * Every check of a profile lives behind plan_compile: when it succeeds nothing about the
 * profile can go wrong any more, only the world can. A plan is one arena and is shared by all
 * workers. Compiled by cmd/, carried out by run/. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "gate/gate.h"
#include "gen/population.h"
#include "pace/pace.h"
#include "packet/packet.h"
#include "proto/http1_edit.h"
#include "proto/mask.h"
#include "proto/proto.h"
#include "stats/flow_table.h"
#include "trace/axis.h"
#include "trace/rewrite.h"
#include "trace/select.h"
#include "trace/shape.h"
#include "trace/sides.h"
#include "trace/source.h"
#include "wire/sock.h"
#include "wire/wire.h"

enum way {
    WAY_NONE, /* never in a plan: what the stream sends is wrong */
    WAY_PACKETS,
    WAY_REQUESTS,
    WAY_REPLAY,
    WAY_LIVE,
    WAY_CONVERSATIONS, /* a unit is several packets */
};
enum loop {
    LOOP_OPEN,   /* a schedule says when units are due */
    LOOP_CLOSED, /* users: the next unit is due when the last one is done, plus think time */
    LOOP_FLOOD,  /* rate = max: a unit is due when the wire takes it */
};
enum late_policy { LATE_CATCHUP, LATE_DROP, LATE_STRETCH };
enum pacing { PACING_AUTO, PACING_SLEEP, PACING_HYBRID, PACING_SPIN }; /* compiled: not auto */
enum capture_mode { CAPTURE_AUTO, CAPTURE_ON, CAPTURE_OFF };

/* One entry of a stream's `send`: a packet or a request, and its cell in the recorders. */
struct kind {
    const char *name;
    uint32_t cell;
    /* Its share of the units, among the weights of all kinds. In a stream of conversations: how
     * many there are of it in `weights` conversations. */
    uint64_t weight;
    struct packet *packet;
    struct request *request;
    enum side side; /* of a conversation's packet: who sends it */
};

/* One packet of a conversation. */
struct turn {
    uint32_t kind;     /* position in the stream's kinds */
    uint32_t seq, ack; /* what is added to the initial TCP numbers of its side, of the other */
    const struct gen *pause; /* behind the packet before it, in ns; NULL: none */
};
struct conversation {
    const char *name;
    uint64_t weight;
    struct turn *turn;
    size_t n;
    uint64_t initial[SIDES]; /* keys of the draws of the initial sequence numbers */
};

/* Link addresses that a side's frames get: the device's own, and a neighbour's. */
struct replay_hop {
    bool asked, has_own; /* has_own: it leaves by a device */
    struct addr to;      /* the neighbour: an IP address to be resolved before the run, or a MAC */
    uint8_t own[6], mac[6];
};
/* Gives a frame the addresses that were asked for; a group stays one. */
static inline void replay_address(const struct replay_hop *h, uint8_t *frame)
{
    if (!h->asked) return;
    if (!(*frame & 1)) memcpy(frame, h->mac, 6);
    if (h->has_own) memcpy(frame + 6, h->own, 6);
}
struct clone;
struct replay {
    const char *path;          /* as the profile has it, for people */
    struct source_files files; /* "-": standard input */
    bool once;                 /* it is standard input or a pipe, which is read once only */
    enum source_order order;
    bool preload;
    const char *alone; /* why one worker replays all of it; NULL: they share its conversations */
    struct select select;
    struct shape shape;
    struct rewrite rewrite;
    /* Frames that cannot leave as they are count as failed unless the profile says that they
     * stay behind. */
    bool skip_foreign, skip_cut, skip_big;
    bool segment;  /* TCP frames longer than the MTU are split */
    bool fragment; /* what is left of them is fragmented, where it may be */
    uint64_t mtu;  /* 0: the device's */
    struct sides_rules sides;
    bool ordered;           /* a frame leaves when the one before it was seen on the other side */
    uint64_t order_timeout; /* ns; it leaves then in any case */
    struct replay_hop hop[SIDES];
    bool step; /* a frame leaves when somebody says so */
    enum backwards backwards;
    uint64_t speed_num, speed_den; /* recorded gaps are divided by this */
    uint64_t loops;                /* NEVER: without end */
    uint64_t max_gap;              /* ns; longer recorded gaps are cut to this; NEVER: none */
    struct clone *clone;           /* units are copies of conversations; NULL: frames */
};

/* A live replay: what a capture's clients said, on connections to the target. */
struct live_rules {
    bool stream;                      /* TCP; else UDP */
    bool http;                        /* connections carry HTTP/1.x; else bytes */
    bool status, length, body, bytes; /* what of replies is compared */
    const struct masks *masks;        /* left out of bodies; NULL: nothing */
    const struct http1_edit *edit;    /* of requests; NULL: as recorded */
};

struct stream {
    const char *name;
    struct where at;
    uint32_t number;
    enum way way;
    enum loop loop;
    struct kind *kinds;
    size_t n;
    const struct population *population; /* packets: their flows; NULL: none */
    const struct gen *pick; /* which kind, or conversation, unit n is: from 0; NULL: there is one */
    struct {
        struct conversation *v;
        size_t n;
    } conversations;
    uint64_t weights; /* of all conversations */
    uint64_t open;    /* most conversations under way at a time */

    const struct schedule *schedule; /* open loop, and replay at a rate */
    uint64_t users;                  /* closed loop */
    const struct gen *think;         /* closed loop: pause in ns; NULL: none */
    uint64_t count;                  /* at most this many units; NEVER: no limit */
    enum late_policy late;
    uint64_t late_after; /* ns */
    bool by_size;        /* replay: the schedule's units are bytes, not frames */
    unsigned rate_layer; /* packets and frames: what a rate in bits counts; 0: not said, so 2 */

    const struct proto *proto; /* requests: that of all its kinds */
    uint64_t connections;
    uint64_t timeout;    /* ns */
    bool replies;        /* packets: replies or arrivals are captured and matched */
    bool answer;         /* packets: ARP, ND and echo requests for their addresses */
    const char *receive; /* packets: where they are to arrive; NULL: replies come back */

    const struct wire_class *wire; /* packets and replay */
    const char *place;             /* interface or file */
    unsigned priority;             /* packets and replay: 0..7, higher ones leave first */
    const char *server_place;      /* two sides: where the server's frames leave; NULL: one side */
    struct replay replay;
    struct live_rules live;
};

struct plan {
    struct arena *arena;
    const struct profile *profile;
    uint64_t seed, duration, warmup, drain; /* ns; duration NEVER: until the streams end */
    unsigned workers;
    bool pin; /* workers to cores */
    enum pacing pacing;
    enum capture_mode capture;
    const char *interface;  /* NULL: none */
    const char *target_url; /* NULL: none */
    struct proto_target target;
    struct sock_addr target_addr[8];
    size_t target_addrs;
    struct {
        struct prefix *v;
        size_t n, cap;
    } allow; /* what may be sent to, the built-in networks first */
    struct stream *streams;
    size_t n;
    struct gates gates;
    struct rec_layout layout;
    const char **stream_names, **kind_names; /* per stream, per cell */
};

/* What the command line adds to the profile. */
struct plan_opts {
    const char *const *allow; /* --allow, ends with NULL; may be NULL */
    bool dry;                 /* nothing will be sent: no wire, interface or target is needed */
};

/* NULL after adding everything that is wrong. */
struct plan *plan_compile(struct arena *a, struct profile *p, const struct plan_opts *opts,
                          struct errs *errs);
/* Whether packets may go there (target rules). */
bool plan_allows(const struct plan *p, struct addr to);
/* Whether a file is one of the captures that streams replay, which writing to it would destroy. */
bool plan_replays(const struct plan *p, const char *path);
/* Units of an open-loop stream due before `until`, its count limit included. */
uint64_t stream_units(const struct stream *s, uint64_t until);
/* The mean bits of one packet of the stream: at layer 1 the frame with preamble, gap and check
 * sequence, at 2 with the check sequence, at 3 its IP packet. False, and *why (may be NULL) in
 * static text, when that is not known. */
bool stream_unit_bits(const struct stream *s, unsigned layer, struct fraction *bits,
                      const char **why);
/* Bytes that a frame takes besides its own at layer 1 or 2. */
unsigned frame_overhead(unsigned layer);
/* After how many packets the stream begins its varying values again: 1 when all are alike, 0 when
 * that never happens, as with draws, or is not known; UINT64_MAX: beyond 2^64. */
uint64_t stream_period(const struct stream *s);
/* `spate check`: the plan for people. */
#include <stdio.h>
void plan_print(const struct plan *p, FILE *f);

/* The keys of each section, for messages and documentation; each ends without name. */
extern const struct param run_keys[], target_keys[], stream_keys[], conversation_keys[];

#endif
