#include "gen/node.h"

struct per_flow {
    struct gen g;
    const struct gen *of;
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    unsigned by = env->by;
    env->by = 0;
    const struct gen *of = gen_compile(env, e->kids[0].e, path);
    bool changes = env->by & BY_STEP;
    env->by |= by;
    if (!of || !gen_by(env, e, BY_FLOW)) return NULL;
    if (changes) {
        err_add(env->errs, e->at, "'" SRC "' changes along the flow, expected a value drawn once",
                SRC_OF(e->kids[0].e));
        return NULL;
    }
    struct per_flow *p = gen_node(env, &gen_per_flow, sizeof *p, path);
    p->g = *of;
    p->g.class = &gen_per_flow;
    p->of = of;
    return &p->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    struct draw flow = *d;
    flow.index = d->flow;
    flow.due_ns = NULL; /* a flow has no one due time */
    gen_fill(((const struct per_flow *)g)->of, &flow, n, out);
}

const struct gen_class gen_per_flow = {
    .doc = {.name = "per flow",
            .help = "VALUE per flow: drawn for the number of the unit's flow, so all units of a "
                    "flow have the same; for packets of a stream with flows",
            .example = "1024..65535 per flow"},
    .compile = compile,
    .fill = fill,
};
