/* ramp: the rate goes from one value to another in a straight line over the phase. */
#include "pace/args.h"
#include "pace/straight.h"

struct ramp {
    struct shape shape;
    struct rate a, b; /* over one denominator */
    uint64_t down;    /* den * 5^9: the integral << 23, divided by it, is a position */
};

/* The integral before the division, for comparisons without one. */
static u128 ramp_integral(const void *of, uint64_t t)
{
    const struct ramp *s = of;
    return straight_at(s->a.num, s->b.num, s->shape.length, RATE_SHIFT, t);
}

static u128 ramp_at(const struct shape *shape, void *state, uint64_t t)
{
    (void)state;
    return ramp_integral(shape, t) / ((const struct ramp *)shape)->down;
}

static void ramp_due(const struct shape *shape, void *state, const u128 *u, size_t n, uint64_t *t)
{
    const struct ramp *s = (const struct ramp *)shape;
    double a = (double)s->a.num, b = (double)s->b.num, length = (double)shape->length;
    u128 all = ramp_integral(s, shape->length);
    uint64_t lo = 0;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        if (u[i] == 0) {
            t[i] = 0;
            continue;
        }
        u128 integral = u[i] * s->down;
        double guess = straight_guess(a, b, length, wide_double(integral) * 0x1p-23,
                                      wide_double(all - integral) * 0x1p-23);
        t[i] = lo = straight_settle(ramp_integral, s, integral, lo, shape->length, guess + 1);
    }
}

static double ramp_rate_at(const struct shape *shape, uint64_t t)
{
    const struct ramp *s = (const struct ramp *)shape;
    double a = rate_double(s->a), b = rate_double(s->b);
    return a + (b - a) * (double)t / (double)shape->length;
}

static void ramp_describe(const struct shape *shape, char *buf, size_t size)
{
    const struct ramp *s = (const struct ramp *)shape;
    char a[SAY_BUF], b[SAY_BUF];
    snprintf(buf, size, "ramp %s to %s", say_rate(a, s->a), say_rate(b, s->b));
}

static struct shape *ramp_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    struct rate a, b;
    bool ok = args_check(env, e, &pace_ramp.doc, 1);
    if (length == NEVER)
        ok = err_add(env->errs, e->at, "ramp has no duration, expected 'for' as in " SRC " for 10s",
                     SRC_OF(e));
    if (args_at(e, 0) && !rate_read_range(env, args_at(e, 0), "ramp", &a, &b)) ok = false;
    if (!ok) return NULL;
    struct ramp *s = arena_new(env->arena, struct ramp);
    s->a = a;
    s->b = b;
    s->down = a.den * RATE_FIVES;
    return &s->shape;
}

const struct pace_class pace_ramp = {
    .doc = {.name = "ramp",
            .help = "the rate goes in a straight line from one value to another while the phase "
                    "lasts",
            .example = "ramp(0/s..2000/s) for 10s, 2000/s",
            .params =
                (const struct param[]){{"rates", "range of rates", NULL,
                                        "the rate at the start and at the end; one may be 0/s"},
                                       {0}}},
    .role = PACE_RATE,
    .rate = {.compile = ramp_compile,
             .at = ramp_at,
             .due = ramp_due,
             .rate_at = ramp_rate_at,
             .describe = ramp_describe},
};
