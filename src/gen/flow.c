#include "gen/args.h"
#include "gen/node.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_flow, e, path) || !gen_by(env, e, BY_FLOW)) return NULL;
    struct gen *g = gen_node(env, &gen_flow, sizeof *g, path);
    g->hi = UINT64_MAX;
    return g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    (void)g;
    memcpy(out->u, d->flow, n * sizeof *out->u);
}

const struct gen_class gen_flow = {
    .doc =
        {.name = "flow",
         .help =
             "the number of the flow that the unit belongs to, for packets of a stream with flows",
         .example = "flow"},
    .compile = compile,
    .fill = fill,
};
