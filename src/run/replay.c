/* The lane of a replay: frames of a capture, at their recorded times or a schedule's. */
#include "run/feed.h"
#include "run/lane.h"
#include "trace/destination.h"
#include "trace/trace.h"

#include <string.h>

#define SLAB (1024 * 1024) /* bytes of the frames that leave as one batch */
#define ROUNDS 16
#define RETRY_NS 20000

struct replay_lane {
    struct lane lane;
    struct wire *wire;
    struct trace *trace;
    struct schedule_state *state; /* when a schedule says when; else the recording does */

    struct trace_frame next; /* read, not yet taken; its bytes stay until the next read */
    uint64_t next_due;
    bool have_next, ended;
    const char *damage; /* what is wrong with the file; NULL: nothing so far */
    uint64_t index, loops;   /* of `next` in the whole stream; loops finished */

    /* Position on the recording's own axis, in ns since its first frame, long gaps cut. */
    int64_t first_ns, last_ns;
    uint64_t at, loop_start, frames; /* frames of this loop */
    uint64_t shift;                  /* late = stretch */

    uint8_t *slab;
    size_t used;
    uint64_t due[BATCH];
    uint64_t number[BATCH];
    struct frame frame[BATCH];
    size_t from, n; /* of the batch under way */
    uint64_t blocked_since;
};

/* A recording's own time: steps back are held, gaps beyond max_gap are cut to it. */
static void advance(struct replay_lane *r)
{
    uint64_t max_gap = r->lane.stream->replay.max_gap;
    if (!r->next.has_time) return;
    if (r->frames == 0) {
        r->first_ns = r->last_ns = r->next.at_ns;
        return;
    }
    if (r->next.at_ns <= r->last_ns) return;
    uint64_t gap = (uint64_t)r->next.at_ns - (uint64_t)r->last_ns;
    r->at += gap < max_gap ? gap : max_gap;
    r->last_ns = r->next.at_ns;
}

static uint64_t scaled(const struct replay_lane *r, uint64_t ns)
{
    const struct replay *x = &r->lane.stream->replay;
    u128 t = (u128)ns * x->speed_den / x->speed_num;
    return t < NEVER ? (uint64_t)t : NEVER - 1;
}

/* The next loop begins one mean gap after the last frame. */
static bool next_loop(struct replay_lane *r)
{
    const struct replay *x = &r->lane.stream->replay;
    if (r->frames == 0 || ++r->loops >= x->loops || !trace_rewind(r->trace)) return false;
    uint64_t gap = r->frames > 1 ? (r->at - r->loop_start) / (r->frames - 1) : 0;
    r->at += gap;
    r->loop_start = r->at;
    r->frames = 0;
    return true;
}

/* Reads the next frame into r->next; sets when it is due. */
static void look_ahead(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    if (r->have_next || r->ended) return;
    enum trace_next how = trace_next(r->trace, &r->next);
    if (how == TRACE_DAMAGED && !r->damage)
        r->damage = arena_strdup(r->lane.env->arena, trace_problem(r->trace));
    if (how != TRACE_FRAME && next_loop(r)) how = trace_next(r->trace, &r->next);
    if (how != TRACE_FRAME || r->index >= s->count) {
        r->ended = true;
        return;
    }
    advance(r);
    r->frames++;
    uint64_t due = scaled(r, r->at);
    if (s->loop == LOOP_FLOOD)
        due = now;
    else if (s->schedule && schedule_due(s->schedule, r->state, r->index, 1, 1, &due) == 0)
        due = NEVER;
    r->next_due = due + (due < NEVER - r->shift ? r->shift : 0);
    r->have_next = r->next_due < r->lane.env->plan->duration;
    r->ended = !r->have_next;
}

/* Why this frame cannot leave as it is, or ERROR_NONE. */
static enum error_kind unfit(const struct replay_lane *r)
{
    const struct trace_frame *f = &r->next;
    struct addr to;
    if (f->link != 1) return ERROR_FOREIGN_LINK;
    if (f->bytes.n < f->wire_len) return ERROR_CUT;
    if (f->bytes.n > SLAB) return ERROR_TOO_BIG;
    if (!r->wire->class->device) return ERROR_NONE;
    if (f->bytes.n < 14) return ERROR_CUT;
    if (ethernet_destination(f->bytes, &to) && !plan_allows(r->lane.env->plan, to))
        return ERROR_NOT_ALLOWED;
    return ERROR_NONE;
}

static uint32_t cell(const struct replay_lane *r) { return r->lane.stream->kinds[0].cell; }

static void fail(struct replay_lane *r, uint64_t due, enum error_kind why)
{
    rec_failed(r->lane.env->rec, cell(r), due, why);
}

