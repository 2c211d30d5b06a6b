#include "run/measured.h"

/* When unit n is due, or the schedule is over before it. */
static uint64_t due_of(const struct schedule *s, uint64_t n, struct arena *a)
{
    uint64_t due;
    return schedule_due(s, schedule_start(s, a), n, 1, 1, &due) == 1 ? due : schedule_end(s);
}

/* When the last unit of an open-loop stream has had its time: one interval after it was due. */
static uint64_t stream_end(const struct stream *s, struct arena *a)
{
    return s->count == NEVER ? schedule_end(s->schedule) : due_of(s->schedule, s->count, a);
}

static uint64_t last_sent(const struct outcome *o, size_t stream)
{
    uint64_t last = 0;
    for (unsigned w = 0; w < o->plan->workers; w++) {
        const struct lane *l = o->workers[w].lanes[stream];
        if (l && l->last_sent > last) last = l->last_sent;
    }
    return last;
}

/* When the last frame of a replay that came to its end has had its time: when the schedule would
 * have had another one, or else one mean gap behind it, where its next loop would have begun.
 * A single frame at its recorded time, and frames without times of their own, have no gap. */
static uint64_t replay_end(const struct outcome *o, size_t stream, struct arena *a)
{
    const struct stream *s = &o->plan->streams[stream];
    uint64_t last_due = 0, due = 0, number = 0;
    for (unsigned w = 0; w < o->plan->workers; w++) {
        const struct lane *l = o->workers[w].lanes[stream];
        if (!l) continue;
        if (l->last_shed_due > last_due) last_due = l->last_shed_due;
        if (l->latest.number > number) number = l->latest.number, due = l->latest.due;
    }
    if (s->loop == LOOP_FLOOD || s->replay.step || number == 0) return last_sent(o, stream);
    if (due > last_due) last_due = due;
    if (s->schedule && !s->by_size)
        return due_of(s->schedule, schedule_units(s->schedule, last_due + 1), a);
    uint64_t end = last_due + (number > 1 ? due / (number - 1) : 0);
    return end ? end : last_sent(o, stream);
}

uint64_t measured_last(const struct outcome *o)
{
    uint64_t last = 0;
    for (size_t i = 0; i < o->plan->n; i++) {
        uint64_t sent = last_sent(o, i);
        /* Conversations go on behind the time that they began in; their ends make up for those that
         * had not come when it began, so that time counts for no rate. */
        if (o->plan->streams[i].way != WAY_CONVERSATIONS && sent > last) last = sent;
    }
    return last;
}

/* Whether nothing was left to do before the duration was over. */
static bool ended_early(const struct outcome *o)
{
    if (o->stopped_at != NEVER) return false;
    for (unsigned w = 0; w < o->plan->workers; w++)
        if (!o->workers[w].complete || o->workers[w].ended >= o->plan->duration) return false;
    return true;
}

static uint64_t end_of(const struct outcome *o, size_t stream, bool early, struct arena *a)
{
    const struct stream *s = &o->plan->streams[stream];
    bool recorded = s->way == WAY_REPLAY || s->way == WAY_LIVE;
    if (s->schedule && !recorded) return stream_end(s, a);
    if (!early) return NEVER;
    return s->way == WAY_REPLAY ? replay_end(o, stream, a) : last_sent(o, stream);
}

uint64_t measured_end(const struct outcome *o, struct arena *a)
{
    uint64_t end = 0, most = o->plan->duration < o->stopped_at ? o->plan->duration : o->stopped_at;
    bool early = ended_early(o);
    for (size_t i = 0; i < o->plan->n; i++) {
        uint64_t e = end_of(o, i, early, a);
        if (e > end) end = e;
    }
    return end < most ? end : most;
}

uint64_t measured_units(const struct outcome *o, size_t stream, uint64_t end, struct arena *a)
{
    const struct stream *s = &o->plan->streams[stream];
    uint64_t from = o->plan->warmup < end ? o->plan->warmup : end;
    /* Its capture may have ended before other streams did. */
    if (s->way == WAY_REPLAY && ended_early(o)) {
        uint64_t over = replay_end(o, stream, a);
        if (over < end) end = over < from ? from : over;
    }
    return stream_units(s, end) - stream_units(s, from);
}
