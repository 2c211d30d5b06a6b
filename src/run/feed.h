/* feed: one worker's share of an open-loop stream, as indices that come due.
 *
 * Units that wait for a connection or a busy device are not queued anywhere: they stay in the
 * schedule, which can be asked again, so an overload costs no memory. Owned by a lane. */
#ifndef RUN_FEED_H
#define RUN_FEED_H

#include "plan/plan.h"
#include "stats/recorder.h"

struct feed {
    const struct stream *stream;
    struct rec *rec;
    struct schedule_state *state;
    struct scratch scratch; /* for the pick of shed units */
    uint64_t next;          /* index of due[at] */
    uint64_t step;          /* the number of workers */
    uint64_t end;           /* units due from here on are not offered; NEVER: none such */
    uint64_t shift;         /* late = stretch: what has been added to the schedule */
    uint64_t due[BATCH];    /* a window of the schedule */
    size_t at, n;
    bool dry; /* the window is the last one */
    /* Books a unit that is shed; NULL: it is one packet or request, booked here. */
    void (*on_shed)(void *shed_for, uint64_t index, uint64_t due);
    void *shed_for;
};

/* Worker `worker` of `workers` takes the units n with n mod workers = worker, those due before
 * `end`. A stream without schedule (rate = max) has a unit due at any time. */
void feed_start(struct feed *f, const struct stream *s, struct rec *rec, unsigned worker,
                unsigned workers, uint64_t end, struct arena *a);
/* When the next unit is due; NEVER when there is none. */
uint64_t feed_due(struct feed *f, uint64_t now);
/* Takes up to max units due at `now`, booking them as offered to `cell_of`'s cells later: the
 * caller books. With late = drop, units too far behind are booked as shed here and left out. */
size_t feed_take(struct feed *f, uint64_t now, size_t max, uint64_t *index, uint64_t *due);
/* The run is over: books every unit that has come due and was not taken as shed. */
void feed_stop(struct feed *f, uint64_t now);
void feed_close(struct feed *f);

#endif
