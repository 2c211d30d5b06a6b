/* telling: what is known of a connection as events, in order. Private to trace/talk.c.
 *
 * A frame may lead to many events, about other connections too: when one has to end first, what
 * is left of it is told. So work on a frame is cut into stages, each of which can be entered
 * again, and whenever a connection is set as t->telling, all that can be told of it is told
 * before anything else. */
#ifndef TRACE_TELLING_H
#define TRACE_TELLING_H

#include "trace/conns.h"

struct talk {
    struct talk_opts opts;
    struct talk_counts counts;
    struct conns *conns;
    struct held_pool *pool;
    struct defrag *defrag;
    enum stage { READ, EXPIRE, FIND, ACK, TAKE, MISSING, FINISH, END } stage;
    int looks;
    int64_t now;
    struct said said; /* by the present frame */
    struct conn *conn;
    enum talk_side side;  /* who speaks */
    size_t fresh;         /* bytes of it that had not been seen */
    uint64_t *fate;       /* which count it will be in */
    struct conn *telling; /* of this one all that can be told is told before anything else */
};

/* One event; they fill in *out and return true. */
bool tell_open(const struct talk *t, struct conn *c, struct talk_event *out);
bool tell_data(struct talk *t, struct conn *c, enum talk_side side, struct span bytes,
               struct talk_event *out);
bool tell_gap(struct talk *t, struct conn *c, enum talk_side side, uint64_t missing,
              struct talk_event *out);
/* The next event of the connection t->telling; false: nothing is left, and it is NULL now. */
bool tell(struct talk *t, struct talk_event *out);
/* Has the connection told to its end. */
void tell_end(struct talk *t, struct conn *c, enum talk_how how, enum talk_side by);

#endif
