/* HTTP replies: parsed whole and in pieces, the outcome and what is handed over are the same. The
 * first byte says whether the request was HEAD, the second chooses the pieces. */
#include "proto/http1_reply.h"

#include "base/rng.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Hashes of what is handed over; equal content in other pieces gives equal hashes. */
struct content {
    uint64_t headers, body, body_bytes;
};

static uint64_t add(uint64_t hash, struct span s)
{
    for (size_t i = 0; i < s.n; i++) hash = rng_mix(hash ^ s.p[i]);
    return hash;
}

static void see_header(void *ctx, struct span name, struct span value)
{
    struct content *c = ctx;
    assert(name.n > 0 && name.n + value.n < LINE_KEPT);
    c->headers = add(add(rng_mix(c->headers), name), value) ^ name.n;
}

static void see_body(void *ctx, struct span piece)
{
    struct content *c = ctx;
    assert(piece.n > 0);
    c->body = add(c->body, piece);
    c->body_bytes += piece.n;
}

struct parse {
    struct http1_reply state;
    struct reply reply;
    struct content content;
    enum parsed outcome;
    size_t used;
};

/* Pieces of 1..max bytes; max 0: whole. */
static void run(struct parse *p, struct span in, bool head, bool silent, size_t max)
{
    p->reply = (struct reply){.ctx = &p->content};
    p->content = (struct content){0};
    p->outcome = PARSE_MORE;
    p->used = 0;
    if (!silent) {
        p->reply.on_header = see_header;
        p->reply.on_body = see_body;
    }
    http1_reply_begin(&p->state, head, &p->reply);
    while (p->outcome == PARSE_MORE && p->used < in.n) {
        size_t n = max ? 1 + rng_mix(p->used ^ max) % max : in.n;
        struct span piece = span_sub(in, p->used, n);
        uint8_t *copy = malloc(piece.n);
        memcpy(copy, piece.p, piece.n);
        size_t used;
        p->outcome = http1_reply_parse(&p->state, span_make(copy, piece.n), &used, &p->reply);
        free(copy);
        assert(used <= piece.n && (p->outcome != PARSE_MORE || used == piece.n));
        p->used += used;
    }
    if (p->outcome == PARSE_MORE) p->outcome = http1_reply_eof(&p->state, &p->reply);
    assert(p->outcome != PARSE_MORE);
    assert((p->outcome == PARSE_BAD) == (p->reply.problem != NULL));
    if (!silent) assert(p->content.body_bytes == p->reply.body_bytes);
}

static void same(const struct parse *a, const struct parse *b)
{
    assert(a->outcome == b->outcome);
    assert(a->reply.problem == b->reply.problem);
    assert(a->reply.status == b->reply.status);
    assert(a->reply.keep == b->reply.keep);
    assert(a->reply.body_bytes == b->reply.body_bytes);
    assert(a->outcome == PARSE_BAD || a->used == b->used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct parse whole, pieces, silent;
    if (size < 2) return 0;
    bool head = data[0] & 1;
    struct span in = span_make(data + 2, size - 2);
    run(&whole, in, head, false, 0);
    run(&pieces, in, head, false, 1 + data[1] % 40u);
    run(&silent, in, head, true, 0);
    same(&whole, &pieces);
    same(&whole, &silent);
    assert(memcmp(&whole.content, &pieces.content, sizeof whole.content) == 0);
    return 0;
}
