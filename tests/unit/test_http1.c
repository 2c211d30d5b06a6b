/* http1: the bytes of requests, and what is told of mistakes. */
#include "proto_fixture.h"

static struct fixture fixture;

/* Renders unit 0 of a request for a target. */
static struct span rendered(const struct proto_target *target, const char *body)
{
    const struct request *r = fixture_compile(&fixture, target, body);
    errs_print(&fixture.errs, stderr);
    assert_non_null(r);
    return fixture_render(&fixture, r, 0);
}

#define AUTO " HTTP/1.1\r\nHost: h:81\r\nUser-Agent: spate\r\n"
static const struct proto_target plain = {.scheme = "http", .host = "h", .port = 81, .path = "/"};

static void goldens(void **unused)
{
    (void)unused;
    static const char *const cases[][2] = {
        {"", "GET /" AUTO "\r\n"},
        {"path = /a?b=${7}\n", "GET /a?b=7" AUTO "\r\n"},
        {"method = HEAD\n", "HEAD /" AUTO "\r\n"},
        {"method = OPTIONS\npath = *\n", "OPTIONS *" AUTO "\r\n"},
        {"method = PURGE\n", "PURGE /" AUTO "\r\n"},
        {"method = POST\n", "POST /" AUTO "Content-Length: 0\r\n\r\n"},
        {"method = PUT\n", "PUT /" AUTO "Content-Length: 0\r\n\r\n"},
        {"method = PATCH\n", "PATCH /" AUTO "Content-Length: 0\r\n\r\n"},
        {"method = DELETE\n", "DELETE /" AUTO "\r\n"},
        {"body = abc\n", "POST /" AUTO "Content-Length: 3\r\n\r\nabc"},
        {"method = DELETE\nbody = x${5}$$\n", "DELETE /" AUTO "Content-Length: 3\r\n\r\nx5$"},
        {"connection = close\n", "GET /" AUTO "Connection: close\r\n\r\n"},
        {"header = Accept: */*\nheader = X-N: ${1}${2}\n",
         "GET /" AUTO "Accept: */*\r\nX-N: 12\r\n\r\n"},
        {"header = X-Empty:\n", "GET /" AUTO "X-Empty: \r\n\r\n"},
        {"header = A: 1\nheader = A: 2\n", "GET /" AUTO "A: 1\r\nA: 2\r\n\r\n"},
        /* what the profile sets, it gets */
        {"header = HOST: other\n", "GET / HTTP/1.1\r\nUser-Agent: spate\r\nHOST: other\r\n\r\n"},
        {"header = user-agent: me\n", "GET / HTTP/1.1\r\nHost: h:81\r\nuser-agent: me\r\n\r\n"},
        {"header = Host:\nheader = User-Agent:\n", "GET / HTTP/1.1\r\n\r\n"},
        {"body = abc\nheader = Content-Length: 9\n", "POST /" AUTO "Content-Length: 9\r\n\r\nabc"},
        {"body = abc\nheader = Content-Length:\n", "POST /" AUTO "\r\nabc"},
        {"method = POST\nheader = Content-Length:\n", "POST /" AUTO "\r\n"},
        {"body = 0\nheader = Transfer-Encoding: chunked\n",
         "POST /" AUTO "Transfer-Encoding: chunked\r\n\r\n0"},
        {"connection = close\nheader = Connection: upgrade\n",
         "GET /" AUTO "Connection: upgrade\r\n\r\n"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        assert_span(rendered(&plain, cases[k][0]), cases[k][1]);
}

static void host_and_path_of_the_target(void **unused)
{
    (void)unused;
    static const struct {
        struct proto_target target;
        const char *body, *start;
    } cases[] = {
        {{"http", "a.b", "/", 80}, "path = /x\n", "GET /x HTTP/1.1\r\nHost: a.b\r\n"},
        {{"http", "::1", "/", 80}, "", "GET / HTTP/1.1\r\nHost: [::1]\r\n"},
        {{"http", "::1", "/", 8080}, "", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n"},
        {{"http", "h", "/api", 80}, "", "GET /api HTTP/1.1\r\n"},
        {{"http", "h", "/api/", 80}, "", "GET /api/ HTTP/1.1\r\n"},
        {{"http", "h", "/api?a=b", 80}, "", "GET /api?a=b HTTP/1.1\r\n"},
        {{"http", "h", "/api", 80}, "path = /x\n", "GET /api/x HTTP/1.1\r\n"},
        {{"http", "h", "/api/", 80}, "path = /\n", "GET /api/ HTTP/1.1\r\n"},
        {{"http", "h", "/api", 80}, "path = *\n", "GET * HTTP/1.1\r\n"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct span out = rendered(&cases[k].target, cases[k].body);
        assert_true(span_starts(out, cases[k].start));
    }
}

/* A request that never varies is made once: the same memory for every unit. */
static void constant_requests_are_shared(void **unused)
{
    (void)unused;
    const struct request *r = fixture_request(&fixture, "http", "path = /a${5}\nbody = x${7}y\n");
    const uint8_t *one = fixture_render(&fixture, r, 0).p;
    assert_ptr_equal(one, fixture_render(&fixture, r, 12345).p);
    scratch_free(&fixture.scratch);
    assert_span(fixture_render(&fixture, r, 1),
                "POST /a5 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: spate\r\n"
                "Content-Length: 3\r\n\r\nx7y");
    assert_null(fixture.scratch.chunk);
}

/* Of a body of varying length, the length is that of the bytes that follow. */
static void content_length_follows_the_body(void **unused)
{
    (void)unused;
    const struct request *r = fixture_request(
        &fixture, "http", "path = /${1..1000000}\nbody = <${1..100000}-${0..11}>\n");
    size_t lengths = 0;
    for (uint64_t i = 0; i < 300; i++) {
        struct span out = fixture_render(&fixture, r, i);
        struct span head_end = span_of("\r\n\r\n"), key = span_of("Content-Length: ");
        struct span body = span_from(out, span_search(out, head_end) + 4);
        struct span digits = span_from(out, span_search(out, key) + key.n);
        unsigned n = 0;
        assert_int_equal(sscanf((const char *)digits.p, "%u", &n), 1);
        assert_int_equal(n, body.n);
        assert_int_equal(body.p[0], '<');
        assert_int_equal(body.p[body.n - 1], '>');
        lengths |= (size_t)1 << n;
    }
    assert_true(__builtin_popcountll(lengths) >= 4);
}

static void mistakes(void **unused)
{
    (void)unused;
    static const struct {
        const char *body;
        unsigned line;
        const char *told;
    } cases[] = {
        {"method = G(T\n", 2, "method 'G(T' is not a name, expected GET, POST, ..."},
        {"method = get\n", 2, "method 'get' is not in capitals, did you mean 'GET'?"},
        {"method = CONNECT\n", 2, "method CONNECT opens a tunnel, expected GET, POST, ..."},
        {"path = a\n", 2, "path 'a' does not begin with '/'"},
        {"path = /a b\n", 2, "the path holds the byte 0x20, write it percent-encoded"},
        {"path = /a\n b\n", 2, "the path holds the byte 0x0a, write it percent-encoded"},
        {"header = Accept\n", 2, "header is not 'Name: value' with a plain name"},
        {"header = A b: c\n", 2, "header is not 'Name: value' with a plain name"},
        {"header = : c\n", 2, "header is not 'Name: value' with a plain name"},
        {"path = /\nheader = A: b\n X: c\n", 3,
         "a header holds the byte 0x0a, a header is one line of text"},
        {"header = A: ${\"b\\r\\nX: c\"}\n", 2,
         "a header holds the byte 0x0d, a header is one line of text"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        fixture_mistake(&fixture, "http", cases[k].body, cases[k].line, cases[k].told);
    struct proto_target query = {"http", "h", "/api?a=b", 80};
    assert_null(fixture_compile(&fixture, &query, "path = /x\n"));
    assert_string_equal(fixture.errs.v[0].text,
                        "the target's url has a query, expected none beside "
                        "the request's own path");
}

static int tear_down(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goldens),
        cmocka_unit_test(host_and_path_of_the_target),
        cmocka_unit_test(constant_requests_are_shared),
        cmocka_unit_test(content_length_follows_the_body),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
