/* What comes back on a live connection: to which exchange it belongs, and when that is done. */
#include "run/live.h"

#include <errno.h>

#define ROUNDS 16 /* reads in a row before others get their turn */

static void came(struct exchange *x, size_t n, uint64_t now)
{
    x->came_any = true;
    x->came_at = now;
    x->received += n;
}

static void came_body(void *dialog, struct span piece)
{
    struct dialog *d = dialog;
    digest_body(&d->awaits->came, &d->live->digest, piece);
}

static void forget_coming(struct dialog *d)
{
    pool_give(&d->live->pool, d->coming, sizeof *d->coming);
    d->coming = NULL;
}

static void take_bytes(struct dialog *d, struct span in, uint64_t now)
{
    struct exchange *x = d->awaits;
    /* A greeting may come sooner than it did in the recording. */
    bool fresh = d->live->rules->http ? d->kind == DIALOG_BYTES && !d->first : d->exchanges == 0;
    if (fresh) x = exchange_greeting(d, now);
    if (!x || !x->begun) {
        d->received_total += in.n;
        exchange_stray(d, in);
        return;
    }
    if (!x->came_any) d->reply_at = d->received_total;
    d->received_total += in.n;
    digest_bytes(&x->came, &d->live->digest, in);
    digest_body(&x->came, &d->live->digest, in);
    came(x, in.n, now);
    dialog_check(d, x, now);
}

static void take_http(struct dialog *d, struct span left, uint64_t now)
{
    while (left.n && d->state != DIALOG_CLOSED) {
        struct exchange *x = d->awaits;
        size_t used = 0;
        if (!x || !x->begun || !x->http) { /* unasked for: the connection cannot be trusted */
            dialog_shut(d, true);
            return;
        }
        if (!d->coming) {
            d->coming = pool_take(&d->live->pool, sizeof *d->coming);
            d->came_reply = (struct reply){.on_body = came_body, .ctx = d};
            http1_reply_begin(d->coming, x->is_head, &d->came_reply);
            d->coming->connect = x->is_connect;
            d->reply_at = d->received_total;
        }
        enum parsed how = http1_reply_parse(d->coming, left, &used, &d->came_reply);
        digest_bytes(&x->came, &d->live->digest, span_sub(left, 0, used));
        d->received_total += used;
        came(x, used, now);
        left = span_from(left, used);
        x->came.status = d->came_reply.status;
        if (how == PARSE_MORE) return;
        forget_coming(d);
        if (how == PARSE_BAD) {
            dialog_lose(d, ERROR_BAD_REPLY, now);
            return;
        }
        bool switches = exchange_switches(x, x->came.status);
        if (!switches && !d->came_reply.keep) dialog_shut(d, false);
        d->tunnel = switches;
        exchange_done(d, x, ERROR_NONE, now);
        if (switches) break;
    }
    if (left.n && d->tunnel) take_bytes(d, left, now);
}

static void take_datagram(struct dialog *d, struct span in, uint64_t now)
{
    uint16_t tag = in.n >= 2 ? get_u16(in.p) : 0;
    struct exchange *x = d->awaits, *oldest = NULL;
    for (; x && x->begun; x = x->next) {
        if (x->done) continue;
        if (x->tag == tag) break;
        if (!oldest) oldest = x;
    }
    if (!x || !x->begun) x = oldest;
    if (!x) return;
    digest_bytes(&x->came, &d->live->digest, in);
    digest_body(&x->came, &d->live->digest, in);
    came(x, in.n, now);
    exchange_done(d, x, ERROR_NONE, now);
}

void dialog_check(struct dialog *d, struct exchange *x, uint64_t now)
{
    if (!x->begun || x->done || !x->told || x->moves || x->http) return;
    bool none = !x->replied && !x->blind;
    bool enough = x->came_any && x->came.total >= x->recorded.total;
    if (none || (enough && d->kind != DIALOG_DATAGRAMS))
        exchange_done(d, x, ERROR_NONE, now);
    else if (d->eof)
        exchange_done(d, x, x->came_any ? ERROR_NONE : ERROR_CLOSED, now);
}

static void end_of_http(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->awaits;
    bool whole = d->coming && http1_reply_eof(d->coming, &d->came_reply) == PARSE_DONE;
    if (x && x->begun && whole) {
        dialog_shut(d, false);
        exchange_drop_moves(d, x);
        exchange_done(d, x, ERROR_NONE, now);
    }
    dialog_lose(d, ERROR_CLOSED, now);
}

/* What has come of a reply may be all of it: that is known when the recording has told. */
static void end_of_bytes(struct dialog *d, uint64_t now)
{
    struct exchange *x = d->awaits;
    dialog_shut(d, false);
    d->eof = true;
    if (x && x->begun) {
        exchange_drop_moves(d, x);
        dialog_check(d, x, now);
    }
    dialog_fail_moves(d, ERROR_CLOSED);
}

/* Whether a reply that is awaited now, or would be, is one of HTTP. */
static bool awaits_http(const struct dialog *d)
{
    if (d->tunnel) return false;
    return d->awaits ? d->awaits->http : d->live->rules->http && d->kind != DIALOG_BYTES;
}

static void peer_closed(struct dialog *d, uint64_t now)
{
    if (awaits_http(d))
        end_of_http(d, now);
    else
        end_of_bytes(d, now);
}

void dialog_read(struct dialog *d, uint64_t now)
{
    const struct lane_env *env = d->live->lane.env;
    for (int round = 0; round < ROUNDS && d->state >= DIALOG_OPEN; round++) {
        size_t got = 0;
        enum sent how = sock_recv(d->fd, env->buffer, LANE_BUFFER, &got);
        if (how == SENT_AGAIN) return;
        if (how == SENT_FAILED) {
            dialog_lose(d, error_of_errno(errno), now);
            return;
        }
        struct span in = span_make(env->buffer, got);
        if (d->kind == DIALOG_DATAGRAMS)
            take_datagram(d, in, now);
        else if (got == 0)
            peer_closed(d, now);
        else if (awaits_http(d))
            take_http(d, in, now);
        else
            take_bytes(d, in, now);
        if (got < LANE_BUFFER && d->live->rules->stream) return;
    }
}
