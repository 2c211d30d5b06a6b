/* sine: the rate swings between two values, beginning at the first.
 *
 * A period is laid out as 1024 straight pieces between points of the curve, so that everything
 * is exact integer arithmetic and never falls. The rate is off the curve by at most 5e-6 of
 * the swing. The points are symmetric, so each whole period holds exactly mean * period units,
 * and periods are counted from the start: nothing drifts. */
#include "base/fmath.h"
#include "pace/args.h"
#include "pace/straight.h"

#define PIECES 1024 /* also the ticks of a nanosecond: a piece lasts `period` ticks */
#define PIECES_LOG2 10
#define PERIOD_MIN 1000000ull
#define PERIOD_MAX (100 * 86400000000000ull) /* in ticks it fits 64 bits */

struct sine {
    struct shape shape;
    struct rate a, b; /* over one denominator */
    uint64_t period;  /* ns */
    u128 each;        /* a whole period holds each / down positions; each < 2^124 */
    uint64_t down;    /* den * 5^9 <= 2^57 */
    unsigned fine;    /* the points are numerators times 2^fine */
    uint64_t point[PIECES + 1];
    uint64_t before[PIECES + 1]; /* twice the sum of the pieces' means before this one */
};

/* The integral since the period's begin, times down * 2^fine, in positions. */
static u128 sine_integral(const void *of, uint64_t t)
{
    const struct sine *s = of;
    uint64_t ticks = t << PIECES_LOG2, piece = ticks / s->period;
    if (piece == PIECES) piece--;
    return ((u128)s->before[piece] * s->period << (RATE_SHIFT - PIECES_LOG2 - 1)) +
           straight_at(s->point[piece], s->point[piece + 1], s->period, RATE_SHIFT - PIECES_LOG2,
                       ticks - piece * s->period);
}

/* Positions before period k. k * each is split to stay below 2^128. */
static u128 before_period(const struct sine *s, uint64_t k)
{
    return s->each / s->down * k + s->each % s->down * k / s->down;
}

static u128 sine_at(const struct shape *shape, void *state, uint64_t t)
{
    const struct sine *s = (const struct sine *)shape;
    uint64_t k = t / s->period;
    (void)state;
    return before_period(s, k) + (sine_integral(s, t % s->period) >> s->fine) / s->down;
}

/* The last period that begins at position u or before. */
static uint64_t period_of(const struct sine *s, u128 u)
{
    double guess = wide_double(u) / (wide_double(s->each) / (double)s->down);
    if (guess > 0x1p62) return NEVER;
    uint64_t k = (uint64_t)guess;
    while (k && before_period(s, k) > u) k--;
    while (before_period(s, k + 1) <= u) k++;
    return k;
}

static uint64_t due_in_period(const struct sine *s, u128 u)
{
    u128 integral = (u * s->down) << s->fine;
    unsigned lo = 0, hi = PIECES; /* before[lo] <= integral < before[hi], roughly */
    while (hi - lo > 1) {
        unsigned middle = (lo + hi) / 2;
        if ((u128)s->before[middle] * s->period << (RATE_SHIFT - PIECES_LOG2 - 1) <= integral)
            lo = middle;
        else
            hi = middle;
    }
    u128 first = (u128)s->before[lo] * s->period << (RATE_SHIFT - PIECES_LOG2 - 1);
    double a = (double)s->point[lo], b = (double)s->point[hi], length = (double)s->period;
    double done = wide_double(integral - first) * 0x1p-13, all = (a + b) / 2 * length;
    double ticks = (double)lo * length;
    if (done > 0) ticks += straight_guess(a, b, length, done, all - done);
    return straight_settle(sine_integral, s, integral, 0, s->period, ticks * 0x1p-10 + 1);
}

static void sine_due(const struct shape *shape, void *state, const u128 *u, size_t n, uint64_t *t)
{
    const struct sine *s = (const struct sine *)shape;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint64_t k = period_of(s, u[i]);
        uint64_t in = k == NEVER ? 0 : due_in_period(s, u[i] - before_period(s, k));
        t[i] = k >= (NEVER - in) / s->period ? NEVER : k * s->period + in;
    }
}

static double sine_rate_at(const struct shape *shape, uint64_t t)
{
    const struct sine *s = (const struct sine *)shape;
    double a = rate_double(s->a), b = rate_double(s->b);
    double turn = (double)(t % s->period) / (double)s->period;
    return (a + b) / 2 + (a - b) / 2 * fm_sin2pi(turn + 0.25);
}

static void sine_describe(const struct shape *shape, char *buf, size_t size)
{
    const struct sine *s = (const struct sine *)shape;
    char a[SAY_BUF], b[SAY_BUF], period[SAY_BUF];
    snprintf(buf, size, "sine %s to %s every %s", say_rate(a, s->a), say_rate(b, s->b),
             say_time(period, s->period));
}

/* The points of the curve: mean -+ swing * cos, in numerators scaled up to 46 bits. */
static void lay_out(struct sine *s)
{
    uint64_t sum = s->a.num + s->b.num;
    while (sum << s->fine <= RATE_NUM_MAX / 2 || s->fine == 0) s->fine++;
    uint64_t mean = sum << (s->fine - 1);
    bool falls = s->a.num > s->b.num;
    uint64_t apart = falls ? s->a.num - s->b.num : s->b.num - s->a.num;
    double swing = (double)(apart << (s->fine - 1));
    for (unsigned i = 0; i < PIECES / 4; i++) {
        uint64_t off = (uint64_t)(swing * fm_sin2pi(0.25 - (double)i / PIECES) + 0.5);
        uint64_t near = falls ? mean + off : mean - off, far = falls ? mean - off : mean + off;
        s->point[i] = s->point[PIECES - i] = near;
        s->point[PIECES / 2 - i] = s->point[PIECES / 2 + i] = far;
    }
    s->point[PIECES / 4] = s->point[PIECES / 4 * 3] = mean;
    for (unsigned i = 0; i < PIECES; i++)
        s->before[i + 1] = s->before[i] + s->point[i] + s->point[i + 1];
}

static struct shape *sine_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    struct rate a, b;
    uint64_t period = 0;
    bool ok = args_check(env, e, &pace_sine.doc, 1);
    (void)length;
    if (args_at(e, 0) && !rate_read_range(env, args_at(e, 0), "sine", &a, &b)) ok = false;
    if (!args_time(env, e, "period", true, PERIOD_MIN, PERIOD_MAX, &period) || !ok) return NULL;
    struct sine *s = arena_new(env->arena, struct sine);
    s->a = a;
    s->b = b;
    s->period = period;
    s->down = a.den * RATE_FIVES;
    s->each = (u128)(a.num + b.num) * period << (RATE_SHIFT - 1);
    lay_out(s);
    return &s->shape;
}

const struct pace_class pace_sine = {
    .doc = {.name = "sine",
            .help = "the rate swings between two values, beginning at the first",
            .example = "sine(100/s..500/s, period=60s)",
            .params =
                (const struct param[]){
                    {"rates", "range of rates", NULL, "the rates at the two turning points"},
                    {"period", "duration", NULL, "from one begin to the next, 1ms to 100d"},
                    {0}}},
    .role = PACE_RATE,
    .rate = {.compile = sine_compile,
             .at = sine_at,
             .due = sine_due,
             .rate_at = sine_rate_at,
             .describe = sine_describe},
};
