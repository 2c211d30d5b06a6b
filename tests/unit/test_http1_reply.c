/* The reply parser: each reply of a corpus whole, byte by byte, split in two everywhere and
 * truncated everywhere, always with the same outcome and the same content handed over. */
#include "proto_fixture.h"

#include "proto/http1_message.h"

struct sample {
    const char *in;
    enum parsed outcome; /* of the whole input, and then of the close when it is MORE */
    bool eof;
    bool head; /* the request was HEAD */
    unsigned status;
    bool keep;
    const char *body;
    const char *headers; /* "name=value;..." */
    size_t rest;         /* bytes behind the message */
    const char *problem;
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct sample corpus[] = {
    {OK "Content-Length: 5\r\n\r\nhello", PARSE_DONE, .status = 200, .keep = true, .body = "hello",
     .headers = "Content-Length=5;"},
    {OK "Content-Length: 0\r\n\r\n", PARSE_DONE, .status = 200, .keep = true},
    {OK "content-LENGTH:5  \r\nX: a b\t\r\n\r\nhelloHTTP/1.1 ", PARSE_DONE, .status = 200,
     .keep = true, .body = "hello", .headers = "content-LENGTH=5;X=a b;", .rest = 9},
    {"HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno", PARSE_DONE, .status = 404, .keep = true,
     .body = "no"},
    {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", PARSE_DONE, .status = 200, .keep = true,
     .body = "ok"},
    {"HTTP/1.1 299 \xc3\xbc\r\nContent-Length: 0\r\n\r\n", PARSE_DONE, .status = 299, .keep = true},
    /* bare line feeds */
    {"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", PARSE_DONE, .status = 200, .keep = true,
     .body = "ok", .headers = "Content-Length=2;"},
    /* keep-alive, RFC 9112 section 9.3 */
    {OK "Connection: close\r\nContent-Length: 0\r\n\r\n", PARSE_DONE, .status = 200},
    {OK "Connection: foo, CLOSE\r\nContent-Length: 0\r\n\r\n", PARSE_DONE, .status = 200},
    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", PARSE_DONE, .status = 200},
    {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", PARSE_DONE,
     .status = 200, .keep = true},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 0\r\n\r\n", PARSE_DONE,
     .status = 200},
    /* chunks: RFC 9112 section 7.1 with extensions and trailers */
    {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", PARSE_DONE, .status = 200,
     .keep = true, .body = "hello", .headers = "Transfer-Encoding=chunked;"},
    {OK "Transfer-Encoding: gzip, Chunked\r\n\r\n4;n=\"v;\";x\r\nWiki\r\n6 \r\npedia \r\n"
        "00E ; q\r\nin \r\n\r\nchunks.\r\n000\r\nTrailer: 1\r\nA: b\r\n\r\nnext",
     PARSE_DONE, .status = 200, .keep = true, .body = "Wikipedia in \r\n\r\nchunks.", .rest = 4},
    {OK "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", PARSE_DONE,
     .status = 200, .keep = true, .body = "a"},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     PARSE_DONE, .status = 200},
    /* until the close */
    {OK "\r\nall of it", PARSE_DONE, .eof = true, .status = 200, .body = "all of it"},
    {OK "\r\n", PARSE_DONE, .eof = true, .status = 200},
    {OK "Transfer-Encoding: gzip\r\n\r\nzz", PARSE_DONE, .eof = true, .status = 200, .body = "zz"},
    /* no body whatever the headers say */
    {OK "Content-Length: 500\r\n\r\n", PARSE_DONE, .head = true, .status = 200, .keep = true},
    {OK "Transfer-Encoding: chunked\r\n\r\n", PARSE_DONE, .head = true, .status = 200,
     .keep = true},
    {OK "\r\n", PARSE_DONE, .head = true, .status = 200, .keep = true},
    {"HTTP/1.1 204 No Content\r\n\r\n", PARSE_DONE, .status = 204, .keep = true},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", PARSE_DONE, .status = 304,
     .keep = true},
    /* interim replies */
    {"HTTP/1.1 100 Continue\r\nX: 1\r\nContent-Length: 9\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
     "Link: </a>\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
     PARSE_DONE, .status = 200, .keep = true, .body = "x", .headers = "Content-Length=1;"},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\nraw", PARSE_DONE, .status = 101,
     .headers = "Upgrade=foo;", .rest = 3},
    /* lengths */
    {OK "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", PARSE_DONE, .status = 200,
     .keep = true, .body = "abc"},
    {OK "Content-Length: 3, 3\r\n\r\nabc", PARSE_DONE, .status = 200, .keep = true, .body = "abc"},
    {OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", PARSE_BAD, .status = 200,
     .problem = "content-lengths contradict each other"},
    {OK "Content-Length: 3, 4\r\n\r\nabc", PARSE_BAD, .status = 200,
     .problem = "content-lengths contradict each other"},
