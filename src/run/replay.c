/* The lane of a replay: frames of a capture, at their recorded times or a schedule's.
 *
 * What is due is taken as one batch: shaped into Ethernet frames, rewritten as columns, split
 * where it is too long, then sent. Every frame that was due is booked once: sent, failed, or
 * shed, which includes what the profile says to skip. A frame that is split counts as its parts. */
#include "run/feed.h"
#include "run/outbox.h"
#include "run/reel.h"
#include "run/stepper.h"
#include "trace/destination.h"
#include "trace/flows.h"
#include "trace/link.h"
#include "trace/segment.h"

#include <string.h>

#define SLAB (1024 * 1024) /* bytes of the frames that are taken as one batch */
#define ROUNDS 16
#define PARTS 1024                      /* most frames that a batch may become */
#define PARTS_SLAB (SLAB + PARTS * 256) /* their bytes */
#define ETHERNET_HEADER 14u
#define TAG 4u

/* What a frame is a part of, for the account beside the books. */
struct part_of {
    uint64_t loop, flow; /* flow 0: none */
};
struct replay_lane {
    struct lane lane;
    struct outbox out;
    struct reel reel;
    struct scratch scratch;
    struct stepper *stepper; /* rate = step; NULL: frames leave by themselves */

    /* Frames as they were taken. */
    uint8_t *slab;
    size_t used;
    struct draft draft[BATCH];
    struct outgoing drafted[BATCH]; /* numbered among all that were due */
    struct part_of drafted_of[BATCH];
    uint64_t at_ns[BATCH];
    size_t drafts, finished; /* those before `finished` are in the outbox or stay behind */
    size_t parts_wanted;     /* that these may become */

    uint8_t *parts_slab; /* of frames that are split; NULL: none is */
    size_t parts_used;
    uint64_t number;

    struct part_of now_of, out_of[PARTS]; /* the frame being taken, and those in the outbox */
    struct loops loops;
    struct flows *flows;
};

static const struct replay *replay_of(const struct replay_lane *r)
{
    return &r->lane.stream->replay;
}

/* One cell for each file, or one for all of them. */
static uint32_t cell_of(const struct replay_lane *r, size_t file)
{
    const struct stream *s = r->lane.stream;
    return s->kinds[s->n > 1 ? file : 0].cell;
}

/* Tells who steps through the frames. */
static void tell(const struct replay_lane *r, const struct outgoing *p, struct span frame,
                 enum error_kind why)
{
    const struct step *step = r->lane.env->step;
    if (r->stepper) step->tell(step->ctx, p->number, frame, why);
}

/* A frame that does not leave tears its conversation. */
static struct loop_row *missing(struct replay_lane *r, const struct part_of *of)
{
    struct loop_row *row = loops_row(&r->loops, of->loop);
    if (of->flow) flows_tear(r->flows, of->flow);
    row->offered++;
    return row;
}

/* Told by the outbox. */
static void gone(struct lane *l, size_t at, size_t n, enum gone how)
{
    struct replay_lane *r = (struct replay_lane *)l;
    for (size_t i = at; i < at + n; i++) {
        if (how != GONE_SENT) {
            struct loop_row *row = missing(r, &r->out_of[i]);
            row->failed += how == GONE_FAILED;
            row->shed += how == GONE_SHED;
            continue;
        }
        struct loop_row *row = loops_row(&r->loops, r->out_of[i].loop);
        row->offered++;
        row->sent++;
    }
}

/* Books a frame that stays behind: `skip` when the profile asked for that. */
static void stays(struct replay_lane *r, const struct outgoing *p, const struct part_of *of,
                  enum error_kind why, bool skip)
{
    struct loop_row *row = missing(r, of);
    row->failed += !skip;
    row->shed += skip;
    row->skipped[why] += skip;
    tell(r, p, (struct span){0}, why);
    if (!skip) return lane_fails(&r->lane, p->cell, p->due, why);
    rec_offered(r->lane.env->rec, p->cell, p->due);
    rec_skipped(r->lane.env->rec, p->cell, p->due, why);
}

