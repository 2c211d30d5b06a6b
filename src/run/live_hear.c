/* The recording's side of a dialog: what the client said becomes moves, what the server said is
 * remembered for the comparison. */
#include "run/live.h"

#define DATAGRAMS_OPEN 256 /* of one flow, whose replies are looked for */

/* Whether things are due when they were recorded, and not at a rate. */
static bool own_times(const struct live *v)
{
    return !v->schedule && v->lane.stream->loop == LOOP_OPEN;
}

void reply_told(struct dialog *d, struct exchange *x, bool blind, uint64_t now)
{
    bool waits = !x->done;
    x->blind |= blind;
    exchange_told(d, x);
    if (waits) dialog_check(d, x, now);
}

/* --- the client ------------------------------------------------------------------------------ */

struct exchange *message_new(struct dialog *d, uint64_t due)
{
    if (!live_next_due(d->live, &due)) return NULL;
    struct exchange *x = exchange_new(d, ++d->messages, due);
    x->http = d->kind == DIALOG_HTTP;
    x->whole = !x->http;
    return x;
}

void message_say(struct dialog *d, struct exchange *x, struct span bytes, uint64_t due, bool first,
                 uint64_t after)
{
    if (d->dead && first) {
        exchange_failed(d, x, d->dead);
        return;
    }
    if (x->failed || x->lost) return;
    if (!own_times(d->live)) due = x->due;
    struct move *s = dialog_queue(d, MOVE_SAY, x, bytes, due, after);
    s->first = first;
}

void dialog_skip(struct dialog *d, enum error_kind why)
{
    if (d->asking && d->asking->head_done && d->last) /* the rest of it does not follow */
        d->last->whole = d->last->blind = true;
    d->skipped = why;
    d->passed_over = false;
    http_drop_request(d);
}

void message_skip(struct dialog *d, uint64_t due, uint64_t now)
{
    if (d->passed_over) return;
    d->passed_over = true;
    if (d->kind == DIALOG_BYTES && d->hears) reply_told(d, d->hears, false, now);
    struct exchange *x = message_new(d, due);
    if (!x) return;
    x->whole = x->blind = true;
    exchange_skipped(d, x, d->skipped);
    exchange_told(d, x);
}

/* Of a dialog of bytes: whether the client's next bytes begin a message. */
static bool begins_message(const struct dialog *d)
{
    const struct exchange *x = d->hears;
    return !x || x->replied || x->number == 0;
}

/* What the client says while the server is silent is one message. */
static void say_bytes(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct exchange *x = d->hears;
    bool first = begins_message(d);
    uint64_t after = first ? d->exchanges : 0;
    if (first && x) reply_told(d, x, false, now);
    if (first) x = message_new(d, due);
    if (!x) return;
    x->asked_ns = e->at_ns;
    message_say(d, x, e->bytes, due, first, after);
}

/* A datagram whose reply was not recorded within the timeout, or behind so many others, had none.
 */
static void forget_silent(struct dialog *d, int64_t at_ns, uint64_t now)
{
    uint64_t timeout = d->live->lane.stream->timeout;
    struct exchange *x;
    while ((x = d->hears) &&
           (at_ns - x->asked_ns > (int64_t)timeout || d->exchanges - d->told >= DATAGRAMS_OPEN))
        reply_told(d, x, false, now);
}

static uint16_t tag_of(struct span datagram)
{
    return datagram.n >= 2 ? get_u16(datagram.p) : 0;
}

static void say_datagram(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    uint64_t after = d->told;
    forget_silent(d, e->at_ns, now);
    struct exchange *x = message_new(d, due);
    if (!x) return;
    x->asked_ns = e->at_ns;
    x->tag = tag_of(e->bytes);
    if (e->missing)
        exchange_skipped(d, x, ERROR_GAP);
    else
        message_say(d, x, e->bytes, due, true, after);
}

/* A record of TLS (RFC 8446 5.1), or only one that begins a handshake (4.1.2). */
static bool is_tls(struct span s, bool hello)
{
    if (s.n < 5 || s.p[1] != 3 || s.p[2] > 4 || get_u16(s.p + 3) > (1 << 14) + 2048) return false;
    return hello ? s.p[0] == 22 && s.n > 5 && s.p[5] == 1 : s.p[0] >= 20 && s.p[0] <= 23;
}

