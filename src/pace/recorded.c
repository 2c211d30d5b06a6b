/* recorded: units are due when a file says, one time in seconds on each line. */
#include "pace/args.h"
#include "pace/rate.h"
#include "pace/times.h"

struct recorded {
    struct shape shape;
    const char *file; /* as written, for people */
    struct quantity speed;
    struct times times;
};

/* From the file's time to the stream's, rounded down. */
static uint64_t sped(const struct recorded *s, uint64_t ns)
{
    u128 t = ns == NEVER ? NEVER : (u128)ns * s->speed.den / s->speed.num;
    return t < NEVER ? (uint64_t)t : NEVER;
}

/* The lines due at t or before: those with ns * den / num < t + 1. */
static u128 recorded_at(const struct shape *shape, void *state, uint64_t t)
{
    const struct recorded *s = (const struct recorded *)shape;
    u128 below = ((u128)t + 1) * s->speed.num, ns = (below - 1) / s->speed.den;
    uint64_t n = times_until(&s->times, state, ns < NEVER ? (uint64_t)ns : NEVER);
    return ((u128)n << 32) - 1;
}

static void recorded_due(const struct shape *shape, void *state, const u128 *u, size_t n,
                         uint64_t *t)
{
    const struct recorded *s = (const struct recorded *)shape;
    for (size_t i = 0; i < n; i++) {
        u128 unit = u[i] >> 32;
        t[i] = unit < NEVER ? sped(s, times_get(&s->times, state, (uint64_t)unit)) : NEVER;
    }
}

static double recorded_rate_at(const struct shape *shape, uint64_t t)
{
    const struct recorded *s = (const struct recorded *)shape;
    double ns = (double)sped(s, s->times.last - s->times.first);
    return (double)t <= ns && ns > 0 ? (double)s->times.n * 1e9 / ns : 0;
}

static void recorded_describe(const struct shape *shape, char *buf, size_t size)
{
    const struct recorded *s = (const struct recorded *)shape;
    snprintf(buf, size, "%llu recorded times of %.60s", (unsigned long long)s->times.n, s->file);
    size_t n = strlen(buf);
    if (s->speed.num != s->speed.den)
        snprintf(buf + n, size - n, " at %.6gx", quantity_double(&s->speed));
}

static bool read_speed(struct gen_env *env, const struct expr *e, struct quantity *speed)
{
    *speed = (struct quantity){.dim = DIM_FACTOR, .num = 1, .den = 1};
    if (!e) return true;
    if (e->kind == EXPR_NUMBER && e->q.dim == DIM_FACTOR && !e->q.neg && e->q.num &&
        e->q.num / 1000000 <= e->q.den && e->q.den / 1000000 <= e->q.num) {
        *speed = e->q;
        return true;
    }
    return err_add(env->errs, e->at, "speed is " SRC ", expected a factor such as 2x", SRC_OF(e));
}

static struct shape *recorded_compile(struct gen_env *env, const struct expr *e, uint64_t length)
{
    const struct expr *file = args_at(e, 0);
    struct recorded *s = arena_new(env->arena, struct recorded);
    bool ok = args_check(env, e, &pace_recorded.doc, 1);
    if (!read_speed(env, args_named(e, "speed"), &s->speed)) ok = false;
    if (file && file->kind != EXPR_NAME && file->kind != EXPR_STRING)
        ok = err_add(env->errs, e->at,
                     "recorded from " SRC ", expected a file such as \"times.txt\"", SRC_OF(file));
    if (!ok) return NULL;
    s->file = arena_str(env->arena, file->text);
    const char *path = env->profile ? profile_path(env->profile, s->file) : s->file;
    if (!times_open(env, path, e->at, &s->times)) return NULL;
    uint64_t end = sped(s, s->times.last - s->times.first);
    if (end >= LENGTH_MAX) {
        err_add(env->errs, e->at, "recorded times take more than 400d at this speed");
        return NULL;
    }
    s->shape.length = length == NEVER ? end + 1 : length;
    struct arena a = {0};
    s->shape.total =
        recorded_at(&s->shape, arena_new(&a, struct times_reader), s->shape.length - 1) + 1;
    arena_free(&a);
    return &s->shape;
}

const struct pace_class pace_recorded = {
    .doc = {.name = "recorded",
            .help = "units are due when a file says: one time in seconds per line, counted from "
                    "the first; the stream ends with the file",
            .example = "recorded(\"times.txt\", speed=2x)",
            .params = (const struct param[]){{"file", "file", NULL,
                                              "rising times; blank lines and # comments are "
                                              "passed over"},
                                             {"speed", "factor", "1x", "how many times as fast"},
                                             {0}}},
    .role = PACE_RATE,
    .rate = {.compile = recorded_compile,
             .state_size = sizeof(struct times_reader),
             .steps = true,
             .timed = true,
             .at = recorded_at,
             .due = recorded_due,
             .rate_at = recorded_rate_at,
             .describe = recorded_describe},
};
