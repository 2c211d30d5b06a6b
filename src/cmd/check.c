/* spate check: compiles a profile, prints the plan, sends nothing. */
#include <string.h>

#include "cmd/load.h"
#include "serve/serve.h"

static bool has(const struct profile *p, const char *kind)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->v[i].kind, kind) == 0) return true;
    return false;
}

/* What `spate serve` would read of the profile. */
static bool check_serve(struct call *c, struct profile *p)
{
    struct gen_env env = {.arena = c->arena, .errs = c->errs, .profile = p};
    env.vars = gen_vars_new(&env, profile_section(p, "vars", ""));
    return serve_compile(&env, profile_section(p, "serve", "")) && !errs_any(c->errs);
}

static int run(struct call *c)
{
    struct profile *p = profile_load(c->arena, c->options->args.v[0], c->errs);
    if (!p) return EXIT_USAGE;
    bool serves = has(p, "serve"), only_serves = serves && !has(p, "stream");
    struct plan *plan = only_serves ? NULL : load_plan(c, p, true);
    if (serves && !check_serve(c, p)) return EXIT_USAGE;
    if (plan) plan_print(plan, stdout);
    if (serves) printf("%sa [serve] section, for 'spate serve %s'\n", plan ? "and " : "", p->file);
    return plan || only_serves ? EXIT_PASS : EXIT_USAGE;
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