/* Moves the frame in r->next to the batch, or books why it stays behind. */
static void take_next(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    struct rec *rec = r->lane.env->rec;
    uint64_t due = r->next_due;
    bool behind = now - due > s->late_after;
    enum error_kind why = unfit(r);
    r->have_next = false;
    rec_offered(rec, cell(r), due);
    if (why) {
        fail(r, due, why);
    } else if (behind && s->late == LATE_DROP) {
        rec_shed(rec, cell(r), due);
    } else {
        memcpy(r->slab + r->used, r->next.bytes.p, r->next.bytes.n);
        r->frame[r->n] = (struct frame){
            .p = r->slab + r->used,
            .len = (uint32_t)r->next.bytes.n,
            .wire_len = r->next.wire_len,
            .at_ns = r->next.has_time && r->next.at_ns > 0 ? (uint64_t)r->next.at_ns : 0,
        };
        r->due[r->n] = due;
        r->number[r->n++] = r->index;
        r->used += r->next.bytes.n;
        if (behind && s->late == LATE_STRETCH) r->shift += now - due;
    }
    r->index++;
}

static void take_batch(struct replay_lane *r, uint64_t now)
{
    r->from = r->n = r->used = 0;
    /* Frames that stay behind fill no place, so what is read is bounded too. */
    for (int looks = 0; looks < 4 * BATCH && r->n < BATCH; looks++) {
        look_ahead(r, now);
        if (!r->have_next || r->next_due > now) return;
        if (r->next.bytes.n > SLAB - r->used && r->n > 0) return;
        take_next(r, now);
    }
}

static bool send_batch(struct replay_lane *r)
{
    struct lane *l = &r->lane;
    while (r->from < r->n) {
        size_t done = 0;
        uint64_t sent = lane_now(l);
        enum sent how = r->wire->class->send(r->wire, r->frame + r->from, r->n - r->from, &done);
        for (size_t i = r->from; i < r->from + done; i++) {
            rec_sent(l->env->rec, cell(r), r->due[i], sent, r->frame[i].len);
            rec_left(l->env->rec, cell(r), r->due[i]);
            lane_gap(l, r->due[i], sent);
            rec_hash(l->env->rec, cell(r), r->number[i], r->frame[i].p, r->frame[i].len);
            if (!r->blocked_since && l->stream->loop == LOOP_OPEN)
                hist_add(&l->own, sent > r->due[i] ? sent - r->due[i] : 0);
        }
        if (done) {
            r->blocked_since = 0;
            l->last_sent = sent;
        }
        r->from += done;
        if (how == SENT_FAILED) {
            fail(r, r->due[r->from++], error_of_errno(r->wire->error));
        } else if (how == SENT_AGAIN) {
            if (!r->blocked_since) r->blocked_since = sent;
            if (sent - r->blocked_since < l->stream->timeout) return false;
            fail(r, r->due[r->from++], ERROR_DEVICE_BUSY);
        }
    }
    return true;
}

/* What comes behind damage in the file cannot even be counted: the replay has failed. */
static void tell_damage(struct replay_lane *r)
{
    struct lane *l = &r->lane;
    if (r->damage && !l->failed)
        l->failed = arena_printf(l->env->arena, "%s: %s; the frames before it were replayed",
                                 l->stream->replay.path, r->damage);
}

static uint64_t replay_work(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    for (int round = 0; round < ROUNDS; round++) {
        if (r->from == r->n) take_batch(r, now);
        if (!send_batch(r)) {
            l->busy_ns += RETRY_NS;
            return now + RETRY_NS;
        }
        if (r->n == 0) break;
        now = lane_now(l);
    }
    look_ahead(r, now);
    if (r->ended) tell_damage(r);
    return r->have_next ? r->next_due : r->ended ? NEVER : now;
}

static void replay_stop(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    for (; r->from < r->n; r->from++) rec_shed(l->env->rec, cell(r), r->due[r->from]);
    if (r->have_next && r->next_due <= now) {
        rec_offered(l->env->rec, cell(r), r->next_due);
        rec_shed(l->env->rec, cell(r), r->next_due);
    }
    r->have_next = false;
    r->ended = true;
}

static bool replay_done(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    return r->from == r->n && !r->have_next && r->ended;
}

static void replay_finish(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    lane_close_wire(l, &r->wire);
}

static void replay_close(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    lane_close_wire(l, &r->wire);
    trace_close(r->trace);
    hist_close(&l->own);
}

static const struct lane_class replay_class = {
    .work = replay_work,
    .stop = replay_stop,
    .done = replay_done,
    .finish = replay_finish,
    .close = replay_close,
};

struct lane *replay_open(struct lane_env *env, const struct stream *s, struct errs *errs)
{
    struct replay_lane *r = arena_new(env->arena, struct replay_lane);
    r->lane = (struct lane){.class = &replay_class, .env = env, .stream = s};
    hist_open(&r->lane.own);
    r->trace = trace_open(s->replay.path, s->at, errs);
    if (!r->trace) return NULL;
    struct wire_opts opts = {.place = s->place, .nanoseconds = true, .linktype = 1};
    r->wire = s->wire->open(&opts, s->at, errs);
    if (!r->wire) return NULL;
    r->slab = arena_alloc(env->arena, SLAB);
    if (s->schedule) r->state = schedule_start(s->schedule, env->arena);
    return &r->lane;
}
