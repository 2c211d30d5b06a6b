#include "gen/dist.h"

#include "base/simd.h"
#include "gen/node.h"

struct dist *dist_node(const struct args *a, const char *scale)
{
    const struct constant *c = args_number(a, scale);
    if (!c) return NULL;
    struct dist *d = gen_node(a->env, a->class, sizeof *d, a->path);
    bool whole = c->g.format == FORMAT_TIME || c->dim == DIM_SIZE;
    d->g.type = whole ? GEN_U64 : GEN_REAL;
    d->g.format = c->g.format;
    d->g.rounds = !whole;
    d->a = const_double(c);
    return d;
}

bool dist_arg(const struct args *a, const struct dist *d, const char *name, double *out)
{
    const struct constant *c = args_number(a, name);
    if (!c) return false;
    *out = const_double(c);
    bool zero = *out == 0;
    if (c->g.format == d->g.format || zero) return true;
    const struct expr *e = args_expr(a, name);
    return err_add(a->env->errs, e->at,
                   "'" SRC "' is %s, expected %s like the other arguments of '%s'", SRC_OF(e),
                   gen_kind(&c->g), d->g.format == FORMAT_TIME ? "a duration" : "a number",
                   a->class->doc.name);
}

bool dist_positive(const struct args *a, const char *name, double v)
{
    if (v > 0) return true;
    const struct expr *e = args_expr(a, name);
    return err_add(a->env->errs, e->at,
                   "'" SRC "' is wrong for the argument '%s' of '%s', expected more than 0",
                   SRC_OF(e), name, a->class->doc.name);
}

static inline double clamped(double v, double lo, double hi)
{
    v = v < lo ? lo : v;
    return v > hi ? hi : v;
}

static uint64_t bound(double v)
{
    return (uint64_t)(clamped(v, 0, DIST_MAX) + 0.5);
}

struct gen *dist_finish(const struct args *a, struct dist *d, double lo, double hi)
{
    double min = d->g.type == GEN_U64 ? 0 : -DIST_MAX, max = DIST_MAX;
    if (args_has(a, "min") && !dist_arg(a, d, "min", &min)) return NULL;
    if (args_has(a, "max") && !dist_arg(a, d, "max", &max)) return NULL;
    if (min > max) {
        err_add(a->env->errs, a->call->at, "'min' of '%s' is above its 'max'", a->class->doc.name);
        return NULL;
    }
    d->lo = clamped(lo, min, max);
    d->hi = clamped(hi, min, max);
    d->g.lo = bound(d->lo);
    d->g.hi = bound(d->hi);
    return &d->g;
}

uint64_t *dist_draws(const struct gen *g, const struct draw *d, size_t n)
{
    uint64_t *x = scratch_array(d->scratch, uint64_t, n);
    rng_column(g->key, d->index, n, x);
    return x;
}

SIMD static void clamp_real(const double *v, size_t n, double lo, double hi, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = clamped(v[i], lo, hi);
}

SIMD static void clamp_whole(const double *v, size_t n, double lo, double hi, uint64_t *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = (uint64_t)(clamped(v[i], lo, hi) + 0.5);
}

void dist_values(const struct dist *d, const double *v, size_t n, struct column *out)
{
    if (d->g.type == GEN_U64)
        clamp_whole(v, n, d->lo, d->hi, out->u);
    else
        clamp_real(v, n, d->lo, d->hi, out->r);
}
