#include "run/transcript.h"

#include <stdio.h>

/* A frame that is not selected is shown as an empty one: that way talk, which says when many frames
 * had nothing to tell, counts it too. */
static enum trace_next next_frame(void *transcript, struct trace_frame *out)
{
    struct transcript *s = transcript;
    size_t file = 0;
    if (selector_over(s->selector, s->number + 1, s->frames.at)) return TRACE_END;
    enum trace_next how = source_next(s->source, out, &file);
    if (how == TRACE_DAMAGED && !*s->damage)
        snprintf(s->damage, sizeof s->damage, "%s", source_problem(s->source));
    if (how != TRACE_FRAME) return how;
    bool forwards = axis_step(&s->frames, out, false);
    if (!forwards || !selector_takes(s->selector, out, ++s->number, s->frames.at))
        out->bytes = span_make(NULL, 0);
    return how;
}

bool transcript_open(struct transcript *s, const struct stream *stream, unsigned workers,
                     struct errs *errs)
{
    const struct replay *x = &stream->replay;
    struct source_opts from = {
        .files = &x->files,
        .order = x->order,
        .preload = x->preload,
        .keep = x->loops > 1 ? SOURCE_SMALL / workers : 0,
    };
    *s = (struct transcript){.replay = x};
    s->frames = (struct axis){.backwards = x->backwards, .max_gap = UINT64_MAX};
    /* Files played in turn have each their own time. */
    bool restart = x->order == SOURCE_FILES || x->backwards == BACKWARDS_RESTART;
    s->events = (struct axis){.backwards = restart ? BACKWARDS_RESTART : BACKWARDS_HOLD,
                              .max_gap = x->max_gap};
    s->source = source_open(&from, stream->at, errs);
    s->selector = selector_open(&x->select);
    s->talk = talk_open(&(struct talk_opts){.next = next_frame, .ctx = s});
    return s->source && s->selector && s->talk;
}

static uint64_t scaled(const struct transcript *s, uint64_t ns)
{
    unsigned __int128 t = (unsigned __int128)ns * s->replay->speed_den / s->replay->speed_num;
    return t < NEVER ? (uint64_t)t : NEVER - 1;
}

/* The next loop begins one mean gap after the last event. */
static bool next_loop(struct transcript *s)
{
    if (s->told == 0 || ++s->loop >= s->replay->loops || !source_rewind(s->source)) return false;
    s->start = s->last + (s->told > 1 ? (s->last - s->start) / (s->told - 1) : 0);
    s->number = s->told = 0;
    axis_rewind(&s->frames);
    axis_rewind(&s->events);
    talk_again(s->talk);
    return true;
}

enum transcript_state transcript_look(struct transcript *s)
{
    if (s->have) return TRANSCRIPT_EVENT;
    if (s->ended) return TRANSCRIPT_END;
    enum talk_state how = talk_next(s->talk, &s->event);
    if (how == TALK_LATER) return TRANSCRIPT_LATER;
    if (how == TALK_END) {
        s->ended = !next_loop(s);
        return s->ended ? TRANSCRIPT_END : TRANSCRIPT_LATER;
    }
    struct trace_frame at = {.at_ns = s->event.at_ns, .has_time = true};
    axis_step(&s->events, &at, false);
    s->told++;
    s->last = s->start + s->events.at;
    s->due = scaled(s, s->last);
    s->have = true;
    return TRANSCRIPT_EVENT;
}

void transcript_close(struct transcript *s)
{
    talk_close(s->talk);
    source_close(s->source);
    selector_close(s->selector);
}
