/* axis: a recording's own time, in ns since its first frame, that never runs backwards.
 *
 * The time stamps of a capture may step back, stand still, jump over years or be absent; what a
 * schedule needs is a position that only grows. Pure arithmetic; used by run/ (replay). */
#ifndef TRACE_AXIS_H
#define TRACE_AXIS_H

#include "trace/trace.h"

/* What becomes of a frame that is stamped before its predecessor. */
enum backwards {
    BACKWARDS_HOLD,    /* due with its predecessor; time stands until the stamps are past it */
    BACKWARDS_RESTART, /* due with its predecessor; the gaps behind it count from its own stamp */
    BACKWARDS_SKIP,    /* left out */
};
struct axis {
    enum backwards backwards;
    uint64_t max_gap; /* longer gaps are cut to this; UINT64_MAX: none */
    bool started;
    int64_t last_ns;
    uint64_t at; /* of the frame last stepped to */
};

/* Takes the next frame's stamp into account: a->at is its position. False: it is to be left
 * out. `fresh`: the stamps begin anew, at the same position (another file). */
static inline bool axis_step(struct axis *a, const struct trace_frame *f, bool fresh)
{
    if (!f->has_time) return true;
    if (!a->started || fresh) {
        a->started = true;
        a->last_ns = f->at_ns;
        return true;
    }
    if (f->at_ns < a->last_ns) {
        if (a->backwards == BACKWARDS_RESTART) a->last_ns = f->at_ns;
        return a->backwards != BACKWARDS_SKIP;
    }
    uint64_t gap = (uint64_t)f->at_ns - (uint64_t)a->last_ns;
    a->at += gap < a->max_gap ? gap : a->max_gap;
    a->last_ns = f->at_ns;
    return true;
}
/* Back to the first frame. */
static inline void axis_rewind(struct axis *a)
{
    a->started = false;
    a->at = 0;
}

#endif
