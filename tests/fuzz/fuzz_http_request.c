/* HTTP requests: parsed whole and in pieces, the outcome and what is handed over are the same. The
 * first byte chooses the pieces; the requests follow each other. */
#include "proto/http1_request.h"

#include "base/rng.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash of all that is handed over, and of what each request comes to. */
struct content {
    uint64_t hash, body, body_bytes;
};

static uint64_t add(uint64_t hash, struct span s)
{
    for (size_t i = 0; i < s.n; i++) hash = rng_mix(hash ^ s.p[i]);
    return hash;
}

static void see_pair(void *ctx, struct span a, struct span b)
{
    struct content *c = ctx;
    assert(a.n > 0 && a.n + b.n < LINE_KEPT);
    c->hash = add(add(rng_mix(c->hash), a), b) ^ a.n;
}

static void see_body(void *ctx, struct span piece)
{
    struct content *c = ctx;
    assert(piece.n > 0);
    c->body = add(c->body, piece);
    c->body_bytes += piece.n;
}

static void request_end(const struct http1_request *r, struct content *c)
{
    uint64_t facts = (uint64_t)r->keep | (uint64_t)r->has_body << 1 |
                     (uint64_t)r->expect_continue << 2 | (uint64_t)r->head_done << 3 |
                     (uint64_t)r->status << 4;
    assert(c->body_bytes == r->body_bytes);
    c->hash = rng_mix(c->hash ^ facts ^ rng_mix(c->body) ^ rng_mix(r->body_bytes));
    c->body = c->body_bytes = 0;
}

/* Takes requests until the input ends or one is bad. */
static struct content run(struct span in, size_t max, size_t *at, const char **problem)
{
    static struct http1_request r;
    struct content c = {0};
    r = (struct http1_request){
        .on_line = see_pair, .on_header = see_pair, .on_body = see_body, .ctx = &c};
    enum parsed outcome = PARSE_MORE;
    http1_request_begin(&r);
    for (*at = 0; *at < in.n && outcome != PARSE_BAD;) {
        size_t n = max ? 1 + rng_mix(*at ^ max) % max : in.n;
        struct span piece = span_sub(in, *at, n);
        uint8_t *copy = malloc(piece.n);
        memcpy(copy, piece.p, piece.n);
        size_t used;
        outcome = http1_request_parse(&r, span_make(copy, piece.n), &used);
        free(copy);
        assert(used <= piece.n && (outcome != PARSE_MORE || used == piece.n));
        assert((outcome == PARSE_BAD) == (r.problem != NULL) && (!r.problem || r.status >= 400));
        *at += used;
        if (outcome == PARSE_DONE) {
            assert(used > 0 || r.body_bytes > 0 || r.has_body);
            request_end(&r, &c);
            http1_request_begin(&r);
        }
    }
    request_end(&r, &c);
    *problem = r.problem;
    return c;
}

/* What begins with a request is not ruled out by any of its beginnings, and its head falls apart
 * into lines that are all of it. */
static void check_head(struct span in)
{
    static struct http1_request r;
    struct http1_head_line line;
    size_t used, n = 0;
    r = (struct http1_request){.long_lines = true};
    http1_request_begin(&r);
    http1_request_parse(&r, in, &used);
    if (!r.head_done || r.m.part == PART_FRAMING) return;
    struct span head = span_sub(in, 0, r.body_at);
    struct reader lines = reader_of(head);
    for (; http1_head_next(&lines, &line); n += line.raw.n)
        assert(line.raw.n > 0 && line.name.n + line.value.n < line.raw.n);
    assert(n == head.n && head.n > 0 && head.p[head.n - 1] == '\n');
    if (span_find(head, ' ') > 32) return; /* no method is so long */
    for (n = 0; n <= head.n; n += 1 + n / 8)
        assert(http1_request_guess(span_sub(head, 0, n)) != HTTP1_NOT);
    assert(http1_request_guess(head) == HTTP1_LIKELY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    struct span in = span_make(data + 1, size - 1);
    check_head(in);
    size_t whole_at, pieces_at;
    const char *whole_problem, *pieces_problem;
    struct content whole = run(in, 0, &whole_at, &whole_problem);
    struct content pieces = run(in, 1 + data[0] % 40u, &pieces_at, &pieces_problem);
    assert(memcmp(&whole, &pieces, sizeof whole) == 0);
    assert(whole_problem == pieces_problem);
    assert(whole_problem || whole_at == pieces_at);
    return 0;
}