#define LENGTH(text)                                                                               \
    {                                                                                              \
        OK "Content-Length:" text "\r\n\r\nabc", PARSE_BAD,                                        \
            .status = 200, .problem = "content-length is not a number below 2^64"                  \
    }
    LENGTH(" 18446744073709551616"),
    LENGTH(" 99999999999999999999999"),
    LENGTH(" -1"),
    LENGTH(" +3"),
    LENGTH(" 1 2"),
    LENGTH(""),
    LENGTH(" "),
    LENGTH(" 0x3"),
    LENGTH(" 3;"),
    LENGTH(" 3,"),
    LENGTH(" ,"),
    LENGTH(" 3.0"),
    {OK "Content-Length: 18446744073709551615\r\n\r\nabc", PARSE_BAD, .eof = true, .status = 200,
     .body = "abc", .problem = "closed within the body"},
    {OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", PARSE_BAD,
     .status = 200, .problem = "both content-length and transfer-encoding"},
    {OK "Transfer-Encoding: chunked, gzip\r\n\r\n", PARSE_BAD, .status = 200,
     .problem = "a transfer coding after chunked"},
    {OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", PARSE_BAD,
     .status = 200, .problem = "a transfer coding after chunked"},
/* chunk sizes */
#define CHUNK(text)                                                                                \
    {                                                                                              \
        OK "Transfer-Encoding: chunked\r\n\r\n" text "\r\nabc", PARSE_BAD,                         \
            .status = 200, .problem = "chunk size is not a number below 2^64"                      \
    }
    CHUNK("10000000000000000"),
    CHUNK(""),
    CHUNK("-1"),
    CHUNK(" 1"),
    CHUNK("0x1"),
    CHUNK("1 2"),
    CHUNK(";a"),
    CHUNK("g"),
    {OK "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nab", PARSE_BAD, .eof = true,
     .status = 200, .body = "ab", .problem = "closed within the body"},
    {OK "Transfer-Encoding: chunked\r\n\r\n0000000000000000000000002\r\nab\r\n0\r\n\r\n",
     PARSE_DONE, .status = 200, .keep = true, .body = "ab"},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", PARSE_BAD, .status = 200,
     .body = "ab", .problem = "chunk longer than its size"},
    /* folded headers */
    {OK "X-Long: a\r\n  b\r\n\tc\r\nContent-Length: 1\r\n\r\nx", PARSE_DONE, .status = 200,
     .keep = true, .body = "x", .headers = "X-Long=a;Content-Length=1;"},
    {OK "Content-Length:\r\n 5\r\n\r\nhello", PARSE_BAD, .status = 200,
     .problem = "content-length is not a number below 2^64"},
    {OK "Content-Length: 1\r\n 5\r\n\r\nhello", PARSE_BAD, .status = 200,
     .problem = "folded header line"},
    {OK " X: 1\r\n\r\n", PARSE_BAD, .status = 200, .problem = "folded header line"},
    /* header lines that are none */
    {OK "no colon here\r\n\r\n", PARSE_BAD, .status = 200,
     .problem = "header line that is not 'name: value'"},
    {OK ": x\r\n\r\n", PARSE_BAD, .status = 200,
     .problem = "header line that is not 'name: value'"},
    {OK "Content-Length : 3\r\n\r\nabc", PARSE_BAD, .status = 200,
     .problem = "header line that is not 'name: value'"},
/* status lines that are none */
#define NOT_HTTP(text)                                                                             \
    {                                                                                              \
        text, PARSE_BAD, .problem = "not an HTTP/1.x message"                                      \
    }
    NOT_HTTP("SSH-2.0-OpenSSH_9.2p1\r\n"),
    NOT_HTTP("\r\n" OK),
    NOT_HTTP("HTTP/2 200\r\n\r\n"),
    NOT_HTTP("http/1.1 200 OK\r\n\r\n"),
    NOT_HTTP("HTTP\n"),
    NOT_HTTP("\x15\x03\x01"),
    NOT_HTTP("<html>no line end at all"),
    NOT_HTTP("ICY 200 OK\r\n"),
    NOT_HTTP("HTT\r"),
