/* The lane of a replay: frames of a capture, at their recorded times or a schedule's.
 *
 * What is due is taken as one batch: shaped into Ethernet frames, rewritten as columns, split
 * where it is too long, then sent. The frame behind them is made ready before it is due, so that
 * what takes longer for one frame than for another does not move it. Every frame that was due is
 * booked once: sent, failed, or shed, which includes what the profile says to skip. A frame that is
 * split counts as its parts. Workers that share a replay each read all of it and take the
 * conversations that are theirs. */
#include "run/drafts.h"
#include "run/reel.h"
#include "run/stepper.h"
#include "trace/link.h"

#include <string.h>

#define ROUNDS 16
#define LOOKS 4096 /* frames of other workers that are passed over in one go */

struct replay_lane {
    struct lane lane;
    struct reel reel;
    struct drafts drafts;
    struct outbox out;
    struct ledger ledger;
    struct event *arrival;   /* more has come through the pipe */
    struct stepper *stepper; /* rate = step; NULL: frames leave by themselves */
    struct part_of of;       /* the reel's frame */
    struct layout at;        /* its headers */
    uint64_t ahead;          /* when the frame that was last made ready early is due */
};

/* Finds what the reel's frame is a part of, as it was recorded. */
static void place(struct replay_lane *r)
{
    const struct trace_frame *f = &r->reel.frame;
    r->of = (struct part_of){.loop = r->reel.loop};
    if (link_layout(f->link, f->bytes, &r->at)) r->of.flow = layout_flow(f->bytes, &r->at);
}

/* Whether this worker takes the frame. A conversation is one worker's. */
static bool mine(const struct replay_lane *r)
{
    const struct lane_env *env = r->lane.env;
    return r->lane.stream->replay.alone || r->of.flow % env->plan->workers == env->worker;
}

/* The reel's frame for the books: each file has a cell, or there is one for all of them. */
static struct taken taken(const struct replay_lane *r)
{
    const struct stream *s = r->lane.stream;
    const struct reel *x = &r->reel;
    return (struct taken){
        .out = {.due = x->due,
                .number = x->index,
                .cell = s->kinds[s->n > 1 ? x->file : 0].cell,
                .side = x->side},
        .of = r->of,
        .at_ns = x->frame.has_time && x->frame.at_ns > 0 ? (uint64_t)x->frame.at_ns : 0,
    };
}

/* Looks for the next frame that this worker takes, and places it. */
static enum reel_state look(struct replay_lane *r, uint64_t now)
{
    for (int looks = 0; looks < LOOKS; looks++) {
        bool known = r->reel.have;
        enum reel_state how = reel_look(&r->reel, now);
        if (how != REEL_FRAME || known) return how;
        place(r);
        if (mine(r)) return REEL_FRAME;
        reel_take(&r->reel);
    }
    return REEL_LATER;
}

/* The reel's frame came due and is not taken. */
static void shed_next(struct replay_lane *r)
{
    struct taken t = taken(r);
    ledger_shed(&r->ledger, &t.of);
    lane_sheds(&r->lane, t.out.cell, t.out.due);
    r->reel.bytes += r->reel.frame.wire_len + frame_overhead(r->lane.stream->rate_layer);
    reel_take(&r->reel);
}

/* Takes the reel's frame. */
static void take_next(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    bool behind = now > r->reel.due && now - r->reel.due > s->late_after;
    if (behind && s->late == LATE_DROP) return shed_next(r);
    struct taken t = taken(r);
    if (r->reel.backwards)
        drafts_skip(&r->drafts, &t, ERROR_BACKWARDS);
    else
        drafts_take(&r->drafts, &r->reel.frame, &r->at, &t);
    if (behind && s->late == LATE_STRETCH) r->reel.shift += now - t.out.due;
    reel_take(&r->reel);
}

/* Takes frames that are due by `until`, but `most` at most. */
static void take_batch(struct replay_lane *r, size_t most, uint64_t until, uint64_t now)
{
    const struct reel *x = &r->reel;
    if (outbox_empty(&r->out)) drafts_clear(&r->drafts);
    while (most-- && look(r, now) == REEL_FRAME && x->due <= until &&
           drafts_room(&r->drafts, &x->frame, x->side)) {
        if (r->stepper) {
            if (!stepper_leave(r->stepper)) break;
            stepper_used(r->stepper);
            r->reel.due = now;
        }
        take_next(r, now);
        /* With a rate in bits the next frame is due when this one, as it leaves, is through. */
        if (r->lane.stream->by_size) r->reel.bytes += drafts_finish(&r->drafts);
    }
    r->reel.bytes += drafts_finish(&r->drafts);
}

