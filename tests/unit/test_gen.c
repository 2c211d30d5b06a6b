/* The core of gen/: literals, conversions, bounds, variables, templates, messages. */
#include "gen_rig.h"

static void literals_are_constant(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const struct {
        const char *text;
        enum gen_type type;
        enum gen_format format;
        uint64_t value;
    } cases[] = {
        {"1000", GEN_U64, FORMAT_NUMBER, 1000},
        {"10k", GEN_U64, FORMAT_NUMBER, 10000},
        {"0x10", GEN_U64, FORMAT_NUMBER, 16},
        {"64KiB", GEN_U64, FORMAT_NUMBER, 65536},
        {"1.5KiB", GEN_U64, FORMAT_NUMBER, 1536},
        {"20ms", GEN_U64, FORMAT_TIME, 20000000},
        {"10.0.0.1", GEN_U64, FORMAT_IP4, 0x0a000001},
        {"02:00:00:00:00:ff", GEN_U64, FORMAT_MAC, 0x0200000000ff},
        {"10.0.0.1/32", GEN_U64, FORMAT_IP4, 0x0a000001},
        {"7..7", GEN_U64, FORMAT_NUMBER, 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct gen *g = rig_gen(r, cases[i].text);
        assert_true(g->constant);
        assert_int_equal(g->type, cases[i].type);
        assert_int_equal(g->format, cases[i].format);
        assert_int_equal(rig_u64(r, g, 12345), cases[i].value);
        assert_int_equal(g->lo, cases[i].value);
        assert_int_equal(g->hi, cases[i].value);
    }
    assert_true(rig_real(r, rig_gen(r, "0.25"), 5) == 0.25);
    assert_true(rig_real(r, rig_gen(r, "1%"), 5) == 0.01);
    assert_true(rig_real(r, rig_gen(r, "-3"), 5) == -3);
    assert_string_equal(rig_str(r, rig_gen(r, "\"a\\nb\""), 5), "a\nb");
    rig_refuse(r, "10k/s", "is a rate");
    rig_refuse(r, "0.5ns", "whole number of nanoseconds");
    rig_free(r);
}

static void values_become_text(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const char *const cases[][2] = {
        {"${0}", "0"},
        {"${18446744073709551615}", "18446744073709551615"},
        {"a${7}b$$c", "a7b$c"},
        {"${0.25}|${-1.5}|${100.000001}|${-0.0000001}", "0.25|-1.5|100.000001|0"},
        {"${0.9999999}", "1"},
        {"${1.5ms} ${999ns} ${90s} ${1us}", "1.5ms 999ns 90s 1us"},
        {"${1000000001ns}", "1.000000001s"},
        {"${10.0.0.1} ${255.255.255.255} ${2001:db8::1}", "10.0.0.1 255.255.255.255 2001:db8::1"},
        {"${02:ab:00:00:00:01}", "02:ab:00:00:00:01"},
        {"${\"x\"}", "x"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct gen *g = rig_text(r, cases[i][0]);
        assert_true(g->constant);
        assert_string_equal(rig_str(r, g, 0), cases[i][1]);
        assert_int_equal(g->lo, strlen(cases[i][1]));
        assert_int_equal(g->hi, strlen(cases[i][1]));
    }
    /* The same values, not folded. */
    const struct gen *g = rig_text(r, "<${5..6}:${10.0.0.0/31}:${1ms..2ms}>");
    assert_false(g->constant);
    for (uint64_t i = 0; i < 50; i++) {
        const char *s = rig_str(r, g, i);
        unsigned v, a;
        assert_int_equal(sscanf(s, "<%u:10.0.0.%u:", &v, &a), 2);
        assert_true((v == 5 || v == 6) && a < 2 && strlen(s) >= g->lo && strlen(s) <= g->hi);
    }
    rig_free(r);
}

static const struct gen_want port = {
    .what = "a port 0..65535", .type = GEN_U64, .lo = 0, .hi = 65535};

static const struct gen *wanted(struct rig *r, const char *text, const struct gen_want *w)
{
    struct entry e = rig_entry(text);
    r->errs.n = 0;
    return gen_entry(&r->env, &e, "test.x", w);
}

static void refused(struct rig *r, const char *text, const struct gen_want *w, const char *words)
{
    assert_null(wanted(r, text, w));
    if (r->errs.n == 0 || !strstr(r->errs.v[0].text, words))
        fail_msg("'%s': \"%s\" lacks \"%s\"", text, r->errs.n ? r->errs.v[0].text : "", words);
}

static void fields_check_what_they_get(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const struct gen_want time = {.what = "a duration such as 20ms",
                                         .type = GEN_U64,
                                         .format = FORMAT_TIME,
                                         .hi = UINT64_MAX};
    static const struct gen_want text = {.what = "text", .type = GEN_TEXT};
    static const struct gen_want real = {.what = "a share", .type = GEN_REAL};
    static const struct gen_want ip4 = {
        .what = "an IPv4 address", .type = GEN_U64, .format = FORMAT_IP4, .hi = UINT32_MAX};
    assert_non_null(wanted(r, "1..65535", &port));
    assert_non_null(wanted(r, "64B", &port));
    refused(r, "65536", &port, "'65536' is out of bounds, expected a port 0..65535");
    refused(r, "1..70000", &port, "can be 70000, expected a port 0..65535");
    refused(r, "80:2, 70000", &port, "can be 70000");
    refused(r, "20ms", &port, "is a duration, expected a port");
    refused(r, "0.5", &port, "is a fractional number");
    refused(r, "0.5..1.5", &port, "is a fractional number");
    refused(r, "-1", &port, "expected a port");
    refused(r, "\"80\"", &port, "is text");
    refused(r, "10.0.0.1", &port, "is an IPv4 address");
    assert_non_null(wanted(r, "20ms", &time));
    assert_non_null(wanted(r, "0", &time));
    assert_non_null(wanted(r, "0:3, 5ms", &time));
    refused(r, "20", &time, "expected a duration");
    assert_string_equal(rig_str(r, wanted(r, "80", &text), 0), "80");
    assert_true(rig_real(r, wanted(r, "80", &real), 0) == 80);
    assert_int_equal(wanted(r, "3..4", &real)->type, GEN_REAL);
    assert_non_null(wanted(r, "10.0.0.0/8", &ip4));
    refused(r, "2001:db8::1", &ip4, "is an IPv6 address, expected an IPv4 address");
    refused(r, "167772161", &ip4, "is a number");
    rig_free(r);
}

static void fields_have_names_of_their_own(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const struct gen_name types[] = {{"A", 1}, {"AAAA", 28}, {0}};
    struct gen_want w = port;
    w.names = types;
    assert_int_equal(rig_u64(r, wanted(r, "AAAA", &w), 0), 28);
    const struct gen *g = wanted(r, "A:8, AAAA:2, 15", &w);
    assert_int_equal(g->lo, 1);
    assert_int_equal(g->hi, 28);
    refused(r, "AAA", &w, "unknown name 'AAA', did you mean 'A");
    rig_refuse(r, "AAAA", "unknown name");
    rig_free(r);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    rig_vars(r, (const char *[]){"user", "1..5", NULL});
    rig_refuse(r, "10..1", "is reversed, did you mean '1..10'?");
    rig_refuse(r, "1.5..0.5", "is reversed");
    rig_refuse(r, "10.0.0.9..10.0.0.1", "is reversed");
    rig_refuse(r, "2001:db8::2..2001:db8::1", "is reversed");
    rig_refuse(r, "1..10 step 0", "step");
    rig_refuse(r, "1ms..10ms step 3", "expected a duration");
    rig_refuse(r, "0.5..1 step -1", "step");
    rig_refuse(r, "1..10ms", "cannot go from a number to a duration");
    rig_refuse(r, "1..10.0.0.1", "cannot go from");
    rig_refuse(r, "1..user", "varies, expected a fixed value");
    rig_refuse(r, "usr", "unknown name 'usr', did you mean 'user'?");
    rig_refuse(r, "range(1)", "is not called by name");
    rig_refuse(r, "chioce(1)", "unknown function 'chioce', did you mean 'choice'?");
    rig_free(r);
}

static void variables_correlate(void **state)
{
    (void)state;
    struct rig *r = rig_new(7);
    rig_vars(r, (const char *[]){"user", "1..1000000", "twice", "${user}-${user}", "n", "9", NULL});
    const struct gen *a = rig_text(r, "${user} ${twice} ${1..1000000}");
    const struct gen *b = rig_gen(r, "user");
    for (uint64_t i = 0; i < 100; i++) {
        unsigned v[4];
        assert_int_equal(sscanf(rig_str(r, a, i), "%u %u-%u %u", v, v + 1, v + 2, v + 3), 4);
        assert_true(v[0] == v[1] && v[1] == v[2] && v[0] != v[3] && v[0] == rig_u64(r, b, i));
    }
    assert_int_equal(rig_gen(r, "1..n")->hi, 9);
    rig_free(r);
}

static void cyclic_variables_are_told(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    rig_vars(r,
             (const char *[]){"a", "b:1, 2", "b", "${c}", "c", "1..a", "d", "5", "d", "6", NULL});
    assert_int_equal(r->errs.n, 1);
    assert_non_null(strstr(r->errs.v[0].text, "'d' is defined twice"));
    r->errs.n = 0;
    gen_vars_check(&r->env);
    assert_int_equal(r->errs.n, 1);
    assert_string_equal(r->errs.v[0].text, "the variable 'a' is defined by itself");
    rig_free(r);
}

static void choices_become_one_type(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    assert_int_equal(rig_gen(r, "1, 2.5")->type, GEN_REAL);
    assert_int_equal(rig_gen(r, "1, \"x\"")->type, GEN_TEXT);
    assert_int_equal(rig_gen(r, "10.0.0.1, 10.1.0.0/16")->format, FORMAT_IP4);
    assert_int_equal(rig_gen(r, "10.0.0.1, 2001:db8::1")->type, GEN_TEXT);
    assert_int_equal(rig_gen(r, "2001:db8::/32, 2001:db8::1")->type, GEN_IP6);
    assert_int_equal(rig_gen(r, "0, 5ms..6ms")->format, FORMAT_TIME);
    assert_int_equal(rig_gen(r, "choice(1:3, 9)")->hi, 9);
    rig_refuse(r, "choice()", "at least one value");
    rig_refuse(r, "choice(x=1, y=2)", "no place in a list");
    rig_free(r);
}

/* Every unit alone, and units in any order, give the values of the whole batch. */
static void batches_do_not_matter(void **state)
{
    (void)state;
    struct rig *r = rig_new(3);
    rig_vars(r, (const char *[]){"v", "1..50", NULL});
    const struct gen *g =
        rig_text(r, "${v} ${1:2, 10..20:3, \"${v}x\", 2001:db8::/40} ${0.5..1.5} ${10.0.0.0/8}");
    struct draw d = rig_draw(r, 1000, 1, BATCH);
    struct span whole[BATCH], part[BATCH];
    gen_fill(g, &d, BATCH, &(struct column){.s = whole});
    for (size_t n = 1; n <= BATCH; n = n * 3 + 1)
        for (size_t from = 0; from < BATCH; from += n) {
            uint64_t index[BATCH];
            size_t m = BATCH - from < n ? BATCH - from : n;
            for (size_t i = 0; i < m; i++) index[i] = 1000 + (BATCH - 1) - (from + i);
            struct draw back = {.index = index, .scratch = &r->scratch};
            gen_fill(g, &back, m, &(struct column){.s = part});
            for (size_t i = 0; i < m; i++)
                assert_true(span_eq(part[i], whole[BATCH - 1 - (from + i)]));
        }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_constant),
        cmocka_unit_test(values_become_text),
        cmocka_unit_test(fields_check_what_they_get),
        cmocka_unit_test(fields_have_names_of_their_own),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(variables_correlate),
        cmocka_unit_test(cyclic_variables_are_told),
        cmocka_unit_test(choices_become_one_type),
        cmocka_unit_test(batches_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
