/* The recording's side of a dialog: what the client said becomes moves, what the server said is
 * remembered for the comparison. */
#include "run/live.h"

#include <string.h>

#define HEAD_FIRST 1024
#define DATAGRAMS_OPEN 256 /* of one flow, whose replies are looked for */

/* Whether things are due when they were recorded, and not at a rate. */
static bool own_times(const struct live *v)
{
    return !v->schedule && v->lane.stream->loop == LOOP_OPEN;
}

/* The recorded reply ended; `blind` when not all of it is there. May free the exchange. */
static void told(struct dialog *d, struct exchange *x, bool blind, uint64_t now)
{
    bool waits = !x->done;
    x->blind |= blind;
    exchange_told(d, x);
    if (waits) dialog_check(d, x, now);
}

/* --- the client ------------------------------------------------------------------------------ */

/* The message just begun: its exchange, unless the stream is to send no more. */
static struct exchange *new_message(struct dialog *d, uint64_t due)
{
    if (!live_next_due(d->live, &due)) return NULL;
    struct exchange *x = exchange_new(d, ++d->messages, due);
    x->http = d->kind == DIALOG_HTTP;
    x->whole = !x->http;
    return x;
}

/* Queues bytes of a message; `first`: they begin it. */
static void say(struct dialog *d, struct exchange *x, struct span bytes, uint64_t due, bool first,
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

/* From here on the dialog is left out, message by message. */
static void skip(struct dialog *d, enum error_kind why)
{
    struct live *v = d->live;
    if (d->asking && d->asking->head_done && d->last) /* the rest of it does not follow */
        d->last->whole = d->last->blind = true;
    if (d->first && d->first->number == 0 && !d->first->done)
        exchange_failed(d, d->first, why); /* the greeting is not waited for either */
    d->kind = DIALOG_SKIPPED;
    d->skipped = why;
    d->in_turn = false;
    pool_give(&v->pool, d->head, d->head_room);
    pool_give(&v->pool, d->asking, sizeof *d->asking);
    d->head = NULL;
    d->asking = NULL;
    d->head_n = d->head_room = 0;
}

static void skip_message(struct dialog *d, uint64_t due)
{
    if (d->in_turn) return;
    d->in_turn = true;
    struct exchange *x = new_message(d, due);
    if (!x) return;
    x->whole = x->blind = true;
    exchange_skipped(d, x, d->skipped);
    exchange_told(d, x);
}

/* What the client says while the server is silent is one message. */
static void say_bytes(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    struct exchange *x = d->hears;
    bool first = !x || x->replied;
    uint64_t after = first ? d->exchanges : 0;
    if (first && x) told(d, x, false, now);
    if (first) x = new_message(d, due);
    if (!x) return;
    x->asked_ns = e->at_ns;
    say(d, x, e->bytes, due, first, after);
}

/* A datagram whose reply was not recorded within the timeout, or behind so many others, had none.
 */
static void forget_silent(struct dialog *d, int64_t at_ns, uint64_t now)
{
    uint64_t timeout = d->live->lane.stream->timeout;
    struct exchange *x;
    while ((x = d->hears) &&
           (at_ns - x->asked_ns > (int64_t)timeout || d->exchanges - d->told >= DATAGRAMS_OPEN))
        told(d, x, false, now);
}

static uint16_t tag_of(struct span datagram)
{
    return datagram.n >= 2 ? get_u16(datagram.p) : 0;
}

static void say_datagram(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    uint64_t after = d->told;
    forget_silent(d, e->at_ns, now);
    struct exchange *x = new_message(d, due);
    if (!x) return;
    x->asked_ns = e->at_ns;
    x->tag = tag_of(e->bytes);
    say(d, x, e->bytes, due, true, after);
}

/* --- requests of HTTP/1.x ----------------------------------------------------------------------
 */

static void keep_head(struct dialog *d, struct span piece)
{
    struct pool *p = &d->live->pool;
    if (d->head_n + piece.n > d->head_room) {
        size_t room = d->head_room ? d->head_room : HEAD_FIRST;
        while (room < d->head_n + piece.n) room *= 2;
        uint8_t *more = pool_take(p, room);
        if (d->head_n) memcpy(more, d->head, d->head_n);
        pool_give(p, d->head, d->head_room);
        d->head = more;
        d->head_room = room;
    }
    memcpy(d->head + d->head_n, piece.p, piece.n);
    d->head_n += piece.n;
}

static void forget_head(struct dialog *d)
{
    pool_give(&d->live->pool, d->head, d->head_room);
    d->head = NULL;
    d->head_n = d->head_room = 0;
}

/* The request that is being read is complete. */
static void request_ends(struct dialog *d, struct exchange *x)
{
    pool_give(&d->live->pool, d->asking, sizeof *d->asking);
    d->asking = NULL;
    x->whole = true;
    exchange_settle(d, x);
}

/* A header section is complete: it begins a message. */
static struct exchange *say_head(struct dialog *d, int64_t at_ns, uint64_t due)
{
    static const struct scratch_mark bottom;
    struct live *v = d->live;
    struct span head = span_make(d->head, d->head_n);
    struct exchange *x = new_message(d, due);
    if (!x) return NULL;
    x->asked_ns = at_ns;
    x->is_head = span_starts(span_trim(head), "HEAD ");
    x->is_connect = span_starts(span_trim(head), "CONNECT ");
    scratch_restore(&v->scratch, bottom);
    if (v->rules->edit) {
        uint64_t index = exchange_index(d, x);
        struct draw draw = {.index = &index, .due_ns = &x->due, .scratch = &v->scratch};
        head = http1_edit_apply(v->rules->edit, head, &draw);
    }
    say(d, x, head, due, true, d->head_after);
    forget_head(d);
    return x;
}

static void begin_request(struct dialog *d)
{
    d->asking = pool_take(&d->live->pool, sizeof *d->asking);
    memset(d->asking, 0, sizeof *d->asking);
    d->asking->long_lines = true;
    http1_request_begin(d->asking);
    d->head_after = d->told;
}

/* What the client says is no request. */
static void not_http(struct dialog *d, uint64_t due)
{
    bool torn = d->midway && d->messages == 0;
    if (d->head_n == 0) d->in_turn = true; /* the message has been told by its head */
    skip(d, torn ? ERROR_GAP : ERROR_FOREIGN_PROTOCOL);
    skip_message(d, due);
}

/* Takes a piece of a request, or its end; what is left belongs to the next one. */
static struct span say_request(struct dialog *d, struct span in, int64_t at_ns, uint64_t due)
{
    bool in_head = !d->asking || !d->asking->head_done;
    size_t used = 0, head = 0;
    if (!d->asking) begin_request(d);
    enum parsed how = http1_request_parse(d->asking, in, &used);
    if (in_head) {
        head = d->asking->head_done ? d->asking->body_at : used;
        keep_head(d, span_sub(in, 0, head));
    }
    bool likely = http1_request_guess(span_make(d->head, d->head_n)) != HTTP1_NOT;
    if (how == PARSE_BAD || (in_head && !likely)) {
        not_http(d, due);
        return span_make(NULL, 0);
    }
    if (!d->asking->head_done) return span_make(NULL, 0);
    struct exchange *x = in_head ? say_head(d, at_ns, due) : d->last;
    if (!x) return span_make(NULL, 0);
    x->asked_ns = at_ns;
    if (used > head) say(d, x, span_sub(in, head, used - head), due, false, 0);
    if (how == PARSE_DONE) request_ends(d, x);
    return span_from(in, used);
}

static void say_http(struct dialog *d, const struct talk_event *e, uint64_t due)
{
    struct span left = e->bytes;
    while (left.n && d->kind == DIALOG_HTTP) left = say_request(d, left, e->at_ns, due);
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
            skip(d, ERROR_ENCRYPTED);
            dialog_shut(d, false);
        } else {
            d->kind = v->rules->http ? DIALOG_HTTP : DIALOG_BYTES;
        }
    }
    d->deaf &= d->kind != DIALOG_BYTES;
    switch (d->kind) {
    case DIALOG_HTTP:
        say_http(d, e, due);
        break;
    case DIALOG_BYTES:
        say_bytes(d, e, due, now);
        break;
    case DIALOG_DATAGRAMS:
        say_datagram(d, e, due, now);
        break;
    default:
        skip_message(d, due);
    }
}

