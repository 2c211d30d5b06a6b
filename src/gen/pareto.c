#include "base/fmath.h"
#include "gen/dist.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_pareto, e, path)) return NULL;
    struct dist *d = dist_node(&a, "min");
    if (!d || !dist_positive(&a, "min", d->a) || !args_real(&a, "alpha", 0.01, 100, &d->b))
        return NULL;
    return dist_finish(&a, d, d->a, d->a * fm_exp(DIST_EXPO_MAX / d->b));
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct dist *p = (const struct dist *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    const uint64_t *x = dist_draws(g, d, n);
    double *v = scratch_array(d->scratch, double, n);
    fm_expo_column(x, n, v);
    for (size_t i = 0; i < n; i++) v[i] /= p->b;
    fm_exp_column(v, n, v);
    for (size_t i = 0; i < n; i++) v[i] *= p->a;
    dist_values(p, v, n, out);
    scratch_restore(d->scratch, m);
}

static const struct param params[] = {
    {"min", "number, duration or size", NULL, "the smallest value"},
    {"alpha", "number", NULL, "shape: P(value > x) = (min / x)^alpha, 0.01 to 100"},
    {"max", "like min", "none", "larger values become this"},
    {0},
};

const struct gen_class gen_pareto = {
    .doc = {.name = "pareto",
            .help = "Pareto: few large values, many small; the mean is infinite up to alpha 1",
            .example = "pareto(4KiB, 1.3, max=10MiB)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