/* The longest frame that the way out takes, one VLAN tag on top; 0: any. */
static uint32_t limit_of(const struct replay_lane *r, const struct draft *d, enum side side)
{
    uint32_t mtu = (uint32_t)replay_of(r)->mtu;
    uint32_t limit = mtu ? mtu + ETHERNET_HEADER + TAG : outbox_wire(&r->out, side)->mtu;
    return limit && !d->at.tags ? limit - TAG : limit;
}

/* Bytes that one of n bytes may become. */
static size_t grown(const struct replay_lane *r, size_t n)
{
    const struct gen *size = replay_of(r)->rewrite.size;
    return size && size->hi > n ? size->hi : n;
}

/* The most frames that one of n bytes may become. */
static size_t parts_of(const struct replay_lane *r, size_t n)
{
    uint64_t mtu = replay_of(r)->mtu ? replay_of(r)->mtu : outbox_wire(&r->out, r->reel.side)->mtu;
    return replay_of(r)->segment && mtu ? grown(r, n) / (mtu / 2) + 1 : 1;
}

/* Shapes the reel's frame into a draft, or books why it stays behind. */
static void draft(struct replay_lane *r, const struct outgoing *p)
{
    const struct replay *x = replay_of(r);
    const struct trace_frame *f = &r->reel.frame;
    struct draft *d = &r->draft[r->drafts];
    const struct part_of *of = &r->now_of;
    if (r->reel.backwards) return stays(r, p, of, ERROR_BACKWARDS, true);
    switch (shape_frame(&x->shape, f, r->slab + r->used, SLAB - r->used, d)) {
    case FIT_FOREIGN:
        return stays(r, p, of, ERROR_FOREIGN_LINK, x->skip_foreign);
    case FIT_CUT:
        return stays(r, p, of, ERROR_CUT, x->skip_cut);
    case FIT_TOO_BIG:
        return stays(r, p, of, ERROR_TOO_BIG, x->skip_big);
    case FIT_YES:
        break;
    }
    if (r->out.wire->class->device && d->n < ETHERNET_HEADER)
        return stays(r, p, of, ERROR_CUT, x->skip_cut);
    d->index = r->reel.index;
    d->loop = r->reel.loop;
    r->drafted[r->drafts] = *p;
    r->drafted_of[r->drafts] = *of;
    r->at_ns[r->drafts++] = f->has_time && f->at_ns > 0 ? (uint64_t)f->at_ns : 0;
    r->used += SHAPE_ROOM(grown(r, d->n));
    r->parts_wanted += parts_of(r, d->n);
}

/* What the reel's frame is a part of, as it was recorded. Every loop has the same conversations. */
static struct part_of find_part_of(struct replay_lane *r)
{
    const struct trace_frame *f = &r->reel.frame;
    struct layout l;
    struct part_of of = {.loop = r->reel.loop};
    if (link_layout(f->link, f->bytes, &l)) of.flow = layout_flow(f->bytes, &l);
    if (of.flow && of.loop == 0) flows_add(r->flows, of.flow);
    return of;
}

/* The reel's frame came due and is not taken. */
static void shed_next(struct replay_lane *r)
{
    r->now_of = find_part_of(r);
    missing(r, &r->now_of)->shed++;
    lane_sheds(&r->lane, cell_of(r, r->reel.file), r->reel.due);
    r->reel.bytes += r->reel.frame.wire_len + frame_overhead(r->lane.stream->rate_layer);
    r->number++;
    reel_take(&r->reel);
}

/* Takes the frame that the reel shows. */
static void take_next(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    bool behind = now - r->reel.due > s->late_after;
    if (behind && s->late == LATE_DROP) return shed_next(r);
    struct outgoing p = {r->reel.due, r->number, cell_of(r, r->reel.file), r->reel.side};
    r->now_of = find_part_of(r);
    draft(r, &p);
    if (behind && s->late == LATE_STRETCH) r->reel.shift += now - p.due;
    r->number++;
    reel_take(&r->reel);
}

