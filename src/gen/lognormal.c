#include "base/fmath.h"
#include "gen/dist.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_lognormal, e, path)) return NULL;
    if (args_has(&a, "median") == args_has(&a, "mean")) {
        err_add(env->errs, e->at, "'lognormal' needs either 'median' or 'mean', for example %s",
                gen_lognormal.doc.example);
        return NULL;
    }
    const char *scale = args_has(&a, "mean") ? "mean" : "median";
    struct dist *d = dist_node(&a, scale);
    if (!d || !dist_positive(&a, scale, d->a) || !args_real(&a, "sigma", 0.001, 10, &d->b))
        return NULL;
    if (args_has(&a, "mean")) d->a *= fm_exp(-0.5 * d->b * d->b);
    return dist_finish(&a, d, 0, d->a * fm_exp(d->b * DIST_NORMAL_MAX));
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct dist *p = (const struct dist *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    const uint64_t *x = dist_draws(g, d, n);
    double *v = scratch_array(d->scratch, double, n);
    fm_normal_column(x, n, v);
    for (size_t i = 0; i < n; i++) v[i] *= p->b;
    fm_exp_column(v, n, v);
    for (size_t i = 0; i < n; i++) v[i] *= p->a;
    dist_values(p, v, n, out);
    scratch_restore(d->scratch, m);
}

static const struct param params[] = {
    {"median", "number, duration or size", "none", "half of the values lie below it"},
    {"sigma", "number", "1", "standard deviation of the logarithm, 0.001 to 10"},
    {"mean", "number, duration or size", "none", "mean value, instead of the median"},
    DIST_PARAMS,
};

const struct gen_class gen_lognormal = {
    .doc = {.name = "lognormal",
            .help = "lognormal: sizes and service times; give its median or its mean",
            .example = "lognormal(20ms, 0.5, max=1s)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
