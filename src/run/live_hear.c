/* The recording's side of a dialog: what the client said becomes moves, what the server said is
 * remembered for the comparison. */
#include "run/live.h"

#include <string.h>

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
    if (d->first && d->first->number == 0 && !d->first->done)
        exchange_failed(d, d->first, why); /* the greeting is not waited for either */
    d->kind = DIALOG_SKIPPED;
    d->skipped = why;
    d->in_turn = false;
    http_drop_request(d);
}

void message_skip(struct dialog *d, uint64_t due)
{
    if (d->in_turn) return;
    d->in_turn = true;
    struct exchange *x = message_new(d, due);
    if (!x) return;
    x->whole = x->blind = true;
    exchange_skipped(d, x, d->skipped);
    exchange_told(d, x);
}

/* What the client says while the server is silent is one message. */
static void say_bytes(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct exchange *x = d->hears;
    bool first = !x || x->replied || x->number == 0;
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
    message_say(d, x, e->bytes, due, true, after);
}

static bool is_tls(struct span s)
{
    return s.n >= 3 && s.p[0] == 0x16 && s.p[1] == 3 && s.p[2] <= 4;
}

static void hear_client(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct live *v = d->live;
    if (d->kind == DIALOG_NEW) {
        if (is_tls(e->bytes)) {
            dialog_skip(d, ERROR_ENCRYPTED);
            dialog_shut(d, false);
        } else {
            d->kind = v->rules->http ? DIALOG_HTTP : DIALOG_BYTES;
        }
    }
    d->deaf &= d->kind != DIALOG_BYTES;
    switch (d->kind) {
    case DIALOG_HTTP:
        http_hear_client(d, e->bytes, e->at_ns, due);
        break;
    case DIALOG_BYTES:
        say_bytes(d, e, due, now);
        break;
    case DIALOG_DATAGRAMS:
        say_datagram(d, e, due, now);
        break;
    default:
        message_skip(d, due);
    }
}

/* --- the server ------------------------------------------------------------------------------ */

void reply_begun(struct exchange *x, int64_t at_ns)
{
    if (!x->replied) x->replied_ns = at_ns;
    x->replied = true;
}

static void hear_bytes(struct dialog *d, const struct talk_event *e, uint64_t due)
{
    struct exchange *x = d->hears;
    if (!x) { /* the server speaks first */
        x = exchange_greeting(d, due);
        if (d->dead) exchange_failed(d, x, d->dead);
    }
    reply_begun(x, e->at_ns);
    digest_bytes(&x->recorded, &d->live->digest, e->bytes);
    digest_body(&x->recorded, &d->live->digest, e->bytes);
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
    reply_told(d, x, false, now);
}

static void hear_server(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    d->in_turn = false;
    if (d->kind == DIALOG_NEW && !d->live->rules->http) d->kind = DIALOG_BYTES;
    if (d->kind == DIALOG_HTTP)
        http_hear_server(d, e->bytes, e->at_ns, now);
    else if (d->kind == DIALOG_BYTES)
        hear_bytes(d, e, due);
    else if (d->kind == DIALOG_DATAGRAMS)
        hear_datagram(d, e, now);
}

/* --- damage and ends ---------------------------------------------------------------------------
 */

/* All replies that are not wholly told never will be. */
static void tell_rest(struct dialog *d, bool blind, uint64_t now)
{
    struct exchange *x;
    while ((x = d->hears)) reply_told(d, x, blind, now);
}

/* Part of a message is missing: what of it waits does not leave, and nothing behind it can. */
static void lose_client(struct dialog *d, uint64_t due)
{
    struct exchange *x = d->last;
    bool within = d->asking || (d->kind == DIALOG_BYTES && x && !x->told && !x->replied);
    bool headless = d->head_n > 0;
    if (d->kind == DIALOG_SKIPPED) return;
    dialog_skip(d, ERROR_GAP);
    if (within && x && !x->begun && !x->failed && x->number) {
        exchange_drop_moves(d, x);
        x->whole = x->blind = true;
        d->in_turn = true;
        exchange_skipped(d, x, ERROR_GAP);
    } else if (headless) {
        message_skip(d, due);
    }
}

static void lose_server(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->hears;
    if (d->kind == DIALOG_HTTP) {
        http_drop_reply(d);
        d->deaf = true;
        tell_rest(d, true, now);
        d->deaf = false;
    } else if (x) {
        x->blind = true;
        reply_begun(x, x->asked_ns);
    }
}

void live_hush(struct dialog *d, uint64_t now)
{
    http_drop_reply(d);
    if (d->asking || d->head_n) lose_client(d, now);
    tell_rest(d, true, now);
}

static void hear_close(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    bool orderly = e->how == TALK_FIN || (e->how == TALK_RST && e->side == TALK_SERVER);
    if (d->asking || d->head_n) lose_client(d, due);
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
        if (e->side == TALK_CLIENT)
            lose_client(d, due);
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
