#include "run/drafts.h"

#include "trace/destination.h"
#include "trace/fragment.h"
#include "trace/segment.h"

#define SLAB (1024 * 1024)                     /* bytes of the frames that are taken as one batch */
#define PARTS_SLAB (SLAB + DRAFTS_PARTS * 256) /* of their parts */
#define PART_SHIFT 44 /* the parts of a frame are numbered above all frames */
#define ETHERNET_HEADER 14u
#define TAG 4u

/* Told by the outbox. */
static void gone(void *drafts, size_t at, size_t n, enum gone how)
{
    static void (*const book[])(struct ledger *, const struct part_of *) = {
        [GONE_SENT] = ledger_sent,
        [GONE_FAILED] = ledger_failed,
        [GONE_SHED] = ledger_shed,
    };
    struct drafts *d = drafts;
    for (size_t i = at; i < at + n; i++) book[how](d->ledger, &d->out_of[i]);
}

void drafts_open(struct drafts *d, struct lane *l, struct outbox *out, struct ledger *g)
{
    struct arena *a = l->env->arena;
    d->lane = l;
    d->out = out;
    d->ledger = g;
    d->replay = &l->stream->replay;
    d->slab = arena_alloc(a, SLAB);
    d->splits = d->replay->segment || d->replay->fragment;
    if (d->splits) d->parts_slab = arena_alloc(a, PARTS_SLAB);
    out->gone = gone;
    out->gone_for = d;
}

void drafts_clear(struct drafts *d)
{
    d->used = d->parts_used = d->n = d->finished = d->parts = 0;
}

/* Tells who steps through the frames. */
static void tell(const struct drafts *d, const struct taken *t, struct span frame,
                 enum error_kind why)
{
    const struct step *step = d->lane->env->step;
    if (d->replay->step) step->tell(step->ctx, t->out.number, frame, why);
}

static void skip(struct drafts *d, const struct taken *t, enum error_kind why)
{
    struct rec *rec = d->lane->env->rec;
    tell(d, t, (struct span){0}, why);
    ledger_skipped(d->ledger, &t->of, why);
    rec_offered(rec, t->out.cell, t->out.due);
    rec_skipped(rec, t->out.cell, t->out.due, why);
}

/* Books a frame that cannot leave. */
static void stays(struct drafts *d, const struct taken *t, enum error_kind why, bool skips)
{
    if (skips) return skip(d, t, why);
    tell(d, t, (struct span){0}, why);
    ledger_failed(d->ledger, &t->of);
    lane_fails(d->lane, t->out.cell, t->out.due, why);
}

/* The latest frame tells how far the replay has come. */
static void note(struct drafts *d, const struct taken *t)
{
    d->lane->latest.due = t->out.due;
    d->lane->latest.number = t->out.number + 1;
}

void drafts_skip(struct drafts *d, const struct taken *t, enum error_kind why)
{
    note(d, t);
    skip(d, t, why);
}

/* The longest frame that the way out takes, one VLAN tag on top; 0: any. */
static uint32_t limit_of(const struct drafts *d, const struct draft *x, enum side side)
{
    uint32_t mtu = (uint32_t)d->replay->mtu;
    uint32_t limit = mtu ? mtu + ETHERNET_HEADER + TAG : outbox_wire(d->out, side)->mtu;
    return limit && !x->at.tags ? limit - TAG : limit;
}

/* Bytes that one of n bytes may become. */
static size_t grown(const struct drafts *d, size_t n)
{
    const struct gen *size = d->replay->rewrite.size;
    return size && size->hi > n ? size->hi : n;
}

/* The most frames that one of n bytes may become, unless headers take most of each. */
static size_t parts_of(const struct drafts *d, size_t n, enum side side)
{
    uint64_t mtu = d->replay->mtu ? d->replay->mtu : outbox_wire(d->out, side)->mtu;
    return d->splits && mtu ? grown(d, n) / (mtu / 4) + 1 : 1;
}

bool drafts_room(const struct drafts *d, const struct trace_frame *f, enum side side)
{
    if (d->n == 0) return true;
    return d->n < BATCH && SHAPE_ROOM(grown(d, f->wire_len)) <= SLAB - d->used &&
           parts_of(d, f->wire_len, side) <= DRAFTS_PARTS - d->parts;
}

