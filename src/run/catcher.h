/* catcher: the thread that takes in what libpcap captures, with a recorder of its own.
 *
 * It has four kinds of watches: replies to packets (run/replies.c), packets that arrive behind
 * a device (run/arrivals.c), the wire times of requests (run/wiretap.c), and requests for made-up
 * addresses, which it answers (run/answers.c). Opened, started and joined by run.c. */
#ifndef RUN_CATCHER_H
#define RUN_CATCHER_H

#include <pthread.h>
#include <stdatomic.h>

#include "run/matcher.h"
#include "run/tap.h"
#include "plan/plan.h"
#include "stats/flow_table.h"
#include "stats/recorder.h"
#include "wire/capture.h"

struct event_base;
struct watch;
struct watch_class {
    /* One frame; times are ns since the start of the run. */
    void (*frame)(struct watch *w, uint64_t at, struct span frame, uint32_t len);
    /* Every frame that came until `read_to` has been told. NULL: not wanted. */
    void (*settle)(struct watch *w, uint64_t read_to);
    /* The run is over, its workers have ended, and all frames have been told. NULL: likewise. */
    void (*finish)(struct watch *w, uint64_t now);
    void (*close)(struct watch *w); /* NULL: nothing to free */
    bool aside; /* its frames are not among those that the result tells as captured */
};
struct catcher;
/* What a stream met on its way through a device. */
struct path {
    double jitter_ns;
    uint64_t reorder_extent;
    uint64_t unchecked; /* arrived cut short: whether they were changed cannot be told */
    uint64_t dropped;   /* frames that its captures lost */
};
/* Requests that were answered for a stream's addresses. */
struct asked_for {
    uint64_t arp, nd, echo;
};
struct watch {
    const struct watch_class *class;
    struct catcher *catcher;
    const struct stream *stream;
    struct capture *capture;
    struct event *event;
};
struct catcher {
    const struct plan *plan;
    struct arena arena;
    struct event_base *base;
    struct rec *rec;
    uint64_t t0;
    struct watch **watches;    /* three for a stream at most */
    struct flow_table **flows; /* of each stream; NULL: no figures by flow */
    struct tap **tap;          /* of each worker; NULL: requests are not watched */
    size_t n;
    bool captures; /* there is a watch whose frames the result tells */
    struct event *tick;
    struct {
        uint64_t seen, matched, foreign, cut, dropped;
    } counts;
    struct path *path;           /* of each stream */
    struct asked_for *asked_for; /* likewise */
    const char *wire_absent;     /* why requests have no wire latency; NULL: they have */
    _Atomic bool stop;
    uint64_t stopped_at; /* the catcher's own: when it saw `stop`; 0: it did not */
    pthread_t thread;
    bool running;
};

/* Opens captures for every stream that needs one; those of requests share theirs.
 * matchers[worker][stream], flows[stream];
 * taps[worker][stream] is set where a worker is to write down its requests. False after adding what
 * is wrong. */
bool catcher_open(struct catcher *c, const struct plan *p, struct matcher **matchers,
                  struct tap ***taps, struct flow_table **flows, struct errs *errs);
bool catcher_start(struct catcher *c, uint64_t t0);
void catcher_stop(struct catcher *c); /* reads what is still waiting, joins */
void catcher_close(struct catcher *c);

/* What became of the packet `index` of a stream, for the figures of its flow, if there are any. */
void watch_flow(const struct watch *w, struct scratch *scratch, enum settled how, uint64_t index,
                struct flow_arrival a);
/* The index of the newest packet that left, which an arriving index must be near to. */
uint64_t watch_newest(const struct watch *w, struct matcher *const *matchers);

/* Counts a frame that no packet of the stream was recognised in: foreign, or cut. */
void catcher_stranger(struct catcher *c, struct span frame);
/* Tells the stream's workers up to when it is known which replies came. */
void watch_settled(const struct watch *w, struct matcher *const *matchers, uint64_t read_to);
/* Books what nobody answered in time, after the workers have ended. */
void watch_expire(const struct watch *w, struct matcher *const *matchers, uint64_t now);
/* Books a packet whose reply came too late, by the kernel's stamp; false when it was in time. */
bool watch_late(const struct watch *w, uint32_t cell, uint64_t due, uint64_t sent, uint64_t at);

/* The kinds of watches; NULL after adding what is wrong. */
struct watch *replies_watch(struct catcher *c, const struct stream *s, struct matcher **matchers,
                            struct errs *errs);
struct watch *arrivals_watch(struct catcher *c, const struct stream *s, struct matcher **matchers,
                             struct errs *errs);
/* For the sources of the stream's packets; `behind` the device, on the interface of receive or of
 * the server, for the addresses that are there. */
struct watch *answers_watch(struct catcher *c, const struct stream *s, bool behind,
                            struct errs *errs);
struct watch *wiretap_watch(struct catcher *c, const struct stream *s, struct tap **taps,
                            struct errs *errs);

#endif
