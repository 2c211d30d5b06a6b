#include "run/worker.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sched.h>
#include <unistd.h>

#define LAG_MAX 100000 /* ns */
#define SPIN_NS 200000 /* hybrid: how long before its time a worker stays awake */
#define CLOSE_NS 2000  /* longer than a look for events takes */

static uint64_t now_of(const struct worker *w)
{
    uint64_t now = clock_now();
    return now > w->env.t0 ? now - w->env.t0 : 0;
}

/* Learns how late the timer was: the next one is set that much earlier. */
static void on_wake(evutil_socket_t fd, short what, void *worker)
{
    struct worker *w = worker;
    uint64_t now = now_of(w), late = now > w->armed ? now - w->armed : 0;
    (void)fd, (void)what;
    if (late > LAG_MAX) late = LAG_MAX; /* it was kept from running, not woken late */
    w->lag = (w->lag * 7 + late) / 8;
}

static void on_nudge(evutil_socket_t fd, short what, void *worker)
{
    uint64_t count;
    (void)what, (void)worker;
    if (read(fd, &count, sizeof count) < 0) return; /* nothing was waiting */
}

/* A closed loop without think time is driven by replies alone; everything else needs a timer
 * better than the millisecond of epoll_wait. */
static bool needs_precision(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].loop != LOOP_CLOSED || p->streams[i].think) return true;
    return false;
}

static struct event_base *open_base(bool precise)
{
    struct event_config *c = event_config_new();
    if (!c) return NULL;
    if (precise) event_config_set_flag(c, EVENT_BASE_FLAG_PRECISE_TIMER);
    event_config_set_flag(c, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *b = event_base_new_with_config(c);
    event_config_free(c);
    return b;
}

static bool open_lane(struct worker *w, const struct stream *s, struct matcher *m, struct tap *tap,
                      struct flow_table *flows, struct lane **lane, struct errs *errs)
{
    struct lane_env *env = arena_new(&w->arena, struct lane_env);
    *env = w->env;
    env->matcher = m;
    env->tap = tap;
    env->flows = flows;
    *lane = lane_new(env, s);
    return (*lane)->class->open(*lane, errs);
}

bool worker_open(struct worker *w, const struct plan *p, unsigned number, struct matcher *matchers,
                 struct tap **taps, struct flow_table **flows, const struct step *step,
                 struct errs *errs)
{
    struct where nowhere = {0};
    w->precise = needs_precision(p);
    w->nudge_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct event_base *base = open_base(w->precise);
    if (!base || w->nudge_fd < 0) return err_add(errs, nowhere, "cannot make an event base");
    w->env = (struct lane_env){
        .plan = p,
        .arena = &w->arena,
        .base = base,
        .rec = rec_open(&p->layout),
        .worker = number,
        .step = step,
        .wires = &w->wires,
        .heard = &w->heard,
        .buffer = arena_alloc(&w->arena, LANE_BUFFER),
    };
    w->wake = evtimer_new(base, on_wake, w);
    w->nudge = event_new(base, w->nudge_fd, EV_READ | EV_PERSIST, on_nudge, w);
    event_add(w->nudge, NULL);
    w->lanes = arena_array(&w->arena, struct lane *, p->n);
    w->n = p->n;
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        if (s->replay.alone && s->number % p->workers != number) continue;
        if (!open_lane(w, s, &matchers[i], taps[i], flows[i], &w->lanes[i], errs)) return false;
    }
    turns_open(&w->turns, w->lanes, w->n, &w->arena);
    return true;
}

static bool all_done(struct worker *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct lane *l = w->lanes[i];
        if (l && !l->failed && !l->class->done(l)) return false;
    }
    return true;
}

static void stop_all(struct worker *w, uint64_t now)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->lanes[i]) w->lanes[i]->class->stop(w->lanes[i], now);
    w->stopped = true;
}

/* How long before `next` the worker wants to be awake. On timers: as long as they are late, but a
 * small part of the pause only, so that sleeping stays sleeping. */
static uint64_t early_by(const struct worker *w, uint64_t next, uint64_t now)
{
    if (w->env.plan->pacing == PACING_HYBRID) return SPIN_NS;
    uint64_t part = (next - now) / 4;
    return !w->precise ? 0 : part < w->lag ? part : w->lag;
}

