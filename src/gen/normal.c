#include "base/fmath.h"
#include "gen/dist.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_normal, e, path)) return NULL;
    struct dist *d = dist_node(&a, "mean");
    if (!d || !dist_arg(&a, d, "sd", &d->b) || !dist_positive(&a, "sd", d->b)) return NULL;
    return dist_finish(&a, d, d->a - d->b * DIST_NORMAL_MAX, d->a + d->b * DIST_NORMAL_MAX);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct dist *p = (const struct dist *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    const uint64_t *x = dist_draws(g, d, n);
    double *v = scratch_array(d->scratch, double, n);
    fm_normal_column(x, n, v);
    for (size_t i = 0; i < n; i++) v[i] = p->a + p->b * v[i];
    dist_values(p, v, n, out);
    scratch_restore(d->scratch, m);
}

static const struct param params[] = {
    {"mean", "number, duration or size", NULL, "mean value, before clamping"},
    {"sd", "like mean", NULL, "standard deviation"},
    DIST_PARAMS,
};

const struct gen_class gen_normal = {
    .doc = {.name = "normal",
            .help = "normal (Gaussian); durations and sizes are cut off at 0",
            .example = "normal(500, 100, min=64, max=1500)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