/* A frame too long becomes several, of which the first takes its place in the books. */
static bool split(struct replay_lane *r, size_t i, uint32_t limit)
{
    const struct draft *d = &r->draft[i];
    struct frame parts[PARTS];
    size_t n = r->parts_slab ? segment_count(d, limit) : 0;
    if (n == 0 || n > PARTS - r->out.n || segment_room(d, limit) > PARTS_SLAB - r->parts_used)
        return false;
    segment_split(d, limit, r->parts_slab + r->parts_used, parts);
    r->parts_used += segment_room(d, limit);
    for (size_t k = 0; k < n; k++) {
        struct outgoing p = r->drafted[i];
        if (k) p.number = r->number++;
        parts[k].at_ns = r->at_ns[i];
        r->out_of[r->out.n] = r->drafted_of[i];
        outbox_add(&r->out, &parts[k], &p);
    }
    return true;
}

/* A draft is done: it leaves, in one or more parts, or stays behind. */
static void finish(struct replay_lane *r, size_t i)
{
    struct draft *d = &r->draft[i];
    enum side side = r->drafted[i].side;
    uint32_t limit = limit_of(r, d, side);
    struct addr to;
    if (r->out.wire->class->device && layout_destination(span_make(d->p, d->n), &d->at, &to) &&
        !plan_allows(r->lane.env->plan, to))
        return stays(r, &r->drafted[i], &r->drafted_of[i], ERROR_NOT_ALLOWED, false);
    replay_address(&replay_of(r)->hop[side], d->p);
    if (limit && d->n > limit) {
        if (!split(r, i, limit))
            stays(r, &r->drafted[i], &r->drafted_of[i], ERROR_TOO_BIG, replay_of(r)->skip_big);
        else
            tell(r, &r->drafted[i], span_make(d->p, d->n), ERROR_NONE);
        return;
    }
    tell(r, &r->drafted[i], span_make(d->p, d->n), ERROR_NONE);
    r->out_of[r->out.n] = r->drafted_of[i];
    struct frame f = {.p = d->p, .len = d->n, .wire_len = d->wire_len, .at_ns = r->at_ns[i]};
    outbox_add(&r->out, &f, &r->drafted[i]);
}

/* What the frames added to the outbox since there were `from` take of a rate in bits. */
static void count_bytes(struct replay_lane *r, size_t from, const struct draft *d)
{
    unsigned layer = r->lane.stream->rate_layer;
    for (size_t i = from; i < r->out.n; i++)
        r->reel.bytes += r->out.frame[i].len + frame_overhead(layer) - (layer == 3 ? d->at.net : 0);
}

static void finish_drafts(struct replay_lane *r)
{
    size_t from = r->finished;
    rewrite_batch(&replay_of(r)->rewrite, &r->scratch, r->draft + from, r->drafts - from);
    for (; r->finished < r->drafts; r->finished++) {
        size_t before = r->out.n;
        finish(r, r->finished);
        count_bytes(r, before, &r->draft[r->finished]);
    }
}

static bool room_for_next(const struct replay_lane *r)
{
    const struct trace_frame *f = &r->reel.frame;
    if (r->drafts == 0) return true;
    return r->drafts < BATCH && SHAPE_ROOM(grown(r, f->wire_len)) <= SLAB - r->used &&
           parts_of(r, f->wire_len) <= PARTS - r->parts_wanted;
}

static void take_batch(struct replay_lane *r, uint64_t now)
{
    r->used = r->parts_used = r->drafts = r->finished = r->parts_wanted = 0;
    /* Frames that stay behind fill no place, so what is read is bounded too. */
    for (int looks = 0; looks < 4 * BATCH; looks++) {
        if (reel_look(&r->reel, now) != REEL_FRAME || r->reel.due > now || !room_for_next(r)) break;
        if (r->stepper) {
            if (!stepper_leave(r->stepper)) break;
            stepper_used(r->stepper);
            r->reel.due = now;
        }
        take_next(r, now);
        /* With a rate in bits the next frame is due when this one, as it leaves, is through. */
        if (r->lane.stream->by_size) finish_drafts(r);
    }
    finish_drafts(r);
}

