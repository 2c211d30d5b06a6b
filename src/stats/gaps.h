/* gaps: how far the time between consecutive packets of a stream was from the plan.
 *
 * Counted by a lane as its packets leave, so between the packets of one worker; added up over
 * workers in the result. Times are those at which packets were handed to the kernel. One
 * reading of the clock serves all packets of one system call: they left at one time as far as
 * anybody can tell, and such a gap counts as back to back, whatever its plan. Only where the
 * plan itself has no gap do two packets that left together count as on time. */
#ifndef STATS_GAPS_H
#define STATS_GAPS_H

#include "stats/hist.h"

/* From the first packet to the last, by the plan and as they left; ns since the start of the run.
 */
struct gaps_course {
    uint64_t first_due, last_due, first_sent, last_sent;
};
struct gaps {
    uint64_t count;
    uint64_t back_to_back; /* no time between two packets, against the plan */
    uint64_t within_1us, within_5us, within_50us; /* of the plan; each includes those before it */
    struct hist error;                            /* actual less planned gap, without sign; ns */
    struct gaps_course course;                    /* while count > 0 */
};
static inline void gaps_open(struct gaps *g)
{
    *g = (struct gaps){0};
    hist_open(&g->error);
}
static inline void gaps_close(struct gaps *g)
{
    hist_close(&g->error);
}

/* One worker's packets of one stream as they leave; gaps_open at the start. */
struct gap_track {
    struct gaps gaps;
    uint64_t due, sent; /* of the packet before */
    bool begun;
};

static inline void gaps_add(struct gaps *g, uint64_t planned, uint64_t actual)
{
    uint64_t off = planned > actual ? planned - actual : actual - planned;
    bool together = actual == 0 && planned > 0;
    g->count++;
    g->back_to_back += together;
    g->within_1us += !together && off <= 1000;
    g->within_5us += !together && off <= 5000;
    g->within_50us += !together && off <= 50000;
    hist_add(&g->error, off);
}

/* A packet has left: ns since the start; `sent` never falls from packet to packet. One that was due
 * before its forerunner was to leave with it. */
static inline void gap_track_sent(struct gap_track *t, uint64_t due, uint64_t sent)
{
    struct gaps_course *c = &t->gaps.course;
    if (!t->begun) *c = (struct gaps_course){due, due, sent, sent};
    if (t->begun) gaps_add(&t->gaps, due > t->due ? due - t->due : 0, sent - t->sent);
    if (due > c->last_due) c->last_due = due;
    c->last_sent = sent;
    t->due = due;
    t->sent = sent;
    t->begun = true;
}

static inline void gaps_merge(struct gaps *to, const struct gaps *from)
{
    struct gaps_course *c = &to->course;
    const struct gaps_course *d = &from->course;
    if (from->count && to->count == 0) *c = *d;
    if (from->count && d->first_due < c->first_due) c->first_due = d->first_due;
    if (from->count && d->last_due > c->last_due) c->last_due = d->last_due;
    if (from->count && d->first_sent < c->first_sent) c->first_sent = d->first_sent;
    if (from->count && d->last_sent > c->last_sent) c->last_sent = d->last_sent;
    hist_merge(&to->error, &from->error);
    to->count += from->count;
    to->back_to_back += from->back_to_back;
    to->within_1us += from->within_1us;
    to->within_5us += from->within_5us;
    to->within_50us += from->within_50us;
}

/* How much longer than planned it took from the first packet to the last; ns, negative: shorter. */
static inline int64_t gaps_duration_error(const struct gaps *g)
{
    const struct gaps_course *c = &g->course;
    return (int64_t)(c->last_sent - c->first_sent) - (int64_t)(c->last_due - c->first_due);
}

/* What every sum of gaps keeps. */
static inline bool gaps_hold(const struct gaps *g)
{
    return g->within_1us <= g->within_5us && g->within_5us <= g->within_50us &&
           g->within_50us <= g->count && g->back_to_back <= g->count - g->within_50us &&
           g->error.count <= g->count && g->course.first_due <= g->course.last_due &&
           g->course.first_sent <= g->course.last_sent;
}

#endif
