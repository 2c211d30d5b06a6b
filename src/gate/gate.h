/* gate: named conditions on a result; each passes, fails, or has no data.
 *
 *   NAME = METRIC [LATENCY] [of STREAM-OR-KIND] OP VALUE
 *   METRIC: p50 p99 p99.9 ... | min mean max | errors timeouts shed late loss duplicates
 *           | rate | throughput | status CODE-OR-RANGE | count METRICS ...
 *   LATENCY: response (default) service wire lateness       OP: < <= > >=
 *   VALUE: a duration for latencies, a percentage or number for counts, a rate or percentage
 *          of the plan for rate
 *
 * Compiled by plan/ from [gates], judged after the run by run/ or cmd/. Adding a metric is one
 * file gate/NAME.c and METRIC(NAME) in gate/metric.def. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "base/param.h"
#include "profile/profile.h"
#include "stats/result.h"

struct gate;
struct gates {
    const struct gate **v;
    size_t n;
};
/* Names that `of` may take: streams and kinds. */
struct gate_names {
    const char *const *streams;
    size_t n_streams;
    const char *const *kinds;
    size_t n_kinds;
};
/* All conditions of the section (NULL: none), after adding what is wrong with each. Unknown
 * metrics and names are told with suggestions. */
struct gates gates_compile(struct arena *a, struct section *sec, const struct gate_names *names,
                           struct errs *errs);
/* Judges all and stores the verdicts in the result. Loss is NODATA when the capture dropped. */
void gates_judge(const struct gates *g, struct result *r);
extern const struct doc *const metric_docs[];
extern const size_t metric_count;

#endif
