/* burst: a number of units at once, again and again. */
#include "pace/args.h"
#include "pace/rate.h"

#define COUNT_MAX (1ull << 32)
#define PER_NS_MAX 10 /* 10G/s */

struct burst {
    struct shape shape;
    uint64_t count, every, gap; /* gap: ns between the units of one burst; 0: all at once */
};

static u128 burst_at(const struct shape *shape, void *state, uint64_t t)
{
    const struct burst *s = (const struct burst *)shape;
    uint64_t in = t % s->every, last = s->count - 1;
    (void)state;
    if (s->gap && in / s->gap < last) last = in / s->gap;
    return (((u128)(t / s->every) * s->count + last + 1) << 32) - 1;
}

static void burst_due(const struct shape *shape, void *state, const u128 *u, size_t n, uint64_t *t)
{
    const struct burst *s = (const struct burst *)shape;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        u128 unit = u[i] >> 32, group = unit / s->count;
        uint64_t in = (uint64_t)(unit - group * s->count) * s->gap;
        t[i] = group >= (NEVER - in) / s->every ? NEVER : (uint64_t)group * s->every + in;
    }
}

static double burst_rate_at(const struct shape *shape, uint64_t t)
{
    const struct burst *s = (const struct burst *)shape;
    (void)t;
    return (double)s->count * 1e9 / (double)s->every;
}

static void burst_describe(const struct shape *shape, char *buf, size_t size)
{
    const struct burst *s = (const struct burst *)shape;
    char every[SAY_BUF], gap[SAY_BUF];
    say_time(every, s->every);
    if (s->gap)
        snprintf(buf, size, "bursts of %llu every %s, %s apart", (unsigned long long)s->count,
                 every, say_time(gap, s->gap));
    else
        snprintf(buf, size, "bursts of %llu every %s", (unsigned long long)s->count, every);
}

static bool read_count(struct gen_env *env, const struct expr *e, uint64_t *count)
{
    if (e->kind != EXPR_NUMBER || e->q.dim != DIM_NONE || !quantity_u64(&e->q, false, count) ||
        *count == 0 || *count > COUNT_MAX)
        return err_add(env->errs, e->at,
                       "burst of " SRC ", expected a number of units 1..4294967296", SRC_OF(e));
    return true;
}

static struct shape *burst_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    uint64_t count = 0, every = 0, gap = 0;
    bool ok = args_check(env, e, &pace_burst.doc, 1);
    (void)length;
    if (args_at(e, 0) && !read_count(env, args_at(e, 0), &count)) ok = false;
    if (!args_time(env, e, "every", true, 1, LENGTH_MAX, &every)) ok = false;
    if (!args_time(env, e, "gap", false, 0, LENGTH_MAX, &gap) || !ok) return NULL;
    if (count > every * PER_NS_MAX || every / 86400000000000 > count) {
        err_add(env->errs, e->at,
                "rate of " SRC " is out of range, expected one unit a day to 10G/s", SRC_OF(e));
        return NULL;
    }
    if (gap && count - 1 >= (every + gap - 1) / gap) {
        err_add(env->errs, e->at,
                "burst of " SRC " runs into the next one, expected (count - 1) * gap below every",
                SRC_OF(e));
        return NULL;
    }
    struct burst *s = arena_new(env->arena, struct burst);
    s->count = count;
    s->every = every;
    s->gap = gap;
    return &s->shape;
}

const struct pace_class pace_burst = {
    .doc = {.name = "burst",
            .help = "a number of units at once, again and again",
            .example = "burst(100, every=1s)",
            .params =
                (const struct param[]){
                    {"count", "number", NULL, "the units of one burst"},
                    {"every", "duration", NULL, "from the begin of one burst to the next"},
                    {"gap", "duration", "0s", "between the units of one burst"},
                    {0}}},
    .role = PACE_RATE,
    .rate = {.compile = burst_compile,
             .steps = true,
             .at = burst_at,
             .due = burst_due,
             .rate_at = burst_rate_at,
             .describe = burst_describe},
};
