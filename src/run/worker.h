/* worker: one thread with one event base, one recorder, and its share of every stream.
 *
 * Owned by run.c, which opens all workers, starts them at one instant, and joins them. */
#ifndef RUN_WORKER_H
#define RUN_WORKER_H

#include <pthread.h>

#include "run/lane.h"
#include "run/turns.h"
#include "run/wires.h"

struct worker {
    struct lane_env env;
    struct arena arena;
    struct lane **lanes; /* one for each stream; NULL where another worker has it all */
    size_t n;
    struct turns turns;
    struct wires wires;
    struct event *wake; /* the one timer */
    uint64_t armed;     /* when it is to fire */
    uint64_t awake_for; /* what it wakes for, a little early; then the worker stays awake */
    uint64_t lag;       /* how late this machine's timers fire, smoothed; ns */
    struct event *nudge;
    int nudge_fd;     /* eventfd: told to look at `stop` */
    _Atomic int stop; /* 0 go on, 1 take no more units, 2 leave at once */
    uint64_t heard;   /* what came to sockets until then has been handled */
    bool precise;     /* whether waking to the microsecond matters */
    bool stopped;
    pthread_t thread;
    uint64_t ended; /* when its last lane was done; ns since the start */
    bool complete;  /* every lane was done, none was cut off */
    _Atomic bool has_ended;
};

/* Opens the base, the recorder and the lanes; matchers and taps are this worker's, flows
 * everybody's, by stream. False after adding what is wrong. */
bool worker_open(struct worker *w, const struct plan *p, unsigned number, struct matcher *matchers,
                 struct tap **taps, struct flow_table **flows, const struct step *step,
                 struct errs *errs);
/* The thread's body: works from env.t0 until all lanes are done or it is told to stop. */
void *worker_main(void *worker);
/* From another thread: 1 take no more units, 2 leave at once. */
void worker_stop(struct worker *w, int how);
/* Closes all but the recorder, which the caller takes the figures from and closes. */
void worker_close(struct worker *w);

#endif
