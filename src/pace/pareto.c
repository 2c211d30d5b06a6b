/* pareto: bursts and pauses whose lengths are Pareto distributed, the classic source of
 * self-similar traffic (Willinger, Taqqu, Sherman, Wilson, "Self-Similarity Through High-
 * Variability", SIGCOMM 1995).
 *
 * While it is on, units follow each other evenly at the rate times (on + off) / on; while it
 * is off, none come. So the long-run mean is the rate, though with a heavy tail it is reached
 * slowly. Periods are laid out in time from the start, alike for all readers, and a reader
 * walks along them: units come in any number per step, but going back starts over. */
#include "base/fmath.h"
#include "pace/args.h"
#include "pace/course.h"
#include "pace/rate.h"

#define MEAN_MIN 1000000ull
#define MEAN_MAX 86400000000000ull
#define OFF_PER_ON 10000

struct pareto {
    struct arrival arrival;
    const struct course *course;
    double on, off, alpha; /* on, off: the least lengths, ns */
    uint64_t num, den;     /* (on + off) / on, in lowest terms */
};

/* One on period: units whose number, in 2^-32 units, is in begin..begin+room-1 lie at the
 * positions first..last-1. */
struct period {
    uint64_t number; /* of the next period */
    uint64_t start;  /* when that begins, ns */
    u128 first, last;
    u128 begin, room;
};

/* x * num / den, rounded down or up, without overflow for x below 2^92 and num/den up to
 * OFF_PER_ON + 1. */
static u128 ratio_down(u128 x, uint64_t num, uint64_t den)
{
    return x / den * num + x % den * num / den;
}
static u128 ratio_up(u128 x, uint64_t num, uint64_t den)
{
    return x / den * num + (x % den * num + den - 1) / den;
}

/* A Pareto deviate, by inversion: least * u^(-1/alpha). */
static uint64_t length(const struct pareto *a, double least, uint64_t draw)
{
    double ns = least * fm_exp(fm_expo(rng_at(a->arrival.key, draw)) / a->alpha);
    return ns < (double)LENGTH_MAX ? (uint64_t)ns + 1 : LENGTH_MAX;
}

/* Positions due before t. */
static u128 before(const struct pareto *a, uint64_t t)
{
    return t ? course_reach(a->course, NULL, t - 1) : 0;
}

/* Goes on to the next on period. False when the course ends before it. */
static bool next_period(const struct pareto *a, struct period *p)
{
    if (p->start >= course_end(a->course) || p->start >> 62) return false;
    uint64_t off_at = p->start + length(a, a->on, 2 * p->number);
    p->first = before(a, p->start);
    p->last = before(a, off_at);
    p->begin += p->room;
    p->room = ratio_down(p->last - p->first, a->num, a->den);
    p->start = off_at + length(a, a->off, 2 * p->number + 1);
    p->number++;
    return true;
}

static void pareto_place(const struct arrival *arrival, void *state, uint64_t first, uint64_t step,
                         size_t n, u128 *out)
{
    const struct pareto *a = (const struct pareto *)arrival;
    struct period *p = state;
    for (size_t i = 0; i < n; i++) {
        u128 x = (u128)(first + i * step) << 32;
        if (x < p->begin) *p = (struct period){0};
        bool more = true;
        while (more && x >= p->begin + p->room) more = next_period(a, p);
        out[i] = more ? p->first + ratio_down(x - p->begin, a->den, a->num) : ENDLESS;
    }
}

static uint64_t pareto_count(const struct arrival *arrival, u128 u)
{
    const struct pareto *a = (const struct pareto *)arrival;
    struct period p = {0};
    while (p.last < u && next_period(a, &p)) {
    }
    u128 room = u >= p.last ? p.room : 0;
    if (u > p.first && u < p.last) {
        room = ratio_up(u - p.first, a->num, a->den); /* x * den / num < u - first */
        if (room > p.room) room = p.room;
    }
    u128 n = (p.begin + room + UNIT - 1) >> 32;
    return n < NEVER ? (uint64_t)n : NEVER;
}

static bool read_alpha(struct gen_env *env, const struct expr *e, double *alpha)
{
    if (!e) return true;
    *alpha = quantity_double(&e->q);
    if (e->kind != EXPR_NUMBER || e->q.dim != DIM_NONE || !(*alpha > 1) || *alpha > 100)
        return err_add(env->errs, e->at,
                       "alpha of pareto is " SRC ", expected a number above 1 and up to 100, "
                       "since up to 1 periods have no mean",
                       SRC_OF(e));
    return true;
}

static struct arrival *pareto_compile(struct gen_env *env, const struct expr *e,
                                      const struct course *c)
{
    uint64_t on = 100000000, off = 400000000;
    double alpha = 1.5;
    bool ok = args_check(env, e, &pace_pareto.doc, 0);
    if (!args_time(env, e, "on", false, MEAN_MIN, MEAN_MAX, &on)) ok = false;
    if (!args_time(env, e, "off", false, MEAN_MIN, MEAN_MAX, &off)) ok = false;
    if (!read_alpha(env, args_named(e, "alpha"), &alpha) || !ok) return NULL;
    if (off / on >= OFF_PER_ON) {
        err_add(env->errs, e->at, "off of pareto is more than %d times on, expected less",
                OFF_PER_ON);
        return NULL;
    }
    struct pareto *a = arena_new(env->arena, struct pareto);
    uint64_t common = whole_gcd(on + off, on);
    double least = (alpha - 1) / alpha; /* of a mean of 1 */
    *a = (struct pareto){.course = c,
                         .on = (double)on * least,
                         .off = (double)off * least,
                         .alpha = alpha,
                         .num = (on + off) / common,
                         .den = on / common};
    return &a->arrival;
}

const struct pace_class pace_pareto = {
    .doc = {.name = "pareto",
            .help = "bursts and pauses of Pareto distributed lengths; within a burst units come "
                    "evenly, so fast that the long-run mean is the rate",
            .example = "pareto(on=100ms, off=400ms, alpha=1.5)",
            .params =
                (const struct param[]){
                    {"on", "duration", "100ms", "mean length of a burst, 1ms to 1d"},
                    {"off", "duration", "400ms", "mean length of a pause, 1ms to 1d"},
                    {"alpha", "number", "1.5", "shape, above 1; the lower, the heavier the tail"},
                    {0}}},
    .role = PACE_ARRIVAL,
    .arrival = {.compile = pareto_compile,
                .state_size = sizeof(struct period),
                .place = pareto_place,
                .count = pareto_count},
};
