/* Value expressions and text templates: trees written out and compared, and every message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/expr.h"

static const struct where here = {"test.ini", 7};

static void print_kids(FILE *f, const struct expr *e, bool weights);

/* Calls as (name arg key=arg), ranges as [lo hi step], lists as {a*weight b}, templates as <..>. */
static void print(FILE *f, const struct expr *e)
{
    char buf[ADDR_BUF];
    assert_true(e->at.line == here.line && strcmp(e->at.file, here.file) == 0);
    switch (e->kind) {
    case EXPR_NUMBER:
        fprintf(f, "%g/%d", quantity_double(&e->q), e->q.dim);
        return;
    case EXPR_ADDR:
        fprintf(f, "%s", addr_format(buf, e->addr));
        return;
    case EXPR_PREFIX:
        fprintf(f, "%s/%u", addr_format(buf, e->prefix.first), e->prefix.bits);
        return;
    case EXPR_STRING:
        fprintf(f, "'%.*s'", (int)e->text.n, (const char *)e->text.p);
        return;
    case EXPR_NAME:
        fprintf(f, "%.*s", (int)e->text.n, (const char *)e->text.p);
        return;
    case EXPR_RANGE:
        fputc('[', f);
        print_kids(f, e, false);
        if (e->has_step) fprintf(f, " step %g", quantity_double(&e->q));
        fputc(']', f);
        return;
    case EXPR_LIST:
        fputc('{', f);
        print_kids(f, e, true);
        fputc('}', f);
        return;
    case EXPR_CALL:
        fprintf(f, "(%.*s%s", (int)e->text.n, (const char *)e->text.p, e->n ? " " : "");
        print_kids(f, e, true);
        fputc(')', f);
        return;
    case EXPR_PER_FLOW:
    case EXPR_ALONG_FLOW:
        fputs(e->kind == EXPR_PER_FLOW ? "(per " : "(along ", f);
        print_kids(f, e, false);
        fputc(')', f);
        return;
    case EXPR_TEXT:
        fputc('<', f);
        print_kids(f, e, false);
        fputc('>', f);
        return;
    }
}

static void print_kids(FILE *f, const struct expr *e, bool weights)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct expr_kid *kid = &e->kids[i];
        if (i) fputc(' ', f);
        if (kid->name) fprintf(f, "%s=", kid->name);
        print(f, kid->e);
        assert_true(kid->weight >= 1);
        if (weights && kid->weight > 1) fprintf(f, "*%ju", (uintmax_t)kid->weight);
    }
}

typedef const struct expr *parser(struct arena *, struct span, struct where, struct errs *);

/* The tree of a text or, where there is none, what was told. */
static char *tree(parser *parse, struct span text)
{
    struct arena a = {0};
    struct errs errs = {0};
    char *out = NULL;
    size_t n;
    FILE *f = open_memstream(&out, &n);
    const struct expr *e = parse(&a, text, here, &errs);
    assert_int_equal(errs.n, e ? 0 : 1);
    if (e)
        print(f, e);
    else
        fputs(errs.v[0].text, f);
    if (!e) assert_int_equal(errs.v[0].at.line, here.line);
    fclose(f);
    arena_free(&a);
    return out;
}

struct golden {
    const char *text, *tree;
};

static void check(parser *parse, const struct golden *g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *got = tree(parse, span_of(g[i].text));
        if (strcmp(got, g[i].tree))
            fail_msg("%s\n  gives    %s\n  expected %s", g[i].text, got, g[i].tree);
        free(got);
    }
}
#define CHECK(parse, table) check(parse, table, sizeof table / sizeof *table)

