/* The live side of a dialog: takes its moves when they are due and their turn has come. */
#include "run/live.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define QUIET_NS 1000000000ull /* a reply shorter than recorded has ended after this silence */

static void on_event(evutil_socket_t fd, short what, void *dialog);

static void watch(struct dialog *d, short what)
{
    if (event_initialized(&d->event)) event_del(&d->event);
    event_assign(&d->event, d->live->lane.env->base, d->fd, what, on_event, d);
    event_add(&d->event, NULL);
}

/* --- moves ----------------------------------------------------------------------------------- */

/* What a move that waits costs, with the exchange it belongs to. */
static size_t weight(const struct move *s)
{
    return sizeof *s + s->n + (s->exchange ? sizeof *s->exchange : 0);
}

struct move *dialog_queue(struct dialog *d, enum move_kind kind, struct exchange *x,
                          struct span bytes, uint64_t due, uint64_t after)
{
    struct live *v = d->live;
    struct move *s = pool_take(&v->pool, sizeof *s + bytes.n);
    *s = (struct move){.kind = kind, .due = due, .after = after, .exchange = x, .n = bytes.n};
    if (bytes.n) memcpy(s->bytes, bytes.p, bytes.n);
    v->held += weight(s);
    if (x) x->moves++;
    if (d->last_move)
        d->last_move->next = s;
    else
        d->move = s;
    d->last_move = s;
    return s;
}

void move_free(struct live *v, struct move *s)
{
    v->held -= weight(s);
    pool_give(&v->pool, s, sizeof *s + s->n);
}

static void pop(struct dialog *d)
{
    struct move *s = d->move;
    d->move = s->next;
    if (!d->move) d->last_move = NULL;
    if (s->exchange) s->exchange->moves--;
    move_free(d->live, s);
}

void exchange_drop_moves(struct dialog *d, struct exchange *x)
{
    struct move **at = &d->move, *s;
    d->last_move = NULL;
    while ((s = *at)) {
        if (s->exchange == x) {
            *at = s->next;
            move_free(d->live, s);
        } else {
            d->last_move = s;
            at = &s->next;
        }
    }
    x->moves = 0;
}

/* --- connections ----------------------------------------------------------------------------- */

static void stop_waiting(struct dialog *d)
{
    struct live *v = d->live;
    struct dialog **at = &v->waiting, *last = NULL;
    while (*at && *at != d) {
        last = *at;
        at = &last->next_waiting;
    }
    *at = d->next_waiting;
    if (v->last_waiting == d) v->last_waiting = last;
    d->next_waiting = NULL;
    d->state = DIALOG_CLOSED;
}

void dialog_shut(struct dialog *d, bool hard)
{
    struct live *v = d->live;
    if (d->state == DIALOG_WAITING) stop_waiting(d);
    if (d->state == DIALOG_CLOSED) return;
    event_del(&d->event);
    sock_close(d->fd, hard);
    d->fd = -1;
    d->state = DIALOG_CLOSED;
    d->tunnel = false;
    pool_give(&v->pool, d->coming, sizeof *d->coming);
    d->coming = NULL;
    v->open_n--;
    if (v->waiting) live_wake(v->waiting, 0);
}

/* The messages that have not left never will. */
void dialog_fail_moves(struct dialog *d, enum error_kind why)
{
    struct exchange *next;
    d->dead = why;
    for (struct exchange *x = d->first; x; x = next) {
        next = x->next;
        if (x->begun || x->done) continue;
        exchange_drop_moves(d, x);
        exchange_failed(d, x, why);
    }
}

/* The connection broke under what was on its way. */
void dialog_lose(struct dialog *d, enum error_kind why, uint64_t now)
{
    struct exchange *next;
    dialog_shut(d, true);
    for (struct exchange *x = d->first; x; x = next) {
        next = x->next;
        if (!x->begun || x->done) continue;
        exchange_drop_moves(d, x);
        exchange_done(d, x, why, now);
    }
    /* Requests do not need the connection of those before them. */
    if (d->kind != DIALOG_HTTP) dialog_fail_moves(d, why);
}

static void cannot_connect(struct dialog *d, enum error_kind why)
{
    if (why == ERROR_RESET || why == ERROR_SEND) why = ERROR_CONNECT;
    dialog_shut(d, true);
    dialog_fail_moves(d, why);
}

