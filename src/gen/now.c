#include "gen/args.h"

struct now {
    struct gen g;
    uint64_t unit; /* ns */
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    static const char *const words[] = {"ns", "us", "ms", "s", NULL};
    static const uint64_t ns[] = {1, 1000, 1000000, 1000000000};
    struct args a;
    unsigned which = 0;
    if (!args_bind(&a, env, &gen_now, e, path)) return NULL;
    if (args_has(&a, "unit") && !args_word(&a, "unit", words, &which)) return NULL;
    struct now *w = gen_node(env, &gen_now, sizeof *w, path);
    w->unit = ns[which];
    w->g.format = args_has(&a, "unit") ? FORMAT_NUMBER : FORMAT_TIME;
    w->g.hi = UINT64_MAX / w->unit;
    return &w->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    uint64_t unit = ((const struct now *)g)->unit;
    for (size_t i = 0; i < n; i++) out->u[i] = d->due_ns ? d->due_ns[i] / unit : 0;
}

static const struct param params[] = {
    {"unit", "ns, us, ms or s", "none", "makes it a plain number, rounded down"},
    {0},
};

const struct gen_class gen_now = {
    .doc = {.name = "now",
            .help = "when the unit is due, as a duration since the start of the run",
            .example = "now(ms)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
