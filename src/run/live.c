/* The lane of a live replay: what a capture's clients said, on connections of our own.
 *
 * Worker w of W reads the whole capture and takes the connections n with n mod W = w. It reads
 * ahead of time, as far as the bytes that wait to be sent are few; whoever waits for a reply holds
 * up its own connection only. When too much waits, reading waits too: that is the target's
 * lateness, not ours. A heap knows which dialog wants to act next. */
#include "run/live.h"

#include <stdlib.h>

#define AHEAD_NS 200000000ull       /* what is due later is not read yet */
#define HELD_MAX ((size_t)16 << 20) /* bytes that wait to be sent, of all workers */
#define LOOKS 128                   /* events read in one go */
#define ACTS 64                     /* dialogs in a row before replies get their turn */

/* --- the heap of dialogs by the time at which they act --------------------------------------- */

static void put_at(struct live *v, size_t i, struct dialog *d)
{
    v->heap[i] = d;
    d->heap_at = i;
}

static void sift_up(struct live *v, size_t i)
{
    struct dialog *d = v->heap[i];
    for (; i > 1 && v->heap[i / 2]->wake > d->wake; i /= 2) put_at(v, i, v->heap[i / 2]);
    put_at(v, i, d);
}

static void sift_down(struct live *v, size_t i)
{
    struct dialog *d = v->heap[i];
    for (size_t kid; (kid = 2 * i) <= v->heap_n; i = kid) {
        if (kid < v->heap_n && v->heap[kid + 1]->wake < v->heap[kid]->wake) kid++;
        if (v->heap[kid]->wake >= d->wake) break;
        put_at(v, i, v->heap[kid]);
    }
    put_at(v, i, d);
}

static void heap_remove(struct live *v, struct dialog *d)
{
    size_t i = d->heap_at;
    if (!i) return;
    struct dialog *last = v->heap[v->heap_n--];
    d->heap_at = 0;
    if (last == d) return;
    put_at(v, i, last);
    sift_up(v, i);
    sift_down(v, last->heap_at);
}

static void heap_add(struct live *v, struct dialog *d)
{
    if (v->heap_n + 1 >= v->heap_room) {
        v->heap_room = v->heap_room ? 2 * v->heap_room : 1024;
        v->heap = realloc(v->heap, v->heap_room * sizeof *v->heap);
        if (!v->heap) abort();
    }
    put_at(v, ++v->heap_n, d);
    sift_up(v, v->heap_n);
}

void live_wake(struct dialog *d, uint64_t at)
{
    struct live *v = d->live;
    uint64_t before = d->wake;
    d->wake = at;
    if (at == NEVER)
        heap_remove(v, d);
    else if (!d->heap_at)
        heap_add(v, d);
    else if (at < before)
        sift_up(v, d->heap_at);
    else
        sift_down(v, d->heap_at);
}

void live_free(struct dialog *d)
{
    struct live *v = d->live;
    heap_remove(v, d);
    for (struct exchange *x = d->first, *next; x; x = next) {
        next = x->next;
        exchange_drop_moves(d, x);
        exchange_free(d, x);
    }
    for (struct move *s = d->move, *next; s; s = next) {
        next = s->next;
        move_free(v, s);
    }
    pool_give(&v->pool, d->head, d->head_room);
    pool_give(&v->pool, d->asking, sizeof *d->asking);
    pool_give(&v->pool, d->telling, sizeof *d->telling);
    pool_give(&v->pool, d->coming, sizeof *d->coming);
    if (d->earlier)
        d->earlier->next = d->next;
    else
        v->dialogs = d->next;
    if (d->next) d->next->earlier = d->earlier;
    pool_give(&v->pool, d, sizeof *d);
}

/* --- reading ahead --------------------------------------------------------------------------- */

/* Nothing more comes from the recording. */
static void end_reading(struct live *v, uint64_t now)
{
    struct dialog *next;
    if (!v->reading) return;
    v->reading = false;
    v->transcript.ended = true;
    v->transcript.have = false;
    for (struct dialog *d = v->dialogs; d; d = next) {
        next = d->next;
        live_hush(d, now);
        if (!d->over) dialog_queue(d, MOVE_CLOSE, NULL, span_make(NULL, 0), now, d->exchanges);
        d->over = true;
        live_wake(d, 0);
    }
}

bool live_next_due(struct live *v, uint64_t *due)
{
    const struct stream *s = v->lane.stream;
    const struct lane_env *env = v->lane.env;
    uint64_t n = v->units * env->plan->workers + env->worker;
    bool more = n < s->count && v->reading;
    if (more && v->schedule)
        more = schedule_due(s->schedule, v->schedule, n, env->plan->workers, 1, due) == 1;
    else if (s->loop == LOOP_FLOOD)
        *due = lane_now(&v->lane);
    if (!more || *due >= env->plan->duration) {
        v->transcript.ended = true; /* reading ends when this event has been heard */
        return false;
    }
    v->units++;
    v->last_due = *due;
    return true;
}

/* By when the next event is needed. */
static uint64_t event_due(const struct live *v)
{
    if (v->lane.stream->loop == LOOP_FLOOD) return 0;
    return v->schedule ? v->last_due : v->transcript.due;
}