/* --- the server ------------------------------------------------------------------------------ */

static void replied(struct exchange *x, int64_t at_ns)
{
    if (!x->replied) x->replied_ns = at_ns;
    x->replied = true;
}

static void forget_telling(struct dialog *d)
{
    pool_give(&d->live->pool, d->telling, sizeof *d->telling);
    d->telling = NULL;
}

static void told_body(void *dialog, struct span piece)
{
    struct dialog *d = dialog;
    digest_body(&d->hears->recorded, &d->live->digest, piece);
}

static void hear_http(struct dialog *d, struct span left, int64_t at_ns, uint64_t now)
{
    while (left.n && !d->deaf && d->kind == DIALOG_HTTP) {
        struct exchange *x = d->hears;
        size_t used = 0;
        if (!x) return; /* nobody asked */
        if (!d->telling) {
            d->telling = pool_take(&d->live->pool, sizeof *d->telling);
            d->told_reply = (struct reply){.on_body = told_body, .ctx = d};
            http1_reply_begin(d->telling, x->is_head || x->is_connect, &d->told_reply);
        }
        replied(x, at_ns);
        enum parsed how = http1_reply_parse(d->telling, left, &used, &d->told_reply);
        digest_bytes(&x->recorded, &d->live->digest, span_sub(left, 0, used));
        left = span_from(left, used);
        if (how == PARSE_MORE) return;
        x->recorded.status = d->told_reply.status;
        forget_telling(d);
        d->deaf = how == PARSE_BAD;
        unsigned status = d->told_reply.status;
        if (status == 101 || (x->is_connect && status / 100 == 2)) d->kind = DIALOG_BYTES;
        told(d, x, how == PARSE_BAD, now);
    }
    if (left.n && d->kind == DIALOG_BYTES && d->hears)
        digest_body(&d->hears->recorded, &d->live->digest, left);
}

