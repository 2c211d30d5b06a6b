/* course: the rate over the whole run, as phases laid end to end.
 *
 * Phase i lasts from start to end and holds the positions first..last-1; the next begins where
 * it ends, on both axes. A phase without units is passed over. Compiled from a stream's `rate`;
 * used by schedule.c, and by arrival processes that live in time (pareto). */
#ifndef PACE_COURSE_H
#define PACE_COURSE_H

#include "pace/class.h"

#define PHASES_MAX 1000

struct phase {
    const struct shape *shape;
    uint64_t start, end; /* ns; end NEVER: without end */
    u128 first, last;    /* positions; last ENDLESS: without end */
};
struct course {
    struct phase *v;
    size_t n, cap;
    bool timed; /* some phase states its own times (recorded) */
};

/* A reader's place: the phase last used, and each phase's own state. */
struct course_state {
    size_t phase;
    void **of; /* by phase; NULL for those without state */
};

/* Compiles `phase for 10s, phase for 20s, phase`. NULL after adding what is wrong. */
const struct course *course_compile(struct gen_env *env, const struct entry *rate);
void course_start(const struct course *c, struct arena *a, struct course_state *st);
/* How many positions are due at t or before: they are 0 .. course_reach - 1. The state may be
 * NULL unless the course is timed. */
u128 course_reach(const struct course *c, const struct course_state *st, uint64_t t);
/* t[i] = when position u[i] is due, for rising u; NEVER past the end. u is used up. */
void course_due(const struct course *c, struct course_state *st, u128 *u, size_t n, uint64_t *t);
/* The same for the whole units first + i*step. */
void course_due_even(const struct course *c, struct course_state *st, uint64_t first, uint64_t step,
                     size_t n, uint64_t *t);
uint64_t course_end(const struct course *c);
double course_rate_at(const struct course *c, uint64_t t);
/* size is at least 1. */
void course_describe(const struct course *c, char *buf, size_t size);

#endif
