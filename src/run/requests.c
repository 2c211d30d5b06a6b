/* The lane of a stream of requests: units go to free connections, open or closed loop. */
#include "run/conn.h"
#include "run/feed.h"
#include "run/lane.h"
#include "run/users.h"

#include <stdlib.h>

#define PAUSE_AFTER_FAILURE 10000000ull /* ns: a closed loop must not spin on a dead target */
#define STARTS 64                       /* units in a row before replies get their turn */

struct requests {
    struct lane lane;
    struct conn_pool pool; /* its callbacks get back here */
    struct feed feed;      /* open loop */
    struct users users;    /* closed loop */
    uint64_t next_index;   /* closed loop */
    bool stopped;
    bool starting; /* a unit is being started: what ends meanwhile must not start another */
    struct scratch scratch;
    struct span rendered;
    struct conn *conns, *free;
    size_t n, busy;
    struct conn *first, *last; /* busy connections, by deadline */
    uint64_t free_since;       /* since when a connection has been free */
};

static struct requests *of_lane(struct lane *l)
{
    return (struct requests *)l;
}
static struct requests *of_pool(struct conn_pool *p)
{
    return (struct requests *)((char *)p - offsetof(struct requests, pool));
}

static uint32_t cell(const struct requests *r, const struct task *t)
{
    return r->lane.stream->kinds[t->kind].cell;
}

static struct span render(struct conn_pool *pool, struct task *t)
{
    static const struct scratch_mark bottom;
    struct requests *r = of_pool(pool);
    const struct request *request = r->lane.stream->kinds[t->kind].request;
    scratch_restore(&r->scratch, bottom);
    struct draw d = {.index = &t->index, .due_ns = &t->due, .scratch = &r->scratch};
    request->proto->render(request, &d, 1, &r->rendered);
    t->size = r->rendered.n;
    return r->rendered;
}

static void sent(struct conn_pool *pool, struct conn *c)
{
    struct requests *r = of_pool(pool);
    const struct task *t = &c->task;
    struct lane *l = &r->lane;
    rec_sent(l->env->rec, cell(r, t), t->due, t->start, t->size);
    rec_hash(l->env->rec, cell(r, t), t->index, r->rendered.p, r->rendered.n);
    l->last_sent = t->start;
}

static void list_add(struct requests *r, struct conn *c)
{
    c->later = NULL;
    c->earlier = r->last;
    if (r->last)
        r->last->later = c;
    else
        r->first = c;
    r->last = c;
}

static void list_remove(struct requests *r, struct conn *c)
{
    if (c->earlier)
        c->earlier->later = c->later;
    else
        r->first = c->later;
    if (c->later)
        c->later->earlier = c->earlier;
    else
        r->last = c->earlier;
}

static uint64_t think(struct requests *r, const struct task *t)
{
    const struct gen *g = r->lane.stream->think;
    if (!g) return 0;
    struct draw d = {.index = &t->index, .due_ns = &t->due, .scratch = &r->scratch};
    return gen_u64(g, &d);
}

/* The connection is free again, and so is the user whose unit it carried. */
static void release(struct requests *r, struct conn *c, uint64_t now, bool pause)
{
    list_remove(r, c);
    r->busy--;
    if (!r->free) r->free_since = now;
    c->next_free = r->free;
    r->free = c;
    if (r->lane.stream->loop == LOOP_CLOSED) {
        uint64_t wait = think(r, &c->task);
        if (pause && wait < PAUSE_AFTER_FAILURE) wait = PAUSE_AFTER_FAILURE;
        users_push(&r->users, now + wait, c->task.user);
    }
}

/* For the wire latency: where in the connection's bytes this exchange lay. */
static void note(struct requests *r, const struct conn *c, uint64_t now)
{
    tap_write(r->lane.env->tap, &(struct tap_note){
                                    .due = c->task.due,
                                    .done = now,
                                    .cell = cell(r, &c->task),
                                    .sent_end = (uint32_t)c->sent_total,
                                    .reply_start = (uint32_t)c->reply_at,
                                    .port = c->local_port,
                                });
}

