#include "gen/range.h"

#include "base/fmath.h"
#include "base/simd.h"
#include "gen/const.h"
#include "gen/node.h"

struct range {
    struct gen g;
    struct domain d;
};

static bool reversed(struct gen_env *env, const struct expr *e)
{
    return err_add(env->errs, e->at,
                   "the range '" SRC "' is reversed, did you mean '" SRC ".." SRC "'?", SRC_OF(e),
                   SRC_OF(e->kids[1].e), SRC_OF(e->kids[0].e));
}

static bool bad_step(struct gen_env *env, const struct expr *e, const char *expected)
{
    return err_add(env->errs, e->at, "the step of '" SRC "' is wrong, expected %s", SRC_OF(e),
                   expected);
}

static bool whole_domain(struct gen_env *env, const struct expr *e, const struct constant *lo,
                         const struct constant *hi, struct domain *d)
{
    bool time = lo->g.format == FORMAT_TIME;
    d->type = GEN_U64;
    d->format = lo->g.format;
    d->first = lo->u;
    d->step = 1;
    if (hi->u < lo->u) return reversed(env, e);
    if (e->has_step &&
        ((e->q.dim == DIM_TIME) != time || !quantity_u64(&e->q, false, &d->step) || d->step == 0))
        return bad_step(env, e, time ? "a duration of at least 1ns" : "a whole number above 0");
    d->last = (hi->u - lo->u) / d->step;
    return true;
}

static bool is_whole(double x)
{
    return __builtin_floor(x) == x;
}

/* Ends that are fractions or negative. */
static bool real_domain(struct gen_env *env, const struct expr *e, const struct constant *lo,
                        const struct constant *hi, struct domain *d)
{
    double a = const_double(lo), b = const_double(hi);
    d->type = GEN_REAL;
    d->real = a;
    d->real_step = b - a;
    if (b < a) return reversed(env, e);
    d->whole = is_whole(a) && is_whole(b);
    if (!e->has_step && !d->whole) {
        d->continuous = true;
        return true;
    }
    d->real_step = e->has_step ? quantity_double(&e->q) : 1;
    if (!(d->real_step > 0) || (e->has_step && e->q.dim == DIM_TIME))
        return bad_step(env, e, "a number above 0");
    d->whole = d->whole && is_whole(d->real_step);
    double steps = __builtin_floor((b - a) / d->real_step * (1 + 0x1p-50));
    if (steps >= 0x1p53) return bad_step(env, e, "at most 2^53 steps");
    d->last = (u128)steps;
    return true;
}

static bool ip6_domain(struct gen_env *env, const struct expr *e, const struct constant *lo,
                       const struct constant *hi, struct domain *d)
{
    d->type = GEN_IP6;
    d->addr = lo->a;
    if (hi->a < lo->a) return reversed(env, e);
    if (e->has_step) return bad_step(env, e, "no step between IPv6 addresses");
    d->last = hi->a - lo->a;
    return true;
}

static bool range_domain(struct gen_env *env, const struct expr *e, const char *path,
                         struct domain *d)
{
    const char *what = "the end of a range";
    const struct constant *lo = const_of(env, e->kids[0].e, gen_subpath(env, path, "from"), what);
    const struct constant *hi = const_of(env, e->kids[1].e, gen_subpath(env, path, "to"), what);
    if (!lo || !hi) return false;
    if (const_is_number(lo) && const_is_number(hi) && lo->g.format == hi->g.format) {
        bool whole = lo->g.type == GEN_U64 && hi->g.type == GEN_U64;
        if (whole && (lo->g.format == FORMAT_TIME || !e->has_step || e->q.den == 1))
            return whole_domain(env, e, lo, hi, d);
        return real_domain(env, e, lo, hi, d);
    }
    if (lo->g.type == GEN_TEXT || lo->g.type != hi->g.type || lo->g.format != hi->g.format)
        return err_add(
            env->errs, e->at,
            "a range cannot go from %s to %s, expected two numbers, durations or addresses",
            gen_kind(&lo->g), gen_kind(&hi->g));
    return lo->g.type == GEN_IP6 ? ip6_domain(env, e, lo, hi, d) : whole_domain(env, e, lo, hi, d);
}

static void prefix_domain(struct prefix p, struct domain *d)
{
    unsigned host = family_bits(p.first.family) - p.bits;
    d->type = p.first.family == FAMILY_IP6 ? GEN_IP6 : GEN_U64;
    d->format = p.first.family == FAMILY_IP6 ? FORMAT_NUMBER : FORMAT_IP4;
    d->first = (uint64_t)p.first.v;
    d->addr = p.first.v;
    d->step = 1;
    d->last = host == 128 ? ~(u128)0 : ((u128)1 << host) - 1;
}

static void single_domain(const struct constant *c, struct domain *d)
{
    d->type = c->g.type;
    d->format = c->g.format;
    d->step = 1;
    d->real_step = 1;
    if (c->g.type == GEN_U64) d->first = c->u;
    if (c->g.type == GEN_REAL) d->real = c->r;
    if (c->g.type == GEN_IP6) d->addr = c->a;
}

