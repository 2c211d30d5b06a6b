/* target: which of a host's addresses a run talks to. */
#ifndef RUN_TARGET_H
#define RUN_TARGET_H

#include "plan/plan.h"

/* Puts the first address that accepts a connection in front: a name such as localhost often
 * has an IPv6 address that nobody listens on. Without any, and over UDP, the resolver's first
 * stays. Before the catcher and the workers are opened. */
void target_choose(struct plan *p);

#endif
