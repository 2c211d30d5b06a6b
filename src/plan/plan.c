#include "plan/inside.h"

#include <sched.h>

static const char *const kinds_known[] = {"run",          "target",  "vars",  "stream", "packet",
                                          "conversation", "request", "gates", "serve",  NULL};

const char *const *key_names(struct arena *a, const struct param *keys)
{
    size_t n = 0;
    while (keys[n].name) n++;
    const char **names = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++) names[i] = keys[i].name;
    return names;
}

/* Cells are numbered through the plan: stream after stream, kind after kind. */
static void lay_out(struct plan *p)
{
    size_t cells = 0;
    for (size_t i = 0; i < p->n; i++) cells += p->streams[i].n;
    uint32_t *stream_of = arena_array(p->arena, uint32_t, cells);
    uint64_t *late_after = arena_array(p->arena, uint64_t, cells);
    p->stream_names = arena_array(p->arena, const char *, p->n);
    p->kind_names = arena_array(p->arena, const char *, cells);
    uint32_t cell = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct stream *s = &p->streams[i];
        p->stream_names[i] = s->name;
        for (size_t k = 0; k < s->n; k++, cell++) {
            s->kinds[k].cell = cell;
            stream_of[cell] = (uint32_t)i;
            late_after[cell] = s->late_after;
            p->kind_names[cell] = s->kinds[k].name;
        }
    }
    p->layout = (struct rec_layout){
        .cells = cells,
        .stream_of = stream_of,
        .late_after = late_after,
        .streams = p->n,
        .measure_from = p->warmup,
    };
}

static void compile_gates(struct compiling *c)
{
    struct plan *p = c->plan;
    struct gate_names names = {p->stream_names, p->n, p->kind_names, p->layout.cells};
    p->gates =
        gates_compile(p->arena, profile_section(c->profile, "gates", ""), &names, c->env.errs);
}

/* A unit that left a little late has its whole timeout all the same. */
#define DRAIN_SLACK 1000000000ull

/* Streams that end by themselves end the run; without any end it takes ten seconds. */
static void settle_duration(struct plan *p)
{
    bool bounded = p->n > 0;
    uint64_t longest_timeout = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct stream *s = &p->streams[i];
        bool ends = s->count != NEVER ||
                    ((s->way == WAY_REPLAY || s->way == WAY_LIVE) && s->replay.loops != NEVER) ||
                    (s->schedule && schedule_end(s->schedule) != NEVER);
        if (!ends) bounded = false;
        if (s->timeout > longest_timeout && s->way != WAY_REPLAY) longest_timeout = s->timeout;
    }
    if (p->duration == 0) p->duration = bounded ? NEVER : 10 * 1000000000ull;
    if (p->drain == NEVER) p->drain = longest_timeout + DRAIN_SLACK;
}

static bool is_sendable(const struct section *s)
{
    return strcmp(s->kind, "packet") == 0 || strcmp(s->kind, "request") == 0 ||
           strcmp(s->kind, "conversation") == 0;
}

static bool names_apart(struct compiling *c)
{
    struct profile *p = c->profile;
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < i; j++) {
            struct section *a = &p->v[i], *b = &p->v[j];
            if (is_sendable(a) && is_sendable(b) && strcmp(a->kind, b->kind) != 0 &&
                strcmp(a->name, b->name) == 0)
                return err_add(c->env.errs, a->at,
                               "'%s' is both a %s and a %s, expected names that differ", a->name,
                               a->kind, b->kind);
        }
    return true;
}

/* Who replays frames wants them at their times; for everything else sleeping is close enough, and
 * where workers share cores staying awake is in the way. */
static void settle_pacing(struct plan *p)
{
    cpu_set_t cores;
    if (p->pacing != PACING_AUTO) return;
    p->pacing = PACING_SLEEP;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0 || p->workers > (unsigned)CPU_COUNT(&cores))
        return;
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].way == WAY_REPLAY && p->streams[i].loop != LOOP_FLOOD)
            p->pacing = PACING_HYBRID;
}

struct plan *plan_compile(struct arena *a, struct profile *profile, const struct plan_opts *opts,
                          struct errs *errs)
{
    static const struct plan_opts none;
    struct plan *p = arena_new(a, struct plan);
    p->arena = a;
    p->profile = profile;
    struct compiling c = {
        .plan = p,
        .profile = profile,
        .env = {.arena = a, .errs = errs, .profile = profile, .read_frames = read_frames},
        .opts = opts ? opts : &none,
    };
    compile_run(&c);
    c.env.seed = p->seed;
    c.env.vars = gen_vars_new(&c.env, profile_section(profile, "vars", ""));
    compile_target(&c);
    names_apart(&c);
    compile_streams(&c);
    share_tokens(&c);
    gen_vars_check(&c.env);
    settle_duration(p);
    settle_pacing(p);
    if (p->duration != NEVER && p->warmup >= p->duration)
        err_add(errs, (struct where){profile->file, 0},
                "warmup is as long as the duration, expected it to be shorter");
    lay_out(p);
    compile_gates(&c);
    profile_section(profile, "serve", ""); /* read by `spate serve` */
    profile_unused(profile, kinds_known, errs);
    return errs_any(errs) ? NULL : p;
}

uint64_t stream_units(const struct stream *s, uint64_t until)
{
    if (!s->schedule) return 0;
    uint64_t n = schedule_units(s->schedule, until);
    return n < s->count ? n : s->count;
}
