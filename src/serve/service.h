/* service: what the target offers on one listening address, and what a thread serves it with.
 *
 * Everything in struct worker belongs to one thread; threads share the immutable struct serve
 * and the number of the next request. Used only inside serve/. */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdatomic.h>
#include "serve/config.h"
#include "serve/serve.h"

#define WORKER_ROOM (64 << 10) /* bytes read or written in one go */

struct peer;
struct worker {
    const struct serve *serve;
    _Atomic uint64_t *next_number; /* of all workers together */
    struct event_base *base;
    struct peer *peers; /* open connections, newest first */
    uint64_t tick;      /* seconds since the start, roughly */
    bool starved;       /* out of file descriptors: accepting waits for the next tick */
    struct scratch scratch;
    struct serve_counts counts;
    uint8_t *room;     /* WORKER_ROOM bytes, free between callbacks */
    struct mail *mail; /* the udp service's batch; NULL until the first datagram */
};

/* One connection of any stream service: the first member of the service's own struct. */
struct peer {
    struct worker *worker;
    struct peer *prev, *next;
    int fd;
    uint64_t last_tick;            /* it is closed after this one */
    void (*close)(struct peer *p); /* frees it; called when idle too long, and at the end */
};

struct service {
    struct doc doc; /* name: the key in [serve] */
    bool stream;
    /* Stream: takes over an accepted connection. Datagram: the socket fd is readable. */
    void (*take)(struct worker *w, int fd);
};
extern const struct service *const services[];
extern const size_t service_count;

/* Puts a new connection on the worker's list; peer_leave takes it off and closes the socket. */
void peer_join(struct peer *p, struct worker *w, int fd);
void peer_leave(struct peer *p, bool reset);
/* A sign of life: the idle time begins anew, `grace` seconds from now. */
static inline void peer_alive(struct peer *p, uint64_t grace)
{
    p->last_tick = p->worker->tick + grace + p->worker->serve->idle_s;
}

#endif
