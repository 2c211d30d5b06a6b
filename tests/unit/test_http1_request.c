/* The request parser: each request of a corpus whole, byte by byte, split in two everywhere and
 * truncated everywhere, always with the same outcome and the same content handed over. */
#include "proto_fixture.h"

#include "proto/http1_request.h"

struct sample {
    const char *in;
    enum parsed outcome;
    const char *line; /* "METHOD target" */
    bool keep, expect_continue, has_body;
    const char *headers, *body;
    size_t rest;
    unsigned status;
    const char *problem;
};

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /p HTTP/1.1\r\n"

static const struct sample corpus[] = {
    {GET "Host: a\r\n\r\n", PARSE_DONE, "GET /", .keep = true, .headers = "Host=a;"},
    {"\r\n\r\n" GET "\r\nGET", PARSE_DONE, "GET /", .keep = true, .rest = 3},
    {"OPTIONS * HTTP/1.0\n\n", PARSE_DONE, "OPTIONS *", .keep = false},
    {"GET /a?b=c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", PARSE_DONE, "GET /a?b=c",
     .keep = true},
    {GET "Connection: close\r\n\r\n", PARSE_DONE, "GET /", .keep = false},
    {POST "Content-Length: 3\r\n\r\nabcd", PARSE_DONE, "POST /p", .keep = true, .has_body = true,
     .body = "abc", .rest = 1},
    {POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", PARSE_DONE, "POST /p", .keep = true,
     .has_body = true, .expect_continue = true},
    {GET "Expect: 100-continue\r\n\r\n", PARSE_DONE, "GET /", .keep = true},
    {POST
     "Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n3;x\r\nabc\r\n0\r\nT: 1\r\n\r\n",
     PARSE_DONE, "POST /p", .keep = true, .has_body = true, .expect_continue = true, .body = "abc",
     .headers = "Transfer-Encoding=chunked;Expect=100-Continue;"},
    {POST "Content-Length: 5\r\n\r\nabc", PARSE_MORE, "POST /p", .keep = true, .has_body = true,
     .body = "abc"},
#define BAD(text, code, why)                                                                       \
    {                                                                                              \
        text, PARSE_BAD, .status = code, .problem = why                                            \
    }
#define LINE(text) BAD(text "\r\n\r\n", 400, "malformed request line")
    LINE("GET /"),
    LINE("GET  / HTTP/1.1"),
    LINE("GET / HTTP/1.1 "),
    LINE("GET /\tHTTP/1.1"),
    LINE("G(T / HTTP/1.1"),
    LINE(" GET / HTTP/1.1"),
    LINE("GET / http/1.1"),
    LINE("GET / HTTP/1.10"),
    LINE("GET / HTTP/11"),
    LINE("\x16\x03\x01"),
    LINE("GET /\x01 HTTP/1.1"),
    LINE("GET a b HTTP/1.1"),
    BAD("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "not HTTP/1.x"),
    BAD("GET / HTTP/0.9\r\n\r\n", 505, "not HTTP/1.x"),
#define HEAD(text, code, why)                                                                      \
    {                                                                                              \
        POST text "\r\n\r\n", PARSE_BAD, "POST /p", .status = code, .problem = why                 \
    }
    HEAD("Content-Length: 1\r\nContent-Length: 2", 400, "content-lengths contradict each other"),
    HEAD("Content-Length: 1\r\nTransfer-Encoding: chunked", 400,
         "both content-length and transfer-encoding"),
    HEAD("Content-Length: 18446744073709551616", 400, "content-length is not a number below 2^64"),
    HEAD("Transfer-Encoding: gzip", 501, "transfer-encoding that does not end with chunked"),
    HEAD("A: b\r\n c", 400, "folded header line"),
    HEAD("A : b", 400, "header line that is not 'name: value'"),
};

static void see_line(void *ctx, struct span method, struct span target)
{
    snprintf(ctx, 100, "%.*s %.*s", (int)method.n, (const char *)method.p, (int)target.n,
             (const char *)target.p);
}

struct content {
    char line[100]; /* first, for see_line */
    bool head_seen;
    struct seen seen;
};

static void on_header(void *ctx, struct span name, struct span value)
{
    see_header(&((struct content *)ctx)->seen, name, value);
}
static void on_body(void *ctx, struct span piece)
{
    assert_true(((struct content *)ctx)->head_seen);
    see_body(&((struct content *)ctx)->seen, piece);
}
static void on_head(void *ctx)
{
    ((struct content *)ctx)->head_seen = true;
}

/* As feed() of the fixture, for the server's side. */
static void take(struct http1_request *r, struct content *c, struct span in, size_t first,
                 size_t step)
{
    *r = (struct http1_request){.on_line = see_line,
                                .on_header = on_header,
                                .on_head = on_head,
                                .on_body = on_body,
                                .ctx = c};
    c->line[0] = 0;
    c->head_seen = false;
    c->seen.n_body = c->seen.n_headers = c->seen.used = 0;
    c->seen.outcome = PARSE_MORE;
    http1_request_begin(r);
    for (size_t at = 0, n = first; at < in.n && c->seen.outcome == PARSE_MORE; at += n, n = step) {
        if (n > in.n - at) n = in.n - at;
        uint8_t *piece = malloc(n);
        memcpy(piece, in.p + at, n);
        size_t used;
        c->seen.outcome = http1_request_parse(r, span_make(piece, n), &used);
        if (c->seen.outcome == PARSE_MORE) assert_int_equal(used, n);
        c->seen.used += used;
        free(piece);
    }
    assert_int_equal(c->head_seen, r->head_done);
    c->seen.body[c->seen.n_body] = c->seen.headers[c->seen.n_headers] = 0;
}

static struct http1_request a, b;
static struct content whole, other;

static void same_request(void)
{
    assert_int_equal(whole.seen.outcome, other.seen.outcome);
    assert_string_equal(whole.line, other.line);
    assert_string_equal(whole.seen.headers, other.seen.headers);
    assert_string_equal(whole.seen.body, other.seen.body);
    assert_int_equal(a.keep, b.keep);
    assert_int_equal(a.head_done, b.head_done);
    assert_int_equal(a.expect_continue, b.expect_continue);
    assert_int_equal(a.body_bytes, b.body_bytes);
    assert_int_equal(a.status, b.status);
    assert_ptr_equal(a.problem, b.problem);
    if (whole.seen.outcome == PARSE_DONE) assert_int_equal(whole.seen.used, other.seen.used);
}

static void corpus_in_all_pieces(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof corpus / sizeof corpus[0]; k++) {
        const struct sample *x = &corpus[k];
        struct span in = span_of(x->in);
        for (size_t cut = 1; cut < in.n; cut++) {
            take(&a, &whole, in, in.n, in.n);
            take(&b, &other, in, cut, in.n);
            same_request();
            take(&a, &whole, span_sub(in, 0, cut), cut, cut);
            take(&b, &other, span_sub(in, 0, cut), 1, 1);
            same_request();
        }
        take(&a, &whole, in, in.n, in.n);
        assert_int_equal(whole.seen.outcome, x->outcome);
        assert_string_equal(whole.line, x->line ? x->line : "");
        assert_int_equal(a.keep, x->keep);
        assert_int_equal(a.expect_continue, x->expect_continue);
        assert_int_equal(a.has_body, x->has_body);
        assert_string_equal(whole.seen.body, x->body ? x->body : "");
        if (x->headers) assert_string_equal(whole.seen.headers, x->headers);
        if (x->outcome == PARSE_DONE) assert_int_equal(whole.seen.used, in.n - x->rest);
        assert_int_equal(a.status, x->status);
        if (x->outcome == PARSE_BAD) assert_string_equal(a.problem, x->problem);
    }
}

