#include "run/run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "base/log.h"
#include "run/catcher.h"
#include "run/by_flow.h"
#include "run/link.h"
#include "run/outcome.h"
#include "run/target.h"

#define START_IN 5000000ull      /* ns from the workers being ready to the first unit */
#define LOOK_NS 100000000ull     /* how often the main thread looks at the run */
#define GIVE_UP_NS 1000000000ull /* a target that refused everything for this long is not there */

struct running {
    struct plan *plan;
    const struct run_opts *opts;
    struct worker *workers;
    unsigned opened;
    struct catcher catcher;
    struct matcher **matchers; /* by worker, then stream */
    struct flow_table **flows; /* by stream */
    struct tap ***taps;        /* by worker, then stream; NULL where requests are not watched */
    uint64_t t0;
    struct outcome outcome;
    struct rec_glance before;
    uint64_t before_at;
    int stopping; /* what the workers were told */
};

/* Each connection is a file descriptor. */
static void raise_limits(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
        l.rlim_cur = l.rlim_max;
        setrlimit(RLIMIT_NOFILE, &l);
    }
}

static struct rec_glance glance(const struct running *r)
{
    struct rec_glance sum = {0};
    for (unsigned w = 0; w < r->plan->workers; w++) {
        struct rec_glance g = rec_glance(r->workers[w].env.rec);
        sum.offered += g.offered;
        sum.sent += g.sent;
        sum.answered += g.answered;
        sum.timed_out += g.timed_out;
        sum.errors += g.errors;
    }
    return sum;
}

static void stop_workers(struct running *r, int how)
{
    if (how <= r->stopping) return;
    r->stopping = how;
    if (r->outcome.stopped_at == NEVER) {
        uint64_t now = clock_now();
        r->outcome.stopped_at = now > r->t0 ? now - r->t0 : 0;
    }
    for (unsigned w = 0; w < r->plan->workers; w++) worker_stop(&r->workers[w], how);
}

static void tell_progress(struct running *r, const struct rec_glance *g, uint64_t now)
{
    const struct plan *p = r->plan;
    if (!r->opts->progress || now - r->before_at < 500000000ull) return;
    struct run_progress x = {
        .elapsed_s = now > r->t0 ? (double)(now - r->t0) / 1e9 : 0,
        .duration_s = p->duration == NEVER ? 0 : (double)p->duration / 1e9,
        .now = *g,
        .before = r->before,
        .between_s = (double)(now - r->before_at) / 1e9,
        .draining = r->stopping || (p->duration != NEVER && now > r->t0 + p->duration),
    };
    r->opts->progress(r->opts->ctx, &x);
    r->before = *g;
    r->before_at = now;
}

/* A capture may begin with frames that cannot leave; that says nothing of the device. */
static bool replays(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].way == WAY_REPLAY) return true;
    return false;
}

static void look(struct running *r)
{
    uint64_t now = clock_now();
    struct rec_glance g = glance(r);
    if (r->opts->interrupted && *r->opts->interrupted) stop_workers(r, 1);
    if (now > r->t0 + GIVE_UP_NS && g.errors && g.sent == 0 && !r->stopping && !replays(r->plan)) {
        r->outcome.gave_up = arena_printf(r->plan->arena,
                                          "nothing could be sent to %s in the first "
                                          "second",
                                          r->plan->target_url ? r->plan->target_url : "the device");
        stop_workers(r, 2);
    }
    tell_progress(r, &g, now);
}

static bool all_ended(const struct running *r)
{
    for (unsigned w = 0; w < r->plan->workers; w++)
        if (!atomic_load(&r->workers[w].has_ended)) return false;
    return true;
}

