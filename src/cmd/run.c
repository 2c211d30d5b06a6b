/* spate run: carries out a profile. */
#include "cmd/load.h"

static int run(struct call *c)
{
    struct plan *p = load_argument(c, false);
    return p ? run_and_tell(c, p) : EXIT_USAGE;
}

const struct command cmd_run = {
    .name = "run",
    .args = "PROFILE",
    .help = "Runs a profile: sends its traffic, tells statistics and verdicts.\n"
            "Exit codes: 0 all gates passed, 1 the run failed, 2 bad usage or profile, 3 a gate\n"
            "failed, 5 invalid or inconclusive, 130 or 143 interrupted",
    .args_min = 1,
    .args_max = 1,
    .options = (const struct option_spec *const[]){profile_options, output_options, NULL},
    .run = run,
};
