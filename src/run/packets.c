/* The lane of a stream of packets: due units are made as one batch and leave as one batch. */
#include "run/feed.h"
#include "run/lane.h"
#include "plan/units.h"

#include <errno.h>

#define ROUNDS 16              /* batches in a row before events get their turn */
#define RETRY_NS 20000         /* a busy device is asked again after this */
#define KNOWN_SOON_NS 10000000 /* the catcher is asked again after this */

struct packets {
    struct lane lane;
    struct feed feed;
    struct maker *maker;
    struct wire *wire;
    /* The batch under way: units at..n have not left yet. */
    uint64_t index[BATCH], due[BATCH], bytes[BATCH];
    struct unit unit[BATCH];
    struct frame frame[BATCH];
    size_t at, n;
    uint64_t blocked_since; /* when the device first refused unit `at`; 0: it did not */
    uint64_t free_since;    /* when the device or the window last refused a unit */
    bool single;            /* one kind: the whole batch is booked as a column */
    uint64_t wall_offset;   /* of the start on the wall clock, for stamped frames */
};

static void take_batch(struct packets *p, uint64_t now)
{
    p->at = 0;
    p->n = feed_take(&p->feed, now, BATCH, p->index, p->due);
    if (p->n == 0) return;
    maker_make(p->maker, p->index, p->due, p->n, p->unit);
    for (size_t i = 0; i < p->n; i++) {
        uint32_t cell = p->lane.stream->kinds[p->unit[i].kind].cell;
        p->frame[i] = p->unit[i].frame;
        p->frame[i].at_ns = p->wall_offset + p->due[i];
        p->bytes[i] = p->frame[i].len;
        if (!p->single) rec_offered(p->lane.env->rec, cell, p->due[i]);
    }
}

static uint32_t cell_of(const struct packets *p, size_t i)
{
    return p->lane.stream->kinds[p->unit[i].kind].cell;
}

/* Books units from..to as having left at `sent`. */
static void book_sent(struct packets *p, size_t from, size_t to, uint64_t sent)
{
    struct lane *l = &p->lane;
    struct rec *rec = l->env->rec;
    bool answered = !l->stream->replies;
    if (from == to) return;
    if (p->single) {
        rec_sent_column(rec, cell_of(p, from), p->due + from, p->bytes + from, to - from, sent,
                        answered);
    } else {
        for (size_t i = from; i < to; i++) {
            rec_sent(rec, cell_of(p, i), p->due[i], sent, p->bytes[i]);
            if (answered) rec_left(rec, cell_of(p, i), p->due[i]);
        }
    }
    for (size_t i = from; i < to; i++) {
        lane_gap(l, p->due[i], sent);
        rec_hash(rec, cell_of(p, i), p->index[i], p->frame[i].p, p->frame[i].len);
        uint64_t could = p->due[i] > p->free_since ? p->due[i] : p->free_since;
        if (l->stream->loop == LOOP_OPEN) hist_add(&l->own, sent - could);
    }
    l->last_sent = sent;
}

static void fail_one(struct packets *p, enum error_kind why)
{
    uint32_t cell = cell_of(p, p->at);
    if (p->single) rec_offered(p->lane.env->rec, cell, p->due[p->at]);
    rec_failed(p->lane.env->rec, cell, p->due[p->at], why);
    p->at++;
}

/* How many frames may leave now: with replies, as many as the matcher has room for. A slot is
 * opened before its packet leaves, for the reply may come before send returns. */
static size_t open_slots(struct packets *p, uint64_t now)
{
    struct matcher *m = p->lane.env->matcher;
    size_t i = p->at;
    if (!p->lane.stream->replies) return p->n - p->at;
    for (; i < p->n && matcher_room(m, p->index[i]); i++)
        matcher_open_unit(m, p->index[i], p->due[i], now, p->unit[i].kind);
    return i - p->at;
}

