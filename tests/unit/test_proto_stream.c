/* tcp and udp: what is sent, and where the reply ends, in all pieces. */
#include "proto_fixture.h"

#include "proto/search.h"

static struct fixture fixture;
static struct seen whole, other;

/* Parses `in` in all ways as the reply to a request. */
static void reply_to(const char *scheme, const char *body, const char *in)
{
    whole.request = other.request = fixture_request(&fixture, scheme, body);
    size_t size = whole.request->proto->state_size;
    whole.state = arena_alloc(&fixture.arena, size);
    other.state = arena_alloc(&fixture.arena, size);
    if (whole.request->proto->stream)
        feed_all_ways(&whole, &other, span_of(in));
    else
        feed(&whole, span_of(in), strlen(in), strlen(in));
}

static void until_a_text(void **unused)
{
    (void)unused;
    reply_to("tcp", "body = x\nuntil = \"\\n\"\n", "+OK\nrest");
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_string_equal(whole.body, "+OK\n");
    assert_true(whole.reply.keep);
    reply_to("tcp", "body = x\nuntil = \"\\r\\n.\\r\\n\"\n", "a\r\n.\r\r\n.\r\n.\r\n");
    assert_string_equal(whole.body, "a\r\n.\r\r\n.\r\n");
    reply_to("tcp", "body = x\nuntil = \"aab\"\n", "aaab");
    assert_string_equal(whole.body, "aaab");
    reply_to("tcp", "body = x\nuntil = \"aab\"\n", "aaa");
    feed_eof(&whole);
    assert_int_equal(whole.outcome, PARSE_BAD);
    assert_string_equal(whole.reply.problem, "closed within the reply");
}

static void after_some_bytes(void **unused)
{
    (void)unused;
    reply_to("tcp", "body = x\nbytes = 5\n", "12345678");
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_string_equal(whole.body, "12345");
    assert_int_equal(whole.used, 5);
    reply_to("tcp", "body = x\nbytes = 1KiB\n", "");
    feed_eof(&whole);
    assert_string_equal(whole.reply.problem, "closed without a reply");
}

static void until_the_close(void **unused)
{
    (void)unused;
    reply_to("tcp", "body = x\n", "anything\r\n\r\n");
    assert_int_equal(whole.outcome, PARSE_MORE);
    assert_string_equal(whole.body, "anything\r\n\r\n");
    feed_eof(&whole);
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_false(whole.reply.keep);
}

static void any_datagram(void **unused)
{
    (void)unused;
    reply_to("udp", "body = x\n", "pong");
    assert_int_equal(whole.outcome, PARSE_DONE);
    assert_string_equal(whole.body, "pong");
    assert_int_equal(whole.reply.body_bytes, 4);
    feed(&whole, span_of(""), 0, 0);
    size_t used;
    assert_int_equal(whole.request->proto->parse(whole.state, span_of(""), &used, &whole.reply),
                     PARSE_DONE);
}

static void rendered(void **unused)
{
    (void)unused;
    const struct request *r =
        fixture_request(&fixture, "tcp", "body = a ${5} $$${\"\\r\\n\"}\nuntil = \"x\"\n");
    assert_span(fixture_render(&fixture, r, 0), "a 5 $\r\n");
    r = fixture_request(&fixture, "udp", "body = n${4..4}\n");
    assert_span(fixture_render(&fixture, r, 9), "n4");
}

static void mistakes(void **unused)
{
    (void)unused;
    fixture_mistake(&fixture, "udp", "expect = body size 1\n", 1,
                    "request x has no body, expected the datagram's content");
    fixture_mistake(&fixture, "tcp", "until = \"x\"\n", 1,
                    "request x has no body, expected what to send");
    fixture_mistake(&fixture, "tcp", "body = x\nuntil = x\n", 3,
                    "until is not a text in double quotes, expected one such as \"\\r\\n\"");
    fixture_mistake(&fixture, "tcp", "body = x\nuntil = \"\"\n", 3,
                    "until is not a text in double quotes, expected one such as \"\\r\\n\"");
    fixture_mistake(&fixture, "tcp", "body = x\nuntil = \"x\"\nbytes = 4\n", 4,
                    "the reply ends with both until and bytes, expected one");
}

/* Every text of up to 6 letters of {a, b} in a stream of 12, in two pieces cut anywhere, against
 * the library's search. */
static void search_agrees_with_memmem(void **unused)
{
    (void)unused;
    uint8_t stream[12];
    for (unsigned bits = 0; bits < 4096; bits += 7) {
        for (unsigned i = 0; i < 12; i++) stream[i] = bits >> i & 1 ? 'b' : 'a';
        for (unsigned code = 2; code < 128; code += 3) {
            uint8_t text[6];
            size_t n = 0;
            for (unsigned c = code; c > 1; c >>= 1) text[n++] = c & 1 ? 'b' : 'a';
            struct search s;
            struct arena a = {0};
            search_compile(&a, &s, span_make(text, n));
            struct span all = span_make(stream, 12);
            size_t at = span_search(all, s.text);
            for (size_t cut = 0; cut <= 12; cut++) {
                uint32_t matched = 0;
                size_t end = 0;
                bool found = search_step(&s, &matched, span_sub(all, 0, cut), &end);
                if (!found && search_step(&s, &matched, span_from(all, cut), &end)) {
                    found = true;
                    end += cut;
                }
                assert_int_equal(found, at < 12);
                if (found) assert_int_equal(end, at + n);
            }
            arena_free(&a);
        }
    }
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
        cmocka_unit_test(until_a_text),
        cmocka_unit_test(after_some_bytes),
        cmocka_unit_test(until_the_close),
        cmocka_unit_test(any_datagram),
        cmocka_unit_test(rendered),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(search_agrees_with_memmem),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