/* Numbers are followed by "/" and their dimension: 0 none, 1 time, 2 size, 3 rate, 5 ratio. */
static const struct golden values[] = {
    {"20ms", "2e+07/1"},
    {"  20ms ", "2e+07/1"},
    {"1024..65535", "[1024/0 65535/0]"},
    {"0..1.5", "[0/0 1.5/0]"},
    {"-5..5 step 2", "[-5/0 5/0 step 2]"},
    {"0/s..2k/s", "[0/3 2000/3]"},
    {"10.0.0.1..10.0.0.9", "[10.0.0.1 10.0.0.9]"},
    {"10.0.0.0/8", "10.0.0.0/8"},
    {"2001:db8::/32", "2001:db8::/32"},
    {"A:8, AAAA:2", "{A*8 AAAA*2}"},
    {"a, b, c", "{a b c}"},
    {"a:3", "{a*3}"},
    {"80:3, 443, 8000..8010:2", "{80/0*3 443/0 [8000/0 8010/0]*2}"},
    {"02:00:00:00:00:01:8, ::1 : 2", "{02:00:00:00:00:01*8 ::1*2}"},
    {"zipf(1..100000, s=1.1)", "(zipf [1/0 100000/0] s=1.1/0)"},
    {"now()", "(now)"},
    {"now( )", "(now)"},
    {"word(3..12)", "(word [3/0 12/0])"},
    {"choice(a:8, b:2, key = x)", "(choice a*8 b*2 key=x)"},
    {"f(g(h(1)), x=k(2, y=\"z\"))", "(f (g (h 1/0)) x=(k 2/0 y='z'))"},
    {"(a)", "a"},
    {"((a:1, b:2)):3, c", "{{a b*2}*3 c}"},
    {"f((a, b), c)", "(f {a b} c)"},
    {"(1)..(5)", "[1/0 5/0]"},
    {"lo..hi", "[lo hi]"},
    {"f(1)..f(2)", "[(f 1/0) (f 2/0)]"},
    {"\"a, (b\"", "'a, (b'"},
    {"\"\\x41\\\"\"", "'A\"'"},
    {"1%, 2x, 64KiB, 1Gbit/s", "{0.01/5 2/6 65536/2 1e+09/4}"},
    {"a,\nb", "{a b}"},
    {"1..5 per flow", "(per [1/0 5/0])"},
    {"a:8, b:2 per flow", "(per {a*8 b*2})"},
    {"(a per flow):3, b", "{(per a)*3 b}"},
    {"seq(1..9 step 2) along flow", "(along (seq [1/0 9/0 step 2]))"},
    {"f((a per flow))", "(f (per a))"},
    {"per, along, flow", "{per along flow}"},
};

static const struct golden faults[] = {
    {"", "expected a value before the end"},
    {"a,", "expected a value before the end"},
    {"a b", "expected ',' or the end before 'b'"},
    {"a)", "expected ',' or the end before ')'"},
    {"f(1", "expected ',' or ')' before the end"},
    {"f(1 foo)", "expected ',' or ')' before 'foo'"},
    {"f(1,)", "expected a value before ')'"},
    {"f(,1)", "expected a value before ','"},
    {"f(x=)", "expected a value before ')'"},
    {"(1", "expected ',' or ')' before the end"},
    {"()", "expected a value before ')'"},
    {"1..", "expected a value before the end"},
    {"1..2..3", "expected ',' or the end before '..'"},
    {"1..2 step x", "expected a number before 'x'"},
    {"1..2 step 2kk", "'2kk': unknown unit"},
    {"a:", "the weight is the end, expected a whole number from 1 to 4294967295"},
    {"a:0", "the weight is '0', expected a whole number from 1 to 4294967295"},
    {"a:-1", "the weight is '-1', expected a whole number from 1 to 4294967295"},
    {"a:1.5", "the weight is '1.5', expected a whole number from 1 to 4294967295"},
    {"a:80%", "the weight is '80%', expected a whole number from 1 to 4294967295"},
    {"a:5000000000", "the weight is '5000000000', expected a whole number from 1 to 4294967295"},
    {"a:b", "the weight is 'b', expected a whole number from 1 to 4294967295"},
    {"10kk", "'10kk': unknown unit"},
    {"f(10.0.0.300)", "'10.0.0.300': not an IPv4 address"},
    {"${user}", "'$': no '$' here, an expression names things as they are"},
    {"\"abc", "'\"abc': the string is not closed, expected '\"'"},
    {"= 5", "expected a value before '='"},
    {"a per", "expected 'flow' before the end"},
    {"a along way", "expected 'flow' before 'way'"},
    {"per flow", "expected ',' or the end before 'flow'"},
    {"a per flow along flow", "expected ',' or the end before 'along'"},
    {"a per flow, b", "expected parentheses around one item of a list, or the end before ','"},
    {"f(a per flow)", "expected ',' or ')' before 'per'"},
};