static void refuse_long(const char *head, size_t n, const char *tail, unsigned status)
{
    struct span in = long_text(head, n, tail);
    take(&a, &whole, in, in.n, in.n);
    take(&b, &other, in, 1000, 1000);
    same_request();
    assert_int_equal(whole.seen.outcome, PARSE_BAD);
    assert_int_equal(a.status, status);
    free((void *)in.p);
}

static void absurd_sizes_are_refused(void **unused)
{
    (void)unused;
    refuse_long("GET /", 3000, " HTTP/1.1\r\n\r\n", 414);
    refuse_long(GET "A: ", 70000, "\r\n\r\n", 431);
    refuse_long("GET /", 70000, "", 431);
    refuse_long(POST "Content-Length: 1", 3000, "\r\n\r\n", 400);
}

static void empty_lines_do_not_go_on_forever(void **unused)
{
    (void)unused;
    http1_request_begin(&a);
    size_t used, n = 0;
    while (http1_request_parse(&a, span_of("\r\n"), &used) == PARSE_MORE && n < 100000) n++;
    assert_int_equal(n, HTTP1_HEAD_MAX / 2);
    assert_int_equal(a.status, 431);
}

static void pipelined(void **unused)
{
    (void)unused;
    struct span in =
        span_of(GET "\r\n" POST "Content-Length: 1\r\n\r\nx" GET "Connection: close\r\n\r\n");
    size_t used, n = 0;
    take(&a, &whole, in, in.n, in.n);
    used = whole.seen.used;
    for (n = 1; used < in.n; n++) {
        in = span_from(in, used);
        http1_request_begin(&a);
        assert_int_equal(http1_request_parse(&a, in, &used), PARSE_DONE);
        assert_int_equal(a.keep, n < 2);
    }
    assert_int_equal(n, 3);
}

