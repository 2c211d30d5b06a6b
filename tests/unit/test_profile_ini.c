/* INI text into lines: true numbers, values of any length, every mistake at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/ini.h"

/* "2 [run]" and "3 [run] key=value" lines, then the errors as "4! text"; newlines in values
 * are shown as '|'. */
static char *read_out(struct span text)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct ini_file ini = {0};
    char *out = NULL;
    size_t n;
    FILE *f = open_memstream(&out, &n);
    bool ok = ini_read(&a, "x.ini", text, &ini, &errs);
    assert_int_equal(ok, errs.n == 0);
    for (size_t i = 0; i < ini.n; i++) {
        const struct ini_line *l = &ini.v[i];
        fprintf(f, "%u [%s]", l->line, l->section);
        if (l->key) fprintf(f, " %s=", l->key);
        for (size_t k = 0; k < l->value.n; k++)
            fputc(l->value.p[k] == '\n' ? '|' : l->value.p[k], f);
        fputc('\n', f);
    }
    for (size_t i = 0; i < errs.n; i++) fprintf(f, "%u! %s\n", errs.v[i].at.line, errs.v[i].text);
    fclose(f);
    arena_free(&a);
    return out;
}

#define NEITHER "expected 'key = value' or '[section]' (a value goes on in indented lines), found "

static const struct {
    const char *text, *out;
} golden[] = {
    {"", ""},
    {"\n\n; c\n# c\n   ; c\n", ""},
    {"[run]\nseed = 42\n", "1 [run]\n2 [run] seed=42\n"},
    {"[run]\nseed=42", "1 [run]\n2 [run] seed=42\n"},
    {"\xef\xbb\xbf[run]\r\n\r\n; c\r\nseed = 42\r\n", "1 [run]\n4 [run] seed=42\n"},
    {"[run]\n\nseed = 1\n\n\n[stream  web] ; c\n# c\nrate = 5\n",
     "1 [run]\n3 [run] seed=1\n6 [stream  web]\n8 [stream  web] rate=5\n"},
    {"[ run ]\nk=", "1 [run]\n2 [run] k=\n"},
    {"[a]\n[b]\n", "1 [a]\n2 [b]\n"},
    /* A repeated key is two entries. */
    {"[r]\nh = a: b\nh = c=d\n", "1 [r]\n2 [r] h=a: b\n3 [r] h=c=d\n"},
    /* Keys are free text. */
    {"[gates]\nsearch is fast = p99 < 20ms", "1 [gates]\n2 [gates] search is fast=p99 < 20ms\n"},
    /* Comments within values. */
    {"[r]\na = 1 ; c\nb = x;y\nc = ;x\nd = 1\t; c\ne = 5 # no comment",
     "1 [r]\n2 [r] a=1\n3 [r] b=x;y\n4 [r] c=\n5 [r] d=1\n6 [r] e=5 # no comment\n"},
    {"[r]\na = \"x ; y\" ; c", "1 [r]\n2 [r] a=\"x ; y\"\n"},
    {"[r]\na = \"x \\\" ; y\" ; c", "1 [r]\n2 [r] a=\"x \\\" ; y\"\n"},
    {"[r]\na = ${f(\" ; }\", ; )} ; c", "1 [r]\n2 [r] a=${f(\" ; }\", ; )}\n"},
    {"[r]\na = {\"k\": \"${f(\"}\") ; }\", \"l ; m\": 1} ; c",
     "1 [r]\n2 [r] a={\"k\": \"${f(\"}\") ; }\", \"l ; m\": 1}\n"},
    {"[r]\na = 5\" pipe ; c", "1 [r]\n2 [r] a=5\" pipe\n"},
    {"[r]\na = \"ok ; ok\" 5\" ; c ; d", "1 [r]\n2 [r] a=\"ok ; ok\" 5\"\n"},
    {"[r]\na = ${open ; c", "1 [r]\n2 [r] a=${open\n"},
    {"[r]\na = $${ ; c", "1 [r]\n2 [r] a=$${\n"},
    /* Continuation: deeper than the key. */
    {"[r]\nbody = {\n  \"a\": 1, ; c\n; comment\n\n  \"b\": [2] }\nnext = 1\n",
     "1 [r]\n2 [r] body={|\"a\": 1,|\"b\": [2] }\n7 [r] next=1\n"},
    {"[r]\n  a = 1\n  b = 2\n    c = 3\n  [4]\n", "1 [r]\n2 [r] a=1\n3 [r] b=2|c = 3\n5 [4]\n"},
    {"[r]\na =\n  x\n  [y]\n\tz = 1\n", "1 [r]\n2 [r] a=|x|[y]|z = 1\n"},
    {"[r]\na = 1\n   \n\t\n  ; c\nb = 2\n", "1 [r]\n2 [r] a=1\n6 [r] b=2\n"},
    /* Mistakes. */
    {"seed = 1\n[run]\nx = 2\n",
     "2 [run]\n3 [run] x=2\n1! the key 'seed' stands before any [section]\n"},
    {"[run]\nfoo\nbar baz\nk = 1\n",
     "1 [run]\n4 [run] k=1\n2! " NEITHER "'foo'\n3! " NEITHER "'bar baz'\n"},
    {"[run]\nfoo ; x = 1\n", "1 [run]\n2! " NEITHER "'foo ; x = 1'\n"},
    {"[run]\nfoo\t; x = 1\n", "1 [run]\n2! " NEITHER "'foo\t; x = 1'\n"},
    {"[run]\n= 5\n", "1 [run]\n2! expected a key before '='\n"},
    {"[run]\nrate: 5 = 6\n", "1 [run]\n2! a key cannot hold ':', expected 'key = value'\n"},
    {"[run\nseed = 1\n[]\nx = 1\n[ok]\ny = 2\n",
     "5 [ok]\n6 [ok] y=2\n1! the section's name is not closed, expected ']'\n"
     "3! a section without a name\n"},
    {"[run] x\n", "1! expected nothing behind ']', found 'x'\n"},
    {"[a;b]\n", "1! a section's name cannot hold ';'\n"},
    {"[run]\nx = \x01\nfoo\n", "2! this is not a text file (byte 0x01), expected a profile\n"},
    {"\x7f"
     "ELF",
     "1! this is not a text file (byte 0x7f), expected a profile\n"},
    {"[run]\rx = 1\r", "1! this is not a text file (byte 0x0d), expected a profile\n"},
};

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        char *got = read_out(span_of(golden[i].text));
        if (strcmp(got, golden[i].out))
            fail_msg("%s\n--- gives\n%s--- expected\n%s", golden[i].text, got, golden[i].out);
        free(got);
    }
}