/* Whether the client goes over to TLS, or has done before the recording began. */
static bool encrypts(const struct dialog *d, struct span bytes)
{
    if (d->kind != DIALOG_NEW && d->kind != DIALOG_BYTES) return false;
    return begins_message(d) && is_tls(bytes, d->messages > 0);
}

static void skip_encrypted(struct dialog *d)
{
    dialog_skip(d, ERROR_ENCRYPTED);
    if (d->kind != DIALOG_NEW) return;
    dialog_shut(d, false);
    struct exchange *x = d->first; /* a greeting that has come, or is not waited for */
    if (!x) return;
    x->blind = true;
    if (!x->done) exchange_failed(d, x, ERROR_ENCRYPTED);
}

/* Behind what is missing, a client that waited for a reply may well begin with a request. */
static bool finds_back(const struct dialog *d, struct span bytes)
{
    return d->skipped == ERROR_GAP && d->live->rules->http && d->kind != DIALOG_BYTES &&
           !d->passed_over && !d->hears && http1_request_guess(bytes) == HTTP1_LIKELY;
}

static void hear_client(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    if (finds_back(d, e->bytes)) d->skipped = ERROR_NONE;
    if (!d->skipped && encrypts(d, e->bytes)) skip_encrypted(d);
    if (d->skipped) {
        message_skip(d, due, now);
        return;
    }
    if (d->kind == DIALOG_NEW) d->kind = d->live->rules->http ? DIALOG_HTTP : DIALOG_BYTES;
    if (d->kind == DIALOG_HTTP)
        http_hear_client(d, e->bytes, e->at_ns, due, now);
    else if (d->kind == DIALOG_BYTES)
        say_bytes(d, e, due, now);
    else
        say_datagram(d, e, due, now);
}

/* --- the server ------------------------------------------------------------------------------ */

void reply_begun(struct exchange *x, int64_t at_ns)
{
    if (!x->replied) x->replied_ns = at_ns;
    x->replied = true;
}

static void hear_bytes(struct dialog *d, struct span bytes, int64_t at_ns, uint64_t due)
{
    struct exchange *x = d->hears;
    if (!x && d->skipped) return; /* the reply to what was left out */
    if (!x) {                     /* the server speaks first */
        x = exchange_greeting(d, due);
        if (d->dead) exchange_failed(d, x, d->dead);
    }
    reply_begun(x, at_ns);
    digest_bytes(&x->recorded, &d->live->digest, bytes);
    digest_body(&x->recorded, &d->live->digest, bytes);
}

static void hear_datagram(struct dialog *d, const struct talk_event *e, uint64_t now)
{
    struct exchange *x = d->hears;
    while (x && (x->told || x->tag != tag_of(e->bytes))) x = x->next;
    if (!x) x = d->hears;
    if (!x) return; /* a second reply to one datagram is not waited for either */
    reply_begun(x, e->at_ns);
    digest_bytes(&x->recorded, &d->live->digest, e->bytes);
    digest_body(&x->recorded, &d->live->digest, e->bytes);
    reply_told(d, x, e->missing > 0, now);
}

static void hear_server(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct span left = e->bytes;
    d->passed_over = false;
    if (d->kind == DIALOG_NEW && !d->live->rules->http && !d->skipped) d->kind = DIALOG_BYTES;
    if (d->kind == DIALOG_HTTP) left = http_hear_server(d, left, e->at_ns, now);
    if (d->kind == DIALOG_BYTES && left.n) hear_bytes(d, left, e->at_ns, due);
    if (d->kind == DIALOG_DATAGRAMS) hear_datagram(d, e, now);
}

/* --- damage and ends ---------------------------------------------------------------------------
 */

void dialog_hush(struct dialog *d, uint64_t now)
{
    struct exchange *x;
    http_drop_reply(d);
    while ((x = d->hears)) reply_told(d, x, true, now);
}

