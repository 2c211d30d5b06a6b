#include "gen/node.h"

struct along_flow {
    struct gen g;
    const struct gen *of;
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    const struct gen *of = gen_compile(env, e->kids[0].e, path);
    if (!of || !gen_by(env, e, BY_STEP)) return NULL;
    struct along_flow *a = gen_node(env, &gen_along_flow, sizeof *a, path);
    a->g = *of;
    a->g.class = &gen_along_flow;
    a->of = of;
    return &a->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    struct draw step = *d;
    step.index = d->step;
    gen_fill(((const struct along_flow *)g)->of, &step, n, out);
}

const struct gen_class gen_along_flow = {
    .doc = {.name = "along flow",
            .help = "VALUE along flow: drawn for the unit's place in its flow, so each flow has "
                    "the same succession of values; for packets of a stream with flows",
            .example = "seq(1000..4294967295 step 1460) along flow"},
    .compile = compile,
    .fill = fill,
};
