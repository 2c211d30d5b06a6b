/* Expectations: what they accept and refuse, over piece borders, and what is told of mistakes. */
#include "proto_fixture.h"

static struct fixture fixture;

/* The verdict on a reply whose body comes in pieces of `step` bytes. */
static const char *verdict(const struct request *r, const char *in, size_t step,
                           enum expect_kind *kind)
{
    const struct proto *proto = r->proto;
    void *parser = malloc(proto->state_size), *check = malloc(expect_state_size(r->expects));
    struct span left = span_of(in);
    struct reply reply = {0};
    enum parsed outcome = PARSE_MORE;
    expect_begin(r->expects, check, &reply);
    proto->begin(parser, r, &reply);
    while (outcome == PARSE_MORE && left.n > 0) {
        size_t used;
        outcome = proto->parse(parser, span_sub(left, 0, step), &used, &reply);
        left = span_from(left, used);
    }
    if (outcome == PARSE_MORE) outcome = proto->eof(parser, &reply);
    assert_int_equal(outcome, PARSE_DONE);
    const char *failed = expect_verdict(r->expects, check, &reply);
    if (failed && kind) *kind = expect_verdict_kind(r->expects, check);
    free(parser);
    free(check);
    return failed;
}

#define REPLY                                                                                      \
    "HTTP/1.1 201 Created\r\nServer: Test/1.0\r\nX-Tag: one\r\nx-tag: two\r\nEmpty:\r\n"           \
    "Connection: close\r\n\r\naabaabaabaac and the token."

struct rule {
    const char *text;
    bool holds;
    enum expect_kind kind;
};
static const struct rule rules[] = {
    {"status 201", true, 0},
    {"status 200", false, EXPECT_STATUS},
    {"status 200..299", true, 0},
    {"status 202..299", false, EXPECT_STATUS},
    {"status 404, 200..202", true, 0},
    {"status not 500..599", true, 0},
    {"status not 201", false, EXPECT_STATUS},
    {"header Server present", true, 0},
    {"header SERVER present", true, 0},
    {"header Serve present", false, EXPECT_HEADER},
    {"header Server not present", false, EXPECT_HEADER},
    {"header Date not present", true, 0},
    {"header server is \"Test/1.0\"", true, 0},
    {"header server is \"test/1.0\"", false, EXPECT_HEADER},
    {"header empty is \"\"", true, 0},
    {"header X-Tag is \"two\"", true, 0},
    {"header X-Tag not is \"three\"", true, 0},
    {"header X-Tag contains \"ne\"", true, 0},
    {"header X-Tag contains \"onetwo\"", false, EXPECT_HEADER},
    {"header Server not contains \"Test\"", false, EXPECT_HEADER},
    {"body contains \"token\"", true, 0},
    {"body contains \"tokens\"", false, EXPECT_BODY},
    {"body contains \"aabaabaac\"", true, 0},
    {"body contains \"a\"", true, 0},
    {"body contains \".\"", true, 0},
    {"body contains \"baab\\x61abaac\"", true, 0},
    {"body contains \"aabaabaabaac and the token.\"", true, 0},
    {"body contains \"aabaabaabaac and the token..\"", false, EXPECT_BODY},
    {"body not contains \"error\"", true, 0},
    {"body not contains \"and\"", false, EXPECT_BODY},
    {"body is \"aabaabaabaac and the token.\"", true, 0},
    {"body is \"aabaabaabaac and the token\"", false, EXPECT_BODY},
    {"body is \"aabaabaabaac and the token.x\"", false, EXPECT_BODY},
    {"body is \"\"", false, EXPECT_BODY},
    {"body not is \"other\"", true, 0},
    {"body size 27", true, 0},
    {"body size 0..26", false, EXPECT_BODY},
    {"body size 0..1KiB", true, 0},
    {"body not size 27", false, EXPECT_BODY},
};