static void take(struct requests *r, uint64_t now);

/* Status 0 means something where there is a whole reply only. */
static unsigned status_of(const struct requests *r, const struct conn *c, enum error_kind why)
{
    bool whole = why == ERROR_NONE || why == ERROR_UNEXPECTED_STATUS ||
                 why == ERROR_UNEXPECTED_HEADER || why == ERROR_UNEXPECTED_BODY;
    bool has = r->lane.stream->proto->has_status && (whole || c->reply.status);
    return has ? c->reply.status : STATUS_NONE;
}

static void ended(struct conn_pool *pool, struct conn *c, enum error_kind why, bool left)
{
    struct requests *r = of_pool(pool);
    const struct task *t = &c->task;
    uint64_t now = lane_now(&r->lane);
    if (left && r->lane.env->tap && why != ERROR_RESET && why != ERROR_CLOSED) note(r, c, now);
    if (left)
        rec_answered(r->lane.env->rec, cell(r, t), t->due, t->start, now, t->received,
                     status_of(r, c, why), why);
    else
        rec_failed(r->lane.env->rec, cell(r, t), t->due, why);
    release(r, c, now, !left);
    if (!r->starting) take(r, now);
}

/* A reply that came while this worker was kept from running is not late: what waits at the sockets
 * is taken in first. */
static void expire(struct requests *r, uint64_t now)
{
    while (r->first && r->first->deadline <= *r->lane.env->heard) {
        struct conn *c = r->first;
        if (c->state == CONN_CONNECTING)
            rec_failed(r->lane.env->rec, cell(r, &c->task), c->task.due, ERROR_CONNECT_TIMEOUT);
        else
            rec_timed_out(r->lane.env->rec, cell(r, &c->task), c->task.due);
        conn_drop(c);
        release(r, c, now, true);
    }
}

static void start(struct requests *r, uint64_t index, uint64_t due, uint32_t user, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    struct conn *c = r->free;
    struct task t = {.index = index, .due = due, .start = now, .user = user};
    if (s->pick) {
        struct draw d = {.index = &index, .due_ns = &due, .scratch = &r->scratch};
        t.kind = (uint32_t)gen_u64(s->pick, &d);
    }
    r->free = c->next_free;
    r->busy++;
    c->deadline = now + s->timeout;
    list_add(r, c);
    rec_offered(r->lane.env->rec, cell(r, &t), due);
    if (s->loop == LOOP_OPEN) {
        uint64_t could = due > r->free_since ? due : r->free_since;
        hist_add(&r->lane.own, now > could ? now - could : 0);
    }
    r->starting = true;
    conn_start(c, s->kinds[t.kind].request, &t);
    r->starting = false;
}

static void take_open(struct requests *r, uint64_t now)
{
    uint64_t index, due;
    for (int n = 0; n < STARTS && r->free && feed_take(&r->feed, now, 1, &index, &due) == 1; n++) {
        start(r, index, due, 0, now);
        now = lane_now(&r->lane);
    }
}

static bool closed_goes_on(const struct requests *r, uint64_t now)
{
    return !r->stopped && r->next_index < r->lane.stream->count &&
           now < r->lane.env->plan->duration;
}

static void take_closed(struct requests *r, uint64_t now)
{
    for (int n = 0; n < STARTS && r->free && r->users.n && r->users.v[0].at <= now; n++) {
        if (!closed_goes_on(r, now)) return;
        struct user_ready u = users_pop(&r->users);
        uint64_t index = r->next_index;
        r->next_index += r->lane.env->plan->workers;
        start(r, index, u.at, u.user, lane_now(&r->lane));
    }
}