static void test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        for (size_t n = 0; n < strlen(golden[i].text); n++) {
            uint8_t *cut = malloc(n ? n : 1);
            memcpy(cut, golden[i].text, n);
            free(read_out(span_make(cut, n)));
            free(cut);
        }
}

static void test_nul(void **state)
{
    (void)state;
    char *got = read_out(span_make("[run]\n\0\0x = 1", 13));
    assert_string_equal(got, "2! this is not a text file (byte 0x00), expected a profile\n");
    free(got);
}

/* Values around the lengths at which libinih would cut, and one of a megabyte; the lines
 * behind them keep their numbers. */
static void test_long_values(void **state)
{
    static const size_t lengths[] = {180, 190, 195, 196, 197, 198,  199,    200,
                                     201, 202, 397, 400, 401, 4096, 1 << 20};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct ini_file ini = {0};
        char *value = malloc(lengths[i] + 1);
        /* Everything that would mean something to libinih at the start of a piece. */
        for (size_t k = 0; k < lengths[i]; k++) value[k] = "a=[b];c:#d]  e"[k % 14];
        value[0] = value[lengths[i] - 1] = 'x';
        value[lengths[i]] = 0;
        const char *text = arena_printf(&a, "[r]\nlong = %s\nnext = 1\nfoo\n", value);
        assert_false(ini_read(&a, "x.ini", span_of(text), &ini, &errs));
        assert_int_equal(ini.n, 3);
        assert_int_equal(ini.v[1].value.n, lengths[i]);
        assert_memory_equal(ini.v[1].value.p, value, lengths[i]);
        assert_true(ini.v[2].line == 3 && span_is(ini.v[2].value, "1"));
        assert_true(errs.n == 1 && errs.v[0].at.line == 4);
        free(value);
        arena_free(&a);
    }
}

static void test_long_names(void **state)
{
    (void)state;
    for (size_t n = 40; n < 300; n++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct ini_file ini = {0};
        char *name = calloc(1, n + 1);
        memset(name, 'k', n);
        const char *text = arena_printf(&a, "[%s]\n%s = 1\n[end]\n", name, name);
        bool ok = ini_read(&a, "x.ini", span_of(text), &ini, &errs);
        assert_int_equal(ok, n <= 48);
        if (ok)
            assert_true(strcmp(ini.v[0].section, name) == 0 && strcmp(ini.v[1].key, name) == 0);
        else
            assert_string_equal(errs.v[0].text, "the section's name has more than 48 bytes");
        text = arena_printf(&a, "[s]\n%s = 1\n  2\n", name);
        ini = (struct ini_file){0};
        errs.n = 0;
        ok = ini_read(&a, "x.ini", span_of(text), &ini, &errs);
        assert_int_equal(ok, n <= 120);
        if (ok)
            assert_true(strcmp(ini.v[1].key, name) == 0 && span_is(ini.v[1].value, "1\n2"));
        else
            assert_string_equal(errs.v[0].text, "the key has more than 120 bytes");
        free(name);
        arena_free(&a);
    }
}

/* Hostile sizes are refused or read in linear time. */
static void test_many_lines(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct ini_file ini = {0};
    size_t n = 300000;
    char *text = malloc(4 * n + 5);
    (void)state;
    memcpy(text, "[a]\n", 5);
    for (size_t i = 0; i < n; i++) memcpy(text + 4 + 4 * i, "k=1\n", 5);
    assert_false(ini_read(&a, "x.ini", span_of(text), &ini, &errs));
    assert_int_equal(errs.n, 1);
    assert_string_equal(errs.v[0].text, "the profile has more than 20000 lines with content");
    assert_int_equal(errs.v[0].at.line, 20001);
    for (size_t i = 1; i < n; i++) memcpy(text + 4 + 4 * i, "  \"\n", 4); /* one long value */
    ini = (struct ini_file){0};
    assert_true(ini_read(&a, "x.ini", span_of(text), &ini, &errs));
    assert_int_equal(ini.v[1].value.n, 1 + 2 * (n - 1));
    memset(text + 8, '"', 4 * n - 4);
    for (size_t i = 8; i + 1 < 4 * n; i += 2) memcpy(text + i, "${", 2);
    ini = (struct ini_file){0};
    assert_true(ini_read(&a, "x.ini", span_of(text), &ini, &errs) || errs.n);
    free(text);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),     cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_nul),        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_long_names), cmocka_unit_test(test_many_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