static void each_rule_in_all_pieces(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++) {
        const char *body = arena_printf(&fixture.arena, "expect = %s\n", rules[k].text);
        const struct request *r = fixture_request(&fixture, "http", body);
        for (size_t step = 1; step <= strlen(REPLY); step++) {
            enum expect_kind kind = EXPECT_STATUS;
            const char *failed = verdict(r, REPLY, step, &kind);
            if (rules[k].holds) {
                assert_null(failed);
            } else {
                assert_string_equal(failed, rules[k].text);
                assert_int_equal(kind, rules[k].kind);
            }
        }
    }
}

static void first_failure_is_told(void **unused)
{
    (void)unused;
    const struct request *r =
        fixture_request(&fixture, "http",
                        "expect = status 201\nexpect = body contains \"zzz\"\n"
                        "expect = header Server is \"no\"\n");
    enum expect_kind kind;
    assert_string_equal(verdict(r, REPLY, 5, &kind), "body contains \"zzz\"");
    assert_int_equal(kind, EXPECT_BODY);
}

static void empty_body_is_empty(void **unused)
{
    (void)unused;
    const char *in = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const struct request *r =
        fixture_request(&fixture, "http", "expect = body is \"\"\nexpect = body size 0\n");
    assert_null(verdict(r, in, 100, NULL));
}

static void only_what_is_needed_is_asked_for(void **unused)
{
    (void)unused;
    struct reply reply = {.on_header = see_header, .on_body = see_body};
    expect_begin(NULL, NULL, &reply);
    assert_null(reply.on_header);
    assert_null(reply.on_body);
    assert_int_equal(expect_state_size(NULL), 0);
    assert_null(expect_verdict(NULL, NULL, &reply));
    const struct request *r =
        fixture_request(&fixture, "http", "expect = status 200\nexpect = body size 0..5\n");
    void *check = malloc(expect_state_size(r->expects));
    expect_begin(r->expects, check, &reply);
    assert_null(reply.on_header);
    assert_null(reply.on_body);
    free(check);
    r = fixture_request(&fixture, "http", "path = /\n");
    assert_null(r->expects);
}

static void mistakes(void **unused)
{
    (void)unused;
    static const char *const cases[][2] = {
        {"stats 200", "expect has 'stats', expected 'status 200', 'header NAME ...' or 'body ...'"},
        {"status", "expect has the end, expected a status such as 200 or 200..299"},
        {"status 20ms", "expect has '20ms', expected a status such as 200 or 200..299"},
        {"status 300..200",
         "expect has the range 300..200, expected a status such as 200 or 200..299"},
        {"status 200 ok", "expect has 'ok', expected the end"},
        {"header", "expect has the end, expected a header's name"},
        {"header Server", "expect has the end, expected 'present', 'is \"text\"' or 'contains "
                          "\"text\"'"},
        {"body has \"x\"",
         "expect has 'has', expected 'contains \"text\"', 'is \"text\"' or 'size 10..20'"},
        {"body contains x", "expect has 'x', expected a text in double quotes"},
        {"body contains \"\"", "expect contains \"\", expected a text to look for"},
        {"body contains \"${user}\"",
         "expect takes fixed texts, expected no ${...} (\\x24{ for these characters)"},
        {"body size 10ms", "expect has '10ms', expected a size such as 10..20KiB"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
        fixture_mistake(&fixture, "http",
                        arena_printf(&fixture.arena, "path = /\nexpect = %s\n", cases[k][0]), 3,
                        cases[k][1]);
    fixture_mistake(&fixture, "udp", "body = x\nexpect = status 200\n", 1,
                    "expect status in request x, but replies of udp have none");
    fixture_mistake(&fixture, "redis", "command = PING\nexpect = header A present\n", 1,
                    "expect header in request x, but replies of redis have none");
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
        cmocka_unit_test(each_rule_in_all_pieces),
        cmocka_unit_test(first_failure_is_told),
        cmocka_unit_test(empty_body_is_empty),
        cmocka_unit_test(only_what_is_needed_is_asked_for),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
