#include "run/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void on_event(evutil_socket_t fd, short what, void *conn);

static void watch(struct conn *c, short what)
{
    event_assign(&c->event, c->pool->base, c->fd, what, on_event, c);
    event_add(&c->event, NULL);
}

static void shut(struct conn *c, bool hard)
{
    if (c->state == CONN_CLOSED) return;
    event_del(&c->event);
    sock_close(c->fd, hard);
    c->fd = -1;
    c->state = CONN_CLOSED;
}

void conn_drop(struct conn *c)
{
    shut(c, true);
}

static bool has_left(const struct conn *c)
{
    return c->state == CONN_SENDING || c->state == CONN_WAITING;
}

/* The unit failed: the connection cannot be used again. */
static void fail(struct conn *c, enum error_kind why)
{
    bool left = has_left(c);
    shut(c, true);
    c->pool->ended(c->pool, c, why, left);
}

/* Keeps what has not left in the connection's own memory: rendered bytes do not last. */
static void hold(struct conn *c, struct span rest)
{
    if (rest.n > c->held_size) {
        uint8_t *more = malloc(rest.n);
        if (!more) abort();
        free(c->held);
        c->held = more;
        c->held_size = rest.n;
    }
    memmove(c->held, rest.p, rest.n);
    c->out = span_make(c->held, rest.n);
}

/* Hands the request to the system; the rest waits until the socket is writable. */
static void push(struct conn *c, struct span bytes)
{
    size_t done = 0;
    bool first = c->state != CONN_SENDING;
    enum sent how = sock_send(c->fd, bytes, &done);
    if (how == SENT_FAILED) {
        fail(c, error_of_errno(errno));
        return;
    }
    c->sent_total += done;
    if (first && (done || bytes.n == 0)) c->pool->sent(c->pool, c);
    if (done == bytes.n) {
        bool was_waiting_to_write = c->state != CONN_IDLE;
        c->state = CONN_WAITING;
        if (was_waiting_to_write) {
            event_del(&c->event);
            watch(c, EV_READ | EV_PERSIST);
        }
        return;
    }
    hold(c, span_from(bytes, done));
    event_del(&c->event);
    c->state = done ? CONN_SENDING : CONN_CONNECTING; /* nothing left: begin anew when writable */
    watch(c, EV_WRITE | EV_READ | EV_PERSIST);
}

static void begin(struct conn *c)
{
    c->request->proto->begin(c->parser, c->request, &c->reply);
    if (c->request->expects) expect_begin(c->request->expects, c->check, &c->reply);
    c->reply_at = c->received_total;
    struct span bytes = c->pool->render(c->pool, &c->task);
    if (c->request->proto->sent) c->request->proto->sent(c->parser, bytes);
    push(c, bytes);
}

void conn_start(struct conn *c, const struct request *r, const struct task *t)
{
    c->request = r;
    c->task = *t;
    c->reply.on_header = NULL;
    c->reply.on_body = NULL;
    if (c->state == CONN_IDLE) {
        begin(c);
        return;
    }
    enum sent how = sock_connect(c->pool->target, c->pool->stream, NULL, &c->fd);
    if (how == SENT_FAILED) {
        c->pool->ended(c->pool, c, error_of_errno(errno), false);
        return;
    }
    c->sent_total = c->received_total = 0;
    c->local_port = sock_local_port(c->fd);
    if (how == SENT_OK) {
        c->state = CONN_IDLE;
        watch(c, EV_READ | EV_PERSIST);
        begin(c);
    } else {
        c->state = CONN_CONNECTING;
        watch(c, EV_WRITE | EV_PERSIST);
    }
}

/* The reply is whole: is it what was expected? */
static void complete(struct conn *c, bool more_came)
{
    enum error_kind why = ERROR_NONE;
    const struct request *r = c->request;
    if (r->expects && expect_verdict(r->expects, c->check, &c->reply)) {
        static const enum error_kind kinds[] = {ERROR_UNEXPECTED_STATUS, ERROR_UNEXPECTED_HEADER,
                                                ERROR_UNEXPECTED_BODY};
        why = kinds[expect_verdict_kind(r->expects, c->check)];
    }
    bool half_sent = c->state == CONN_SENDING; /* the peer did not wait for the rest */
    if (!c->reply.keep || r->fresh_connection || more_came || half_sent)
        shut(c, false);
    else
        c->state = CONN_IDLE;
    c->pool->ended(c->pool, c, why, true);
}

static void peer_closed(struct conn *c)
{
    if (c->state == CONN_IDLE) {
        shut(c, false); /* its right: nothing was under way */
        return;
    }
    if (c->state == CONN_WAITING && c->request->proto->eof(c->parser, &c->reply) == PARSE_DONE) {
        c->reply.keep = false;
        complete(c, false);
        return;
    }
    fail(c, ERROR_CLOSED);
}

/* Feeds what has arrived to the parser. False when the unit or the connection ended. */
static bool take(struct conn *c, struct span in)
{
    size_t used = 0;
    c->received_total += in.n;
    c->task.received += in.n;
    switch (c->request->proto->parse(c->parser, in, &used, &c->reply)) {
    case PARSE_MORE:
        return true;
    case PARSE_DONE:
        complete(c, used < in.n);
        return false;
    case PARSE_BAD:
        fail(c, ERROR_BAD_REPLY);
        return false;
    }
    return false;
}

static void on_readable(struct conn *c)
{
    for (;;) {
        size_t got = 0;
        enum sent how = sock_recv(c->fd, c->pool->buffer, c->pool->buffer_size, &got);
        if (how == SENT_AGAIN) return;
        if (how == SENT_FAILED) {
            if (c->state == CONN_IDLE)
                shut(c, true);
            else
                fail(c, error_of_errno(errno));
            return;
        }
        if (got == 0 && c->pool->stream) {
            peer_closed(c);
            return;
        }
        if (c->state == CONN_IDLE) { /* unasked for: the connection cannot be trusted */
            shut(c, true);
            return;
        }
        if (!take(c, span_make(c->pool->buffer, got))) return;
        if (got < c->pool->buffer_size && c->pool->stream) return;
    }
}

static void on_writable(struct conn *c)
{
    if (c->state == CONN_CONNECTING) {
        int e = sock_error(c->fd);
        if (e) {
            enum error_kind why = error_of_errno(e);
            fail(c, why == ERROR_RESET || why == ERROR_SEND ? ERROR_CONNECT : why);
            return;
        }
        begin(c);
        return;
    }
    push(c, c->out);
}

static void on_event(evutil_socket_t fd, short what, void *conn)
{
    struct conn *c = conn;
    (void)fd;
    if (what & EV_WRITE) {
        on_writable(c);
        return; /* whatever can be read is told again: events are level-triggered */
    }
    if (what & EV_READ) on_readable(c);
}
