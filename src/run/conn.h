/* conn: one connection to the target and the unit it carries, driven by libevent.
 *
 * A connection belongs to a pool (run/requests.c), which gives it units and is told when they
 * end. It knows sockets, the protocol's parser and the expectations; it books nothing itself. */
#ifndef RUN_CONN_H
#define RUN_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "proto/expect.h"
#include "proto/proto.h"
#include "stats/counts.h"
#include "wire/sock.h"

enum conn_state {
    CONN_CLOSED,
    CONN_CONNECTING, /* a unit waits for the connection */
    CONN_SENDING,    /* part of the request has left */
    CONN_WAITING,    /* all of it has; the reply is coming */
    CONN_IDLE,
};

/* The unit a connection carries; times in ns since the start. */
struct task {
    uint64_t index, due;
    uint64_t start;    /* when the connection began to act for it */
    uint64_t received; /* bytes of the reply so far */
    uint32_t kind;
    uint32_t user; /* closed loop: whose it is */
    uint64_t size; /* bytes of the request */
};

struct conn;
/* What a pool does for its connections. */
struct conn_pool {
    struct event_base *base;
    const struct sock_addr *target;
    bool stream;     /* TCP */
    uint8_t *buffer; /* for reading, shared by all connections of the worker */
    size_t buffer_size;
    /* The request's bytes for a task; valid until the next call. */
    struct span (*render)(struct conn_pool *p, struct task *t);
    /* The first byte was handed to the system. */
    void (*sent)(struct conn_pool *p, struct conn *c);
    /* The unit ended: why ERROR_NONE or what went wrong. `left` tells whether its request had
     * been sent. The connection is idle or closed when this is called. */
    void (*ended)(struct conn_pool *p, struct conn *c, enum error_kind why, bool left);
};

struct conn {
    struct conn_pool *pool;
    int fd;
    enum conn_state state;
    uint16_t local_port;
    struct event event;
    struct task task;
    const struct request *request;
    struct reply reply;
    void *parser, *check; /* state of the protocol's parser and of the expectations */
    struct span out;      /* what of the request has not left yet, in `held` */
    uint8_t *held;
    size_t held_size;
    uint64_t sent_total, received_total; /* over the life of this connection */
    uint64_t reply_at;                   /* received_total when the reply began */
    uint64_t deadline;
    struct conn *later, *earlier; /* in the pool's list by deadline */
    struct conn *next_free;
};

/* Takes a task: connects first where needed. May call the pool's `ended` before it returns. */
void conn_start(struct conn *c, const struct request *r, const struct task *t);
/* Ends the unit under way, if any, without calling `ended`, and closes. */
void conn_drop(struct conn *c);

#endif