bool domain_of(struct gen_env *env, const struct expr *e, const char *path, const char *what,
               struct domain *out)
{
    const struct gen *g = gen_compile(env, e, path);
    if (!g) return false;
    *out = (struct domain){.last = 0};
    if (g->class == &gen_range) {
        *out = ((const struct range *)g)->d;
        if (!out->continuous) return true;
        return err_add(env->errs, e->at, "'" SRC "' has no countable values, give %s a step",
                       SRC_OF(e), what);
    }
    if (g->class == &gen_const && g->type != GEN_TEXT) {
        single_domain((const struct constant *)g, out);
        return true;
    }
    return err_add(env->errs, e->at, "'" SRC "' is no range, %s expects a range or a prefix",
                   SRC_OF(e), what);
}

void domain_type(const struct domain *d, struct gen *g)
{
    g->type = d->type;
    g->format = d->format;
    g->constant = !d->continuous && d->last == 0;
    if (d->type == GEN_U64) {
        g->lo = d->first;
        g->hi = d->first + (uint64_t)d->last * d->step;
    }
}

bool domain_mean(const struct domain *d, struct fraction *out)
{
    u128 span = d->last * d->step; /* GEN_U64: below 2^64 */
    return d->type == GEN_U64 && fraction_of(2 * (u128)d->first + span, 2, out);
}

uint64_t domain_period(const struct domain *d)
{
    if (d->continuous) return 0;
    return d->last < UINT64_MAX ? (uint64_t)d->last + 1 : UINT64_MAX;
}

static bool mean(const struct gen *g, struct fraction *out)
{
    return domain_mean(&((const struct range *)g)->d, out);
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct domain d = {.last = 0};
    if (e->kind == EXPR_PREFIX)
        prefix_domain(e->prefix, &d);
    else if (!range_domain(env, e, path, &d))
        return NULL;
    struct range *r = gen_node(env, &gen_range, sizeof *r, path);
    r->d = d;
    domain_type(&d, &r->g);
    return &r->g;
}

SIMD static void fill_real(const struct domain *d, size_t n, const uint64_t *x, double *out)
{
    double first = d->real, step = d->real_step;
    for (size_t i = 0; i < n; i++) out[i] = first + fm_unit(x[i]) * step;
}

SIMD static void spread(uint64_t first, uint64_t step, size_t n, const uint64_t *k, uint64_t *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = first + k[i] * step;
}

void domain_values(const struct domain *d, const uint64_t *k, size_t n, struct column *out)
{
    switch (d->type) {
    case GEN_U64:
        spread(d->first, d->step, n, k, out->u);
        break;
    case GEN_REAL:
        for (size_t i = 0; i < n; i++) out->r[i] = d->real + (double)k[i] * d->real_step;
        break;
    case GEN_IP6:
        for (size_t i = 0; i < n; i++) out->a[i] = d->addr + k[i];
        break;
    case GEN_TEXT:
        break; /* no domain has it */
    }
}

/* The high 128 bits of the 256-bit product x * span, span 0 meaning 2^128. */
static u128 below_wide(u128 x, u128 span)
{
    if (span == 0) return x;
    uint64_t xl = (uint64_t)x, xh = (uint64_t)(x >> 64), sl = (uint64_t)span,
             sh = (uint64_t)(span >> 64);
    u128 mid = (u128)xh * sl + ((u128)xl * sl >> 64), mid2 = (u128)xl * sh + (uint64_t)mid;
    return (u128)xh * sh + (mid >> 64) + (mid2 >> 64);
}

/* Up to 2^64 addresses need one draw each, more need two. */
static void fill_ip6(const struct range *r, const struct draw *d, size_t n, u128 *out)
{
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *x = scratch_array(d->scratch, uint64_t, n);
    rng_column(r->g.key, d->index, n, x);
    if (r->d.last >> 64 == 0) {
        uint64_t span = (uint64_t)r->d.last + 1;
        for (size_t i = 0; i < n; i++) out[i] = r->d.addr + rng_below(x[i], span);
    } else {
        uint64_t *low = scratch_array(d->scratch, uint64_t, n);
        rng_column(rng_sub(r->g.key, 1), d->index, n, low);
        for (size_t i = 0; i < n; i++)
            out[i] = r->d.addr + below_wide((u128)x[i] << 64 | low[i], r->d.last + 1);
    }
    scratch_restore(d->scratch, m);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct range *r = (const struct range *)g;
    if (g->type == GEN_IP6) {
        fill_ip6(r, d, n, out->a);
        return;
    }
    /* A column of doubles has the shape of one of whole numbers: the draws are made in place. */
    uint64_t *x = g->type == GEN_U64 ? out->u : (uint64_t *)(void *)out->r;
    if (r->d.continuous) {
        rng_column(g->key, d->index, n, x);
        fill_real(&r->d, n, x, out->r);
        return;
    }
    bool ready = g->type == GEN_U64 && r->d.step == 1;
    rng_column_below(g->key, d->index, n, ready ? r->d.first : 0, (uint64_t)r->d.last + 1, x);
    if (!ready) domain_values(&r->d, x, n, out);
}

const struct gen_class gen_range = {
    .doc = {.name = "range",
            .help = "a uniform draw from a..b, from a..b step c, or from the addresses of a prefix",
            .example = "1024..65535"},
    .compile = compile,
    .fill = fill,
    .mean = mean,
};
