/* outcome: from the workers' records to the result, and whether it can be vouched for. */
#ifndef RUN_OUTCOME_H
#define RUN_OUTCOME_H

#include "run/catcher.h"
#include "run/worker.h"
#include "stats/result.h"

struct outcome {
    const struct plan *plan;
    struct worker *workers;
    uint64_t started_wall; /* ns since 1970 */
    uint64_t stopped_at;   /* ns since the start, when the run was cut short; NEVER: it was not */
    uint64_t cpu_ns;
    const char *gave_up; /* why the run was ended; NULL: it was not */
};
/* A result with everything but verdicts. */
struct result *outcome_result(const struct outcome *o, const struct catcher *c, struct arena *a);

#endif
