/* schedule: a course and an arrival process as one; what the rest of the program asks. */
#include "base/clock.h"
#include "pace/course.h"

struct schedule {
    const struct course *course;
    const struct arrival *arrival;
};
struct schedule_state {
    struct course_state course;
    void *arrival;
};

static const struct arrival *compile_arrival(struct gen_env *env, const struct entry *entry,
                                             const char *path, const struct course *course)
{
    static const struct expr constant = {.kind = EXPR_NAME,
                                         .text = {(const uint8_t *)"constant", 8}};
    const struct expr *e = &constant;
    if (entry) e = expr_parse(env->arena, entry->value, entry->at, env->errs);
    if (!e) return NULL;
    if (e->kind != EXPR_NAME && e->kind != EXPR_CALL) {
        err_add(env->errs, e->at, "arrival is " SRC ", expected a process such as poisson",
                SRC_OF(e));
        return NULL;
    }
    const struct pace_class *class = pace_class_find(PACE_ARRIVAL, e->text);
    if (!class) {
        pace_class_unknown(env->errs, e->at, PACE_ARRIVAL, e->text);
        return NULL;
    }
    if (course && course->timed && !class->arrival.even) {
        err_add(env->errs, e->at,
                "arrival is %s, expected none: recorded times are arrivals already",
                class->doc.name);
        return NULL;
    }
    struct arrival *a = class->arrival.compile(env, e, course);
    if (!a) return NULL;
    a->class = class;
    a->key = rng_key(env->seed, span_of(arena_printf(env->arena, "%s.arrival", path)));
    return a;
}

const struct schedule *schedule_compile(struct gen_env *env, const struct entry *rate,
                                        const struct entry *arrival, const char *path)
{
    struct schedule *s = arena_new(env->arena, struct schedule);
    s->course = course_compile(env, rate);
    s->arrival = compile_arrival(env, arrival, path, s->course);
    return s->course && s->arrival ? s : NULL;
}

struct schedule_state *schedule_start(const struct schedule *s, struct arena *a)
{
    struct schedule_state *st = arena_new(a, struct schedule_state);
    course_start(s->course, a, &st->course);
    st->arrival = arena_alloc(a, s->arrival->class->arrival.state_size);
    return st;
}

size_t schedule_due(const struct schedule *s, struct schedule_state *st, uint64_t first,
                    uint64_t step, size_t n, uint64_t *due_ns)
{
    const struct arrival_class *arrival = &s->arrival->class->arrival;
    uint64_t end = course_end(s->course);
    if (n && step && (UINT64_MAX - first) / step < n - 1) n = (UINT64_MAX - first) / step + 1;
    if (arrival->even) {
        course_due_even(s->course, &st->course, first, step, n, due_ns);
    } else {
        u128 u[BATCH];
        for (size_t i = 0; i < n; i += BATCH) {
            size_t k = n - i < BATCH ? n - i : BATCH;
            arrival->place(s->arrival, st->arrival, first + i * step, step, k, u);
            course_due(s->course, &st->course, u, k, due_ns + i);
        }
    }
    while (n && due_ns[n - 1] >= end) n--;
    return n;
}

uint64_t schedule_units(const struct schedule *s, uint64_t until_ns)
{
    uint64_t end = course_end(s->course);
    if (until_ns > end) until_ns = end;
    if (until_ns == 0) return 0;
    struct arena a = {0};
    struct course_state st;
    course_start(s->course, &a, &st);
    u128 reach = course_reach(s->course, &st, until_ns - 1);
    arena_free(&a);
    return s->arrival->class->arrival.count(s->arrival, reach);
}

uint64_t schedule_end(const struct schedule *s)
{
    return course_end(s->course);
}

double schedule_rate_at(const struct schedule *s, uint64_t t_ns)
{
    return course_rate_at(s->course, t_ns);
}

double schedule_peak(const struct schedule *s)
{
    enum { MOMENTS = 256 };
    double peak = 0;
    for (size_t i = 0; i < s->course->n; i++) {
        const struct phase *p = &s->course->v[i];
        uint64_t length = p->end == NEVER ? 3600 * NS_PER_S : p->end - p->start;
        for (uint64_t k = 0; length && k <= MOMENTS; k++) {
            uint64_t t = p->start + (uint64_t)((u128)(length - 1) * k / MOMENTS);
            double rate = course_rate_at(s->course, t);
            if (rate > peak) peak = rate;
        }
    }
    return peak;
}

void schedule_describe(const struct schedule *s, char *buf, size_t size)
{
    const struct pace_class *arrival = s->arrival->class;
    if (size == 0) return;
    course_describe(s->course, buf, size);
    size_t n = strlen(buf);
    if (!arrival->arrival.even) snprintf(buf + n, size - n, "; %s", arrival->doc.name);
}