/* Whether the client is in the middle of a message that has its exchange. */
static bool within_message(const struct dialog *d)
{
    if (d->kind == DIALOG_BYTES) return !begins_message(d);
    return d->asking && d->asking->head_done;
}

/* Bytes of the client are missing: what waits of the message they belong to does not leave. */
static void lose_client(struct dialog *d, uint64_t due, uint64_t now)
{
    bool counts = !within_message(d); /* as a message of its own */
    struct exchange *x = d->last;
    if (!d->skipped) dialog_skip(d, ERROR_GAP);
    if (counts) {
        message_skip(d, due, now);
        return;
    }
    d->passed_over = true;
    x->whole = x->blind = true;
    if (x->begun || x->failed) return;
    exchange_drop_moves(d, x);
    exchange_skipped(d, x, ERROR_GAP);
}

static void lose_server(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->hears;
    d->passed_over = false;
    if (d->kind == DIALOG_HTTP) {
        dialog_hush(d, now);
    } else if (x) {
        x->blind = true;
        reply_begun(x, x->asked_ns);
    }
}

/* In the middle of a request, its rest is missing. */
static void end_request(struct dialog *d, uint64_t due, uint64_t now)
{
    if (d->asking) lose_client(d, due, now);
}

void live_hush(struct dialog *d, uint64_t now)
{
    end_request(d, now, now);
    dialog_hush(d, now);
}

static void hear_close(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    bool orderly = e->how == TALK_FIN || (e->how == TALK_RST && e->side == TALK_SERVER);
    end_request(d, due, now);
    http_end_reply(d, e->how == TALK_FIN, now);
    /* Who closes without waiting for the reply, or for whom the capture ended, saw no reply. */
    bool known = orderly || e->how == TALK_IDLE || d->kind == DIALOG_DATAGRAMS;
    struct exchange *x;
    while ((x = d->hears)) reply_told(d, x, !known || (x->replied && !orderly && x->http), now);
    d->over = true;
    struct move *s = dialog_queue(d, MOVE_CLOSE, NULL, span_make(NULL, 0), due, d->exchanges);
    s->hard = e->how == TALK_RST && e->side == TALK_CLIENT;
}

static struct dialog *hear_open(struct live *v, const struct talk_event *e, uint64_t due)
{
    const struct lane_env *env = v->lane.env;
    if (e->udp == v->rules->stream || e->conn % env->plan->workers != env->worker) return NULL;
    struct dialog *d = pool_take(&v->pool, sizeof *d);
    *d = (struct dialog){.live = v, .number = e->conn + 1, .midway = e->midway, .fd = -1};
    d->kind = e->udp ? DIALOG_DATAGRAMS : DIALOG_NEW;
    d->wake = NEVER;
    d->next = v->dialogs;
    if (v->dialogs) v->dialogs->earlier = d;
    v->dialogs = d;
    v->taken++;
    /* Where clients speak first, a message opens its connection when nothing says when to. */
    if (own_times(v) || !v->rules->http)
        dialog_queue(d, MOVE_OPEN, NULL, span_make(NULL, 0), due, 0);
    return d;
}

void live_hear(struct live *v, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct dialog *d = *e->mine;
    if (!own_times(v)) due = v->last_due; /* messages get their own */
    if (e->kind == TALK_OPEN) {
        *e->mine = d = hear_open(v, e, due);
        if (d) dialog_act(d, now);
        return;
    }
    if (!d) return;
    switch (e->kind) {
    case TALK_OPEN:
        break;
    case TALK_DATA:
        if (e->side == TALK_CLIENT)
            hear_client(d, e, due, now);
        else
            hear_server(d, e, due, now);
        break;
    case TALK_GAP:
        if (e->udp) break; /* its datagram has told */
        if (e->side == TALK_CLIENT)
            lose_client(d, due, now);
        else
            lose_server(d, now);
        break;
    case TALK_SHUT:
        if (e->side == TALK_CLIENT)
            dialog_queue(d, MOVE_SHUT, NULL, span_make(NULL, 0), due, d->told);
        else
            http_end_reply(d, true, now);
        break;
    case TALK_CLOSE:
        *e->mine = NULL;
        hear_close(d, e, due, now);
        break;
    }
    dialog_act(d, now);
}
