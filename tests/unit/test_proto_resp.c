/* Redis: rendered commands, and replies whole, byte by byte, split and truncated everywhere. */
#include "proto_fixture.h"

#include "proto/resp.h"

struct sample {
    const char *in;
    enum parsed outcome;
    unsigned status;
    const char *body;
    size_t rest;
    const char *problem;
};

static const struct sample corpus[] = {
    {"+OK\r\n", PARSE_DONE, .body = "OK"},
    {"+\r\n+", PARSE_DONE, .body = "", .rest = 1},
    {"-ERR unknown command\r\n", PARSE_DONE, .status = 1, .body = "ERR unknown command"},
    {":1234\r\n", PARSE_DONE, .body = "1234"},
    {":-9223372036854775808\r\n", PARSE_DONE, .body = "-9223372036854775808"},
    {"$5\r\nhe\r\no\r\n", PARSE_DONE, .body = "he\r\no"},
    {"$0\r\n\r\n", PARSE_DONE, .body = ""},
    {"$-1\r\n", PARSE_DONE, .body = ""},
    {"*-1\r\n", PARSE_DONE, .body = ""},
    {"*0\r\n:1\r\n", PARSE_DONE, .body = "", .rest = 4},
    {"*3\r\n$3\r\nfoo\r\n$-1\r\n:7\r\n", PARSE_DONE, .body = "foo7"},
    {"*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n*1\r\n$1\r\nb\r\n", PARSE_DONE, .body = "ab"},
    {"*2\r\n+a\r\n-ERR b\r\n", PARSE_DONE, .status = 1, .body = "aERR b"},
    /* RESP3 */
    {"_\r\n", PARSE_DONE, .body = ""},
    {"#t\r\n", PARSE_DONE, .body = "t"},
    {",3.25\r\n", PARSE_DONE, .body = "3.25"},
    {"(3492890328409238509324850943850943825024385\r\n", PARSE_DONE,
     .body = "3492890328409238509324850943850943825024385"},
    {"!5\r\nERR x\r\n", PARSE_DONE, .status = 1, .body = "ERR x"},
    {"=7\r\ntxt:abc\r\n", PARSE_DONE, .body = "txt:abc"},
    {"%2\r\n+a\r\n:1\r\n+b\r\n~2\r\n:2\r\n:3\r\n", PARSE_DONE, .body = "a1b23"},
    {">2\r\n+message\r\n-hello\r\n+OK\r\n", PARSE_DONE, .body = "OK"},
    {">0\r\n|0\r\n+OK\r\n", PARSE_DONE, .body = "OK"},
    {"|1\r\n+ttl\r\n%1\r\n:1\r\n:2\r\n*2\r\n:3\r\n|1\r\n+k\r\n|1\r\n+x\r\n+y\r\n+v\r\n:4\r\n",
     PARSE_DONE, .body = "34"},
    {"*1\r\n|1\r\n+a\r\n+b\r\n", PARSE_MORE, .body = ""},
/* not in keeping with the protocol */
#define BAD(text, why)                                                                             \
    {                                                                                              \
        text, PARSE_BAD, .body = "", .problem = why                                                \
    }
    BAD("HTTP/1.1 400 Bad Request\r\n", "not a Redis reply"),
    BAD("\r\n", "empty line where a value was expected"),
    BAD("$\r\n", "length that is not a number"),
    BAD("$-2\r\n", "length that is not a number"),
    BAD("$+2\r\nab\r\n", "length that is not a number"),
    BAD("$?\r\n", "length that is not a number"),
    BAD("$1099511627777\r\n", "length that is not a number"),
    BAD("$18446744073709551616\r\n", "length that is not a number"),
    BAD("!-1\r\n", "length that is not a number"),
    BAD("*4294967297\r\n", "count that is not a number"),
    BAD("*1 \r\n", "count that is not a number"),
    BAD("~-1\r\n", "count that is not a number"),
    BAD(":\r\n", "integer that is not a number"),
    BAD(":-\r\n", "integer that is not a number"),
    BAD(":1.5\r\n", "integer that is not a number"),
    BAD(":9223372036854775809\r\n", "integer that is not a number"),
    BAD("#x\r\n", "boolean that is none"),
    BAD("_x\r\n", "null that is none"),
    {"$2\r\nabc\r\n", PARSE_BAD, .body = "ab", .problem = "text longer than its length"},
};

static struct fixture fixture;
static struct seen whole, other;