static void hear_bytes(struct dialog *d, const struct talk_event *e, uint64_t due)
{
    struct exchange *x = d->hears;
    if (!x) { /* the server speaks first */
        x = exchange_new(d, 0, due);
        x->whole = true;
        x->begun = d->state == DIALOG_OPEN || d->state == DIALOG_BLOCKED;
        x->begun_at = x->asked_at = due;
        if (d->dead) exchange_failed(d, x, d->dead);
    }
    replied(x, e->at_ns);
    digest_bytes(&x->recorded, &d->live->digest, e->bytes);
    digest_body(&x->recorded, &d->live->digest, e->bytes);
}

static void hear_datagram(struct dialog *d, const struct talk_event *e, uint64_t now)
{
    struct exchange *x = d->hears;
    while (x && (x->told || x->tag != tag_of(e->bytes))) x = x->next;
    if (!x) x = d->hears;
    if (!x) return; /* a second reply to one datagram is not waited for either */
    replied(x, e->at_ns);
    digest_bytes(&x->recorded, &d->live->digest, e->bytes);
    digest_body(&x->recorded, &d->live->digest, e->bytes);
    told(d, x, false, now);
}

static void hear_server(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    d->in_turn = false;
    if (d->kind == DIALOG_NEW && !d->live->rules->http) d->kind = DIALOG_BYTES;
    if (d->kind == DIALOG_HTTP)
        hear_http(d, e->bytes, e->at_ns, now);
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
    while ((x = d->hears)) told(d, x, blind, now);
}

/* Part of a message is missing: what of it waits does not leave, and nothing behind it can. */
static void lose_client(struct dialog *d, uint64_t due)
{
    struct exchange *x = d->last;
    bool within = d->asking || (d->kind == DIALOG_BYTES && x && !x->told && !x->replied);
    bool headless = d->head_n > 0;
    if (d->kind == DIALOG_SKIPPED) return;
    skip(d, ERROR_GAP);
    if (within && x && !x->begun && !x->failed && x->number) {
        exchange_drop_moves(d, x);
        x->whole = x->blind = true;
        d->in_turn = true;
        exchange_skipped(d, x, ERROR_GAP);
    } else if (headless) {
        skip_message(d, due);
    }
}

static void lose_server(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->hears;
    if (d->kind == DIALOG_HTTP) {
        if (d->telling) forget_telling(d);
        d->deaf = true;
        tell_rest(d, true, now);
        d->deaf = false;
    } else if (x) {
        x->blind = true;
        replied(x, x->asked_ns);
    }
}

void live_hush(struct dialog *d, uint64_t now)
{
    if (d->telling) forget_telling(d);
    if (d->asking || d->head_n) lose_client(d, now);
    tell_rest(d, true, now);
}

/* The end of a reply that the connection's end marks. */
static void end_reply(struct dialog *d, bool orderly, uint64_t now)
{
    struct exchange *x = d->hears;
    if (!d->telling || !x) return;
    bool whole = orderly && http1_reply_eof(d->telling, &d->told_reply) == PARSE_DONE;
    x->recorded.status = d->told_reply.status;
    forget_telling(d);
    told(d, x, !whole, now);
}

static void hear_close(struct dialog *d, const struct talk_event *e, uint64_t due, uint64_t now)
{
    bool orderly = e->how == TALK_FIN || (e->how == TALK_RST && e->side == TALK_SERVER);
    if (d->asking || d->head_n) lose_client(d, due);
    end_reply(d, e->how == TALK_FIN, now);
    /* Who closes without waiting for the reply, or for whom the capture ended, saw no reply. */
    bool known = orderly || e->how == TALK_IDLE || d->kind == DIALOG_DATAGRAMS;
    struct exchange *x;
    while ((x = d->hears)) told(d, x, !known || (x->replied && !orderly && x->http), now);
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
            end_reply(d, true, now);
        break;
    case TALK_CLOSE:
        *e->mine = NULL;
        hear_close(d, e, due, now);
        break;
    }
    dialog_act(d, now);
}
