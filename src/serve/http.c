/* http: one HTTP/1.1 connection. Requests are taken one after the other and answered in order;
 * while one is being answered no more is read than fits the connection's room, so a peer that
 * does not read its replies is not read either. */
#include <stdlib.h>
#include <sys/socket.h>
#include "proto/http1_request.h"
#include "serve/answer.h"
#include "serve/service.h"

#define IN_ROOM 8192
#define PIECES 16      /* pieces of one reply in one go, so that it does not starve the rest */
#define LINGER_TICKS 2 /* how long a peer may still talk after its last reply */
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define REFUSAL(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

enum doing {
    READING,   /* a request is arriving, or none yet */
    SAYING,    /* a fixed text is on its way out: CONTINUE, then READING; or a refusal */
    WAITING,   /* the reply's delay is running */
    WRITING,   /* the reply is on its way out */
    LINGERING, /* all is said: reading on so that the last reply is not lost to a reset */
};

struct client {
    struct peer peer;
    enum doing doing;
    bool continued; /* 100 Continue was sent for this request */
    bool malformed; /* what came was no request */
    bool head;      /* the request's method is HEAD */
    bool ended;     /* the peer will send no more */
    struct event read, write, delay;
    struct http1_request request;
    struct answer answer;
    uint64_t sent;      /* bytes of the answer or of the text */
    struct span text;   /* SAYING */
    size_t in_at, in_n; /* what of `in` is not parsed yet */
    uint8_t in[IN_ROOM];
};

enum step { STEP_ON, STEP_WAIT, STEP_CLOSED };

static void client_free(struct client *c, bool reset)
{
    if (c->doing == WAITING || c->doing == WRITING) c->peer.worker->counts.gone++;
    event_del(&c->read);
    event_del(&c->write);
    event_del(&c->delay);
    peer_leave(&c->peer, reset);
    free(c);
}

static void client_close(struct peer *p)
{
    client_free((struct client *)p, false);
}

static enum step leave(struct client *c, bool reset)
{
    client_free(c, reset);
    return STEP_CLOSED;
}

static void on_line(void *ctx, struct span method, struct span target)
{
    struct client *c = ctx;
    (void)target;
    c->head = span_is(method, "HEAD");
}

/* Ready for the next request on the connection. */
static void begin(struct client *c)
{
    http1_request_begin(&c->request);
    c->doing = READING;
    c->continued = false;
    c->sent = 0;
}

static const char *refusal(unsigned status)
{
    switch (status) {
    case 414:
        return REFUSAL("414 URI Too Long");
    case 431:
        return REFUSAL("431 Request Header Fields Too Large");
    case 501:
        return REFUSAL("501 Not Implemented");
    case 505:
        return REFUSAL("505 HTTP Version Not Supported");
    default:
        return REFUSAL("400 Bad Request");
    }
}

static enum step say(struct client *c, const char *text)
{
    c->text = span_of(text);
    c->sent = 0;
    c->doing = SAYING;
    return STEP_ON;
}

static enum step answer(struct client *c)
{
    struct worker *w = c->peer.worker;
    struct asked asked = {
        .head = c->head,
        .old = c->request.m.minor == 0,
        .keep = c->request.keep,
    };
    w->counts.requests++;
    answer_draw(w->serve, &w->scratch,
                atomic_fetch_add_explicit(w->next_number, 1, memory_order_relaxed), asked,
                &c->answer);
    c->sent = 0;
    c->doing = WRITING;
    if (c->answer.delay_ns == 0) return STEP_ON;
    c->doing = WAITING;
    uint64_t us = (c->answer.delay_ns + 999) / 1000;
    peer_alive(&c->peer, us / 1000000);
    event_add(&c->delay, &(struct timeval){.tv_sec = (time_t)(us / 1000000),
                                           .tv_usec = (suseconds_t)(us % 1000000)});
    return STEP_WAIT;
}

static enum step parse(struct client *c)
{
    size_t used = 0;
    enum parsed done =
        http1_request_parse(&c->request, span_make(c->in + c->in_at, c->in_n - c->in_at), &used);
    c->in_at += used;
    if (c->in_at == c->in_n) c->in_at = c->in_n = 0;
    switch (done) {
    case PARSE_DONE:
        return answer(c);
    case PARSE_BAD:
        c->malformed = true;
        c->peer.worker->counts.malformed++;
        return say(c, refusal(c->request.status));
    case PARSE_MORE:
        break;
    }
    if (!c->request.head_done || !c->request.expect_continue || c->continued) return STEP_WAIT;
    c->continued = true;
    return say(c, CONTINUE);
}

/* Sends what of [c->sent, size) the kernel takes. STEP_ON: all of it. */
static enum step push(struct client *c, struct span bytes)
{
    size_t done = 0;
    enum sent sent = sock_send(c->peer.fd, bytes, &done);
    c->sent += done;
    c->peer.worker->counts.bytes_out += done;
    if (sent == SENT_FAILED) return leave(c, true);
    if (sent == SENT_OK) return STEP_ON;
    event_add(&c->write, NULL);
    return STEP_WAIT;
}

/* The last reply has left. */
static enum step finish(struct client *c)
{
    struct worker *w = c->peer.worker;
    if (c->ended) return leave(c, false);
    shutdown(c->peer.fd, SHUT_WR);
    c->doing = LINGERING;
    c->peer.last_tick = w->tick + LINGER_TICKS;
    c->in_at = c->in_n = 0;
    return STEP_WAIT;
}

static enum step write_text(struct client *c)
{
    enum step step = push(c, span_from(c->text, (size_t)c->sent));
    if (step != STEP_ON) return step;
    if (c->malformed) return finish(c);
    c->doing = READING;
    return STEP_ON;
}

static enum step write_reply(struct client *c)
{
    struct worker *w = c->peer.worker;
    if (c->answer.fail != FAIL_NONE) {
        w->counts.failed++;
        c->doing = READING; /* nothing is owed any more */
        return leave(c, c->answer.fail == FAIL_RESET);
    }
    for (int i = 0; i < PIECES; i++) {
        size_t n = answer_piece(w->serve, &w->scratch, &c->answer, c->sent, w->room, WORKER_ROOM);
        enum step step = push(c, span_make(w->room, n));
        if (step != STEP_ON) return step;
        if (c->sent < c->answer.size) continue;
        w->counts.replied++;
        w->counts.status[c->answer.status]++;
        begin(c);
        return c->answer.keep ? STEP_ON : finish(c);
    }
    event_add(&c->write, NULL);
    return STEP_WAIT;
}

static enum step advance(struct client *c)
{
    switch (c->doing) {
    case READING:
        if (c->in_at < c->in_n) return parse(c);
        return c->ended ? leave(c, false) : STEP_WAIT;
    case SAYING:
        return write_text(c);
    case WRITING:
        return write_reply(c);
    case WAITING:
    case LINGERING:
        break;
    }
    return STEP_WAIT;
}

/* Reading stops while there is no room, and begins again when there is. */
static void read_or_not(struct client *c)
{
    bool want = !c->ended && c->in_n < IN_ROOM;
    if (want == (event_pending(&c->read, EV_READ, NULL) != 0)) return;
    if (want)
        event_add(&c->read, NULL);
    else
        event_del(&c->read);
}

static void drive(struct client *c)
{
    enum step step;
    do step = advance(c);
    while (step == STEP_ON);
    if (step == STEP_WAIT) read_or_not(c);
}

/* A peer that sends no more may still wait for its replies. */
static void on_end(struct client *c)
{
    c->ended = true;
    event_del(&c->read);
    if (c->doing == READING || c->doing == LINGERING) client_free(c, false);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;
    size_t got = 0;
    (void)what;
    enum sent r = sock_recv(fd, c->in + c->in_n, IN_ROOM - c->in_n, &got);
    if (r == SENT_AGAIN) return;
    if (r == SENT_FAILED) {
        client_free(c, true);
        return;
    }
    if (got == 0) {
        on_end(c);
        return;
    }
    c->peer.worker->counts.bytes_in += got;
    if (c->doing == LINGERING) return;
    peer_alive(&c->peer, 0);
    c->in_n += got;
    if (c->doing == READING)
        drive(c);
    else
        read_or_not(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;
    (void)fd, (void)what;
    peer_alive(&c->peer, 0);
    drive(c);
}

static void on_delay(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;
    (void)fd, (void)what;
    peer_alive(&c->peer, 0);
    c->doing = WRITING;
    drive(c);
}

static void http_take(struct worker *w, int fd)
{
    struct client *c = malloc(sizeof *c);
    if (!c) {
        sock_close(fd, true);
        return;
    }
    memset(c, 0, offsetof(struct client, in));
    c->peer.close = client_close;
    peer_join(&c->peer, w, fd);
    event_assign(&c->read, w->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->write, w->base, fd, EV_WRITE, on_writable, c);
    event_assign(&c->delay, w->base, -1, 0, on_delay, c);
    c->request.on_line = on_line;
    c->request.ctx = c;
    begin(c);
    event_add(&c->read, NULL);
}

const struct service service_http = {
    .doc =
        {
            .name = "http",
            .help = "answers HTTP/1.1 requests as the section says",
            .example = "127.0.0.1:8080",
        },
    .stream = true,
    .take = http_take,
};