static void take(struct requests *r, uint64_t now)
{
    if (r->lane.stream->loop == LOOP_OPEN)
        take_open(r, now);
    else
        take_closed(r, now);
}

static uint64_t requests_work(struct lane *l, uint64_t now)
{
    struct requests *r = of_lane(l);
    uint64_t next = NEVER;
    expire(r, now);
    take(r, now);
    if (l->stream->loop == LOOP_OPEN) {
        if (r->free) next = feed_due(&r->feed, now);
    } else {
        if (r->users.n && closed_goes_on(r, now)) next = r->users.v[0].at;
    }
    if (r->first && r->first->deadline < next) next = r->first->deadline;
    return next;
}

static void requests_stop(struct lane *l, uint64_t now)
{
    struct requests *r = of_lane(l);
    r->stopped = true;
    if (l->stream->loop == LOOP_OPEN) feed_stop(&r->feed, now);
}

static bool requests_done(struct lane *l)
{
    struct requests *r = of_lane(l);
    if (r->busy) return false;
    uint64_t now = lane_now(l);
    return l->stream->loop == LOOP_OPEN ? feed_due(&r->feed, now) == NEVER
                                        : !closed_goes_on(r, now);
}

static void requests_finish(struct lane *l)
{
    struct requests *r = of_lane(l);
    for (struct conn *c = r->first; c; c = c->later)
        if (c->state == CONN_CONNECTING) rec_shed(l->env->rec, cell(r, &c->task), c->task.due);
}

static void requests_close(struct lane *l)
{
    struct requests *r = of_lane(l);
    for (size_t i = 0; i < r->n; i++) {
        conn_drop(&r->conns[i]);
        free(r->conns[i].held);
    }
    scratch_free(&r->scratch);
    feed_close(&r->feed);
}

/* This worker's part of a number that is shared out over all workers; at least one. */
static size_t share(uint64_t all, unsigned worker, unsigned workers)
{
    size_t n = (size_t)(all / workers + (worker < all % workers));
    return n ? n : 1;
}

static void open_connections(struct requests *r)
{
    const struct stream *s = r->lane.stream;
    struct arena *a = r->lane.env->arena;
    size_t check = 0;
    for (size_t k = 0; k < s->n; k++) {
        size_t x = expect_state_size(s->kinds[k].request->expects);
        if (x > check) check = x;
    }
    r->conns = arena_array(a, struct conn, r->n);
    for (size_t i = r->n; i-- > 0;) {
        struct conn *c = &r->conns[i];
        c->pool = &r->pool;
        c->fd = -1;
        c->parser = arena_alloc(a, s->proto->state_size);
        c->check = arena_alloc(a, check);
        c->next_free = r->free;
        r->free = c;
    }
}

static bool requests_open(struct lane *l, struct errs *errs)
{
    struct requests *r = of_lane(l);
    const struct stream *s = l->stream;
    const struct lane_env *env = l->env;
    const struct plan *p = env->plan;
    (void)errs;
    r->pool = (struct conn_pool){
        .base = env->base,
        .target = &p->target_addr[0],
        .stream = s->proto->stream,
        .buffer = env->buffer,
        .buffer_size = LANE_BUFFER,
        .render = render,
        .sent = sent,
        .ended = ended,
    };
    r->n = share(s->connections, env->worker, p->workers);
    open_connections(r);
    if (s->loop == LOOP_OPEN) {
        feed_start(&r->feed, s, env->rec, env->worker, p->workers, p->duration, env->arena);
    } else {
        size_t users = r->n;
        r->next_index = env->worker;
        users_open(&r->users, users, env->arena);
        for (uint32_t u = 0; u < users; u++) users_push(&r->users, 0, u);
    }
    return true;
}

const struct lane_class requests_class = {
    .size = sizeof(struct requests),
    .open = requests_open,
    .work = requests_work,
    .stop = requests_stop,
    .done = requests_done,
    .finish = requests_finish,
    .close = requests_close,
};
