/* reel: the frames of a replay in order, each with the time at which it is due.
 *
 * Reads the source, leaves out what is not selected, starts over for each loop, and puts the
 * recording's time on the run's clock. One lane's own. Called by run/replay.c. */
#ifndef RUN_REEL_H
#define RUN_REEL_H

#include "plan/plan.h"

enum reel_state {
    REEL_FRAME, /* reel->frame is the next one */
    REEL_LATER, /* many frames were passed over: look again, so that other lanes get their turn */
    REEL_DRY,   /* the next one has not come through the pipe yet: look when reel_fd is readable */
    REEL_END,
};
struct reel {
    const struct stream *stream;
    uint64_t until; /* nothing is due from here on */
    struct source *source;
    struct selector *selector;
    struct sides *sides; /* NULL: all leaves by one interface */
    struct schedule_state *schedule;

    struct trace_frame frame; /* its bytes stay until the next one is looked for */
    size_t file;
    enum side side;
    uint64_t due, index, loop;
    uint64_t bytes; /* of the frames before this one, as a rate in bits counts them */
    bool backwards; /* stamped before its predecessor, and the profile says to skip such */
    bool have, ended;
    char damage[320]; /* what is wrong with a file; empty: nothing so far */

    struct axis axis;
    uint64_t number;          /* frames of this loop that were read */
    uint64_t taken;           /* of which so many were selected */
    uint64_t first_at, start; /* axis position of the first of these; when it was due, unscaled */
    uint64_t last;            /* position of the latest, unscaled, since the run's start */
    uint64_t shift;           /* late = stretch */
};

/* False after adding what is wrong. */
bool reel_open(struct reel *r, const struct stream *s, const struct plan *p, struct arena *a,
               struct errs *errs);
/* Looks for the next frame. */
enum reel_state reel_look(struct reel *r, uint64_t now);
int reel_fd(const struct reel *r);
/* The frame has been used. Where a rate in bits says when frames are due, `bytes` must have been
 * told by the next look. */
static inline void reel_take(struct reel *r)
{
    r->have = false;
    r->index++;
}
void reel_close(struct reel *r);

#endif
