/* burst: a number of units at once, again and again; perhaps with a rest after so many bursts. */
#include "pace/args.h"
#include "pace/rate.h"

#define COUNT_MAX (1ull << 32)
#define PER_NS_MAX 10 /* 10G/s */

struct burst {
    struct shape shape;
    uint64_t count, every, gap; /* gap: ns between the units of one burst; 0: all at once */
    uint64_t group, cycle;      /* bursts before a rest; ns from one group's begin to the next's */
};

static u128 burst_at(const struct shape *shape, void *state, uint64_t t)
{
    const struct burst *s = (const struct burst *)shape;
    uint64_t in = t % s->cycle, nth = in / s->every, last = s->count - 1;
    (void)state;
    if (nth >= s->group) nth = s->group - 1; /* it rests */
    in -= nth * s->every;
    if (s->gap && in / s->gap < last) last = in / s->gap;
    u128 bursts = (u128)(t / s->cycle) * s->group + nth;
    return ((bursts * s->count + last + 1) << 32) - 1;
}

static void burst_due(const struct shape *shape, void *state, const u128 *u, size_t n, uint64_t *t)
{
    const struct burst *s = (const struct burst *)shape;
    (void)state;
    for (size_t i = 0; i < n; i++) {
        u128 unit = u[i] >> 32, burst = unit / s->count, cycle = burst / s->group;
        uint64_t in = (uint64_t)(burst - cycle * s->group) * s->every +
                      (uint64_t)(unit - burst * s->count) * s->gap;
        t[i] = cycle >= (NEVER - in) / s->cycle ? NEVER : (uint64_t)cycle * s->cycle + in;
    }
}

static double burst_rate_at(const struct shape *shape, uint64_t t)
{
    const struct burst *s = (const struct burst *)shape;
    (void)t;
    return (double)s->count * (double)s->group * 1e9 / (double)s->cycle;
}

static void burst_describe(const struct shape *shape, char *buf, size_t size)
{
    const struct burst *s = (const struct burst *)shape;
    char every[SAY_BUF], gap[SAY_BUF], rest[SAY_BUF];
    uint64_t pause = s->cycle - s->group * s->every;
    int n = snprintf(buf, size, "bursts of %llu every %s", (unsigned long long)s->count,
                     say_time(every, s->every));
    if (s->gap && n >= 0 && (size_t)n < size)
        n += snprintf(buf + n, size - (size_t)n, ", %s apart", say_time(gap, s->gap));
    if (pause && n >= 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, ", %s rest after %llu", say_time(rest, pause),
                 (unsigned long long)s->group);
}

/* A number of units or bursts; false after adding an error. */
static bool read_count(struct gen_env *env, const struct expr *e, const char *what, uint64_t *count)
{
    if (e->kind != EXPR_NUMBER || e->q.dim != DIM_NONE || !quantity_u64(&e->q, false, count) ||
        *count == 0 || *count > COUNT_MAX)
        return err_add(env->errs, e->at, "burst of " SRC ", expected a number of %s 1..4294967296",
                       SRC_OF(e), what);
    return true;
}

/* group= and rest=: both or neither. */
static bool read_groups(struct gen_env *env, const struct expr *e, struct burst *s)
{
    const struct expr *group = args_named(e, "group");
    uint64_t rest = 0;
    s->group = 1;
    if (!group != !args_named(e, "rest"))
        return err_add(env->errs, e->at,
                       "burst has one of group and rest, expected both, as in "
                       "burst(100, every=1ms, group=10, rest=1s)");
    if (group && !read_count(env, group, "bursts", &s->group)) return false;
    if (!args_time(env, e, "rest", false, 1, LENGTH_MAX, &rest)) return false;
    if (s->group > (LENGTH_MAX - rest) / s->every)
        return err_add(env->errs, e->at, "burst has groups of more than 400 days");
    s->cycle = s->group * s->every + rest;
    return true;
}

static bool check_rate(struct gen_env *env, const struct expr *e, const struct burst *s)
{
    if (s->count > s->every * PER_NS_MAX ||
        (u128)s->cycle > (u128)s->count * s->group * 86400000000000ull)
        return err_add(env->errs, e->at,
                       "rate of " SRC " is out of range, expected one unit a day to 10G/s",
                       SRC_OF(e));
    if (s->gap && s->count - 1 >= (s->every + s->gap - 1) / s->gap)
        return err_add(env->errs, e->at,
                       "burst of " SRC
                       " runs into the next one, expected (count - 1) * gap below every",
                       SRC_OF(e));
    return true;
}

static struct shape *burst_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    struct burst *s = arena_new(env->arena, struct burst);
    bool ok = args_check(env, e, &pace_burst.doc, 1);
    (void)length;
    if (args_at(e, 0) && !read_count(env, args_at(e, 0), "units", &s->count)) ok = false;
    if (!args_time(env, e, "every", true, 1, LENGTH_MAX, &s->every)) ok = false;
    if (!args_time(env, e, "gap", false, 0, LENGTH_MAX, &s->gap)) ok = false;
    if (!ok || !read_groups(env, e, s) || !check_rate(env, e, s)) return NULL;
    return &s->shape;
}

const struct pace_class pace_burst = {
    .doc = {.name = "burst",
            .help =
                "a number of units at once, again and again, in groups with a rest between them if "
                "asked",
            .example = "burst(100, every=1s)",
            .params =
                (const struct param[]){
                    {"count", "number", NULL, "the units of one burst"},
                    {"every", "duration", NULL, "from the begin of one burst to the next"},
                    {"gap", "duration", "0s", "between the units of one burst"},
                    {"group", "number", "1", "how many bursts come before a rest"},
                    {"rest", "duration", "0s", "a pause between groups, besides every"},
                    {0}}},
    .role = PACE_RATE,
    .rate = {.compile = burst_compile,
             .steps = true,
             .at = burst_at,
             .due = burst_due,
             .rate_at = burst_rate_at,
             .describe = burst_describe},
};
