#include "trace/conversations.h"

#include "base/units.h"
#include "trace/grouping.h"
#include "trace/link.h"
#include "trace/segment.h"

#include <stdio.h>

#define TAG 4u
#define LONGEST 262144 /* no reader of trace/ yields longer frames but of USB */

const struct left_out_name left_out_names[LEFT_OUT_COUNT] = {
    [LEFT_FOREIGN] = {"foreign_link", "of another link type"},
    [LEFT_CUT] = {"cut", "cut when it was recorded"},
    [LEFT_TOO_BIG] = {"too_big", "longer than the device takes"},
    [LEFT_NO_IP] = {"no_ip", "without IP"},
    [LEFT_FRAGMENT] = {"fragment", "in fragments"},
    [LEFT_NO_HEADER] = {"no_header", "without a whole transport header"},
    [LEFT_ICMP] = {"icmp", "of ICMP other than echo"},
    [LEFT_BACKWARDS] = {"backwards", "stamped before the last one"},
};

/* A capture being read. */
struct reading {
    const struct conversations_opts *opts;
    struct conversations *out;
    struct arena *arena; /* of what is kept */
    struct groups groups;
    struct source *source;
    struct selector *selector;
    struct sides *sides;
    struct axis axis; /* of the whole capture: what `between` goes by */
    uint64_t number;  /* frames read */
    size_t file;
    uint8_t *room; /* for one frame */
};

static void leave_out(struct reading *r, enum left_out why)
{
    r->out->left_out[why]++;
}

static uint64_t scaled(const struct conversations_opts *o, uint64_t ns)
{
    u128 t = (u128)ns * o->speed_den / o->speed_num;
    return t < UINT64_MAX / 4 ? (uint64_t)t : UINT64_MAX / 4;
}

/* Keeps a frame as its conversation's next one. */
static void keep(struct reading *r, struct group *g, const struct recorded_frame *f)
{
    struct conversations *out = r->out;
    struct kept *k = arena_alloc(r->arena, sizeof *k + f->n); /* its bytes behind it */
    k->frame = *f;
    k->frame.p = memcpy(k + 1, f->p, f->n);
    *g->last = k;
    g->last = &k->next;
    out->n += g->about.n == 0;
    out->frames++;
    out->bytes += f->n;
    if (++g->about.n > out->most_frames) out->most_frames = g->about.n;
    if (f->n > out->longest) out->longest = f->n;
    if (f->at_ns > out->longest_ns) out->longest_ns = f->at_ns;
}

/* The longest frame that leaves as it is; 0: any. */
static uint32_t limit_of(const struct conversations_opts *o, const struct draft *d)
{
    uint32_t tags = d->at.tags + o->pushed;
    return o->limit ? o->limit - TAG * (tags ? o->pushed : 1) : 0;
}

/* A frame beyond the limit becomes several; false when it cannot. */
static bool split(struct reading *r, const struct draft *d, uint32_t limit, struct group *g,
                  struct recorded_frame like)
{
    size_t n = segment_count(d, limit);
    if (n == 0) return false;
    struct arena room = {0};
    struct frame *part = arena_array(&room, struct frame, n);
    segment_split(d, limit, arena_alloc(&room, segment_room(d, limit)), part);
    for (size_t i = 0; i < n; i++) {
        like.p = part[i].p;
        like.n = part[i].len;
        layout_ethernet(span_make(like.p, like.n), &like.at);
        keep(r, g, &like);
    }
    arena_free(&room);
    return true;
}

/* Whether a conversation that begins with this frame begins with its client's. To a group only
 * clients speak. */
static bool by_client(struct reading *r, const struct trace_frame *f, const struct draft *d)
{
    bool told = sides_tell(r->sides, f) == SIDE_CLIENT;
    return told || (d->n > 0 && d->p[0] & 1);
}

