/* The tokens of every small language in a profile, as one line of text per input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/lex.h"

/* "n:1024 p:.. n:65535": each token with a letter for its kind. */
static void dump(struct span text, char *out, size_t size)
{
    static const char letters[] = {
        [TOK_NUMBER] = 'n', [TOK_ADDR] = 'a',  [TOK_PREFIX] = 'x', [TOK_NAME] = 'w',
        [TOK_STRING] = 's', [TOK_PUNCT] = 'p', [TOK_BAD] = '!'};
    struct lex l;
    size_t n = 0, tokens = 0;
    out[0] = 0;
    for (lex_start(&l, text); l.tok.kind != TOK_END; lex_next(&l)) {
        assert_true(l.at > l.from && l.from >= l.behind && l.at <= text.n);
        assert_true(++tokens <= text.n);
        n += (size_t)snprintf(out + n, size - n, "%s%c:%.*s", n ? " " : "", letters[l.tok.kind],
                              (int)l.tok.text.n, (const char *)l.tok.text.p);
        assert_true(n < size);
    }
    assert_int_equal(lex_next(&l), TOK_END);
}

static const struct {
    const char *text, *tokens;
} golden[] = {
    {"", ""},
    {" \t\n ", ""},
    {"1024..65535", "n:1024 p:.. n:65535"},
    {"0..1.5", "n:0 p:.. n:1.5"},
    {"0.5..1", "n:0.5 p:.. n:1"},
    {"-5..5", "n:-5 p:.. n:5"},
    {"-5..-1", "n:-5 p:.. n:-1"},
    {"10k/s..20k/s", "n:10k/s p:.. n:20k/s"},
    {"1 .. 5 step 2", "n:1 p:.. n:5 w:step n:2"},
    {"200..299,404", "n:200 p:.. n:299 p:, n:404"},
    {"10.0.0.1", "a:10.0.0.1"},
    {"10.0.0.1..10.0.0.9", "a:10.0.0.1 p:.. a:10.0.0.9"},
    {"10.0.0.0/8", "x:10.0.0.0/8"},
    {"10.0.0.0/8 -> 198.18.0.0/16", "x:10.0.0.0/8 p:-> x:198.18.0.0/16"},
    {"10.0.0.1->10.0.0.2", "a:10.0.0.1 p:-> a:10.0.0.2"},
    {"10.0.0.1:8", "a:10.0.0.1 p:: n:8"},
    {"10.0.0.1 / udp", "a:10.0.0.1 p:/ w:udp"},
    {"10.0.0.1/udp", "a:10.0.0.1 p:/ w:udp"},
    {"2001:db8::1", "a:2001:db8::1"},
    {"::", "a:::"},
    {"::1, ::ffff:10.0.0.1", "a:::1 p:, a:::ffff:10.0.0.1"},
    {"fe80::1..fe80::9", "a:fe80::1 p:.. a:fe80::9"},
    {"fe80::1 : 8", "a:fe80::1 p:: n:8"},
    {"1:2:3:4:5:6:7:8:9", "a:1:2:3:4:5:6:7:8 p:: n:9"},
    {"2001:db8::/32", "x:2001:db8::/32"},
    {"::/0", "x:::/0"},
    {"02:00:00:00:00:01", "a:02:00:00:00:00:01"},
    {"02:00:00:00:00:01:8", "a:02:00:00:00:00:01 p:: n:8"},
    {"A:8, AAAA:2", "w:A p:: n:8 p:, w:AAAA p:: n:2"},
    {"a:8,b : 2", "w:a p:: n:8 p:, w:b p:: n:2"},
    {"80:3", "n:80 p:: n:3"},
    {"p99.9 of search<20ms", "w:p99.9 w:of w:search p:< n:20ms"},
    {"errors <= 0.1%", "w:errors p:<= n:0.1%"},
    {"a>=1 b==2 c!=3 d=4", "w:a p:>= n:1 w:b p:== n:2 w:c p:!= n:3 w:d p:= n:4"},
    {"eth / ipv4 / udp", "w:eth p:/ w:ipv4 p:/ w:udp"},
    {"eth/ipv4/udp", "w:eth p:/ w:ipv4 p:/ w:udp"},
    {"x-forwarded->to", "w:x-forwarded p:-> w:to"},
    {"lo..hi", "w:lo p:.. w:hi"},
    {"add.. fee", "w:add p:.. w:fee"},
    {"header x-a present", "w:header w:x-a w:present"},
    {"udp.sport", "w:udp.sport"},
    {"user}", "w:user p:}"},
    {"2x", "n:2x"},
    {"0x1F", "n:0x1F"},
    {"face:80", "w:face p:: n:80"},
    {"cafe.example.com", "w:cafe.example.com"},
    {"choice(1, key=x)", "w:choice p:( n:1 p:, w:key p:= w:x p:)"},
    {"@ * + /", "p:@ p:* p:+ p:/"},
    {"\"a \\\" b\" \"\"", "s:a \\\" b s:"},
    {"\"\\x41\\n\"", "s:\\x41\\n"},
    {"foo. bar-", "w:foo !:. w:bar !:-"},
    {"10kk 12k3 1h30m", "!:10kk !:12k3 !:1h30m"},
    {"10.0.0.300", "!:10.0.0.300"},
    {"1.2.3", "!:1.2.3"},
    {"10.0.0.1x", "!:10.0.0.1x"},
    {"1.2.3.4.5", "!:1.2.3.4.5"},
    {"2001:db8:::1", "!:2001:db8:::1"},
    {"1::2::3", "!:1::2::3"},
    {"02:00:00:00:00:0g", "!:02:00:00:00:00:0g"},
    {"10.0.0.1/8", "!:10.0.0.1/8"},
    {"10.0.0.0/33", "!:10.0.0.0/33"},
    {"10.0.0.0/8x", "!:10.0.0.0/8x"},
    {"02:00:00:00:00:00/8", "!:02:00:00:00:00:00/8"},
    {"\"open", "!:\"open"},
    {"\"\\q\"", "!:\"\\ w:q !:\""},
    {"\"\\x4\"", "!:\"\\ w:x4 !:\""},
    {"'a'", "!:' w:a !:'"},
    {"${x}", "!:$ !:{ w:x p:}"},
    {"- 5", "!:- n:5"},
    {".5", "!:. n:5"},
    {"\xff\xfe", "!:\xff !:\xfe"},
};

