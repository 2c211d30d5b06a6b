#include "cmd/load.h"

#include <string.h>

const struct option_spec profile_options[] = {
    {"target", 0, "URL", "where requests go"},
    {"interface", 'i', "IFACE", "where packets leave"},
    {"rate", 0, "RATE", "units per second, of every stream (makes an open loop)"},
    {"users", 0, "N", "units under way at a time, of every stream (makes a closed loop)"},
    {"duration", 0, "TIME", "how long units are due"},
    {"connections", 0, "N", "most connections of every stream"},
    {"timeout", 0, "TIME", "how long to wait for a reply, of every stream"},
    {"workers", 0, "N", "threads"},
    {"seed", 0, "N", "what all random draws are keyed with"},
    {"pacing", 0, "HOW", "auto, sleep, hybrid or spin"},
    {"set", 0, "SECTION.KEY=VALUE", "anything else, as in 'stream web.arrival=poisson'"},
    {"allow", 0, "PREFIX", "networks that may be sent to; public ones must be named here"},
    {0},
};

/* Options of the run, and those of every stream; some take the place of another key. */
static const struct override {
    const char *option, *kind, *key, *replaces[4];
} overrides[] = {
    {"target", "target", "url", {0}},
    {"interface", "run", "interface", {0}},
    {"duration", "run", "duration", {0}},
    {"workers", "run", "workers", {0}},
    {"seed", "run", "seed", {0}},
    {"pacing", "run", "pacing", {0}},
    {"rate", "stream", "rate", {"users", "think"}},
    {"users", "stream", "users", {"rate", "arrival", "late", "connections"}},
    {"connections", "stream", "connections", {0}},
    {"timeout", "stream", "timeout", {0}},
};

/* The rate of a stream of copies stands in another key. */
static const char *key_in(const struct profile *p, const struct override *x, const char *section)
{
    for (size_t i = 0; strcmp(x->key, "rate") == 0 && i < p->n; i++)
        for (size_t k = 0; strcmp(p->v[i].name, section) == 0 && k < p->v[i].n; k++)
            if (strcmp(p->v[i].kind, x->kind) == 0 && strcmp(p->v[i].v[k].key, "clone") == 0)
                return "clone";
    return x->key;
}

static void put(struct profile *p, const struct override *x, const char *section, const char *value)
{
    char *what = arena_printf(p->arena, "--%s", x->option);
    profile_put(p, x->kind, section, key_in(p, x, section), value, what);
    for (size_t i = 0; i < 4 && x->replaces[i]; i++)
        profile_drop(p, x->kind, section, x->replaces[i]);
}

static bool apply(struct profile *p, const struct options *o, struct errs *errs)
{
    const char *assignment;
    for (size_t i = 0; i < sizeof overrides / sizeof *overrides; i++) {
        const struct override *x = &overrides[i];
        const char *value = option_value(o, x->option);
        if (!value) continue;
        if (strcmp(x->kind, "stream") != 0) {
            put(p, x, "", value);
            continue;
        }
        for (size_t k = 0; k < p->n; k++)
            if (strcmp(p->v[k].kind, "stream") == 0) put(p, x, p->v[k].name, value);
    }
    for (size_t i = 0; (assignment = option_nth(o, "set", i)); i++)
        profile_set(p, assignment, errs);
    return !errs_any(errs);
}

static bool made_by_set(const struct section *s)
{
    return s->at.file && strcmp(s->at.file, "--set") == 0;
}

/* A section that only --set speaks of may be meant to be new; when something is wrong, it more
 * often is another one misspelled, which then is told first. */
static void suspect_names(const struct profile *p, struct errs *errs)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct section *made = &p->v[i];
        if (!made_by_set(made) || !made->name[0]) continue;
        size_t n = 0;
        const char **names = arena_array(p->arena, const char *, p->n + 1);
        for (size_t k = 0; k < p->n; k++)
            if (!made_by_set(&p->v[k]) && strcmp(p->v[k].kind, made->kind) == 0)
                names[n++] = p->v[k].name;
        names[n] = NULL;
        const char *near = n == 1 ? names[0] : err_nearest_name(made->name, names);
        if (near)
            err_add(errs, made->at, "the profile has no [%s %s], did you mean [%s %s]?", made->kind,
                    made->name, made->kind, near);
    }
}

struct plan *load_plan(struct call *c, struct profile *p, bool dry)
{
    struct errs found = {0};
    size_t n = 0;
    while (option_nth(c->options, "allow", n)) n++;
    const char **allow = arena_array(c->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++) allow[i] = option_nth(c->options, "allow", i);
    if (!apply(p, c->options, c->errs)) return NULL;
    struct plan *plan =
        plan_compile(c->arena, p, &(struct plan_opts){.allow = allow, .dry = dry}, &found);
    if (plan) return plan;
    suspect_names(p, c->errs);
    for (size_t i = 0; i < found.n; i++) err_add(c->errs, found.v[i].at, "%s", found.v[i].text);
    c->errs->more += found.more;
    return NULL;
}

struct plan *load_argument(struct call *c, bool dry)
{
    struct profile *p = profile_load(c->arena, c->options->args.v[0], c->errs);
    return p ? load_plan(c, p, dry) : NULL;
}
