/* constant: the same rate throughout. at(t) = floor(t * up / down), due(u) = ceil(u * down / up)
 * with the rate in positions per nanosecond as up/down in lowest terms. */
#include "pace/rate.h"

struct constant {
    struct shape shape;
    struct rate rate;
    u128 up;       /* <= 2^69 */
    uint64_t down; /* <= 2^57 */
};

/* Both split the argument by the divisor first, so no product exceeds 2^126. */
static u128 constant_at(const struct shape *shape, void *state, uint64_t t)
{
    const struct constant *s = (const struct constant *)shape;
    (void)state;
    return t / s->down * s->up + t % s->down * s->up / s->down;
}

static uint64_t due_one(const struct constant *s, u128 u)
{
    u128 whole = u / s->up, rest = u - whole * s->up;
    if (whole > NEVER / s->down) return NEVER;
    u128 t = whole * s->down + (rest * s->down + s->up - 1) / s->up;
    return t < NEVER ? (uint64_t)t : NEVER;
}

static void constant_due(const struct shape *shape, void *state, const u128 *u, size_t n,
                         uint64_t *t)
{
    const struct constant *s = (const struct constant *)shape;
    (void)state;
    for (size_t i = 0; i < n; i++) t[i] = due_one(s, u[i]);
}

/* Steps by quotient and remainder: the same numbers as due_one, without its divisions. */
static bool constant_due_even(const struct shape *shape, u128 u, u128 step, size_t n, uint64_t *t)
{
    const struct constant *s = (const struct constant *)shape;
    if (n == 0) return true;
    if (s->up >> 63 || step / s->up > NEVER / s->down / (2 * n)) return false;
    uint64_t up = (uint64_t)s->up, now = due_one(s, u);
    u128 stride = step % up * s->down;
    uint64_t whole = (uint64_t)(step / up * s->down + stride / up);
    uint64_t part = (uint64_t)(stride % up);
    if ((u128)now + (u128)n * (whole + 1) >= NEVER) return false;
    /* due = ceil(x / up): `over` is how far the ceiling lies above x/up, in units of 1/up. */
    uint64_t rest = (uint64_t)(u % up * s->down % up), over = rest ? up - rest : 0;
    for (size_t i = 0; i < n; i++) {
        t[i] = now;
        bool carry = over < part;
        now += whole + carry;
        over += (carry ? up : 0) - part;
    }
    return true;
}

static double constant_rate_at(const struct shape *shape, uint64_t t)
{
    (void)t;
    return rate_double(((const struct constant *)shape)->rate);
}

static void constant_describe(const struct shape *shape, char *buf, size_t size)
{
    char rate[SAY_BUF];
    snprintf(buf, size, "%s", say_rate(rate, ((const struct constant *)shape)->rate));
}

static struct shape *constant_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    struct rate rate;
    (void)length;
    if (!rate_read(env, e, false, &rate)) return NULL;
    struct constant *s = arena_new(env->arena, struct constant);
    uint64_t down = rate.den * RATE_FIVES;
    uint64_t fives = whole_gcd(rate.num, down);
    s->rate = rate;
    s->up = (u128)(rate.num / fives) << RATE_SHIFT;
    s->down = down / fives;
    unsigned twos = (unsigned)__builtin_ctzll(s->down);
    if (twos > RATE_SHIFT) twos = RATE_SHIFT;
    s->up >>= twos;
    s->down >>= twos;
    return &s->shape;
}

const struct pace_class pace_constant = {
    .doc = {.name = "constant",
            .help = "the same rate throughout, written as the rate itself",
            .example = "2000/s"},
    .role = PACE_RATE,
    .rate = {.compile = constant_compile,
             .at = constant_at,
             .due = constant_due,
             .due_even = constant_due_even,
             .rate_at = constant_rate_at,
             .describe = constant_describe},
};