/* Starts all workers at one instant, watches them, joins them. */
static bool work(struct running *r, struct errs *errs)
{
    struct plan *p = r->plan;
    unsigned started = 0;
    uint64_t cpu = clock_process_cpu();
    if (r->opts->begins) r->opts->begins();
    r->t0 = clock_now() + START_IN;
    r->outcome.started_wall = clock_wall() + START_IN;
    r->before_at = r->t0;
    if (!catcher_start(&r->catcher, r->t0))
        return err_add(errs, (struct where){0}, "cannot start the capture's thread");
    for (; started < p->workers; started++) {
        struct worker *w = &r->workers[started];
        w->env.t0 = r->t0;
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
            err_add(errs, (struct where){0}, "cannot start a thread for worker %u", started);
            break;
        }
    }
    for (unsigned w = 0; started < p->workers && w < started; w++) worker_stop(&r->workers[w], 2);
    while (started == p->workers && !all_ended(r)) {
        struct timespec pause = {.tv_nsec = LOOK_NS / 5};
        nanosleep(&pause, NULL);
        look(r);
    }
    for (unsigned w = 0; w < started; w++) pthread_join(r->workers[w].thread, NULL);
    catcher_stop(&r->catcher);
    r->outcome.cpu_ns = clock_process_cpu() - cpu;
    return started == p->workers;
}

/* How many packets of a stream may wait for their replies at a time: twice what is due within a
 * timeout, and until it is known, when the rate is highest, for some leave late. */
static uint64_t window_of(const struct stream *s)
{
    if (!s->schedule) return UINT64_MAX;
    uint64_t wait = s->timeout + 2 * CAPTURE_HOLDS_NS;
    double most = schedule_peak(s->schedule) * (double)wait / 1e9;
    double begin = (double)stream_units(s, wait); /* a burst is above the rate */
    if (begin > most) most = begin;
    return most < 1e18 ? 2 * (uint64_t)most : UINT64_MAX;
}

/* Matchers belong to workers and to the catcher at once, so they live with the run. */
static void open_matchers(struct running *r)
{
    struct plan *p = r->plan;
    r->matchers = arena_array(p->arena, struct matcher *, p->workers);
    r->taps = arena_array(p->arena, struct tap **, p->workers);
    for (unsigned w = 0; w < p->workers; w++) {
        r->matchers[w] = arena_array(p->arena, struct matcher, p->n);
        r->taps[w] = arena_array(p->arena, struct tap *, p->n);
        for (size_t i = 0; i < p->n; i++) {
            const struct stream *s = &p->streams[i];
            if (!s->replies || s->way != WAY_PACKETS) continue;
            matcher_open(&r->matchers[w][i], window_of(s) / p->workers, w, p->workers, p->arena);
        }
    }
}

static bool open_workers(struct running *r, struct errs *errs)
{
    struct plan *p = r->plan;
    r->workers = arena_array(p->arena, struct worker, p->workers);
    for (; r->opened < p->workers; r->opened++) {
        r->workers[r->opened].nudge_fd = -1;
        if (!worker_open(&r->workers[r->opened], p, r->opened, r->matchers[r->opened],
                         r->taps[r->opened], r->flows, r->opts->step, errs)) {
            r->opened++;
            return false;
        }
    }
    return true;
}

struct result *run_plan(struct plan *p, const struct run_opts *o, struct arena *a,
                        struct errs *errs)
{
    struct running r = {.plan = p, .opts = o};
    struct result *result = NULL;
    raise_limits();
    target_choose(p);
    open_matchers(&r);
    r.flows = by_flow_open(p);
    bool fine = link_packets(p, errs) &&
                catcher_open(&r.catcher, p, r.matchers, r.taps, r.flows, errs) &&
                open_workers(&r, errs);
    r.outcome = (struct outcome){.plan = p, .workers = r.workers, .stopped_at = NEVER};
    if (fine && work(&r, errs)) {
        result = outcome_result(&r.outcome, &r.catcher, a);
        by_flow_tell(p, r.flows, r.matchers, result);
        gates_judge(&p->gates, result);
    }
    for (unsigned w = 0; w < r.opened; w++) {
        struct rec *rec = r.workers[w].env.rec;
        worker_close(&r.workers[w]);
        if (rec) rec_close(rec);
    }
    catcher_close(&r.catcher);
    by_flow_close(p, r.flows);
    return result;
}