#define STATUS(text)                                                                               \
    {                                                                                              \
        text, PARSE_BAD, .problem = "malformed status line"                                        \
    }
    STATUS("HTTP/1.1\r\n"),
    STATUS("HTTP/1.x 200 OK\r\n"),
    STATUS("HTTP/1.1 20 OK\r\n"),
    STATUS("HTTP/1.1 2000 OK\r\n"),
    STATUS("HTTP/1.1  200 OK\r\n"),
    STATUS("HTTP/1.1 2x0 OK\r\n"),
    STATUS("HTTP/1.1 099 OK\r\n"),
    STATUS("HTTP/1.1 -20 OK\r\n"),
    STATUS("HTTP/1.10 200 OK\r\n"),
    STATUS("HTTP/1.1 200OK\r\n"),
    /* closes */
    {"", PARSE_BAD, .eof = true, .problem = "closed without a reply"},
    {"HTTP/1.1 20", PARSE_BAD, .eof = true, .problem = "closed within the header section"},
    {OK "A: b\r\n", PARSE_BAD, .eof = true, .status = 200, .headers = "A=b;",
     .problem = "closed within the header section"},
    {"HTTP/1.1 100 Continue\r\n\r\n", PARSE_BAD, .eof = true,
     .problem = "closed within the header section"},
    {OK "Content-Length: 5\r\n\r\nhell", PARSE_BAD, .eof = true, .status = 200, .body = "hell",
     .problem = "closed within the body"},
    {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", PARSE_BAD, .eof = true,
     .status = 200, .body = "hello", .problem = "closed within the body"},
};

extern const struct proto proto_http1;
static struct fixture fixture;
static const struct request *get, *head;
static struct seen whole, other;

/* Both parsers answer a GET or a HEAD. */
static void answer(const struct request *r)
{
    whole.request = other.request = r;
}

static void corpus_in_all_pieces(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof corpus / sizeof corpus[0]; k++) {
        const struct sample *x = &corpus[k];
        struct span in = span_of(x->in);
        answer(x->head ? head : get);
        feed_all_ways(&whole, &other, in);
        if (x->eof) feed_eof(&whole);
        assert_int_equal(whole.outcome, x->outcome);
        assert_int_equal(whole.reply.status, x->status);
        assert_int_equal(whole.reply.keep, x->keep);
        assert_string_equal(whole.body, x->body ? x->body : "");
        if (x->headers) assert_string_equal(whole.headers, x->headers);
        assert_int_equal(whole.reply.body_bytes, strlen(whole.body));
        if (x->outcome == PARSE_DONE) assert_int_equal(whole.used, in.n - x->rest);
        if (x->outcome == PARSE_BAD) assert_string_equal(whole.reply.problem, x->problem);
    }
}

/* Without callbacks the outcome is the same. */
static void callbacks_change_nothing(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof corpus / sizeof corpus[0]; k++) {
        const struct sample *x = &corpus[k];
        struct span in = span_of(x->in);
        answer(x->head ? head : get);
        feed(&whole, in, in.n, in.n);
        struct reply reply = {0};
        size_t used;
        proto_http1.begin(other.state, other.request, &reply);
        if (in.n > 0)
            assert_int_equal(proto_http1.parse(other.state, in, &used, &reply), whole.outcome);
        assert_int_equal(reply.status, whole.reply.status);
        assert_int_equal(reply.keep, whole.reply.keep);
        assert_int_equal(reply.body_bytes, whole.reply.body_bytes);
        assert_ptr_equal(reply.problem, whole.reply.problem);
    }
}

static void feed_both(struct span in)
{
    feed(&whole, in, in.n, in.n);
    feed(&other, in, 700, 700);
    same(&whole, &other);
    feed(&other, in, 1, 1);
    same(&whole, &other);
}

/* A header whose value has n bytes, and whose line has `length` before its LF. */
static void cut_at_limit(size_t n, size_t length, const char *tail)
{
    struct span in = long_text(OK "X: ", n, tail);
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_string_equal(whole.body, "b");
    size_t value = length <= LINE_KEPT ? n : LINE_KEPT - strlen("X: ");
    assert_int_equal(whole.n_headers, strlen("X=;") + value + strlen("Content-Length=1;"));
    free((void *)in.p);
}

