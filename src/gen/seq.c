#include "gen/args.h"
#include "gen/perm.h"
#include "gen/range.h"

struct seq {
    struct gen g;
    struct domain d;
    struct cycle cycle;
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    struct domain d;
    if (!args_bind(&a, env, &gen_seq, e, path) ||
        !domain_of(env, args_expr(&a, "range"), args_path(&a, "range"), "seq", &d))
        return NULL;
    struct seq *s = gen_node(env, &gen_seq, sizeof *s, path);
    s->d = d;
    s->cycle = cycle_of(d.last > UINT64_MAX ? UINT64_MAX : (uint64_t)d.last);
    domain_type(&d, &s->g);
    return &s->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct seq *s = (const struct seq *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *k = g->type == GEN_U64 ? out->u : scratch_array(d->scratch, uint64_t, n);
    for (size_t i = 0; i < n; i++) cycle_split(&s->cycle, d->index[i], &k[i]);
    domain_values(&s->d, k, n, out);
    scratch_restore(d->scratch, m);
}

static bool mean(const struct gen *g, struct fraction *out)
{
    return domain_mean(&((const struct seq *)g)->d, out);
}

static uint64_t period(const struct gen *g)
{
    return domain_period(&((const struct seq *)g)->d);
}

static const struct param params[] = {
    {"range", "range or prefix", NULL, "the values, in order"},
    {0},
};

const struct gen_class gen_seq = {
    .doc = {.name = "seq",
            .help = "the values of a range in order, unit by unit, from the start again at its end",
            .example = "seq(1..1000)",
            .params = params},
    .compile = compile,
    .fill = fill,
    .mean = mean,
    .period = period,
};