static bool holds_too_much(struct live *v, uint64_t now)
{
    size_t most = HELD_MAX / v->lane.env->plan->workers;
    bool was = v->held_back;
    v->held_back = v->held > (was ? most / 2 : most);
    if (was && !v->held_back) v->excused = now;
    struct dialog *next;
    for (struct dialog *d = v->dialogs; d && v->held_back && !was; d = next) {
        next = d->next;
        dialog_act(d, now); /* what it waits for may now have a deadline */
    }
    return v->held_back;
}

/* Reads what is due soon. When to look again; NEVER: when something else happens. */
static uint64_t read_ahead(struct live *v, uint64_t now)
{
    for (int looks = 0; looks < LOOKS; looks++) {
        if (!v->reading) return NEVER;
        if (v->transcript.ended) {
            end_reading(v, now);
            return now;
        }
        if (holds_too_much(v, now)) return NEVER;
        enum transcript_state how = transcript_look(&v->transcript);
        if (how == TRANSCRIPT_LATER) return now;
        if (how == TRANSCRIPT_END) continue;
        if (event_due(v) >= v->lane.env->plan->duration) {
            v->transcript.ended = true;
            continue;
        }
        if (event_due(v) > now + AHEAD_NS) return event_due(v) - AHEAD_NS;
        transcript_take(&v->transcript);
        live_hear(v, &v->transcript.event, v->transcript.due, now);
    }
    return now;
}

/* --- the lane -------------------------------------------------------------------------------- */

/* When reading waits for those that wait for a connection, what would free one may not have been
 * read yet. Requests do not need the connection of those before them, so idle ones make room. */
static void make_room(struct live *v)
{
    for (struct dialog *d = v->dialogs; d; d = d->next)
        if (d->state == DIALOG_OPEN && d->kind == DIALOG_HTTP && !d->awaits && !d->move)
            dialog_shut(d, false);
}

static uint64_t live_work(struct lane *l, uint64_t now)
{
    struct live *v = (struct live *)l;
    uint64_t next = read_ahead(v, now);
    for (int n = 0; n < ACTS && v->heap_n && v->heap[1]->wake <= now; n++) {
        dialog_act(v->heap[1], now);
        now = lane_now(l);
    }
    bool idle = !v->heap_n || v->heap[1]->wake > now;
    if (idle && v->held_back && v->waiting) make_room(v);
    return v->heap_n && v->heap[1]->wake < next ? v->heap[1]->wake : next;
}

static void live_stop(struct lane *l, uint64_t now)
{
    struct live *v = (struct live *)l;
    v->stopped = true;
    end_reading(v, now);
    for (struct dialog *d = v->dialogs; d; d = d->next) {
        struct exchange *next;
        for (struct exchange *x = d->first; x; x = next) {
            next = x->next;
            if (x->begun || x->done) continue;
            exchange_drop_moves(d, x);
            if (x->due <= now)
                exchange_shed(d, x);
            else
                exchange_forget(d, x);
        }
    }
}

static bool under_way(const struct live *v)
{
    for (const struct dialog *d = v->dialogs; d; d = d->next)
        for (const struct exchange *x = d->awaits; x; x = x->next)
            if (x->begun && !x->done) return true;
    return false;
}

static bool live_done(struct lane *l)
{
    struct live *v = (struct live *)l;
    return !v->reading && (!v->dialogs || (v->stopped && !under_way(v)));
}

static void live_finish(struct lane *l)
{
    struct live *v = (struct live *)l;
    if (*v->transcript.damage && !l->failed)
        l->failed = arena_printf(l->env->arena, "%s; what came before it was replayed",
                                 v->transcript.damage);
    if (!v->taken && !v->stopped && !l->failed && l->env->worker == 0)
        l->failed = arena_printf(l->env->arena, "%s has no %s that could be replayed",
                                 v->lane.stream->replay.path,
                                 v->rules->stream ? "TCP connection" : "UDP flow");
}

static void live_close(struct lane *l)
{
    struct live *v = (struct live *)l;
    for (struct dialog *d = v->dialogs; d; d = d->next) dialog_shut(d, true);
    while (v->dialogs) live_free(v->dialogs);
    transcript_close(&v->transcript);
    mask_work_close(v->digest.masks);
    scratch_free(&v->scratch);
    pool_free(&v->pool);
    free(v->heap);
}

static bool live_open(struct lane *l, struct errs *errs)
{
    struct live *v = (struct live *)l;
    const struct stream *s = l->stream;
    uint64_t workers = l->env->plan->workers;
    v->rules = &s->live;
    v->digest = (struct digest_work){.rules = v->rules, .pool = &v->pool};
    if (v->rules->masks) v->digest.masks = mask_work_open();
    v->open_max = s->connections == NEVER ? NEVER : (s->connections + workers - 1) / workers;
    if (s->schedule) v->schedule = schedule_start(s->schedule, l->env->arena);
    v->reading = true;
    return transcript_open(&v->transcript, s, l->env->plan->workers, errs);
}

const struct lane_class live_class = {
    .size = sizeof(struct live),
    .open = live_open,
    .work = live_work,
    .stop = live_stop,
    .done = live_done,
    .finish = live_finish,
    .close = live_close,
};
