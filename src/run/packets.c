/* The lane of a stream of packets: due units are made as one batch and leave as one batch. */
#include "run/feed.h"
#include "run/outbox.h"
#include "plan/units.h"

#define ROUNDS 16              /* batches in a row before events get their turn */
#define KNOWN_SOON_NS 10000000 /* the catcher is asked again after this */

struct packets {
    struct lane lane;
    struct outbox out;
    struct feed feed;
    struct maker *maker;
    uint64_t index[BATCH], due[BATCH];
    struct unit unit[BATCH];
    uint64_t wall_offset; /* of the start on the wall clock, for stamped frames */
};

static void take_batch(struct packets *p, uint64_t now)
{
    const struct stream *s = p->lane.stream;
    size_t n = feed_take(&p->feed, now, BATCH, p->index, p->due);
    if (n == 0) return;
    maker_make(p->maker, p->index, p->due, n, p->unit);
    for (size_t i = 0; i < n; i++) {
        struct outgoing u = {p->due[i], p->index[i], s->kinds[p->unit[i].kind].cell, SIDE_CLIENT};
        p->unit[i].frame.at_ns = p->wall_offset + p->due[i];
        outbox_add(&p->out, &p->unit[i].frame, &u);
    }
}

/* Books units whose reply did not come in time. */
static void expire(struct packets *p, uint64_t now)
{
    struct lane *l = &p->lane;
    uint64_t timeout = l->stream->timeout, due;
    uint32_t kind;
    if (!l->stream->replies) return;
    uint64_t known = matcher_known(l->env->matcher, now);
    while (known >= timeout && matcher_expire(l->env->matcher, known - timeout, &due, &kind))
        rec_timed_out(l->env->rec, l->stream->kinds[kind].cell, due);
}

/* When the oldest packet that waits for its reply will have waited long enough; a little later
 * when it has, and the catcher has yet to say whether a reply came. */
static uint64_t next_timeout(const struct packets *p, uint64_t now)
{
    const struct lane *l = &p->lane;
    uint64_t oldest = l->stream->replies ? matcher_oldest(l->env->matcher) : NEVER;
    if (oldest == NEVER) return NEVER;
    uint64_t over = oldest + l->stream->timeout;
    return over > now ? over : now + KNOWN_SOON_NS;
}

static uint64_t packets_work(struct lane *l, uint64_t now)
{
    struct packets *p = (struct packets *)l;
    expire(p, now);
    for (int round = 0; round < ROUNDS && l->may_send; round++) {
        if (outbox_empty(&p->out)) take_batch(p, now);
        if (outbox_empty(&p->out)) break;
        if (!outbox_send(&p->out, NEVER)) return outbox_again(&p->out, now);
        now = lane_now(l);
    }
    uint64_t due = feed_due(&p->feed, now), timeout = next_timeout(p, now);
    return due < timeout ? due : timeout;
}

static void packets_stop(struct lane *l, uint64_t now)
{
    struct packets *p = (struct packets *)l;
    outbox_shed(&p->out, NEVER);
    feed_stop(&p->feed, now);
}

static bool packets_done(struct lane *l)
{
    struct packets *p = (struct packets *)l;
    bool waiting = l->stream->replies && matcher_oldest(l->env->matcher) != UINT64_MAX;
    return outbox_empty(&p->out) && !waiting && feed_due(&p->feed, lane_now(l)) == NEVER;
}

static void packets_finish(struct lane *l)
{
    outbox_close(&((struct packets *)l)->out);
}

static void packets_close(struct lane *l)
{
    struct packets *p = (struct packets *)l;
    outbox_close(&p->out);
    if (p->maker) maker_free(p->maker);
    feed_close(&p->feed);
}

static bool packets_open(struct lane *l, struct errs *errs)
{
    struct packets *p = (struct packets *)l;
    const struct lane_env *env = l->env;
    if (!outbox_open(&p->out, l, BATCH, errs)) return false;
    p->maker = maker_new(l->stream, env->arena);
    p->wall_offset = clock_wall();
    feed_start(&p->feed, l->stream, env->rec, env->worker, env->plan->workers, env->plan->duration,
               env->arena);
    return true;
}

const struct lane_class packets_class = {
    .size = sizeof(struct packets),
    .open = packets_open,
    .work = packets_work,
    .stop = packets_stop,
    .done = packets_done,
    .finish = packets_finish,
    .close = packets_close,
};
