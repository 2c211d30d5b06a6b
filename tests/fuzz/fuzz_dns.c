/* DNS and Redis replies. The first byte's low bit chooses; the others the pieces for Redis, whose
 * outcome must not depend on them. A DNS reply is parsed with and without a known query: the
 * second byte is the query's length, the query and the reply follow. */
#include "proto/dns.h"
#include "proto/resp.h"

#include "base/rng.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see_body(void *ctx, struct span piece)
{
    uint64_t *hash = ctx;
    assert(piece.n > 0);
    for (size_t i = 0; i < piece.n; i++) *hash = rng_mix(*hash ^ piece.p[i]);
}

/* A copy of its own size, so that a sanitizer sees any step beyond it. The caller frees p. */
static struct span copy_of(struct span s)
{
    uint8_t *p = malloc(s.n + !s.n);
    if (s.n) memcpy(p, s.p, s.n);
    return span_make(p, s.n);
}

static void dns(struct span query, struct span in)
{
    struct dns_reply p;
    uint64_t hash = 0;
    size_t used;
    struct reply reply = {.on_body = see_body, .ctx = &hash};
    struct span copy = copy_of(in);
    dns_reply_begin(&p, &reply);
    enum parsed any = dns_reply_parse(&p, copy, &used, &reply);
    assert(used == in.n && any != PARSE_MORE);
    dns_reply_begin(&p, &reply);
    dns_reply_sent(&p, query);
    enum parsed outcome = dns_reply_parse(&p, copy, &used, &reply);
    assert(used == in.n && (outcome == PARSE_BAD) == (reply.problem != NULL));
    assert(outcome != PARSE_DONE || (any == PARSE_DONE && reply.status < 4096));
    free((void *)copy.p);
}

struct resp_run {
    enum parsed outcome;
    struct reply reply;
    uint64_t hash;
    size_t used;
};

static struct resp_run resp(struct span in, size_t max)
{
    static struct resp state;
    struct resp_run r = {.outcome = PARSE_MORE, .reply = {.on_body = see_body}};
    r.reply.ctx = &r.hash;
    resp_begin(&state, &r.reply);
    while (r.outcome == PARSE_MORE && r.used < in.n) {
        size_t n = max ? 1 + rng_mix(r.used ^ max) % max : in.n, used;
        struct span piece = copy_of(span_sub(in, r.used, n));
        r.outcome = resp_parse(&state, piece, &used, &r.reply);
        assert(used <= piece.n && (r.outcome != PARSE_MORE || used == piece.n));
        assert(state.depth <= RESP_DEPTH && state.asides <= state.depth);
        free((void *)piece.p);
        r.used += used;
    }
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    struct span rest = span_make(data + 2, size - 2);
    if (data[0] & 1) {
        dns(span_sub(rest, 0, data[1]), span_from(rest, data[1]));
        return 0;
    }
    struct resp_run whole = resp(rest, 0), pieces = resp(rest, 1 + data[1] % 40u);
    assert(whole.outcome == pieces.outcome && whole.hash == pieces.hash);
    assert(whole.reply.problem == pieces.reply.problem);
    assert(whole.reply.status == pieces.reply.status);
    assert(whole.reply.body_bytes == pieces.reply.body_bytes);
    assert(whole.outcome == PARSE_BAD || whole.used == pieces.used);
    return 0;
}