static void opened(struct dialog *d, uint64_t now)
{
    d->state = DIALOG_OPEN;
    d->free_since = now;
    watch(d, EV_READ | EV_PERSIST);
    exchange_listens(d, now);
}

static void wait_for_room(struct dialog *d)
{
    struct live *v = d->live;
    d->state = DIALOG_WAITING;
    if (v->last_waiting)
        v->last_waiting->next_waiting = d;
    else
        v->waiting = d;
    v->last_waiting = d;
}

static void open_connection(struct dialog *d, uint64_t now)
{
    struct live *v = d->live;
    const struct plan *p = v->lane.env->plan;
    if (d->open_until <= now) d->open_until = now + v->lane.stream->timeout;
    if (v->open_n >= v->open_max) {
        wait_for_room(d);
        return;
    }
    enum sent how = sock_connect(&p->target_addr[0], v->rules->stream, NULL, &d->fd);
    if (how == SENT_FAILED) {
        cannot_connect(d, error_of_errno(errno));
        return;
    }
    v->open_n++;
    d->local_port = sock_local_port(d->fd);
    d->sent_total = d->received_total = 0;
    d->state = DIALOG_CONNECTING;
    if (how == SENT_OK)
        opened(d, now);
    else
        watch(d, EV_WRITE | EV_PERSIST);
}

static void on_event(evutil_socket_t fd, short what, void *dialog)
{
    struct dialog *d = dialog;
    uint64_t now = lane_now(&d->live->lane);
    if (what & EV_WRITE && d->state == DIALOG_CONNECTING) {
        int e = sock_error(fd);
        if (e)
            cannot_connect(d, error_of_errno(e));
        else
            opened(d, now);
    } else if (what & EV_WRITE && d->state == DIALOG_BLOCKED) {
        d->state = DIALOG_OPEN;
        watch(d, EV_READ | EV_PERSIST);
    }
    if (what & EV_READ && d->state >= DIALOG_OPEN) dialog_read(d, now);
    dialog_act(d, now);
}

/* --- what leaves ----------------------------------------------------------------------------- */

static void block(struct dialog *d, uint64_t now)
{
    d->state = DIALOG_BLOCKED;
    d->open_until = now + d->live->lane.stream->timeout;
    watch(d, EV_WRITE | EV_READ | EV_PERSIST);
}

/* The first bytes of a move were taken by the system. */
static void move_begun(struct dialog *d, struct move *s, uint64_t now)
{
    struct exchange *x = s->exchange;
    struct span bytes = span_make(s->bytes, s->n);
    if (!s->first) {
        exchange_more(d, x, bytes);
        return;
    }
    /* Its time was when the reply before it was there, if that came later than recorded. */
    if (s->after && d->turn_at > x->due) x->due = d->turn_at;
    exchange_begun(d, x, bytes, now);
}

/* Sends what it can of the move. False when nothing more can be done now. */
static bool say(struct dialog *d, uint64_t now)
{
    struct move *s = d->move;
    struct exchange *x = s->exchange;
    size_t done = 0;
    enum sent how = sock_send(d->fd, span_make(s->bytes + s->at, s->n - s->at), &done);
    if (how == SENT_FAILED) {
        dialog_lose(d, error_of_errno(errno), now);
        return true;
    }
    bool begins = s->at == 0 && (done || s->n == 0);
    s->at += done;
    d->sent_total += done;
    if (begins) move_begun(d, s, now);
    if (s->at < s->n) {
        block(d, now);
        return false;
    }
    x->asked_at = now;
    pop(d);
    if (!x->done)
        dialog_check(d, x, now);
    else
        exchange_settle(d, x);
    return true;
}

/* The server had heard enough of the message to answer and close: its rest has nowhere to go. */
static void drop_rest(struct dialog *d, struct exchange *x)
{
    exchange_drop_moves(d, x);
    exchange_settle(d, x);
}

/* Whether the dialog's next move is its turn. */
static bool in_turn(const struct dialog *d)
{
    return d->move && d->done >= d->move->after;
}