static void test_golden(void **state)
{
    char got[400];
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        dump(span_of(golden[i].text), got, sizeof got);
        if (strcmp(got, golden[i].tokens))
            fail_msg("'%s':\n  %s, expected\n  %s", golden[i].text, got, golden[i].tokens);
    }
}

/* Every text cut anywhere, in memory of its own size so that a sanitizer sees a step too far. */
static void test_truncated(void **state)
{
    char got[400];
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        for (size_t n = 0; n < strlen(golden[i].text); n++) {
            uint8_t *cut = malloc(n ? n : 1);
            memcpy(cut, golden[i].text, n);
            dump(span_make(cut, n), got, sizeof got);
            free(cut);
        }
}

static void test_values(void **state)
{
    struct lex l;
    (void)state;
    lex_start(&l, span_of("2.5k/s 10.0.0.0/8 ::1"));
    assert_true(l.tok.q.dim == DIM_RATE && l.tok.q.num == 2500 && l.tok.q.den == 1);
    lex_next(&l);
    assert_true(l.tok.prefix.bits == 8 && l.tok.prefix.first.v == 0x0a000000);
    lex_next(&l);
    assert_true(l.tok.addr.family == FAMILY_IP6 && l.tok.addr.v == 1);
}

static void test_problems(void **state)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"10kk", "unknown unit"},
        {"99999999999999999999", "number too large, or with too many digits"},
        {"10.0.0.300", "not an IPv4 address"},
        {"2001:::1", "not an IPv6 or MAC address"},
        {"10.0.0.1/8", "the prefix has bits set behind its length"},
        {"10.0.0.0/33", "not a prefix, expected a length of 0..32 or, for IPv6, 0..128"},
        {"\"x", "the string is not closed, expected '\"'"},
        {"\"\\q\"", "unknown escape, expected \\\" \\\\ \\n \\r \\t or \\xHH"},
        {"'x'", "strings are written in double quotes"},
        {"$x", "no '$' here, an expression names things as they are"},
        {"?", "unexpected character"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lex l;
        lex_start(&l, span_of(cases[i].text));
        assert_int_equal(l.tok.kind, TOK_BAD);
        assert_string_equal(l.tok.problem, cases[i].problem);
    }
}

static void test_stepping(void **state)
{
    struct lex l;
    char buf[64];
    (void)state;
    lex_start(&l, span_of("  body contains \"of\" 5"));
    assert_true(span_is(lex_rest(&l), "body contains \"of\" 5"));
    assert_false(lex_accept(&l, "status"));
    assert_true(lex_accept(&l, "body") && lex_accept(&l, "contains"));
    assert_false(lex_is(&l, "of")); /* a string is no name */
    assert_string_equal(lex_here(&l, buf), "'\"of\"'");
    lex_next(&l);
    assert_true(span_is(lex_rest(&l), "5"));
    lex_next(&l);
    assert_string_equal(lex_here(&l, buf), "the end");
    assert_int_equal(lex_rest(&l).n, 0);
    char name[101] = {0};
    memset(name, 'x', 100);
    lex_start(&l, span_of(name));
    assert_int_equal(strlen(lex_here(&l, buf)), 52);
}

static void test_unescape(void **state)
{
    struct arena a = {0};
    struct span s = lex_unescape(&a, span_of("a\\\"b\\\\c\\n\\r\\t\\x00\\xfFz"));
    (void)state;
    assert_int_equal(s.n, 11);
    assert_memory_equal(s.p, "a\"b\\c\n\r\t\0\xffz", 11);
    assert_int_equal(lex_unescape(&a, span_of("")).n, 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),   cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_values),   cmocka_unit_test(test_problems),
        cmocka_unit_test(test_stepping), cmocka_unit_test(test_unescape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
