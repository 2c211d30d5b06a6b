/* pace: when is unit n due, in nanoseconds since the start of the run.
 *
 * A schedule is a rate over time (constant, ramp, sine, burst, phases of these, recorded) and
 * an arrival process that spreads the units around it (constant, poisson, on/off). The
 * arrival process says where unit n lies on the axis of expected units, in 2^-32 units; the
 * rate's integral, inverted, says at what time that many units are due. Everything is absolute
 * and in 128-bit arithmetic: no sums of sleeps, no drift. Immutable; used by all workers.
 *
 * A due time is the first whole nanosecond by which the integral of the rate has reached the
 * unit's position: at a constant rate unit n is due at ceil(n / rate), unit 0 at 0. Where one
 * phase ends the next begins, with whatever part of a unit is left over.
 *
 * Adding one: pace/NAME.c with `const struct pace_class pace_NAME`, and PACE(NAME) in
 * pace/pace.def. Compiled by plan/; asked by run/ and cmd/. */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include "gen/gen.h"

struct schedule;
/* A reader's own place in a schedule; one for each worker and stream. */
struct schedule_state;

#define NEVER UINT64_MAX

/* Compiles `rate` and `arrival` (NULL: constant). Path is the stream's ("stream web"). NULL
 * after adding what is wrong: a rate of zero, a negative one, a phase without `for` before the
 * last, a rate too small or large to represent (below 1/d, above 10G/s). */
const struct schedule *schedule_compile(struct gen_env *env, const struct entry *rate,
                                        const struct entry *arrival, const char *path);

/* Begins at unit 0. In the arena. */
struct schedule_state *schedule_start(const struct schedule *s, struct arena *a);
/* due_ns[i] = when unit first + i*step is due, non-decreasing in i. Calls with rising `first`
 * are O(n); going back is allowed and may cost more. Returns how many are due before the
 * schedule's own end; less than n means that the schedule ends there. */
size_t schedule_due(const struct schedule *s, struct schedule_state *st, uint64_t first,
                    uint64_t step, size_t n, uint64_t *due_ns);
/* How many units are due in [0, until_ns). Exact: it agrees with schedule_due. Fast except for
 * pareto, which walks through its periods. */
uint64_t schedule_units(const struct schedule *s, uint64_t until_ns);
/* When the last phase ends: what its `for` says, 1 ns after the last of recorded times, or
 * NEVER. */
uint64_t schedule_end(const struct schedule *s);
/* The planned rate at a time, per second, for people. */
double schedule_rate_at(const struct schedule *s, uint64_t t_ns);
/* About the greatest rate of any time, per second, to lay out memory by: each phase is asked at
 * many moments, one without end over its first hour. */
double schedule_peak(const struct schedule *s);
/* One line for `spate check`: "ramp 0/s to 2k/s for 10s, then 2k/s for 20s; poisson". */
void schedule_describe(const struct schedule *s, char *buf, size_t size);

enum pace_role { PACE_RATE, PACE_ARRIVAL };
struct pace_class;
extern const struct pace_class *const pace_classes[];
extern const size_t pace_class_count;
const struct doc *pace_class_doc(const struct pace_class *c);
enum pace_role pace_class_role(const struct pace_class *c);

#endif