/* Sends what it can of the batch. False when the device or the window is full. */
static bool send_batch(struct packets *p)
{
    struct lane *l = &p->lane;
    while (p->at < p->n) {
        size_t done = 0, from = p->at;
        uint64_t sent = lane_now(l);
        size_t n = open_slots(p, sent);
        if (n == 0) {
            p->free_since = sent;
            return false;
        }
        enum sent how = p->wire->class->send(p->wire, p->frame + p->at, n, &done);
        book_sent(p, from, from + done, sent);
        p->at += done;
        if (how != SENT_OK && l->stream->replies) matcher_retract(l->env->matcher, p->index[p->at]);
        if (done) p->blocked_since = 0;
        if (how == SENT_FAILED) {
            fail_one(p, error_of_errno(p->wire->error));
        } else if (how == SENT_AGAIN) {
            p->free_since = sent;
            if (!p->blocked_since) p->blocked_since = sent;
            if (sent - p->blocked_since < l->stream->timeout) return false;
            fail_one(p, ERROR_DEVICE_BUSY);
        }
    }
    return true;
}

/* Books units whose reply did not come in time. */
static void expire(struct packets *p, uint64_t now)
{
    struct lane *l = &p->lane;
    uint64_t timeout = l->stream->timeout, due;
    uint32_t kind;
    if (!l->stream->replies) return;
    uint64_t known = matcher_known(l->env->matcher, now);
    while (known >= timeout && matcher_expire(l->env->matcher, known - timeout, &due, &kind))
        rec_timed_out(l->env->rec, l->stream->kinds[kind].cell, due);
}

/* When the oldest packet that waits for its reply will have waited long enough; a little later
 * when it has, and the catcher has yet to say whether a reply came. */
static uint64_t next_timeout(const struct packets *p, uint64_t now)
{
    const struct lane *l = &p->lane;
    uint64_t oldest = l->stream->replies ? matcher_oldest(l->env->matcher) : NEVER;
    if (oldest == NEVER) return NEVER;
    uint64_t over = oldest + l->stream->timeout;
    return over > now ? over : now + KNOWN_SOON_NS;
}

static uint64_t packets_work(struct lane *l, uint64_t now)
{
    struct packets *p = (struct packets *)l;
    expire(p, now);
    for (int round = 0; round < ROUNDS; round++) {
        if (p->at == p->n) take_batch(p, now);
        if (p->n == 0) break;
        if (!send_batch(p)) return now + RETRY_NS;
        p->n = p->at = 0;
        now = lane_now(l);
    }
    uint64_t due = feed_due(&p->feed, now), timeout = next_timeout(p, now);
    return due < timeout ? due : timeout;
}

/* What was made but has not left is shed. */
static void packets_stop(struct lane *l, uint64_t now)
{
    struct packets *p = (struct packets *)l;
    for (; p->at < p->n; p->at++) {
        if (p->single) rec_offered(l->env->rec, cell_of(p, p->at), p->due[p->at]);
        rec_shed(l->env->rec, cell_of(p, p->at), p->due[p->at]);
    }
    p->n = p->at = 0;
    feed_stop(&p->feed, now);
}

static bool packets_done(struct lane *l)
{
    struct packets *p = (struct packets *)l;
    bool waiting = l->stream->replies && matcher_oldest(l->env->matcher) != UINT64_MAX;
    return p->at == p->n && !waiting && feed_due(&p->feed, lane_now(l)) == NEVER;
}

static void packets_finish(struct lane *l)
{
    struct packets *p = (struct packets *)l;
    lane_close_wire(l, &p->wire);
}

static void packets_close(struct lane *l)
{
    struct packets *p = (struct packets *)l;
    lane_close_wire(l, &p->wire);
    maker_free(p->maker);
    feed_close(&p->feed);
    hist_close(&l->own);
}

static const struct lane_class packets_class = {
    .work = packets_work,
    .stop = packets_stop,
    .done = packets_done,
    .finish = packets_finish,
    .close = packets_close,
};

struct lane *packets_open(struct lane_env *env, const struct stream *s, struct errs *errs)
{
    struct packets *p = arena_new(env->arena, struct packets);
    p->lane = (struct lane){.class = &packets_class, .env = env, .stream = s};
    hist_open(&p->lane.own);
    struct wire_opts opts = {.place = s->place, .nanoseconds = true, .linktype = 1};
    p->wire = s->wire->open(&opts, s->at, errs);
    if (!p->wire) return NULL;
    p->maker = maker_new(s, env->arena);
    p->single = s->n == 1;
    p->wall_offset = clock_wall();
    feed_start(&p->feed, s, env->rec, env->worker, env->plan->workers, env->plan->duration,
               env->arena);
    return &p->lane;
}
