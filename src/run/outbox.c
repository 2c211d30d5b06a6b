#include "run/outbox.h"

#include <errno.h>

#include "run/by_flow.h"

bool outbox_open(struct outbox *o, struct lane *l, size_t room, struct errs *errs)
{
    const struct stream *s = l->stream;
    struct wire_opts opts = {.place = s->place, .nanoseconds = true, .linktype = 1};
    struct arena *a = l->env->arena;
    *o = (struct outbox){.lane = l, .room = room};
    o->wire = s->wire->open(&opts, s->at, errs);
    o->frame = arena_array(a, struct frame, room);
    o->due = arena_array(a, uint64_t, room);
    o->number = arena_array(a, uint64_t, room);
    o->bytes = arena_array(a, uint64_t, room);
    o->cell = arena_array(a, uint32_t, room);
    return o->wire;
}

void outbox_close(struct outbox *o)
{
    struct errs errs = {0};
    struct lane *l = o->lane;
    if (!o->wire) return;
    scratch_free(&o->scratch);
    if (!o->wire->class->close(o->wire, &errs) && !l->failed)
        l->failed =
            arena_strdup(l->env->arena, errs_any(&errs) ? errs.v[0].text : "cannot be written");
    o->wire = NULL;
}

/* Books frames from..to, all of one cell, as having left at `sent`. */
static void book_run(struct outbox *o, size_t from, size_t to, uint64_t sent)
{
    struct lane *l = o->lane;
    struct rec *rec = l->env->rec;
    uint32_t cell = o->cell[from];
    rec_sent_column(rec, cell, o->due + from, o->bytes + from, to - from, sent,
                    !l->stream->replies);
    for (size_t i = from; i < to; i++) {
        lane_gap(l, o->due[i], sent);
        rec_hash(rec, cell, o->number[i], o->frame[i].p, o->frame[i].len);
        uint64_t could = o->due[i] > o->free_since ? o->due[i] : o->free_since;
        if (l->stream->loop == LOOP_OPEN) hist_add(&l->own, sent > could ? sent - could : 0);
    }
    if (l->env->flows) by_flow_sent(l, o->number + from, o->due + from, to - from, &o->scratch);
    l->last_sent = sent;
}

static void book_sent(struct outbox *o, size_t n, uint64_t sent)
{
    size_t end = o->from + n;
    while (o->from < end) {
        size_t to = o->from + 1;
        while (to < end && o->cell[to] == o->cell[o->from]) to++;
        book_run(o, o->from, to, sent);
        o->from = to;
    }
}

static void fail_one(struct outbox *o, enum error_kind why)
{
    size_t i = o->from++;
    lane_fails(o->lane, o->cell[i], o->due[i], why);
    o->blocked_since = 0;
}

/* How many frames may leave now: with replies, as many as the matcher has room for. A slot is
 * opened before its packet leaves, for the reply may come before send returns. */
static size_t open_slots(struct outbox *o, uint64_t now)
{
    const struct stream *s = o->lane->stream;
    struct matcher *m = o->lane->env->matcher;
    size_t i = o->from;
    if (!s->replies) return o->n - o->from;
    for (; i < o->n && matcher_room(m, o->number[i]); i++)
        matcher_open_unit(m, o->number[i], o->due[i], now, o->cell[i] - s->kinds[0].cell);
    return i - o->from;
}

bool outbox_send(struct outbox *o)
{
    struct lane *l = o->lane;
    while (o->from < o->n) {
        size_t done = 0;
        uint64_t sent = lane_now(l);
        size_t n = open_slots(o, sent);
        if (n == 0) {
            o->free_since = sent;
            return false;
        }
        enum sent how = o->wire->class->send(o->wire, o->frame + o->from, n, &done);
        book_sent(o, done, sent);
        if (done) o->blocked_since = 0;
        if (how == SENT_OK) continue;
        if (l->stream->replies) matcher_retract(l->env->matcher, o->number[o->from]);
        if (how == SENT_FAILED) {
            fail_one(o, error_of_errno(o->wire->error));
            continue;
        }
        o->free_since = sent;
        if (!o->blocked_since) o->blocked_since = sent;
        if (sent - o->blocked_since < l->stream->timeout) return false;
        fail_one(o, ERROR_DEVICE_BUSY);
    }
    o->from = o->n = 0;
    return true;
}

void outbox_shed(struct outbox *o)
{
    for (; o->from < o->n; o->from++) lane_sheds(o->lane, o->cell[o->from], o->due[o->from]);
    o->from = o->n = 0;
}