/* Where requests end is told of lines of any length that a head has room for. */
static void long_request_lines(void **unused)
{
    (void)unused;
    for (size_t n = LINE_KEPT - 40; n < LINE_KEPT + 40; n++) {
        struct span in = long_text("GET /", n, " HTTP/1.0\r\n\r\nX");
        for (size_t step = 1; step <= in.n; step = step * 3 + 1) {
            size_t used = 0, at = 0;
            enum parsed how = PARSE_MORE;
            a = (struct http1_request){.long_lines = true};
            http1_request_begin(&a);
            for (; how == PARSE_MORE && at < in.n; at += used)
                how = http1_request_parse(&a, span_sub(in, at, step), &used);
            assert_int_equal(how, PARSE_DONE);
            assert_int_equal(at, in.n - 1);
            assert_int_equal(a.m.minor, 0);
        }
        free((void *)in.p);
    }
    struct span in = long_text("GET /", 5000, " HTTP/2.0\r\n\r\n");
    size_t used;
    http1_request_begin(&a);
    assert_int_equal(http1_request_parse(&a, in, &used), PARSE_BAD);
    assert_int_equal(a.status, 505);
    free((void *)in.p);
}

static void tunnels(void **unused)
{
    (void)unused;
    static const struct {
        const char *in;
        bool tunnel;
    } heads[] = {
        {GET "\r\n", false},
        {GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", true},
        {"CONNECT a:443 HTTP/1.1\r\n\r\n", true},
        {GET "Upgraded: no\r\n\r\n", false},
    };
    size_t used;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        a = (struct http1_request){0};
        http1_request_begin(&a);
        assert_int_equal(http1_request_parse(&a, span_of(heads[i].in), &used), PARSE_DONE);
        assert_int_equal(a.tunnel, heads[i].tunnel);
    }
}

