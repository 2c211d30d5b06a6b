#include "run/outbox.h"

#include <errno.h>

#include "run/by_flow.h"
#include "run/wires.h"

#define RETRY 20000 /* ns until a busy device is asked again */

bool outbox_open(struct outbox *o, struct lane *l, size_t room, struct errs *errs)
{
    const struct stream *s = l->stream;
    struct arena *a = l->env->arena;
    bool two = s->server_place, strict = s->way == WAY_REPLAY && s->replay.ordered;
    *o = (struct outbox){.lane = l, .room = room};
    o->wire = wires_open(l->env, s, s->place, errs);
    if (two) o->server_wire = wires_open(l->env, s, s->server_place, errs);
    if (o->wire) l->wire[SIDE_CLIENT] = o->wire->class->doc.name;
    if (o->server_wire) l->wire[SIDE_SERVER] = o->server_wire->class->doc.name;
    if (strict) o->passage = passage_open(l, errs);
    o->frame = arena_array(a, struct frame, room);
    o->due = arena_array(a, uint64_t, room);
    o->number = arena_array(a, uint64_t, room);
    o->bytes = arena_array(a, uint64_t, room);
    o->cell = arena_array(a, uint32_t, room);
    o->side = arena_array(a, uint8_t, room);
    return o->wire && (!two || o->server_wire) && (!strict || o->passage);
}

static void close_wire(struct lane *l, struct wire *w)
{
    struct errs errs = {0};
    if (!wires_close(l->env, w, &errs) && !l->failed)
        l->failed =
            arena_strdup(l->env->arena, errs_any(&errs) ? errs.v[0].text : "cannot be written");
}

void outbox_close(struct outbox *o)
{
    if (o->passage) passage_give_up(o->passage);
    passage_close(o->passage);
    scratch_free(&o->scratch);
    if (o->wire) close_wire(o->lane, o->wire);
    if (o->server_wire) close_wire(o->lane, o->server_wire);
    o->passage = NULL;
    o->wire = o->server_wire = NULL;
}

/* Books frames from..to, all of one cell, as having left at `sent`. */
static void book_run(struct outbox *o, size_t from, size_t to, uint64_t sent)
{
    struct lane *l = o->lane;
    struct rec *rec = l->env->rec;
    uint32_t cell = o->cell[from];
    uint64_t free_since = o->free_since > l->held_at ? o->free_since : l->held_at;
    rec_sent_column(rec, cell, o->due + from, o->bytes + from, to - from, sent,
                    !l->stream->replies);
    for (size_t i = from; i < to; i++) {
        lane_gap(l, o->due[i], sent);
        rec_hash(rec, cell, o->number[i], o->frame[i].p, o->frame[i].len);
        uint64_t could = o->due[i] > free_since ? o->due[i] : free_since;
        if (l->stream->loop == LOOP_OPEN) hist_add(&l->own, sent > could ? sent - could : 0);
    }
    if (l->env->flows) by_flow_sent(l, o->number + from, o->due + from, to - from, &o->scratch);
    if (o->gone) o->gone(o->gone_for, from, to - from, GONE_SENT);
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
    if (o->gone) o->gone(o->gone_for, i, 1, GONE_FAILED);
    lane_fails(o->lane, o->cell[i], o->due[i], why);
    o->blocked_since = 0;
}

/* How many of the next frames may leave together: those that are due, of one side; in strict
 * order, one. */
static size_t run_length(const struct outbox *o, uint64_t until)
{
    size_t left = o->n - o->from, i = 1;
    size_t most = left < o->lane->may_send ? left : o->lane->may_send;
    if (o->passage) return most > 0;
    while (most && o->due[o->from + most - 1] > until) most--;
    if (!o->server_wire || most == 0) return most;
    while (i < most && o->side[o->from + i] == o->side[o->from]) i++;
    return i;
}

/* With replies, how many of n frames the matcher has room for. A slot is opened before its packet
 * leaves, for the reply may come before send returns. */
static size_t open_slots(struct outbox *o, size_t n, uint64_t now)
{
    const struct stream *s = o->lane->stream;
    struct matcher *m = o->lane->env->matcher;
    size_t i = o->from, end = i + n;
    if (!s->replies) return n;
    for (; i < end && matcher_room(m, o->number[i]); i++)
        matcher_open_unit(m, o->number[i], o->due[i], now, o->cell[i] - s->kinds[0].cell);
    return i - o->from;
}

bool outbox_send(struct outbox *o, uint64_t until)
{
    struct lane *l = o->lane;
    while (outbox_due(o, until)) {
        size_t done = 0;
        uint64_t sent = lane_now(l);
        size_t n = open_slots(o, run_length(o, until), sent);
        if (n == 0 || (o->passage && !passage_clear(o->passage, sent))) {
            o->free_since = sent;
            return false;
        }
        size_t first = o->from;
        struct wire *w = outbox_wire(o, o->side[first]);
        enum sent how = w->class->send(w, o->frame + first, n, &done);
        book_sent(o, done, sent);
        if (l->may_send != SIZE_MAX) l->may_send -= done;
        if (done && o->passage) passage_sent(o->passage, o->side[first], &o->frame[first], sent);
        if (done) o->blocked_since = 0;
        if (how == SENT_OK) continue;
        if (l->stream->replies) matcher_retract(l->env->matcher, o->number[o->from]);
        if (how == SENT_FAILED) {
            fail_one(o, error_of_errno(w->error));
            continue;
        }
        o->free_since = sent;
        if (!o->blocked_since) o->blocked_since = sent;
        l->refused = true;
        if (sent - o->blocked_since < l->stream->timeout) return false;
        fail_one(o, ERROR_DEVICE_BUSY);
    }
    if (outbox_empty(o)) o->from = o->n = 0;
    return true;
}

uint64_t outbox_again(const struct outbox *o, uint64_t now)
{
    uint64_t passed = o->passage ? passage_until(o->passage) : NEVER;
    return passed != NEVER ? passed : now + RETRY;
}

bool outbox_settled(struct outbox *o, uint64_t now)
{
    return !o->passage || passage_clear(o->passage, now);
}

void outbox_shed(struct outbox *o, uint64_t until)
{
    for (; outbox_due(o, until); o->from++) {
        if (o->gone) o->gone(o->gone_for, o->from, 1, GONE_SHED);
        lane_sheds(o->lane, o->cell[o->from], o->due[o->from]);
    }
    o->from = o->n = 0;
}
