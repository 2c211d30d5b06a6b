/* talk: what the two sides of each recorded connection said, as one stream of events.
 *
 * Frames go in through a function; out come the openings, the bytes in order, what is missing and
 * the ends of all TCP connections and UDP flows, interleaved as they were recorded. Fragments are
 * put together (trace/defrag.h), segments put in order (trace/streams.h). Memory is bounded by the
 * limits below, whatever the length of the capture: about 44 MiB when all of them are reached.
 * Checksums are not looked at, as offloading leaves wrong ones behind; VLAN tags and labels do not
 * tell connections apart. Called by run/ (live replay) and cmd/ (info). One talk belongs to
 * one thread.
 *
 * The client of a TCP connection is who sent the SYN. Without a handshake it is told by the ports,
 * as layout_from_client does: the lower one is the server's. The client of a UDP flow is who speaks
 * first, unless the server alone has a port below 1024. */
#ifndef TRACE_TALK_H
#define TRACE_TALK_H

#include "base/addr.h"
#include "trace/trace.h"

#define TALK_CONNS_MAX 131072u    /* open at a time; the one idle for longest makes room */
#define TALK_HELD_MAX (16u << 20) /* bytes that wait for earlier ones, of all connections */
#define TALK_HELD_SIDE (4u << 20) /* of one side of one connection */
#define TALK_LOOKS 4096           /* frames read in one go while there is no event */

enum talk_kind {
    TALK_OPEN,  /* first of a connection: client, server, midway */
    TALK_DATA,  /* `side` said `bytes`: of TCP the next ones, of UDP one whole message */
    TALK_GAP,   /* `missing` bytes of `side` are not in the capture; its stream goes on behind
                   them. Of UDP: the end of the message just told */
    TALK_SHUT,  /* `side` will say no more (FIN); the other side may */
    TALK_CLOSE, /* last of a connection: `how`; `side` began it when that is FIN or RST */
};
enum talk_side { TALK_CLIENT, TALK_SERVER };
enum talk_how {
    TALK_FIN,      /* both sides have shut */
    TALK_RST,      /* `side` reset it */
    TALK_IDLE,     /* nothing came for longer than the options allow */
    TALK_REPLACED, /* its addresses and ports were used for a new connection */
    TALK_EVICTED,  /* TALK_CONNS_MAX were open */
    TALK_LAST,     /* it was still open when the capture ended */
};
struct talk_peer {
    struct addr addr;
    uint16_t port;
};
struct talk_event {
    enum talk_kind kind;
    enum talk_side side;
    enum talk_how how;
    bool udp;
    bool midway;   /* OPEN: its beginning was not recorded */
    uint64_t conn; /* 0, 1, 2, ... in the order of the openings; never used again */
    /* When the frame was recorded that completed this, by its at_ns: never earlier than that of
     * the event before, as long as the frames' stamps are not. */
    int64_t at_ns;
    struct talk_peer client, server; /* OPEN */
    struct span bytes;               /* DATA: never empty but for an empty UDP message; valid
                                        until the next call */
    uint64_t missing;                /* GAP: > 0. DATA of UDP: what the GAP behind it will tell */
    void **mine; /* a place for the caller's own thing about the connection: NULL at OPEN, kept
                    until CLOSE; the place itself is valid until the next call */
};

/* What became of each frame, and what else happened (trace/talk.def). */
struct talk_counts {
#define COUNT(id, ...) uint64_t id;
#include "trace/talk.def"
#undef COUNT
};
struct talk_count_doc {
    const char *name, *help;
    bool fate; /* the counts with this mark add up to the frames that were read */
    size_t at; /* offset in struct talk_counts */
};
extern const struct talk_count_doc talk_count_docs[];
extern const size_t talk_count_n;

struct talk_opts {
    /* The next frame, whose bytes stay valid until the next call; anything but TRACE_FRAME is
     * the end. A caller that selects frames or maps their times does it here. */
    enum trace_next (*next)(void *ctx, struct trace_frame *out);
    void *ctx;
    uint64_t tcp_idle_ns, udp_idle_ns; /* 0: TALK_TCP_IDLE, TALK_UDP_IDLE; by the frames' times */
    uint32_t conns_max;                /* 0: TALK_CONNS_MAX, which is also the most */
};
#define TALK_TCP_IDLE (7200ull * 1000000000)
#define TALK_UDP_IDLE (60ull * 1000000000)

struct talk;
enum talk_state {
    TALK_EVENT,
    TALK_LATER, /* many frames had nothing to tell: call again, so that others get their turn */
    TALK_END,   /* all is told; every connection that was opened has been closed */
};

struct talk *talk_open(const struct talk_opts *o); /* NULL without memory */
enum talk_state talk_next(struct talk *t, struct talk_event *out);
/* After TALK_END, for another loop over the frames: numbers of connections and counts go on. */
void talk_again(struct talk *t);
const struct talk_counts *talk_counts(struct talk *t);
void talk_close(struct talk *t);

/* talk_opts.next for a whole source; ctx is the struct source. */
enum trace_next talk_from_source(void *source, struct trace_frame *out);

#endif