/* Takes the moves that are due. False when the dialog was over and is freed. */
static bool take_moves(struct dialog *d, uint64_t now)
{
    while (in_turn(d) && d->move->due <= now) {
        struct move *s = d->move;
        bool busy = d->state == DIALOG_WAITING || d->state == DIALOG_CONNECTING ||
                    d->state == DIALOG_BLOCKED;
        switch (s->kind) {
        case MOVE_OPEN:
            pop(d);
            if (!d->dead && (d->kind != DIALOG_NEW || !d->skipped)) open_connection(d, now);
            break;
        case MOVE_SAY:
            if (d->tunnel && s->first && s->exchange->http) dialog_shut(d, false);
            if (d->state == DIALOG_CLOSED && !s->first) {
                drop_rest(d, s->exchange);
                break;
            }
            if (d->state == DIALOG_CLOSED && !d->dead) open_connection(d, now);
            if (d->state != DIALOG_OPEN || !say(d, now)) return true;
            break;
        case MOVE_SHUT:
            if (busy) return true;
            if (d->state == DIALOG_OPEN && d->live->rules->stream) shutdown(d->fd, SHUT_WR);
            pop(d);
            break;
        case MOVE_CLOSE:
            dialog_shut(d, s->hard);
            live_free(d);
            return false;
        }
    }
    return true;
}

/* --- what does not come --------------------------------------------------------------------------
 */

/* Until when the awaited reply may take. One that the recording has not told about yet may be none
 * at all; but reading must not wait for ever for one that does not come. */
static uint64_t deadline(const struct dialog *d, const struct exchange *x)
{
    uint64_t latest = x->asked_at + d->live->lane.stream->timeout;
    if (!x->begun || x->moves) return NEVER;
    if (x->http) return x->whole ? latest : NEVER;
    if (!x->told && !d->live->held_back) return NEVER;
    if (x->came_any && x->came_at + QUIET_NS < latest) return x->came_at + QUIET_NS;
    return latest;
}

/* Nothing that was sent will be answered any more. */
static void give_up_all(struct dialog *d, uint64_t now)
{
    struct exchange *next;
    dialog_shut(d, true); /* a late reply must not pass for the next one */
    for (struct exchange *x = d->first; x; x = next) {
        next = x->next;
        if (!x->begun || x->done) continue;
        exchange_drop_moves(d, x);
        exchange_timed_out(d, x, now);
    }
    if (d->kind != DIALOG_HTTP) dialog_fail_moves(d, ERROR_TIMEOUT);
}

static void expire(struct dialog *d, struct exchange *x, uint64_t now)
{
    if (x->came_any && !x->http) {
        exchange_done(d, x, ERROR_NONE, now);
        return;
    }
    if (d->kind == DIALOG_DATAGRAMS) {
        exchange_timed_out(d, x, now);
        return;
    }
    give_up_all(d, now);
}

/* True when something was given up. */
static bool give_up(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->awaits;
    if (d->state == DIALOG_WAITING || d->state == DIALOG_CONNECTING) {
        if (now < d->open_until) return false;
        cannot_connect(d, ERROR_CONNECT_TIMEOUT);
        return true;
    }
    if (d->state == DIALOG_BLOCKED) {
        if (now < d->open_until) return false;
        give_up_all(d, now);
        if (d->kind == DIALOG_HTTP) dialog_fail_moves(d, ERROR_TIMEOUT);
        return true;
    }
    if (!x || deadline(d, x) > now) return false;
    expire(d, x, now);
    return true;
}

static uint64_t next_wake(const struct dialog *d)
{
    uint64_t at = NEVER;
    if (d->state != DIALOG_CLOSED && d->state != DIALOG_OPEN) return d->open_until;
    if (in_turn(d)) at = d->move->due;
    if (d->awaits && deadline(d, d->awaits) < at) at = deadline(d, d->awaits);
    return at;
}

void dialog_act(struct dialog *d, uint64_t now)
{
    struct live *v = d->live;
    do {
        if (d->dead) dialog_fail_moves(d, d->dead);
        if (d->state == DIALOG_WAITING && v->waiting == d && v->open_n < v->open_max) {
            stop_waiting(d);
            open_connection(d, now);
        }
        if (!take_moves(d, now)) return;
    } while (give_up(d, now));
    live_wake(d, next_wake(d));
}
