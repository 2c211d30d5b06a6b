#include "gen/args.h"
#include "gen/node.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_step, e, path) || !gen_by(env, e, BY_STEP)) return NULL;
    struct gen *g = gen_node(env, &gen_step, sizeof *g, path);
    g->hi = UINT64_MAX;
    return g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    (void)g;
    memcpy(out->u, d->step, n * sizeof *out->u);
}

const struct gen_class gen_step = {
    .doc = {.name = "step",
            .help =
                "the unit's place in its flow, counted from 0, for packets of a stream with flows",
            .example = "step"},
    .compile = compile,
    .fill = fill,
};
