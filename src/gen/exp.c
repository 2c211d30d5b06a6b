#include "base/fmath.h"
#include "gen/dist.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_exp, e, path)) return NULL;
    struct dist *d = dist_node(&a, "mean");
    if (!d || !dist_positive(&a, "mean", d->a)) return NULL;
    return dist_finish(&a, d, 0, d->a * DIST_EXPO_MAX);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct dist *p = (const struct dist *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    const uint64_t *x = dist_draws(g, d, n);
    double *v = scratch_array(d->scratch, double, n);
    fm_expo_column(x, n, v);
    for (size_t i = 0; i < n; i++) v[i] *= p->a;
    dist_values(p, v, n, out);
    scratch_restore(d->scratch, m);
}

static const struct param params[] = {
    {"mean", "number, duration or size", NULL, "mean value, before clamping"},
    DIST_PARAMS,
};

const struct gen_class gen_exp = {
    .doc = {.name = "exp",
            .help = "exponential: times between independent events",
            .example = "exp(100ms, max=2s)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
