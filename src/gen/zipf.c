/* zipf: bounded Zipf ranks by rejection-inversion (W. Hoermann, G. Derflinger, "Rejection-
 * inversion to generate variates from monotone discrete distributions", ACM TOMACS 6, 1996).
 * No tables, constant time for any number of ranks. A unit whose draw is rejected draws again
 * under a sub-key; the rejected units of a batch are drawn again together. */
#include "base/fmath.h"
#include "gen/args.h"
#include "gen/node.h"
#include "gen/range.h"

struct zipf {
    struct gen g;
    struct domain d;
    double s, q;     /* the exponent, and 1 - s */
    double ranks;    /* how many */
    double from, to; /* the interval that is inverted */
    double sure;     /* a rank at most this far above its point is accepted at once */
};

/* The integral of x^-s, chosen to be 0 at 1, and its inverse. */
static double area(const struct zipf *z, double x)
{
    double l = fm_log(x);
    return z->q == 0 ? l : fm_expm1(z->q * l) / z->q;
}

static double weight(const struct zipf *z, double x)
{
    return fm_exp(-z->s * fm_log(x));
}

/* q * y runs close to -1 for steep distributions; what is below the resolution of a draw is
 * held at it. */
static inline double inner(double q, double y)
{
    double t = q * y;
    return t < -1 + 0x1p-53 ? -1 + 0x1p-53 : t;
}

static double inverse(const struct zipf *z, double y)
{
    return fm_exp(z->q == 0 ? y : fm_log1p(inner(z->q, y)) / z->q);
}

static void prepare(struct zipf *z, double s, uint64_t last)
{
    z->s = s;
    z->q = 1 - s;
    z->ranks = (double)last + 1;
    z->from = area(z, 1.5) - 1;
    z->to = area(z, z->ranks + 0.5);
    z->sure = 2 - inverse(z, area(z, 2.5) - weight(z, 2));
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    struct domain d;
    double s;
    if (!args_bind(&a, env, &gen_zipf, e, path)) return NULL;
    bool good = args_real(&a, "s", 0, 16, &s);
    const struct expr *range = args_expr(&a, "range");
    if (!domain_of(env, range, args_path(&a, "range"), "zipf", &d) || !good) return NULL;
    if (d.last >> 63) {
        err_add(env->errs, e->at, "'" SRC "' has more than 2^63 values, zipf expects fewer",
                SRC_OF(range));
        return NULL;
    }
    struct zipf *z = gen_node(env, &gen_zipf, sizeof *z, path);
    z->d = d;
    prepare(z, s, (uint64_t)d.last);
    domain_type(&d, &z->g);
    return &z->g;
}

/* The points y of the interval become points x, in place. */
static void invert(const struct zipf *z, size_t n, double *y)
{
    if (z->q != 0) {
        for (size_t i = 0; i < n; i++) y[i] = inner(z->q, y[i]);
        fm_log1p_column(y, n, y);
        for (size_t i = 0; i < n; i++) y[i] /= z->q;
    }
    fm_exp_column(y, n, y);
}

static double rank_of(const struct zipf *z, double x)
{
    double k = __builtin_floor(x + 0.5);
    return k < 1 ? 1 : k > z->ranks ? z->ranks : k;
}

/* One attempt for n units: their ranks, minus 1, go to out[place]; the units that were rejected
 * stay in index and place. Returns how many. */
static size_t attempt(const struct zipf *z, uint64_t key, size_t n, uint64_t *index,
                      uint32_t *place, struct scratch *scratch, uint64_t *out)
{
    struct scratch_mark m = scratch_mark(scratch);
    uint64_t *draw = scratch_array(scratch, uint64_t, n);
    double *y = scratch_array(scratch, double, n), *x = scratch_array(scratch, double, n);
    size_t left = 0;
    rng_column(key, index, n, draw);
    for (size_t i = 0; i < n; i++) y[i] = z->to + fm_unit(draw[i]) * (z->from - z->to);
    memcpy(x, y, n * sizeof *x);
    invert(z, n, x);
    for (size_t i = 0; i < n; i++) {
        double k = rank_of(z, x[i]);
        out[place[i]] = (uint64_t)k - 1;
        if (k - x[i] <= z->sure || y[i] >= area(z, k + 0.5) - weight(z, k)) continue;
        index[left] = index[i];
        place[left++] = place[i];
    }
    scratch_restore(scratch, m);
    return left;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct zipf *z = (const struct zipf *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *index = scratch_array(d->scratch, uint64_t, n);
    uint32_t *place = scratch_array(d->scratch, uint32_t, n);
    uint64_t *k = g->type == GEN_U64 ? out->u : scratch_array(d->scratch, uint64_t, n);
    for (size_t i = 0; i < n; i++) {
        index[i] = d->index[i];
        place[i] = (uint32_t)i;
    }
    size_t left = attempt(z, g->key, n, index, place, d->scratch, k);
    for (uint64_t j = 1; left; j++)
        left = attempt(z, rng_sub(g->key, j), left, index, place, d->scratch, k);
    domain_values(&z->d, k, n, out);
    scratch_restore(d->scratch, m);
}

static const struct param params[] = {
    {"range", "range or prefix", NULL, "the values, the most frequent first"},
    {"s", "number", "1", "exponent 0..16: value k comes in proportion to 1 / k^s"},
    {0},
};

const struct gen_class gen_zipf = {
    .doc = {.name = "zipf",
            .help = "Zipf: popularity of pages, users and names; the first value comes most often",
            .example = "zipf(1..100000, s=1.1)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
