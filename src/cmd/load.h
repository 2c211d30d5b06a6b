/* load: from a command line to a plan: reads the profile, applies the options, compiles. */
#ifndef CMD_LOAD_H
#define CMD_LOAD_H

#include "cmd/options.h"
#include "plan/plan.h"

/* --set, --rate, --duration and so on: whatever changes a profile. */
extern const struct option_spec profile_options[];
/* -o, -q: what becomes of a result. */
extern const struct option_spec output_options[];

/* The plan of a profile with the options applied; NULL after adding what is wrong. */
struct plan *load_plan(struct call *c, struct profile *p, bool dry);
/* The same from the profile that is the command's first argument. */
struct plan *load_argument(struct call *c, bool dry);
/* Runs a plan with progress and signals, tells and saves the result; the exit code. */
int run_and_tell(struct call *c, struct plan *p);

#endif