/* Makes one frame ready that is not due yet. Not where it is decided when a frame is taken what
 * becomes of it if it is late. */
static void take_ahead(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    if (r->stepper || s->loop == LOOP_FLOOD || s->late != LATE_CATCHUP) return;
    if (r->ahead > now || look(r, now) != REEL_FRAME) return;
    r->ahead = r->reel.due;
    take_batch(r, 1, NEVER, now);
}

/* The worker looks at its lanes after every event. What comes late is not late by our doing. */
static void on_arrival(evutil_socket_t fd, short what, void *lane)
{
    struct replay_lane *r = lane;
    (void)fd, (void)what;
    r->out.free_since = lane_now(&r->lane);
}

/* What comes behind damage in a file cannot even be counted: the replay has failed. */
static void tell_damage(struct replay_lane *r)
{
    struct lane *l = &r->lane;
    if (*r->reel.damage && !l->failed)
        l->failed =
            arena_printf(l->env->arena, "%s; the frames before it were replayed", r->reel.damage);
}

static void replay_ready(struct lane *l)
{
    take_ahead((struct replay_lane *)l, 0);
}

static uint64_t replay_work(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    for (int round = 0; round < ROUNDS && l->may_send; round++) {
        take_batch(r, 4 * BATCH, now, now);
        if (!outbox_due(&r->out, now)) break;
        if (!outbox_send(&r->out, now)) return outbox_again(&r->out, now);
        now = lane_now(l);
    }
    if (outbox_empty(&r->out)) take_ahead(r, now);
    if (!outbox_empty(&r->out)) return r->out.due[r->out.from];
    enum reel_state how = look(r, now);
    if (how == REEL_END) tell_damage(r);
    if (how == REEL_DRY) {
        event_add(r->arrival, NULL);
        return NEVER;
    }
    if (how == REEL_FRAME && r->stepper && !stepper_leave(r->stepper)) {
        if (!stepper_over(r->stepper)) return NEVER;
        r->reel.have = false;
        r->reel.ended = true;
        return now;
    }
    if (how == REEL_END) return outbox_settled(&r->out, now) ? NEVER : outbox_again(&r->out, now);
    return how == REEL_FRAME ? r->reel.due : now;
}

/* Everything that has come due and was not taken. At full speed nothing has; nobody knows of what
 * has not come through a pipe. */
static void shed_due(struct replay_lane *r, uint64_t now)
{
    enum reel_state how = REEL_LATER;
    if (r->lane.stream->loop == LOOP_FLOOD) return;
    while (how == REEL_LATER || how == REEL_FRAME) {
        how = look(r, now);
        if (how == REEL_FRAME && r->reel.due > now) return;
        if (how == REEL_FRAME) shed_next(r);
    }
}

static void replay_stop(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    outbox_shed(&r->out, now);
    shed_due(r, now);
    r->reel.have = false;
    r->reel.ended = true;
}

static bool replay_done(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    return outbox_empty(&r->out) && !r->reel.have && r->reel.ended &&
           outbox_settled(&r->out, lane_now(l));
}

static void replay_finish(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    outbox_close(&r->out);
    l->loops = &r->ledger.loops;
    l->recorded = ledger_recorded(&r->ledger);
    if (r->reel.sides) l->sides.told = *sides_counts(r->reel.sides);
}

static void replay_close(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    outbox_close(&r->out);
    reel_close(&r->reel);
    ledger_close(&r->ledger);
    stepper_close(r->stepper);
    if (r->arrival) event_free(r->arrival);
    drafts_close(&r->drafts);
}

static bool replay_open(struct lane *l, struct errs *errs)
{
    struct replay_lane *r = (struct replay_lane *)l;
    struct arena *a = l->env->arena;
    if (!reel_open(&r->reel, l->stream, l->env->plan, a, errs)) return false;
    if (!outbox_open(&r->out, l, DRAFTS_PARTS, errs)) return false;
    if (!ledger_open(&r->ledger))
        return err_add(errs, l->stream->at, "no memory for counting conversations");
    if (l->stream->replay.step && !(r->stepper = stepper_open(l, errs))) return false;
    r->arrival = event_new(l->env->base, reel_fd(&r->reel), EV_READ, on_arrival, r);
    if (!r->arrival) return err_add(errs, l->stream->at, "no memory for a replay");
    drafts_open(&r->drafts, l, &r->out, &r->ledger);
    return true;
}

const struct lane_class replay_class = {
    .size = sizeof(struct replay_lane),
    .open = replay_open,
    .ready = replay_ready,
    .work = replay_work,
    .stop = replay_stop,
    .done = replay_done,
    .finish = replay_finish,
    .close = replay_close,
};