static const struct golden texts[] = {
    {"", "<>"},
    {"plain, (text) \"as it is\" \\n", "<'plain, (text) \"as it is\" \\n'>"},
    {"/search?q=${url(word)}&user=${user}", "<'/search?q=' (url word) '&user=' user>"},
    {"${a}${b}", "<a b>"},
    {"{\"n\": \"${hex(16)}\"}", "<'{\"n\": \"' (hex 16/0) '\"}'>"},
    {"cost: 5$$", "<'cost: 5$'>"},
    {"$$${x}$$", "<'$' x '$'>"},
    {"$${x}", "<'$' '{x}'>"},
    {"${f(\"}\", g(\"${\"))}!", "<(f '}' (g '${')) '!'>"},
    {"${a:3, b}", "<{a*3 b}>"},
    {"${ 1..5 }", "<[1/0 5/0]>"},
    {"${a per flow}-${step}", "<(per a) '-' step>"},
    {"}{", "<'}{'>"},
    {"a $", "a lone '$', expected ${value}, or $$ for a dollar sign"},
    {"$user", "a lone '$', expected ${value}, or $$ for a dollar sign"},
    {"${user", "'${user' is not closed, expected '}'"},
    {"${", "expected a value before the end"},
    {"${}", "'${}' is empty, expected ${value}"},
    {"${a b}", "expected '}' before 'b'"},
    {"${f(a}", "expected ',' or ')' before '}'"},
    {"x ${\"a}", "'\"a}': the string is not closed, expected '\"'"},
};

static void test_values(void **state)
{
    (void)state;
    CHECK(expr_parse, values);
}

static void test_faults(void **state)
{
    (void)state;
    CHECK(expr_parse, faults);
}

static void test_texts(void **state)
{
    (void)state;
    CHECK(expr_parse_text, texts);
}

static void cut_everywhere(parser *parse, const struct golden *g, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t len = 0; len < strlen(g[i].text); len++) {
            uint8_t *cut = malloc(len ? len : 1);
            memcpy(cut, g[i].text, len);
            free(tree(parse, span_make(cut, len)));
            free(cut);
        }
}

static void test_truncated(void **state)
{
    (void)state;
    cut_everywhere(expr_parse, values, sizeof values / sizeof *values);
    cut_everywhere(expr_parse, faults, sizeof faults / sizeof *faults);
    cut_everywhere(expr_parse_text, texts, sizeof texts / sizeof *texts);
}

/* n times `piece`, then `tail`. */
static struct span repeated(struct arena *a, const char *piece, size_t n, const char *tail)
{
    size_t len = strlen(piece);
    char *s = arena_alloc(a, n * len + strlen(tail) + 1);
    for (size_t i = 0; i < n; i++) memcpy(s + i * len, piece, len);
    memcpy(s + n * len, tail, strlen(tail));
    return span_of(s);
}