static void corpus_in_all_pieces(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof corpus / sizeof corpus[0]; k++) {
        const struct sample *x = &corpus[k];
        struct span in = span_of(x->in);
        feed_all_ways(&whole, &other, in);
        assert_int_equal(whole.outcome, x->outcome);
        assert_string_equal(whole.body, x->body);
        if (x->outcome == PARSE_DONE) {
            assert_int_equal(whole.used, in.n - x->rest);
            assert_int_equal(whole.reply.status, x->status);
            assert_int_equal(whole.reply.body_bytes, strlen(x->body));
            assert_true(whole.reply.keep);
        }
        if (x->outcome == PARSE_BAD) assert_string_equal(whole.reply.problem, x->problem);
    }
}

static void nested(size_t depth, enum parsed outcome)
{
    char text[8 * 64] = "";
    for (size_t i = 0; i < depth; i++) strcat(text, "*1\r\n");
    strcat(text, ":1\r\n");
    feed_all_ways(&whole, &other, span_of(text));
    assert_int_equal(whole.outcome, outcome);
}

static void nesting_has_a_limit(void **unused)
{
    (void)unused;
    nested(RESP_DEPTH, PARSE_DONE);
    nested(RESP_DEPTH + 1, PARSE_BAD);
    assert_string_equal(whole.reply.problem, "nested deeper than 32");
}

static void long_lines(void **unused)
{
    (void)unused;
    struct span in = long_text("+", 5000, "\r\n");
    feed(&whole, in, in.n, in.n);
    feed(&other, in, 1, 1);
    same(&whole, &other);
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_int_equal(whole.n_body, LINE_KEPT - 1);
    free((void *)in.p);
    in = long_text("-", 70000, "");
    feed(&whole, in, in.n, in.n);
    feed(&other, in, 1, 1);
    same(&whole, &other);
    assert_string_equal(whole.reply.problem, "line longer than 64 KiB");
    free((void *)in.p);
}

static void closes(void **unused)
{
    (void)unused;
    feed(&whole, span_of(""), 1, 1);
    feed_eof(&whole);
    assert_string_equal(whole.reply.problem, "closed without a reply");
    feed(&whole, span_of("$5\r\nab"), 1, 1);
    feed_eof(&whole);
    assert_int_equal(whole.outcome, PARSE_BAD);
    assert_string_equal(whole.reply.problem, "closed within the reply");
}

static void commands(void **unused)
{
    (void)unused;
    static const char *const cases[][2] = {
        {"PING", "*1\r\n$4\r\nPING\r\n"},
        {"  SET\tkey   \"two words\" ", "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$9\r\ntwo words\r\n"},
        {"SET k \"\"", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n"},
        {"ECHO a\"b c\"d", "*2\r\n$4\r\nECHO\r\n$5\r\nab cd\r\n"},
        {"ECHO \"a\\\"b\\\\\"", "*2\r\n$4\r\nECHO\r\n$4\r\na\"b\\\r\n"},
        {"ECHO a\\b", "*2\r\n$4\r\nECHO\r\n$3\r\na\\b\r\n"},
        {"ECHO a${\" b\\r\\n\"}", "*2\r\n$4\r\nECHO\r\n$5\r\na b\r\n\r\n"},
        {"GET k${5}:${7..7}", "*2\r\n$3\r\nGET\r\n$4\r\nk5:7\r\n"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const char *body = arena_printf(&fixture.arena, "command = %s\n", cases[k][0]);
        const struct request *r = fixture_request(&fixture, "redis", body);
        assert_span(fixture_render(&fixture, r, 0), cases[k][1]);
    }
}

/* The bulk lengths of what varies, recomputed from the rendered bytes. */
static void lengths_vary(void **unused)
{
    (void)unused;
    const struct request *r =
        fixture_request(&fixture, "redis", "command = SET k${1..100000} \"v ${1..9}${1..99}\"\n");
    for (uint64_t i = 0; i < 200; i++) {
        struct span out = fixture_render(&fixture, r, i);
        feed(&whole, out, 7, 3); /* a command has the form of a reply */
        assert_int_equal(whole.outcome, PARSE_DONE);
        assert_int_equal(whole.used, out.n);
        assert_memory_equal(whole.body, "SETk", 4);
    }
}

static void mistakes(void **unused)
{
    (void)unused;
    fixture_mistake(&fixture, "redis", "expect = status 0\n", 1,
                    "request x has no command, expected one such as GET key");
    fixture_mistake(&fixture, "redis", "command = \n", 2, "command is empty, expected GET key");
    fixture_mistake(&fixture, "redis", "command = GET \"a\n", 2,
                    "command has a quote that does not end");
}

static int set_up(void **unused)
{
    (void)unused;
    whole.request = other.request = fixture_request(&fixture, "redis", "command = PING\n");
    whole.state = arena_alloc(&fixture.arena, sizeof(struct resp));
    other.state = arena_alloc(&fixture.arena, sizeof(struct resp));
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
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(closes),
        cmocka_unit_test(commands),
        cmocka_unit_test(lengths_vary),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
