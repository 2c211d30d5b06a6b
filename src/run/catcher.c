#include "run/catcher.h"

#include <event2/event.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define READ_MOST 4096    /* frames taken at a time */
#define AUTO_RATE 20000.0 /* capturing faster requests would cost more than it tells */
#define TICK_US 20000
#define NICE 10
#define WATCHES_MOST 3 /* of a stream: what comes back, and answers at both of its ends */

static uint64_t since_start(const struct catcher *c, uint64_t at)
{
    return at > c->t0 ? at - c->t0 : 0;
}

static void on_frame(void *watch, uint64_t at_ns, struct span frame, uint32_t len)
{
    struct watch *w = watch;
    w->class->frame(w, since_start(w->catcher, at_ns), frame, len);
}

static void read_all(struct watch *w)
{
    uint64_t before = since_start(w->catcher, clock_now());
    while (capture_read(w->capture, READ_MOST, on_frame, w) == READ_MOST) {
    }
    if (w->class->settle && before > CAPTURE_HOLDS_NS)
        w->class->settle(w, before - CAPTURE_HOLDS_NS);
}

static void on_readable(evutil_socket_t fd, short what, void *watch)
{
    (void)fd, (void)what;
    read_all(watch);
}

/* Notes may wait though no frame comes; and the stop flag is looked at. The kernel tells of the
 * last frames only when it has kept them a while. */
static void on_tick(evutil_socket_t fd, short what, void *catcher)
{
    struct catcher *c = catcher;
    uint64_t now = clock_now();
    (void)fd, (void)what;
    for (size_t i = 0; i < c->n; i++) read_all(c->watches[i]);
    if (!c->stopped_at && atomic_load(&c->stop)) c->stopped_at = now;
    if (c->stopped_at && now - c->stopped_at > CAPTURE_HOLDS_NS) event_base_loopbreak(c->base);
}

void watch_settled(const struct watch *w, struct matcher *const *matchers, uint64_t read_to)
{
    for (unsigned i = 0; i < w->catcher->plan->workers; i++)
        matcher_read_to(&matchers[i][w->stream->number], read_to);
}

void watch_expire(const struct watch *w, struct matcher *const *matchers, uint64_t now)
{
    const struct stream *s = w->stream;
    uint64_t due;
    uint32_t kind;
    if (now < s->timeout) return;
    for (unsigned i = 0; i < w->catcher->plan->workers; i++)
        while (matcher_expire(&matchers[i][s->number], now - s->timeout, &due, &kind))
            rec_timed_out(w->catcher->rec, s->kinds[kind].cell, due);
}

bool watch_late(const struct watch *w, uint32_t cell, uint64_t due, uint64_t sent, uint64_t at)
{
    if (at <= sent || at - sent <= w->stream->timeout) return false;
    uint64_t now = since_start(w->catcher, clock_now());
    if (at > now) at = now; /* the wall clock was set forward */
    if (at <= sent || at - sent <= w->stream->timeout) return false;
    rec_timed_out(w->catcher->rec, cell, due);
    w->catcher->counts.foreign++;
    return true;
}

uint64_t watch_newest(const struct watch *w, struct matcher *const *matchers)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < w->catcher->plan->workers; i++) {
        uint64_t n =
            atomic_load_explicit(&matchers[i][w->stream->number].newest, memory_order_relaxed);
        if (n > most) most = n;
    }
    return most;
}

void watch_flow(const struct watch *w, struct scratch *scratch, enum settled how, uint64_t index,
                struct flow_arrival a)
{
    struct flow_table *t = w->catcher->flows[w->stream->number];
    if (!t) return;
    a.worker = (unsigned)(index % w->catcher->plan->workers);
    population_slots(w->stream->population, &index, 1, scratch, &a.flow, &a.turn);
    if (how == SETTLED_FIRST)
        flow_table_arrived(t, &a);
    else
        flow_table_duplicated(t, a.flow, a.due);
}

void catcher_stranger(struct catcher *c, struct span frame)
{
    if (packet_is_cut(frame))
        c->counts.cut++;
    else
        c->counts.foreign++;
}

/* What is captured waits in the kernel's buffer; workers and targets on the same cores do not. */
static void step_back(void)
{
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICE) != 0)
        log_debug("the capture's thread keeps its priority");
}

static void *catcher_main(void *catcher)
{
    struct catcher *c = catcher;
    step_back();
    event_base_dispatch(c->base);
    for (size_t i = 0; i < c->n; i++) {
        struct watch *w = c->watches[i];
        read_all(w);
        if (w->class->finish) w->class->finish(w, since_start(c, clock_now()));
    }
    return NULL;
}

static bool add_watch(struct catcher *c, struct watch *w)
{
    w->event = event_new(c->base, capture_fd(w->capture), EV_READ | EV_PERSIST, on_readable, w);
    c->watches[c->n++] = w;
    if (!w->class->aside) c->captures = true;
    return w->event && event_add(w->event, NULL) == 0;
}