static void test_limits(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    (void)state;
    assert_null(expr_parse(&a, repeated(&a, "(", 32, "1"), here, &errs));
    assert_string_equal(errs.v[0].text, "expected ',' or ')' before the end");
    errs.n = 0;
    assert_null(expr_parse(&a, repeated(&a, "f(", 33, "1"), here, &errs));
    assert_string_equal(errs.v[0].text, "the expression is nested deeper than 32");
    errs.n = 0;
    assert_null(expr_parse(&a, repeated(&a, "(", 1000000, ""), here, &errs));
    assert_string_equal(errs.v[0].text, "the expression is nested deeper than 32");
    errs.n = 0;
    const struct expr *e = expr_parse(&a, repeated(&a, "1,", 65534, "1"), here, &errs);
    assert_true(e && e->n == 65535);
    assert_null(expr_parse(&a, repeated(&a, "1,", 65535, "1"), here, &errs));
    assert_string_equal(errs.v[0].text, "the expression has more than 65536 parts");
    errs.n = 0;
    assert_null(expr_parse_text(&a, repeated(&a, "${1}", 65536, ""), here, &errs));
    assert_string_equal(errs.v[0].text, "the expression has more than 65536 parts");
    errs.n = 0;
    /* Long hostile texts end soon. */
    assert_null(expr_parse_text(&a, repeated(&a, "${", 500000, ""), here, &errs));
    assert_null(expr_parse(&a, repeated(&a, "a:", 500000, ""), here, &errs));
    assert_null(expr_parse(&a, repeated(&a, "-", 1000000, ""), here, &errs));
    arena_free(&a);
}

static void test_source(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    const struct expr *e =
        expr_parse(&a, span_of("  zipf( 1 .. 10 , s=1.1 ):2 , \"x\"  "), here, &errs);
    (void)state;
    assert_true(span_is(e->src, "zipf( 1 .. 10 , s=1.1 ):2 , \"x\""));
    assert_true(span_is(e->kids[0].e->src, "zipf( 1 .. 10 , s=1.1 )"));
    assert_true(span_is(e->kids[0].e->kids[0].e->src, "1 .. 10"));
    assert_true(span_is(e->kids[1].e->src, "\"x\""));
    arena_free(&a);
}

/* The tree does not point into the text it was read from. */
static void test_ownership(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    char text[] = "f(name, key=\"s\")", tmpl[] = "abc${name}";
    const struct expr *e = expr_parse(&a, span_of(text), here, &errs);
    const struct expr *t = expr_parse_text(&a, span_of(tmpl), here, &errs);
    (void)state;
    memset(text, '#', sizeof text - 1);
    memset(tmpl, '#', sizeof tmpl - 1);
    assert_true(span_is(e->text, "f") && span_is(e->kids[0].e->text, "name"));
    assert_string_equal(e->kids[1].name, "key");
    assert_true(span_is(e->kids[1].e->text, "s"));
    assert_true(span_is(t->kids[0].e->text, "abc") && span_is(t->kids[1].e->text, "name"));
    arena_free(&a);
}

/* Schedules: values with words and commas between them. */
static void test_within_larger_text(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct lex l;
    (void)state;
    lex_start(&l, span_of("ramp(0/s..2000/s) for 10s, 2000/s for 20s"));
    const struct expr *ramp = expr_parse_lex(&a, &l, false, here, &errs);
    assert_true(ramp && ramp->kind == EXPR_CALL && span_is(ramp->src, "ramp(0/s..2000/s)"));
    assert_true(lex_accept(&l, "for"));
    const struct expr *ten = expr_parse_lex(&a, &l, false, here, &errs);
    assert_true(ten && ten->kind == EXPR_NUMBER && ten->q.num == 10000000000);
    assert_true(lex_accept(&l, ","));
    const struct expr *rate = expr_parse_lex(&a, &l, false, here, &errs);
    assert_true(rate && rate->q.dim == DIM_RATE && lex_accept(&l, "for"));
    assert_non_null(expr_parse_lex(&a, &l, false, here, &errs));
    assert_int_equal(l.tok.kind, TOK_END);

    lex_start(&l, span_of("status 200..299, 404 then"));
    assert_true(lex_accept(&l, "status"));
    const struct expr *codes = expr_parse_lex(&a, &l, true, here, &errs);
    assert_true(codes && codes->kind == EXPR_LIST && codes->n == 2);
    assert_true(lex_is(&l, "then") && !errs_any(&errs));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),    cmocka_unit_test(test_faults),
        cmocka_unit_test(test_texts),     cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_source),
        cmocka_unit_test(test_ownership), cmocka_unit_test(test_within_larger_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
