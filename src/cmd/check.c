/* spate check: compiles a profile, prints the plan, sends nothing. */
#include "cmd/load.h"

static int run(struct call *c)
{
    struct plan *p = load_argument(c, true);
    if (!p) return EXIT_USAGE;
    plan_print(p, stdout);
    return EXIT_PASS;
}

const struct command cmd_check = {
    .name = "check",
    .args = "PROFILE",
    .help = "Compiles a profile and prints what it would do; sends nothing",
    .args_min = 1,
    .args_max = 1,
    .options = (const struct option_spec *const[]){profile_options, NULL},
    .run = run,
};
