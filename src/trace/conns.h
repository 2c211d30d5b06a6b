/* conns: the connections and flows that are under way, found by their ends.
 *
 * A table of fixed size. Those in it also stand in lists in the order in which they were last
 * heard of, and those that hold bytes back in the order in which they began to. Private to
 * trace/talk.c. */
#ifndef TRACE_CONNS_H
#define TRACE_CONNS_H

#include "trace/said.h"
#include "trace/streams.h"
#include "trace/talk.h"

enum conn_list {
    CONNS_TCP,
    CONNS_UDP,
    CONNS_OVER,    /* closed; kept to know what is left of them when it comes */
    CONNS_LISTS,   /* every connection is in one of these */
    CONNS_HOLDING, /* and perhaps in this one */
};
struct conn {
    uint64_t number;
    void *mine; /* the caller's */
    int64_t heard_ns;
    int64_t holding_ns; /* since when; valid in CONNS_HOLDING */
    uint64_t flow;
    uint8_t addr[2][16]; /* by enum talk_side; of IPv4 the first four bytes count */
    uint16_t port[2];
    uint8_t addr_n;
    bool udp, holding;
    bool closing; /* all that is known is told, and then the end: */
    bool giving_up;
    enum talk_how how;
    enum talk_side by, began; /* ended it; was the first to shut */
    enum conn_list list;
    uint32_t chain; /* the next one with the same hash */
    struct {
        uint32_t before, after;
    } link[2];               /* in its list, in CONNS_HOLDING */
    struct stream stream[2]; /* by enum talk_side */
};
struct conns;

struct conns *conns_new(uint32_t max); /* NULL without memory */
void conns_free(struct conns *c);
/* The connection between these ends, and which of them is speaking; NULL: not known. */
struct conn *conns_find(struct conns *c, const struct said *s, enum talk_side *side);
/* A new one, last in its list; `side` is speaking. NULL: there are `max`. */
struct conn *conns_add(struct conns *c, const struct said *s, enum talk_side side, int64_t now);
/* It was heard of now: it goes to the end of its list, or of another. */
void conns_heard(struct conns *c, struct conn *x, enum conn_list list, int64_t now);
/* It begins or ends to hold bytes back. */
void conns_holding(struct conns *c, struct conn *x, bool holding, int64_t now);
void conns_remove(struct conns *c, struct conn *x);
/* The first of a list: heard of longest ago. NULL: it is empty. */
struct conn *conns_first(struct conns *c, enum conn_list list);

#endif
