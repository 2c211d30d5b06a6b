/* wires: what a worker's streams send frames through.
 *
 * Streams of a worker run on one thread, so those that send on one interface share a wire: xdp
 * takes a queue of the device for each wire, and may find only as many as there are workers.
 * Files are never shared. Held by the worker, used by outboxes. */
#ifndef RUN_WIRES_H
#define RUN_WIRES_H

#include "plan/plan.h"

struct open_wire;
struct wires {
    struct open_wire *first;
};
struct lane_env;

/* The wire of stream `s` at `place`. NULL after adding what is wrong. */
struct wire *wires_open(const struct lane_env *env, const struct stream *s, const char *place,
                        struct errs *errs);
/* Gives it back; whoever is last closes it. False when what was sent did not arrive. */
bool wires_close(const struct lane_env *env, struct wire *w, struct errs *errs);

#endif
