/* The lane of a stream of conversations: packets of many of them at once, each in its order.
 *
 * Conversations that come due enter the agenda with their first packet; what is due in the agenda
 * leaves as one batch, in order of time, and each packet's place is taken by the next of its
 * conversation. So a packet never leaves before the one it follows, and a packet that does not
 * leave keeps none of those behind it.
 *
 * A conversation is offered as a whole: what is left of one that is cut short, and all of one
 * that cannot begin, is shed. Those under way when the run ends, or is told to stop, go on until
 * the drain is over. */
#include "run/agenda.h"
#include "run/feed.h"
#include "run/outbox.h"

#define ROUNDS 16 /* batches in a row before events get their turn */

struct talks {
    struct lane lane;
    struct outbox out;
    struct feed feed;
    struct script *script;
    struct agenda agenda;
    struct cue cue[BATCH]; /* the batch under way */
    bool last[BATCH];      /* the packet ends its conversation */
    struct line line[BATCH];
    uint64_t wall_offset; /* of the start on the wall clock, for stamped frames */
    uint64_t measured;    /* the first conversation behind the warm-up */
};

/* The counter is of use for conversations that figures are told of. */
static void count(struct talks *t, uint64_t *counter, const struct cue *c)
{
    if (c->unit >= t->measured) ++*counter;
}

/* Books the packets that a conversation does not come to, from the cue's on, as due at `at`. */
static void shed_rest(struct talks *t, struct cue c, uint64_t at)
{
    const struct script_class *class = t->script->class;
    const struct kind *kinds = t->lane.stream->kinds;
    do lane_sheds(&t->lane, kinds[class->kind(t->script, &c)].cell, at);
    while (class->next(t->script, &c));
}

/* A conversation that does not begin. */
static void shed_whole(struct talks *t, const struct cue *first, uint64_t due)
{
    count(t, &t->lane.talks.shed, first);
    shed_rest(t, *first, due);
}

/* For the feed: one that is too late to begin, or not taken before the end. */
static void on_shed(void *talks, uint64_t index, uint64_t due)
{
    struct talks *t = talks;
    struct cue c = {.unit = index, .due = due};
    t->script->class->begin(t->script, &c);
    shed_whole(t, &c, due);
}

/* Lets the conversations that have come due begin. */
static void begin_due(struct talks *t, uint64_t now)
{
    uint64_t index[BATCH], due[BATCH];
    size_t n = feed_take(&t->feed, now, BATCH, index, due);
    for (size_t i = 0; i < n; i++) {
        struct cue c = {.unit = index[i], .due = due[i]};
        t->script->class->begin(t->script, &c);
        if (agenda_add(&t->agenda, &c))
            count(t, &t->lane.talks.started, &c);
        else
            shed_whole(t, &c, due[i]);
    }
}

/* Takes the packets that are due into the batch, in order of time. */
static size_t take_due(struct talks *t, uint64_t now)
{
    size_t n = 0;
    while (n < BATCH) {
        struct cue *first = agenda_first(&t->agenda);
        uint64_t begins = feed_due(&t->feed, now);
        if (begins <= now && (!first || begins <= first->due)) {
            begin_due(t, now);
            continue;
        }
        if (!first || first->due > now) break;
        t->cue[n] = *first;
        t->last[n] = !t->script->class->next(t->script, first);
        if (t->last[n++])
            agenda_drop(&t->agenda);
        else
            agenda_moved(&t->agenda);
    }
    return n;
}

static void take_batch(struct talks *t, uint64_t now)
{
    size_t n = take_due(t, now);
    if (n == 0) return;
    t->script->class->make(t->script, t->cue, n, t->line);
    for (size_t i = 0; i < n; i++) {
        struct line *l = &t->line[i];
        const struct cue *c = &t->cue[i];
        struct outgoing u = {c->due, cue_number(c), t->lane.stream->kinds[l->kind].cell, l->side};
        l->frame.at_ns = t->wall_offset + c->due;
        outbox_add(&t->out, &l->frame, &u);
    }
}

/* Counts the conversations whose last packet was among the first n of the batch. */
static void end_talks(struct talks *t, uint64_t *counter, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++)
        if (t->last[i]) count(t, counter, &t->cue[i]);
}

static uint64_t next_due(struct talks *t, uint64_t now)
{
    const struct cue *first = agenda_first(&t->agenda);
    uint64_t begins = feed_due(&t->feed, now);
    return first && first->due < begins ? first->due : begins;
}

static uint64_t talks_work(struct lane *l, uint64_t now)
{
    struct talks *t = (struct talks *)l;
    for (int round = 0; round < ROUNDS && l->may_send; round++) {
        if (outbox_empty(&t->out)) take_batch(t, now);
        if (outbox_empty(&t->out)) break;
        size_t n = t->out.n;
        if (!outbox_send(&t->out, NEVER)) return outbox_again(&t->out, now);
        end_talks(t, &l->talks.completed, 0, n);
        now = lane_now(l);
    }
    return next_due(t, now);
}

static void talks_stop(struct lane *l, uint64_t now)
{
    feed_stop(&((struct talks *)l)->feed, now);
}

static bool talks_done(struct lane *l)
{
    struct talks *t = (struct talks *)l;
    return outbox_empty(&t->out) && next_due(t, lane_now(l)) == NEVER;
}

/* What is under way now is cut short. */
static void talks_finish(struct lane *l)
{
    struct talks *t = (struct talks *)l;
    struct cue *c;
    uint64_t now = lane_now(l);
    if (t->out.wire) {
        size_t sent = t->out.from, n = t->out.n;
        end_talks(t, &l->talks.completed, 0, sent);
        end_talks(t, &l->talks.cut_short, sent, n);
        outbox_shed(&t->out, NEVER);
    }
    while ((c = agenda_first(&t->agenda))) {
        count(t, &l->talks.cut_short, c);
        shed_rest(t, *c, c->due < now ? c->due : now);
        agenda_drop(&t->agenda);
    }
    outbox_close(&t->out);
}

static void talks_close(struct lane *l)
{
    struct talks *t = (struct talks *)l;
    outbox_close(&t->out);
    if (t->script) t->script->class->close(t->script);
    feed_close(&t->feed);
}

static bool talks_open(struct lane *l, struct errs *errs)
{
    struct talks *t = (struct talks *)l;
    const struct lane_env *env = l->env;
    const struct plan *p = env->plan;
    const struct stream *s = l->stream;
    if (!outbox_open(&t->out, l, BATCH, errs)) return false;
    t->script = script_open(s, env->arena);
    agenda_open(&t->agenda, (size_t)((s->open + p->workers - 1) / p->workers), env->arena);
    t->wall_offset = clock_wall();
    t->measured = p->warmup ? schedule_units(s->schedule, p->warmup) : 0;
    feed_start(&t->feed, s, env->rec, env->worker, p->workers, p->duration, env->arena);
    t->feed.on_shed = on_shed;
    t->feed.shed_for = t;
    return true;
}

const struct lane_class conversations_class = {
    .size = sizeof(struct talks),
    .open = talks_open,
    .work = talks_work,
    .stop = talks_stop,
    .done = talks_done,
    .finish = talks_finish,
    .close = talks_close,
};
