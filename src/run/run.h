/* run: carries out a plan: workers, capture, progress, and the result at the end.
 *
 * Called by cmd/. Whatever happens to the run, once traffic may have left there is a result. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <signal.h>

#include "plan/plan.h"
#include "run/lane.h"
#include "stats/result.h"

struct run_progress {
    double elapsed_s, duration_s;  /* duration_s 0: until the streams end */
    struct rec_glance now, before; /* `before`: half a second ago or so */
    double between_s;
    bool draining;
};
struct run_opts {
    /* Set to a signal's number by a handler: take no more units, drain, report. NULL: never. */
    const volatile sig_atomic_t *interrupted;
    /* Called when everything is open, before the first unit: from then on an interrupted run has
     * something to tell. NULL: not wanted. */
    void (*begins)(void);
    /* Called about twice a second; NULL: not wanted. */
    void (*progress)(void *ctx, const struct run_progress *p);
    void *ctx;
    const struct step *step; /* for replays frame by frame (run/lane.h); NULL: there are none */
};

/* NULL after adding what is wrong, when nothing was sent: a device that cannot be opened. The
 * result's gates are judged. It lives in the arena; result_close when done. */
struct result *run_plan(struct plan *p, const struct run_opts *o, struct arena *a,
                        struct errs *errs);

#endif
