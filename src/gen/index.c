#include "gen/args.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_index, e, path)) return NULL;
    struct gen *g = gen_node(env, &gen_index, sizeof *g, path);
    g->hi = UINT64_MAX;
    return g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    (void)g;
    memcpy(out->u, d->index, n * sizeof *out->u);
}

static uint64_t period(const struct gen *g)
{
    (void)g;
    return UINT64_MAX;
}

const struct gen_class gen_index = {
    .doc = {.name = "index", .help = "the number of the unit, counted from 0", .example = "index"},
    .compile = compile,
    .fill = fill,
    .period = period,
};