/* Gives events their turn. */
static void hear(struct worker *w, int how, uint64_t now)
{
    event_base_loop(w->env.base, how);
    w->heard = now;
}

/* Awake until `next`. Just before it nothing but the clock is looked at: a look for events would
 * make units late by a part of itself, each by another one. */
static void stay_awake(struct worker *w, uint64_t next, uint64_t now)
{
    if (next > now + CLOSE_NS || now - w->heard > CLOSE_NS) {
        hear(w, EVLOOP_NONBLOCK, now);
        return;
    }
    while (now < next) now = now_of(w);
}

/* Waits for an event or until `next`, as the plan's pacing says. */
static void wait_until(struct worker *w, uint64_t next)
{
    enum pacing pacing = w->env.plan->pacing;
    uint64_t now = now_of(w);
    bool set = evtimer_pending(w->wake, NULL);
    bool awake = pacing == PACING_SPIN || (pacing == PACING_HYBRID && next <= now + SPIN_NS) ||
                 (next == w->awake_for && !set);
    if (next <= now || awake) {
        stay_awake(w, next, now);
        return;
    }
    /* Setting the timer costs a system call; one that fires too early only costs a look. */
    if (next != NEVER && (next < w->awake_for || !set)) {
        w->armed = next - early_by(w, next, now);
        w->awake_for = next;
        uint64_t ns = w->armed > now ? w->armed - now : 0;
        struct timeval tv = {.tv_sec = (time_t)(ns / NS_PER_S),
                             .tv_usec = (suseconds_t)(ns % NS_PER_S / 1000)};
        evtimer_add(w->wake, &tv);
    }
    hear(w, EVLOOP_ONCE, now);
}

static void pin_to_core(unsigned number)
{
    cpu_set_t may, one;
    if (sched_getaffinity(0, sizeof may, &may) != 0) return;
    unsigned skip = number % (unsigned)CPU_COUNT(&may);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &may) || skip--) continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        sched_setaffinity(0, sizeof one, &one);
        return;
    }
}

void *worker_main(void *worker)
{
    struct worker *w = worker;
    const struct plan *p = w->env.plan;
    uint64_t limit = p->duration == NEVER ? NEVER : p->duration + p->drain;
    prctl(PR_SET_TIMERSLACK, 1ul);
    if (p->pin) pin_to_core(w->env.worker);
    for (size_t i = 0; i < w->n; i++) {
        struct lane *l = w->lanes[i];
        if (l) l->env->t0 = w->env.t0;
        if (l && l->class->ready) l->class->ready(l);
    }
    while (clock_now() < w->env.t0) sched_yield();
    for (;;) {
        uint64_t now = now_of(w);
        int stop = atomic_load_explicit(&w->stop, memory_order_relaxed);
        if (stop && !w->stopped) {
            stop_all(w, now);
            if (limit > now + p->drain) limit = now + p->drain;
        }
        uint64_t next = turns_work(&w->turns, now);
        w->complete = all_done(w);
        if (w->complete || stop == 2 || now >= limit) break;
        wait_until(w, next < limit ? next : limit);
    }
    if (!w->stopped) stop_all(w, now_of(w));
    for (size_t i = 0; i < w->n; i++)
        if (w->lanes[i] && w->lanes[i]->class->finish) w->lanes[i]->class->finish(w->lanes[i]);
    w->ended = now_of(w);
    atomic_store(&w->has_ended, true);
    return NULL;
}

void worker_stop(struct worker *w, int how)
{
    uint64_t one = 1;
    atomic_store(&w->stop, how);
    if (write(w->nudge_fd, &one, sizeof one) < 0) return; /* already nudged */
}

void worker_close(struct worker *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->lanes[i]) lane_close(w->lanes[i]);
    if (w->wake) event_free(w->wake);
    if (w->nudge) event_free(w->nudge);
    if (w->env.base) event_base_free(w->env.base);
    if (w->nudge_fd >= 0) close(w->nudge_fd);
    arena_free(&w->arena);
}