/* Whether a request stream is to be tapped; else why not. */
static const char *why_no_tap(const struct plan *p, const struct stream *s)
{
    if (p->capture == CAPTURE_OFF) return "capture = off";
    if (!s->proto->stream) return "only requests over TCP have byte positions to match by";
    if (p->capture == CAPTURE_ON) return NULL;
    if (s->loop != LOOP_OPEN)
        return "capture = auto leaves closed loops alone; capture = on watches";
    uint64_t span = p->duration == NEVER ? 1000000000ull : p->duration;
    double rate = (double)stream_units(s, span) * 1e9 / (double)span;
    return rate > AUTO_RATE ? "capture = auto stops at 20k/s; capture = on watches" : NULL;
}

/* All request streams go to one target, so one watch serves them: a worker's streams share a tap.
 */
static bool open_wiretap(struct catcher *c, const struct stream *s, struct errs *errs)
{
    struct errs why = {0};
    struct tap **tap = arena_array(&c->arena, struct tap *, c->plan->workers);
    for (unsigned w = 0; w < c->plan->workers; w++)
        tap[w] = arena_alloc_aligned(&c->arena, sizeof *tap[w], 64);
    struct watch *watch = wiretap_watch(c, s, tap, &why);
    if (!watch && c->plan->capture == CAPTURE_ON) return err_add(errs, s->at, "%s", why.v[0].text);
    if (!watch) {
        c->wire_absent = arena_strdup(&c->arena, why.v[0].text);
        return true;
    }
    c->tap = tap;
    return add_watch(c, watch);
}

static bool open_tap(struct catcher *c, const struct stream *s, struct tap ***taps,
                     struct errs *errs)
{
    const char *reason = why_no_tap(c->plan, s);
    if (reason) {
        c->wire_absent = reason;
        return true;
    }
    if (!c->tap && !open_wiretap(c, s, errs)) return false;
    for (unsigned w = 0; c->tap && w < c->plan->workers; w++) taps[w][s->number] = c->tap[w];
    return true;
}

/* Those of a stream of packets or conversations. */
static bool watch_packets(struct catcher *c, const struct stream *s, struct matcher **matchers,
                          struct errs *errs)
{
    struct watch *w;
    if (s->replies) {
        w = s->receive ? arrivals_watch(c, s, matchers, errs) : replies_watch(c, s, matchers, errs);
        if (!w || !add_watch(c, w)) return false;
    }
    bool two = s->receive || s->server_place;
    for (int behind = 0; s->answer && behind <= two; behind++) {
        w = answers_watch(c, s, behind, errs);
        if (!w || !add_watch(c, w)) return false;
    }
    return true;
}

bool catcher_open(struct catcher *c, const struct plan *p, struct matcher **matchers,
                  struct tap ***taps, struct flow_table **flows, struct errs *errs)
{
    c->plan = p;
    c->flows = flows;
    c->watches = arena_array(&c->arena, struct watch *, p->n * WATCHES_MOST);
    c->path = arena_array(&c->arena, struct path, p->n);
    c->asked_for = arena_array(&c->arena, struct asked_for, p->n);
    c->rec = rec_open(&p->layout);
    c->base = event_base_new();
    if (!c->base) return err_add(errs, (struct where){0}, "cannot make an event base");
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        if (s->way == WAY_REQUESTS || s->way == WAY_LIVE) {
            if (!open_tap(c, s, taps, errs)) return false;
        } else if (s->way != WAY_REPLAY && !watch_packets(c, s, matchers, errs)) {
            return false;
        }
    }
    return true;
}

bool catcher_start(struct catcher *c, uint64_t t0)
{
    struct timeval tick = {.tv_usec = TICK_US};
    if (c->n == 0) return true;
    c->t0 = t0;
    c->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
    c->running = c->tick && event_add(c->tick, &tick) == 0 &&
                 pthread_create(&c->thread, NULL, catcher_main, c) == 0;
    return c->running;
}

void catcher_stop(struct catcher *c)
{
    if (!c->running) return;
    atomic_store(&c->stop, true);
    pthread_join(c->thread, NULL);
    c->running = false;
    for (size_t i = 0; i < c->n; i++) {
        struct watch *w = c->watches[i];
        struct capture_stats s = capture_stats(w->capture);
        if (w->class->aside) continue;
        c->path[w->stream->number].dropped += s.dropped;
        c->counts.seen += s.seen;
        c->counts.dropped += s.dropped;
    }
}

void catcher_close(struct catcher *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->watches[i]->event) event_free(c->watches[i]->event);
        capture_close(c->watches[i]->capture);
        if (c->watches[i]->class->close) c->watches[i]->class->close(c->watches[i]);
    }
    if (c->tick) event_free(c->tick);
    if (c->base) event_base_free(c->base);
    if (c->rec) rec_close(c->rec);
    arena_free(&c->arena);
}