/* What comes behind damage in a file cannot even be counted: the replay has failed. */
static void tell_damage(struct replay_lane *r)
{
    struct lane *l = &r->lane;
    if (*r->reel.damage && !l->failed)
        l->failed =
            arena_printf(l->env->arena, "%s; the frames before it were replayed", r->reel.damage);
}

static uint64_t replay_work(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    for (int round = 0; round < ROUNDS && l->may_send; round++) {
        if (outbox_empty(&r->out)) take_batch(r, now);
        if (outbox_empty(&r->out)) break;
        if (!outbox_send(&r->out)) return outbox_again(&r->out, now);
        now = lane_now(l);
    }
    enum reel_state how = reel_look(&r->reel, now);
    if (how == REEL_END) tell_damage(r);
    if (how == REEL_FRAME && r->stepper && !stepper_leave(r->stepper)) {
        if (!stepper_over(r->stepper)) return NEVER;
        r->reel.have = false;
        r->reel.ended = true;
        return now;
    }
    if (how == REEL_END) return outbox_settled(&r->out, now) ? NEVER : outbox_again(&r->out, now);
    return how == REEL_FRAME ? r->reel.due : now;
}

/* Everything that has come due and was not taken. At full speed nothing has; of a pipe it is not
 * known, and waiting for it would keep the run from ending. */
static void shed_due(struct replay_lane *r, uint64_t now)
{
    const struct stream *s = r->lane.stream;
    bool pipe = strcmp(s->replay.path, "-") == 0 && !s->replay.preload;
    enum reel_state how = REEL_FRAME;
    if (s->loop == LOOP_FLOOD) return;
    while (how != REEL_END && (!pipe || r->reel.have)) {
        how = reel_look(&r->reel, now);
        if (how == REEL_FRAME && r->reel.due > now) return;
        if (how == REEL_FRAME) shed_next(r);
    }
}

static void replay_stop(struct lane *l, uint64_t now)
{
    struct replay_lane *r = (struct replay_lane *)l;
    outbox_shed(&r->out);
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
    l->loops = &r->loops;
    l->recorded.count = flows_count(r->flows, &l->recorded.capped);
    l->recorded.torn = flows_torn(r->flows);
    if (r->reel.sides) l->sides.told = *sides_counts(r->reel.sides);
}

static void replay_close(struct lane *l)
{
    struct replay_lane *r = (struct replay_lane *)l;
    outbox_close(&r->out);
    reel_close(&r->reel);
    flows_close(r->flows);
    stepper_close(r->stepper);
    scratch_free(&r->scratch);
}

static bool replay_open(struct lane *l, struct errs *errs)
{
    struct replay_lane *r = (struct replay_lane *)l;
    struct arena *a = l->env->arena;
    if (!reel_open(&r->reel, l->stream, l->env->plan->duration, a, errs)) return false;
    if (!outbox_open(&r->out, l, PARTS, errs)) return false;
    loops_start(&r->loops);
    r->out.gone = gone;
    r->flows = flows_open();
    if (!r->flows) return err_add(errs, l->stream->at, "no memory for counting conversations");
    if (l->stream->replay.step && !(r->stepper = stepper_open(l, errs))) return false;
    r->slab = arena_alloc(a, SLAB);
    if (l->stream->replay.segment) r->parts_slab = arena_alloc(a, PARTS_SLAB);
    return true;
}

const struct lane_class replay_class = {
    .size = sizeof(struct replay_lane),
    .open = replay_open,
    .work = replay_work,
    .stop = replay_stop,
    .done = replay_done,
    .finish = replay_finish,
    .close = replay_close,
};
