/* What the tests of proto/ share: compiling a request, rendering it, and feeding a parser in
 * pieces. Included by one test program each. */
#ifndef PROTO_FIXTURE_H
#define PROTO_FIXTURE_H

#include "proto/expect.h"
#include "proto/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct errs errs;
    struct profile *profile;
    struct gen_env env;
    struct scratch scratch;
};

/* Compiles the section body for a target; mistakes are in f->errs. */
static inline struct request *fixture_compile(struct fixture *f, const struct proto_target *target,
                                              const char *body)
{
    char *text = arena_printf(&f->arena, "[request x]\n%s", body);
    f->errs = (struct errs){0};
    f->profile = profile_parse(&f->arena, "test.ini", span_of(text), &f->errs);
    assert_non_null(f->profile);
    f->env =
        (struct gen_env){.arena = &f->arena, .errs = &f->errs, .profile = f->profile, .seed = 42};
    return request_compile(&f->env, profile_section(f->profile, "request", "x"), target);
}

/* The same for http://127.0.0.1:8080/ and the like; there must be no mistakes. */
static inline struct request *fixture_request(struct fixture *f, const char *scheme,
                                              const char *body)
{
    struct proto_target target = {.scheme = scheme, .host = "127.0.0.1", .port = 8080, .path = "/"};
    struct request *r = fixture_compile(f, &target, body);
    errs_print(&f->errs, stderr);
    assert_int_equal(f->errs.n, 0);
    assert_non_null(r);
    return r;
}

/* The only mistake in the section is the one told; its line counts from the section's header. */
static inline void fixture_mistake(struct fixture *f, const char *scheme, const char *body,
                                   unsigned line, const char *told)
{
    struct proto_target target = {.scheme = scheme, .host = "127.0.0.1", .port = 8080, .path = "/"};
    assert_null(fixture_compile(f, &target, body));
    if (f->errs.n != 1) errs_print(&f->errs, stderr);
    assert_int_equal(f->errs.n, 1);
    assert_string_equal(f->errs.v[0].text, told);
    assert_int_equal(f->errs.v[0].at.line, line);
}

/* The bytes of one unit. */
static inline struct span fixture_render(struct fixture *f, const struct request *r, uint64_t index)
{
    struct draw d = {.index = &index, .scratch = &f->scratch};
    struct span out;
    r->proto->render(r, &d, 1, &out);
    return out;
}

static inline void assert_span(struct span s, const char *expected)
{
    char *text = malloc(s.n + 1);
    if (s.n) memcpy(text, s.p, s.n);
    text[s.n] = 0;
    assert_string_equal(text, expected);
    assert_int_equal(s.n, strlen(expected));
    free(text);
}

static inline void fixture_free(struct fixture *f)
{
    scratch_free(&f->scratch);
    arena_free(&f->arena);
}

/* What came of one way of parsing an input. */
struct seen {
    const struct request *request;
    void *state;       /* of proto->state_size */
    struct span query; /* handed to proto->sent; empty: not */
    enum parsed outcome;
    struct reply reply;
    size_t used;
    size_t n_body, n_headers;
    char body[70000], headers[70000];
};

static inline void see_body(void *ctx, struct span piece)
{
    struct seen *s = ctx;
    assert_true(piece.n > 0 && s->n_body + piece.n < sizeof s->body);
    memcpy(s->body + s->n_body, piece.p, piece.n);
    s->n_body += piece.n;
}

static inline void see_header(void *ctx, struct span name, struct span value)
{
    struct seen *s = ctx;
    assert_true(s->n_headers + name.n + value.n + 3 < sizeof s->headers);
    s->n_headers += (size_t)sprintf(s->headers + s->n_headers, "%.*s=%.*s;", (int)name.n,
                                    (const char *)name.p, (int)value.n, (const char *)value.p);
}

/* Parses a first piece and then pieces of `step` bytes. Each is copied to memory of its own
 * size, so that a sanitizer sees any step beyond it. */
static inline void feed(struct seen *s, struct span in, size_t first, size_t step)
{
    const struct proto *proto = s->request->proto;
    s->n_body = s->n_headers = s->used = 0;
    s->reply = (struct reply){.on_header = see_header, .on_body = see_body, .ctx = s};
    proto->begin(s->state, s->request, &s->reply);
    if (s->query.n) proto->sent(s->state, s->query);
    s->outcome = PARSE_MORE;
    for (size_t at = 0, n = first; at < in.n && s->outcome == PARSE_MORE; at += n, n = step) {
        if (n > in.n - at) n = in.n - at;
        uint8_t *piece = malloc(n);
        memcpy(piece, in.p + at, n);
        size_t used = 0;
        s->outcome = proto->parse(s->state, span_make(piece, n), &used, &s->reply);
        assert_true(used <= n);
        if (s->outcome == PARSE_MORE) assert_int_equal(used, n);
        s->used += used;
        free(piece);
    }
    s->body[s->n_body] = s->headers[s->n_headers] = 0;
}

static inline void feed_eof(struct seen *s)
{
    if (s->outcome == PARSE_MORE) s->outcome = s->request->proto->eof(s->state, &s->reply);
}

static inline void same(const struct seen *a, const struct seen *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->reply.status, b->reply.status);
    assert_int_equal(a->reply.keep, b->reply.keep);
    assert_int_equal(a->reply.body_bytes, b->reply.body_bytes);
    assert_ptr_equal(a->reply.problem, b->reply.problem);
    assert_string_equal(a->headers, b->headers);
    assert_int_equal(a->n_body, b->n_body);
    assert_memory_equal(a->body, b->body, a->n_body);
    if (a->outcome == PARSE_DONE) assert_int_equal(a->used, b->used);
}

/* Truncated at every length, each whole and byte by byte, and split in two everywhere: always the
 * same. Ends with `whole` fed with all of it at once. */
static inline void feed_all_ways(struct seen *whole, struct seen *other, struct span in)
{
    for (size_t n = 0; n <= in.n; n++) {
        feed(whole, span_sub(in, 0, n), n, n);
        feed(other, span_sub(in, 0, n), 1, 1);
        same(whole, other);
    }
    for (size_t cut = 1; cut < in.n; cut++) {
        feed(other, in, cut, in.n);
        same(whole, other);
    }
}

/* Text made of a head, n times an x, and a tail; the caller frees p. */
static inline struct span long_text(const char *head, size_t n, const char *tail)
{
    size_t h = strlen(head), t = strlen(tail);
    uint8_t *p = malloc(h + n + t);
    memcpy(p, head, h);
    memset(p + h, 'x', n);
    memcpy(p + h + n, tail, t);
    return span_make(p, h + n + t);
}

#endif
