#include "run/reel.h"

#include <stdio.h>

#define LOOKS 4096 /* frames read in one go while none is selected */

bool reel_open(struct reel *r, const struct stream *s, const struct plan *p, struct arena *a,
               struct errs *errs)
{
    const struct replay *x = &s->replay;
    struct source_opts o = {
        .files = &x->files,
        .order = x->order,
        .preload = x->preload,
        .hurry = true,
        .keep = x->loops > 1 ? SOURCE_SMALL / p->workers : 0,
    };
    *r = (struct reel){.stream = s, .until = p->duration};
    r->axis = (struct axis){.backwards = x->backwards, .max_gap = x->max_gap};
    r->source = source_open(&o, s->at, errs);
    r->selector = selector_open(&x->select);
    if (s->server_place) {
        r->sides = sides_open(&x->sides);
        if (!r->sides) return err_add(errs, s->at, "no memory for telling sides apart");
    }
    if (s->schedule) r->schedule = schedule_start(s->schedule, a);
    return r->source && r->selector;
}

static uint64_t scaled(const struct reel *r, uint64_t ns)
{
    const struct replay *x = &r->stream->replay;
    if (x->speed_den == x->speed_num) return ns;
    u128 t = (u128)ns * x->speed_den / x->speed_num;
    return t < NEVER ? (uint64_t)t : NEVER - 1;
}

/* The next loop begins one mean gap after the last frame. */
static bool next_loop(struct reel *r)
{
    if (r->taken == 0 || ++r->loop >= r->stream->replay.loops || !source_rewind(r->source))
        return false;
    r->start = r->last + (r->taken > 1 ? (r->last - r->start) / (r->taken - 1) : 0);
    r->number = r->taken = 0;
    axis_rewind(&r->axis);
    if (r->sides) sides_rewind(r->sides);
    return true;
}

static enum trace_next read_next(struct reel *r)
{
    if (selector_over(r->selector, r->number + 1, r->axis.at)) return TRACE_END;
    return source_next(r->source, &r->frame, &r->file);
}

/* Reads on to a frame that is selected. */
static enum reel_state find(struct reel *r)
{
    for (int looks = 0; looks < LOOKS; looks++) {
        size_t file = r->file;
        enum trace_next how = read_next(r);
        if (how == TRACE_LATER) return REEL_DRY;
        if (how == TRACE_DAMAGED && !*r->damage)
            snprintf(r->damage, sizeof r->damage, "%s", source_problem(r->source));
        if (how != TRACE_FRAME && next_loop(r)) how = read_next(r);
        if (how != TRACE_FRAME) return REEL_END;
        if (r->sides) r->side = sides_tell(r->sides, &r->frame);
        /* Files played in turn have each their own time. */
        bool fresh = r->stream->replay.order == SOURCE_FILES && r->file != file;
        r->backwards = !axis_step(&r->axis, &r->frame, fresh);
        if (selector_takes(r->selector, &r->frame, ++r->number, r->axis.at)) return REEL_FRAME;
    }
    return REEL_LATER;
}

static uint64_t due_of(struct reel *r, uint64_t now)
{
    const struct stream *s = r->stream;
    uint64_t due;
    if (s->loop == LOOP_FLOOD)
        due = now;
    else if (!s->schedule)
        due = scaled(r, r->last);
    else if (schedule_due(s->schedule, r->schedule, s->by_size ? r->bytes : r->index, 1, 1, &due) ==
             0)
        due = NEVER;
    return due + (due < NEVER - r->shift ? r->shift : 0);
}

enum reel_state reel_look(struct reel *r, uint64_t now)
{
    if (r->have) return REEL_FRAME;
    if (r->ended) return REEL_END;
    enum reel_state how = r->index < r->stream->count ? find(r) : REEL_END;
    if (how == REEL_FRAME) {
        if (r->taken++ == 0) r->first_at = r->axis.at;
        r->last = r->start + (r->axis.at - r->first_at);
        r->due = due_of(r, now);
        r->have = r->due < r->until;
        if (!r->have) how = REEL_END;
    }
    r->ended = how == REEL_END;
    return how;
}

int reel_fd(const struct reel *r)
{
    return source_fd(r->source);
}

void reel_close(struct reel *r)
{
    source_close(r->source);
    selector_close(r->selector);
    sides_close(r->sides);
}