/* However the pieces fall, the head ends at body_at of the piece that ended it. */
static void heads_end_somewhere(void **unused)
{
    (void)unused;
    struct span in = span_of("\r\n" POST "Content-Length: 3\r\n\r\nabc");
    for (size_t step = 1; step <= in.n; step++) {
        size_t used = 0, head = 0;
        a = (struct http1_request){0};
        http1_request_begin(&a);
        for (size_t at = 0; at < in.n; at += used) {
            bool before = a.head_done;
            enum parsed how = http1_request_parse(&a, span_sub(in, at, step), &used);
            assert_int_not_equal(how, PARSE_BAD);
            if (!before && a.head_done) head = at + a.body_at;
        }
        assert_int_equal(head, in.n - 3);
    }
}

static void heads_taken_apart(void **unused)
{
    (void)unused;
    static const struct {
        const char *raw, *name, *value;
    } lines[] = {
        {"\r\n", "", ""},
        {"GET http://a:80/ HTTP/1.1\r\n", "", ""},
        {"Host: a:80\r\n", "Host", "a:80"},
        {"cookie:b=c\n", "cookie", "b=c"},
        {"Empty:\r\n", "Empty", ""},
        {"X-Blanks: \t x y \r\n", "X-Blanks", "x y"},
        {"\r\n", "", ""},
    };
    char head[200] = "";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) strcat(head, lines[i].raw);
    struct reader r = reader_of(span_of(head));
    struct http1_head_line line;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_true(http1_head_next(&r, &line));
        assert_true(span_is(line.raw, lines[i].raw));
        assert_true(span_is(line.name, lines[i].name));
        assert_true(span_is(line.value, lines[i].value));
    }
    assert_false(http1_head_next(&r, &line));
}

static void guesses(void **unused)
{
    (void)unused;
    static const struct {
        const char *in;
        enum http1_guess guess;
    } starts[] = {
        {"", HTTP1_PERHAPS},
        {"\r\n", HTTP1_PERHAPS},
        {"G", HTTP1_PERHAPS},
        {"GET", HTTP1_PERHAPS},
        {"GET ", HTTP1_PERHAPS},
        {"GET /", HTTP1_LIKELY},
        {"\r\nPUT /x", HTTP1_LIKELY},
        {"GET / HTTP/1.1\r\n", HTTP1_LIKELY},
        {"GET /long /er", HTTP1_LIKELY},
        {"GET key\r\n", HTTP1_NOT}, /* some cache */
        {"GET /key\r\n", HTTP1_NOT},
        {"OPTIONS * HTTP/1.0\n", HTTP1_LIKELY},
        {"MADE-UP x HTTP/1.1\r\n", HTTP1_LIKELY},
        {"MADE-UP /x", HTTP1_PERHAPS},
        {"PRI * HTTP/2.0\r\n", HTTP1_NOT},
        {"EHLO host\r\n", HTTP1_NOT},
        {"PING\r\n", HTTP1_NOT},
        {"*1\r\n$4\r\nPING\r\n", HTTP1_NOT},
        {"SSH-2.0-x\r\n", HTTP1_NOT},
        {"\x16\x03\x01\x02", HTTP1_NOT},
        {" GET /", HTTP1_NOT},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ", HTTP1_NOT},
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct span in = span_of(starts[i].in);
        assert_int_equal(http1_request_guess(in), starts[i].guess);
        /* Nothing is ruled out that turns out to be one. */
        if (starts[i].guess == HTTP1_LIKELY)
            for (size_t n = 0; n < in.n; n++)
                assert_int_not_equal(http1_request_guess(span_sub(in, 0, n)), HTTP1_NOT);
    }
    struct span long_one = long_text("MADE-UP /", HTTP1_HEAD_MAX, "");
    assert_int_equal(http1_request_guess(long_one), HTTP1_NOT);
    free((void *)long_one.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus_in_all_pieces),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(empty_lines_do_not_go_on_forever),
        cmocka_unit_test(pipelined),
        cmocka_unit_test(long_request_lines),
        cmocka_unit_test(tunnels),
        cmocka_unit_test(heads_end_somewhere),
        cmocka_unit_test(heads_taken_apart),
        cmocka_unit_test(guesses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