static void long_header_lines_are_cut(void **unused)
{
    (void)unused;
    answer(get);
    for (size_t n = LINE_KEPT - 6; n < LINE_KEPT + 3; n++) {
        cut_at_limit(n, n + strlen("X: \r"), "\r\nContent-Length: 1\r\n\r\nb");
        cut_at_limit(n, n + strlen("X: "), "\nContent-Length: 1\n\nb");
    }
    struct span in = long_text("HTTP/1.1 200 ", 9000, "\r\nContent-Length: 0\r\n\r\n");
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_DONE);
    free((void *)in.p);
    in = long_text(OK "Content-Length: 3", 9000, "\r\n\r\nabc");
    feed_both(in);
    assert_string_equal(whole.reply.problem,
                        "content-length or transfer-encoding longer than 2 KiB");
    free((void *)in.p);
    in = long_text(OK "Transfer-Encoding: chunked\r\n\r\n1;", 9000, "\r\na\r\n0\r\n\r\n");
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_string_equal(whole.body, "a");
    free((void *)in.p);
}

static void absurd_heads_are_refused(void **unused)
{
    (void)unused;
    answer(get);
    const char *tail = "\r\nContent-Length: 0\r\n\r\n";
    size_t fixed = strlen(OK "X: ") + strlen(tail);
    struct span in = long_text(OK "X: ", HTTP1_HEAD_MAX - fixed, tail);
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_DONE);
    free((void *)in.p);
    in = long_text(OK "X: ", HTTP1_HEAD_MAX - fixed + 1, tail);
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_BAD);
    assert_string_equal(whole.reply.problem, "header section longer than 64 KiB");
    free((void *)in.p);
    in = long_text(OK "X: ", HTTP1_HEAD_MAX, ""); /* a line that never ends */
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_BAD);
    free((void *)in.p);
    in = long_text(OK "Transfer-Encoding: chunked\r\n\r\n1;", HTTP1_HEAD_MAX, "");
    feed_both(in);
    assert_int_equal(whole.outcome, PARSE_BAD);
    free((void *)in.p);
}

static void endless_interim_replies_are_refused(void **unused)
{
    (void)unused;
    struct span one = span_of("HTTP/1.1 100 Continue\r\n\r\n");
    struct reply reply = {0};
    proto_http1.begin(whole.state, get, &reply);
    size_t used, n = 0;
    enum parsed outcome;
    while ((outcome = proto_http1.parse(whole.state, one, &used, &reply)) == PARSE_MORE &&
           n < 10000)
        n++;
    assert_int_equal(outcome, PARSE_BAD);
    assert_int_equal(n, HTTP1_HEAD_MAX / one.n);
}

/* One state serves one reply after the other. */
static void pipelined(void **unused)
{
    (void)unused;
    struct span in =
        span_of(OK "Content-Length: 2\r\n\r\nab"
                   "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\n"
                   "HTTP/1.1 204 \r\nConnection: close\r\n\r\n");
    static const unsigned status[] = {200, 404, 204};
    for (int i = 0; i < 3; i++) {
        struct reply reply = {0};
        size_t used;
        proto_http1.begin(whole.state, get, &reply);
        assert_int_equal(proto_http1.parse(whole.state, in, &used, &reply), PARSE_DONE);
        assert_int_equal(reply.status, status[i]);
        assert_int_equal(reply.keep, i < 2);
        in = span_from(in, used);
    }
    assert_int_equal(in.n, 0);
}

static int set_up(void **unused)
{
    (void)unused;
    get = fixture_request(&fixture, "http", "path = /\n");
    head = fixture_request(&fixture, "http", "method = HEAD\n");
    whole.state = arena_alloc(&fixture.arena, proto_http1.state_size);
    other.state = arena_alloc(&fixture.arena, proto_http1.state_size);
    return 0;
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
        cmocka_unit_test(corpus_in_all_pieces),
        cmocka_unit_test(callbacks_change_nothing),
        cmocka_unit_test(long_header_lines_are_cut),
        cmocka_unit_test(absurd_heads_are_refused),
        cmocka_unit_test(endless_interim_replies_are_refused),
        cmocka_unit_test(pipelined),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
