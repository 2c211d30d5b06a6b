/* What a recorded HTTP/1.x connection says: where its requests and replies begin and end, so that
 * requests become moves and replies are remembered for the comparison. */
#include "run/live.h"

#include <string.h>

#define HEAD_FIRST 1024

/* --- requests -------------------------------------------------------------------------------- */

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

void http_drop_request(struct dialog *d)
{
    forget_head(d);
    pool_give(&d->live->pool, d->asking, sizeof *d->asking);
    d->asking = NULL;
}

/* A header section is complete: it begins a message. */
static struct exchange *say_head(struct dialog *d, int64_t at_ns, uint64_t due)
{
    static const struct scratch_mark bottom;
    struct live *v = d->live;
    struct span head = span_make(d->head, d->head_n);
    struct exchange *x = message_new(d, due);
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
    message_say(d, x, head, due, true, d->head_after);
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
static void not_http(struct dialog *d, uint64_t due, uint64_t now)
{
    bool torn = d->midway && d->messages == 0;
    bool begun = d->head_n == 0; /* its head has left, and it counts by that */
    dialog_skip(d, torn ? ERROR_GAP : ERROR_FOREIGN_PROTOCOL);
    d->passed_over |= begun;
    message_skip(d, due, now);
}

/* Takes a piece of a request, or its end; what is left belongs to the next one. */
static struct span say_request(struct dialog *d, struct span in, int64_t at_ns, uint64_t due,
                               uint64_t now)
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
        not_http(d, due, now);
        return span_make(NULL, 0);
    }
    if (!d->asking->head_done) return span_make(NULL, 0);
    struct exchange *x = in_head ? say_head(d, at_ns, due) : d->last;
    if (!x) { /* the stream sends no more */
        http_drop_request(d);
        return span_make(NULL, 0);
    }
    x->asked_ns = at_ns;
    if (used > head) message_say(d, x, span_sub(in, head, used - head), due, false, 0);
    if (how == PARSE_DONE) {
        http_drop_request(d);
        x->whole = true;
        exchange_settle(d, x);
    }
    return span_from(in, used);
}

void http_hear_client(struct dialog *d, struct span in, int64_t at_ns, uint64_t due, uint64_t now)
{
    while (in.n && !d->skipped) in = say_request(d, in, at_ns, due, now);
}

/* --- replies --------------------------------------------------------------------------------- */

void http_drop_reply(struct dialog *d)
{
    pool_give(&d->live->pool, d->telling, sizeof *d->telling);
    d->telling = NULL;
}

static void told_body(void *dialog, struct span piece)
{
    struct dialog *d = dialog;
    digest_body(&d->hears->recorded, &d->live->digest, piece);
}

struct span http_hear_server(struct dialog *d, struct span left, int64_t at_ns, uint64_t now)
{
    while (left.n && d->kind == DIALOG_HTTP) {
        struct exchange *x = d->hears;
        size_t used = 0;
        if (!x) return span_make(NULL, 0); /* nobody asked */
        if (!d->telling) {
            d->telling = pool_take(&d->live->pool, sizeof *d->telling);
            d->told_reply = (struct reply){.on_body = told_body, .ctx = d};
            http1_reply_begin(d->telling, x->is_head, &d->told_reply);
            d->telling->connect = x->is_connect;
        }
        reply_begun(x, at_ns);
        enum parsed how = http1_reply_parse(d->telling, left, &used, &d->told_reply);
        digest_bytes(&x->recorded, &d->live->digest, span_sub(left, 0, used));
        left = span_from(left, used);
        if (how == PARSE_MORE) return left;
        if (how == PARSE_BAD) {
            dialog_hush(d, now);
            return span_make(NULL, 0);
        }
        x->recorded.status = d->told_reply.status;
        http_drop_reply(d);
        x->switches = exchange_switches(x, x->recorded.status);
        if (x->switches) d->kind = DIALOG_BYTES;
        reply_told(d, x, false, now);
    }
    return left;
}

void http_end_reply(struct dialog *d, bool orderly, uint64_t now)
{
    struct exchange *x = d->hears;
    if (!d->telling || !x) return;
    bool whole = orderly && http1_reply_eof(d->telling, &d->told_reply) == PARSE_DONE;
    x->recorded.status = d->told_reply.status;
    http_drop_reply(d);
    reply_told(d, x, !whole, now);
}