void drafts_take(struct drafts *d, const struct trace_frame *f, const struct layout *at,
                 const struct taken *t)
{
    const struct replay *x = d->replay;
    struct draft *out = &d->draft[d->n];
    note(d, t);
    switch (shape_frame(&x->shape, f, at, d->slab + d->used, SLAB - d->used, out)) {
    case FIT_FOREIGN:
        return stays(d, t, ERROR_FOREIGN_LINK, x->skip_foreign);
    case FIT_CUT:
        return stays(d, t, ERROR_CUT, x->skip_cut);
    case FIT_TOO_BIG:
        return stays(d, t, ERROR_TOO_BIG, x->skip_big);
    case FIT_YES:
        break;
    }
    if (d->out->wire->class->device && out->n < ETHERNET_HEADER)
        return stays(d, t, ERROR_CUT, x->skip_cut);
    out->index = t->out.number;
    out->loop = t->of.loop;
    d->taken[d->n++] = *t;
    d->used += SHAPE_ROOM(grown(d, out->n));
    d->parts += parts_of(d, out->n, t->out.side);
}

static void put(struct drafts *d, const struct frame *f, const struct taken *t, size_t part)
{
    struct outgoing o = t->out;
    struct frame stamped = *f;
    o.number |= (uint64_t)part << PART_SHIFT;
    stamped.at_ns = t->at_ns;
    d->out_of[d->out->n] = t->of;
    outbox_add(d->out, &stamped, &o);
}

/* How many frames it becomes, which need `room` bytes; 0: it stays one. */
static size_t count_parts(const struct drafts *d, const struct draft *x, uint32_t limit,
                          bool *segments, size_t *room)
{
    size_t n = d->replay->segment ? segment_count(x, limit) : 0;
    *segments = n > 0;
    if (n) {
        *room = segment_room(x, limit);
    } else if (d->replay->fragment) {
        n = fragment_count(x, limit);
        *room = fragment_room(x, limit);
    }
    return n;
}

/* A frame too long becomes several, of which the first takes its place in the books. */
static bool split(struct drafts *d, struct draft *x, const struct taken *t, uint32_t limit)
{
    struct frame parts[DRAFTS_PARTS];
    bool segments;
    size_t room = 0, n = count_parts(d, x, limit, &segments, &room);
    uint8_t *to = d->parts_slab + d->parts_used;
    if (n == 0 || n > DRAFTS_PARTS - d->out->n || room > PARTS_SLAB - d->parts_used) return false;
    if (segments)
        segment_split(x, limit, to, parts);
    else
        fragment_split(x, limit, (uint32_t)rng_mix(x->index), to, parts);
    d->parts_used += room;
    for (size_t k = 0; k < n; k++) put(d, &parts[k], t, k);
    return true;
}

static bool allowed(const void *plan, struct addr to)
{
    return plan_allows(plan, to);
}

/* A draft is done: it leaves, in one or more parts, or stays behind. */
static void finish(struct drafts *d, struct draft *x, const struct taken *t)
{
    enum side side = t->out.side;
    uint32_t limit = limit_of(d, x, side);
    struct span bytes = span_make(x->p, x->n);
    if (d->out->wire->class->device &&
        !destination_allowed(bytes, &x->at, allowed, d->lane->env->plan))
        return stays(d, t, ERROR_NOT_ALLOWED, false);
    replay_address(&d->replay->hop[side], x->p);
    if (!limit || x->n <= limit)
        put(d, &(struct frame){.p = x->p, .len = x->n, .wire_len = x->wire_len}, t, 0);
    else if (!split(d, x, t, limit))
        return stays(d, t, ERROR_TOO_BIG, d->replay->skip_big);
    tell(d, t, bytes, ERROR_NONE);
}

uint64_t drafts_finish(struct drafts *d)
{
    unsigned layer = d->lane->stream->rate_layer;
    uint64_t bytes = 0;
    rewrite_batch(&d->replay->rewrite, &d->scratch, d->draft + d->finished, d->n - d->finished);
    for (; d->finished < d->n; d->finished++) {
        struct draft *x = &d->draft[d->finished];
        size_t before = d->out->n;
        finish(d, x, &d->taken[d->finished]);
        for (size_t i = before; i < d->out->n; i++)
            bytes += d->out->frame[i].len + frame_overhead(layer) - (layer == 3 ? x->at.net : 0);
    }
    return bytes;
}

void drafts_close(struct drafts *d)
{
    scratch_free(&d->scratch);
}