/* Puts a selected frame into its conversation, or counts why not. */
static void take(struct reading *r, const struct trace_frame *f)
{
    const struct conversations_opts *o = r->opts;
    struct draft d;
    enum left_out why;
    struct layout at;
    link_layout(f->link, f->bytes, &at);
    enum fit fit = shape_frame(o->shape, f, &at, r->room, SHAPE_ROOM(LONGEST), &d);
    if (fit == FIT_CUT) return leave_out(r, LEFT_CUT);
    if (fit != FIT_YES) return leave_out(r, fit == FIT_FOREIGN ? LEFT_FOREIGN : LEFT_TOO_BIG);
    struct span bytes = span_make(d.p, d.n);
    struct recorded_frame x = {.at = d.at, .p = d.p, .n = d.n, .filled = d.filled};
    x.from_client = by_client(r, f, &d);
    struct group *g = groups_find(&r->groups, bytes, &d.at, &x.from_client, &why);
    if (!g) return leave_out(r, why);
    if (!g->about.number) {
        g->axis = (struct axis){.backwards = o->backwards, .max_gap = o->max_gap};
        g->about.file = r->file;
        g->about.number = r->number;
    }
    if (!axis_step(&g->axis, f, false)) return leave_out(r, LEFT_BACKWARDS);
    x.at_ns = scaled(o, g->axis.at);
    uint32_t limit = limit_of(o, &d);
    if (!limit || d.n <= limit)
        keep(r, g, &x);
    else if (!o->segment || !split(r, &d, limit, g, x))
        leave_out(r, LEFT_TOO_BIG);
}

/* What is kept takes more than it may. */
static bool full(const struct reading *r)
{
    size_t each = sizeof(struct kept) + sizeof(struct recorded_frame *);
    size_t group = sizeof(struct group) + sizeof(struct recorded);
    return r->out->bytes + r->out->frames * each + r->groups.n * group > r->opts->memory;
}

static enum trace_next next(struct reading *r, struct trace_frame *f)
{
    if (full(r) || selector_over(r->selector, r->number + 1, r->axis.at)) return TRACE_END;
    return source_next(r->source, f, &r->file);
}

static void read_all(struct reading *r)
{
    struct trace_frame f;
    enum trace_next how;
    size_t before = 0;
    while ((how = next(r, &f)) == TRACE_FRAME) {
        /* Files played in turn have each their own time. */
        bool fresh = r->opts->order == SOURCE_FILES && r->file != before;
        if (fresh) groups_forget(&r->groups);
        before = r->file;
        axis_step(&r->axis, &f, fresh);
        if (!selector_takes(r->selector, &f, ++r->number, r->axis.at)) continue;
        r->out->read++;
        take(r, &f);
    }
    r->out->seen = r->number;
    if (how == TRACE_DAMAGED)
        snprintf(r->out->problem, sizeof r->out->problem, "%s", source_problem(r->source));
}

/* From lists to arrays. */
static void arrange(struct reading *r)
{
    struct conversations *out = r->out;
    const struct recorded_frame **frame =
        arena_array(r->arena, const struct recorded_frame *, out->frames);
    out->v = arena_array(r->arena, struct recorded, out->n);
    struct recorded *c = out->v;
    for (const struct group *g = r->groups.first; g; g = g->next) {
        if (!g->first) continue; /* nothing of it was kept */
        *c = g->about;
        c++->frame = frame;
        for (const struct kept *k = g->first; k; k = k->next) *frame++ = &k->frame;
    }
}

static bool too_much(const struct reading *r, struct where at, struct errs *errs)
{
    char memory[UNITS_BUF], frames[UNITS_BUF], fit[UNITS_BUF];
    return err_add(
        errs, at,
        "the conversations do not fit into %s: the first %s frames, of %s conversations, "
        "fill it; expected filter, frames, between or sample to leave fewer",
        units_bytes(memory, (double)r->opts->memory), units_whole(frames, r->number),
        units_whole(fit, r->out->n));
}

bool conversations_read(struct arena *a, const struct conversations_opts *o,
                        struct conversations *out, struct where at, struct errs *errs)
{
    struct arena short_lived = {0};
    struct reading r = {
        .opts = o,
        .out = out,
        .arena = a,
        .axis = {.backwards = o->backwards, .max_gap = o->max_gap},
        .source =
            source_open(&(struct source_opts){.files = o->files, .order = o->order}, at, errs),
        .selector = selector_open(o->select),
        .sides = sides_open(o->sides),
        .room = arena_alloc(&short_lived, SHAPE_ROOM(LONGEST)),
    };
    *out = (struct conversations){0};
    groups_open(&r.groups, &short_lived);
    bool fine = r.source && r.selector && r.sides;
    if (fine) read_all(&r);
    if (fine && full(&r)) fine = too_much(&r, at, errs);
    if (fine)
        arrange(&r);
    else
        *out = (struct conversations){0};
    source_close(r.source);
    selector_close(r.selector);
    sides_close(r.sides);
    groups_forget(&r.groups);
    arena_free(&short_lived);
    return fine;
}
