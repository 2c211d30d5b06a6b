/* lane: one worker's share of one stream. The only mutable part of a run is in lanes.
 *
 * A worker calls each lane's `work` when the time it asked for has come, and whenever an event
 * of its own woke it. Times are ns since the start of the run. Owned by the worker. */
#ifndef RUN_LANE_H
#define RUN_LANE_H

#include <event2/event.h>

#include "base/clock.h"
#include "plan/plan.h"
#include "run/matcher.h"
#include "run/tap.h"
#include "stats/flow_table.h"
#include "stats/gaps.h"
#include "stats/recorder.h"
#include "stats/result.h"

struct lane;
struct lane_class {
    size_t size; /* of a lane; its first member is a struct lane */
    /* Makes a zeroed lane ready. False after adding what is wrong; close follows all the same. */
    bool (*open)(struct lane *l, struct errs *errs);
    /* Makes ready what is due first, shortly before the run starts. NULL: nothing to do. */
    void (*ready)(struct lane *l);
    /* Does what is due and returns when it wants to be called again; NEVER: only an event of
     * its own can bring it work. */
    uint64_t (*work)(struct lane *l, uint64_t now);
    /* Takes no more units; what has come due and was not taken is shed. */
    void (*stop)(struct lane *l, uint64_t now);
    /* No unit is under way and none will come. */
    bool (*done)(struct lane *l);
    /* The worker leaves: books units that were offered and have not been sent; what was sent
     * and not answered stays in flight. NULL: nothing to do. */
    void (*finish)(struct lane *l);
    void (*close)(struct lane *l);
};

/* Who lets replays with rate = step go on, and is told of each frame: what became of it, ERROR_NONE
 * when it is about to leave. `tell` is called by one worker. */
struct step {
    int fd; /* lines are read from it: run/stepper.h */
    void (*tell)(void *ctx, uint64_t number, struct span frame, enum error_kind why);
    void *ctx;
};

/* What a lane stands in. */
struct lane_env {
    const struct plan *plan;
    struct arena *arena;     /* the worker's */
    struct event_base *base; /* the worker's */
    struct rec *rec;         /* the worker's */
    unsigned worker;
    uint64_t t0;              /* monotonic time of the start; set before the first work */
    const uint64_t *heard;    /* the worker's: what came to sockets until then has been handled */
    uint8_t *buffer;          /* LANE_BUFFER bytes, free between calls */
    struct matcher *matcher;  /* of this stream and worker; NULL: no replies are matched */
    struct flow_table *flows; /* of this stream; NULL: no figures by flow */
    const struct step *step;  /* NULL: nobody is there */
    struct wires *wires;      /* the worker's; NULL: streams share none */
    struct tap *tap;          /* of this worker; NULL: the stream's requests are not watched */
};
#define LANE_BUFFER 65536

struct lane {
    const struct lane_class *class;
    struct lane_env *env;
    const struct stream *stream;
    uint64_t last_sent;       /* when the last unit left */
    uint64_t last_shed_due;   /* when the last unit that was shed came due */
    struct {                  /* replays: the frame taken last; number 0: none was */
        uint64_t due, number; /* counted through all loops, from 1 on */
    } latest;
    struct hist own;                 /* lateness that neither target nor device explains */
    struct gap_track gaps;           /* open loops of packets and frames, warm-up left out */
    struct result_sides sides;       /* replays with two sides */
    struct result_talks talks;       /* streams of conversations */
    const struct loops *loops;       /* replays: loop by loop; NULL for others */
    struct result_recorded recorded; /* replays: of the recording */
    const char *wire[SIDES];         /* what its frames leave by; NULL: that side has none */
    const char *failed;              /* why the lane cannot go on; NULL: it can */
    /* Its turn among others, see turns.h. */
    size_t may_send;  /* frames that may leave before lanes of higher priority are looked at */
    uint64_t held_at; /* when those last kept it back */
    bool refused;     /* its device is busy */
    bool pressed;     /* frames that are due have not left */
};

/* The lane of a stream, by its way, not yet opened. */
struct lane *lane_new(struct lane_env *env, const struct stream *s);
void lane_close(struct lane *l);

/* One class for each way. */
extern const struct lane_class requests_class, packets_class, replay_class, conversations_class,
    live_class;

/* Of a live replay's lane: the replies told one by one to be other than recorded, DIFFERENCES_MAX
 * at most; how many. */
struct result_difference;
size_t live_differences(const struct lane *l, struct arena *a, struct result_difference *out);

/* A unit that came due and does not leave: shed, or failed. */
static inline void lane_sheds(struct lane *l, uint32_t cell, uint64_t due)
{
    rec_offered(l->env->rec, cell, due);
    rec_shed(l->env->rec, cell, due);
    if (due > l->last_shed_due) l->last_shed_due = due;
}
static inline void lane_fails(struct lane *l, uint32_t cell, uint64_t due, enum error_kind why)
{
    rec_offered(l->env->rec, cell, due);
    rec_failed(l->env->rec, cell, due, why);
}

/* Books the gap before a packet that has left. */
static inline void lane_gap(struct lane *l, uint64_t due, uint64_t sent)
{
    if (l->stream->loop == LOOP_OPEN && due >= l->env->plan->warmup)
        gap_track_sent(&l->gaps, due, sent);
}

static inline uint64_t lane_now(const struct lane *l)
{
    uint64_t now = clock_now();
    return now > l->env->t0 ? now - l->env->t0 : 0;
}

#endif
