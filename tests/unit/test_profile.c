/* Profiles: sections, @file values, --set, what nobody asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "profile/profile.h"

struct fixture {
    struct arena a;
    struct errs errs;
    char dir[40];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/spate-profile-XXXXXX");
    *state = f;
    return mkdtemp(f->dir) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"p.ini", "body.json", "big", "empty"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(arena_printf(&f->a, "%s/%s", f->dir, names[i]));
    rmdir(f->dir);
    arena_free(&f->a);
    free(f);
    return 0;
}

static const char *path(struct fixture *f, const char *name)
{
    return arena_printf(&f->a, "%s/%s", f->dir, name);
}

static void write_file(struct fixture *f, const char *name, struct span content)
{
    FILE *out = fopen(path(f, name), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(content.p, 1, content.n, out), content.n);
    fclose(out);
}

static struct profile *parse(struct fixture *f, const char *text)
{
    f->errs = (struct errs){0};
    return profile_parse(&f->a, "p.ini", span_of(text), &f->errs);
}

/* The errors as "line: text\n" lines; those of another file than the profile with its name. */
static const char *told(struct fixture *f)
{
    char *s = arena_strdup(&f->a, "");
    for (size_t i = 0; i < f->errs.n; i++) {
        const struct err *e = &f->errs.v[i];
        if (e->at.file && e->at.file[0] == '-')
            s = arena_printf(&f->a, "%s%s: %s\n", s, e->at.file, e->text);
        else
            s = arena_printf(&f->a, "%s%u: %s\n", s, e->at.line, e->text);
    }
    f->errs = (struct errs){0};
    return s;
}

static const char shop[] = "[run]\nduration = 30s\nseed = 42\n"
                           "[stream web]\nrate = 5k/s\nsend = search:80, login:20\n"
                           "[request search]\nheader = A: 1\nheader = B: 2\npath = /\n"
                           "[request login]\n";

static void test_sections(void **state)
{
    struct fixture *f = *state;
    struct profile *p = parse(f, shop);
    assert_non_null(p);
    assert_string_equal(p->file, "p.ini");
    assert_string_equal(p->dir, ".");
    assert_int_equal(p->n, 4);
    assert_string_equal(p->v[1].kind, "stream");
    assert_string_equal(p->v[1].name, "web");
    assert_true(p->v[1].at.line == 4 && p->v[3].n == 0 && p->v[3].at.line == 11);
    assert_null(profile_section(p, "stream", ""));
    assert_null(profile_section(p, "packet", "web"));
    struct section *s = profile_section(p, "request", "search");
    assert_true(s->used && !s->v[0].used);
    assert_true(span_is(section_nth(s, "header", 0)->value, "A: 1"));
    assert_true(s->v[0].used && !s->v[1].used);
    assert_true(span_is(section_nth(s, "header", 1)->value, "B: 2"));
    assert_null(section_nth(s, "header", 2));
    assert_true(span_is(section_get(s, "header")->value, "B: 2"));
    assert_null(section_get(s, "body"));
    assert_string_equal(profile_path(p, "words.txt"), "words.txt");
    assert_string_equal(profile_path(p, "-"), "./-");
    assert_int_equal(section_get(s, "path")->at.line, 10);
    assert_string_equal(section_get(s, "path")->at.file, "p.ini");
    assert_false(section_get(s, "path")->from_file);
}

/* The digest that sha256sum prints for the same bytes; --set does not change it. */
static void test_sha256(void **state)
{
    static const uint8_t want[32] = {0x7e, 0x47, 0x0b, 0xdf, 0xd4, 0x90, 0x5f, 0x3b,
                                     0x2b, 0x9d, 0xfb, 0x6c, 0x02, 0xe3, 0xfc, 0x44,
                                     0x8b, 0x64, 0x29, 0x1a, 0xce, 0x1d, 0x04, 0x47,
                                     0x82, 0xde, 0x98, 0x07, 0xf1, 0x65, 0xdf, 0xd6};
    struct fixture *f = *state;
    struct profile *p = parse(f, "[run]\nseed = 1\n");
    assert_memory_equal(p->sha256, want, 32);
    assert_true(profile_set(p, "run.seed=2", &f->errs));
    assert_memory_equal(p->sha256, want, 32);
}

static void test_faults(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"", "0: the profile is empty, expected at least a [stream NAME] section\n"},
        {"; only\n\n", "0: the profile is empty, expected at least a [stream NAME] section\n"},
        {"[stream a]\n[run]\n[stream a]\nx=1\n[run]\n",
         "3: [stream a] is given twice, first at line 1\n"
         "5: [run] is given twice, first at line 2\n"},
        {"\xef\xbb\xbf\xef\xbb\xbf[run]x = 1\n",
         "1: a byte order mark before a key, expected one at the start of the file only\n"},
        {"\n\xef\xbb\xbf[run]x = 1\n",
         "2: a byte order mark before a key, expected one at the start of the file only\n"},
        {"[stream  a]\n[ stream a ]\n", "2: [stream a] is given twice, first at line 1\n"},
        {"[request 404]\n[a b c]\n[x/y]\n",
         "1: [request 404] is no section, expected [KIND] or [KIND NAME], both names of letters, "
         "digits, '_', '-' and '.'\n"
         "2: [a b c] is no section, expected [KIND] or [KIND NAME], both names of letters, digits, "
         "'_', '-' and '.'\n"
         "3: [x/y] is no section, expected [KIND] or [KIND NAME], both names of letters, digits, "
         "'_', '-' and '.'\n"},
        {"[r]\nbody = @\nb = @/nonexistent/x\nfoo\n",
         "4: expected 'key = value' or '[section]' (a value goes on in indented lines), found "
         "'foo'\n"
         "2: expected the name of a file behind '@'\n"
         "3: cannot read '/nonexistent/x': No such file or directory\n"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(parse(f, cases[i].text));
        assert_string_equal(told(f), cases[i].told);
    }
}

static void test_many_sections(void **state)
{
    struct fixture *f = *state;
    char *text = arena_alloc(&f->a, 5000 * 8 + 1);
    for (unsigned i = 0; i < 5000; i++) snprintf(text + 8 * i, 9, "[s%04u]\n", i % 5000);
    assert_null(parse(f, text));
    assert_string_equal(told(f), "4097: the profile has more than 4096 sections\n");
}

static void test_load(void **state)
{
    struct fixture *f = *state;
    struct entry *e;
    write_file(f, "body.json", span_make("{\"a\": ${x} ; \0}\n", 16));
    write_file(f, "empty", span_of(""));
    write_file(f, "p.ini", span_of("[r]\nbody = @body.json\nat = @@x\nnone = @empty\nmid = a@b"));
    struct profile *p = profile_load(&f->a, path(f, "p.ini"), &f->errs);
    assert_string_equal(told(f), "");
    assert_non_null(p);
    assert_string_equal(p->dir, f->dir);
    assert_string_equal(profile_path(p, "words.txt"), path(f, "words.txt"));
    assert_string_equal(profile_path(p, "/abs"), "/abs");
    struct section *s = profile_section(p, "r", "");
    e = section_get(s, "body");
    assert_true(e->from_file && e->at.line == 2 && e->value.n == 16);
    assert_memory_equal(e->value.p, "{\"a\": ${x} ; \0}\n", 16);
    assert_true(span_is(section_get(s, "at")->value, "@x") && !section_get(s, "at")->from_file);
    assert_true(section_get(s, "none")->value.n == 0 && section_get(s, "none")->from_file);
    assert_true(span_is(section_get(s, "mid")->value, "a@b"));
}

static void test_load_faults(void **state)
{
    struct fixture *f = *state;
    struct span out;
    const struct where at = {"x", 3};
    assert_null(profile_load(&f->a, "/nonexistent/p.ini", &f->errs));
    assert_string_equal(told(f),
                        "0: cannot read '/nonexistent/p.ini': No such file or directory\n");
    assert_null(profile_load(&f->a, f->dir, &f->errs));
    assert_string_equal(told(f),
                        arena_printf(&f->a, "0: cannot read '%s': Is a directory\n", f->dir));
    write_file(f, "p.ini", span_of("[r]\na = @.\nb = @nope\n"));
    assert_null(profile_load(&f->a, path(f, "p.ini"), &f->errs));
    assert_string_equal(told(f), arena_printf(&f->a,
                                              "2: cannot read '%s/.': Is a directory\n"
                                              "3: cannot read '%s/nope': No such file or "
                                              "directory\n",
                                              f->dir, f->dir));
    write_file(f, "empty", span_of(""));
    assert_null(profile_load(&f->a, path(f, "empty"), &f->errs));
    assert_string_equal(told(f),
                        "0: the profile is empty, expected at least a [stream NAME] section\n");
    write_file(f, "big", span_of("0123456789"));
    assert_true(profile_read_file(&f->a, path(f, "big"), 10, at, &out, &f->errs) && out.n == 10);
    assert_false(profile_read_file(&f->a, path(f, "big"), 9, at, &out, &f->errs));
    assert_string_equal(
        told(f), arena_printf(&f->a, "3: '%s' has more than 9 bytes, the most that is read\n",
                              path(f, "big")));
    /* One that opens, but cannot be read, also with every right. */
    assert_false(profile_read_file(&f->a, "/proc/self/mem", 10, at, &out, &f->errs));
    assert_string_equal(told(f), "3: cannot read '/proc/self/mem': Input/output error\n");
    /* A file that says nothing of its size: it is read as far as it goes, or to the limit. */
    assert_true(profile_read_file(&f->a, "/proc/self/status", 1 << 20, at, &out, &f->errs));
    assert_true(out.n > 100);
    assert_false(profile_read_file(&f->a, "/dev/zero", 100000, at, &out, &f->errs));
    assert_string_equal(told(f),
                        "3: '/dev/zero' has more than 100000 bytes, the most that is read\n");
}

/* What `assignment` makes of kind, name and key: the values of all its entries with commas. */
static const char *after_set(struct fixture *f, const char *text, const char *assignment,
                             const char *kind, const char *name, const char *key)
{
    struct profile *p = parse(f, text);
    assert_non_null(p);
    if (!profile_set(p, assignment, &f->errs)) return told(f);
    struct section *s = profile_section(p, kind, name);
    char *all = arena_strdup(&f->a, "");
    const struct entry *e;
    for (size_t i = 0; s && (e = section_nth(s, key, i)); i++)
        all = arena_printf(&f->a, "%s%s%.*s", all, i ? "," : "", (int)e->value.n,
                           (const char *)e->value.p);
    return s ? all : "no section";
}

static void test_set(void **state)
{
    static const struct {
        const char *assignment, *kind, *name, *key, *value;
    } cases[] = {
        {"run.seed=7", "run", "", "seed", "7"},
        {" run.seed = 7 ", "run", "", "seed", "7"},
        {"run.seed=", "run", "", "seed", ""},
        {"stream web.rate=5k/s", "stream", "web", "rate", "5k/s"},
        {"stream web.send=a=b", "stream", "web", "send", "a=b"},
        {"request search.header=C: 3", "request", "search", "header", "C: 3"},
        {"request login.path=/x", "request", "login", "path", "/x"},
        {"packet query.udp.sport=53", "packet", "query", "udp.sport", "53"},
        {"packet query.v1.udp.sport=53", "packet", "query", "v1.udp.sport", "53"},
        {"stream a.b.rate=1", "stream", "a.b", "rate", "1"},
        {"stream a.rate=2", "stream", "a", "rate", "2"},
        {"stream  a.b.rate=3", "stream", "a.b", "rate", "3"},
        {"stream web .rate=6k/s", "stream", "web", "rate", "6k/s"},
        {"stream\n\n a.b.rate=4", "stream", "a.b", "rate", "4"},
        {"target.url=http://127.0.0.1:80/", "target", "", "url", "http://127.0.0.1:80/"},
        {"gates.search is fast=p99 < 2ms", "gates", "", "search is fast", "p99 < 2ms"},
        {"run.at=@@x", "run", "", "at", "@x"},
    };
    struct fixture *f = *state;
    const char *text = arena_printf(&f->a, "%s[stream a.b]\n", shop);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(
            after_set(f, text, cases[i].assignment, cases[i].kind, cases[i].name, cases[i].key),
            cases[i].value);
    /* All others of the section stay, in their order. */
    assert_string_equal(after_set(f, shop, "request search.header=x", "request", "search", "path"),
                        "/");
}

static void test_set_faults(void **state)
{
    static const struct {
        const char *assignment, *told;
    } cases[] = {
        {"run.seed", "--set: 'run.seed' has no '=', expected 'SECTION.KEY=VALUE'\n"},
        {"seed=1", "--set: 'seed' is no key, expected 'SECTION.KEY=VALUE' such as 'run.seed=7'\n"},
        {"stream web=1", "--set: 'stream web' is no key, expected 'SECTION.KEY=VALUE' such as "
                         "'stream web.rate=5k/s'\n"},
        {"=1", "--set: '' is no key, expected 'SECTION.KEY=VALUE' such as 'run.seed=7'\n"},
        {".x=1", "--set: '.x' is no key, expected 'SECTION.KEY=VALUE' such as 'run.seed=7'\n"},
        {"run.=1", "--set: 'run.=1' names no key\n"},
        {"stream.rate=1", "--set: 'stream.rate' does not say which [stream NAME], expected "
                          "'stream web.rate=...'\n"},
        {"a b c.d=1", "--set: 'a b c.d' is no key, expected 'SECTION.KEY=VALUE' such as 'stream "
                      "web.rate=5k/s'\n"},
        {"request login.body=@/nonexistent",
         "--set: cannot read '/nonexistent': No such file or directory\n"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(after_set(f, shop, cases[i].assignment, "run", "", "x"), cases[i].told);
}

static void test_put(void **state)
{
    struct fixture *f = *state;
    struct profile *p = parse(f, shop);
    char value[] = "@7", option[] = "--rate";
    assert_true(profile_put(p, "stream", "web", "rate", value, option));
    assert_true(profile_put(p, "stream", "new", "rate", "1/s", "--rate"));
    assert_false(profile_put(p, "", "", "rate", "1/s", "--rate"));
    assert_false(profile_put(p, "run", "", "", "1/s", "--rate"));
    value[1] = option[2] = 'x';
    struct entry *e = section_get(profile_section(p, "stream", "web"), "rate");
    assert_true(span_is(e->value, "@7") && !e->from_file);
    assert_string_equal(e->at.file, "--rate");
    assert_int_equal(e->at.line, 0);
    assert_int_equal(p->n, 5);
}

static void test_drop(void **state)
{
    struct fixture *f = *state;
    struct profile *p = parse(f, shop);
    profile_drop(p, "request", "search", "header");
    profile_drop(p, "request", "search", "nothing");
    profile_drop(p, "request", "nowhere", "path");
    struct section *s = profile_section(p, "request", "search");
    assert_true(s->n == 1 && strcmp(s->v[0].key, "path") == 0);
}

static void test_unused(void **state)
{
    static const char *const kinds[] = {"run", "stream", "request", NULL};
    static const char *const keys[] = {"rate", "think", NULL};
    struct fixture *f = *state;
    struct profile *p =
        parse(f, "[run]\n[steam web]\n[stream x]\nraet = 1\nthink = 2\nsend = 3\nzzz = 4\n");
    profile_section(p, "run", "");
    profile_unused(p, kinds, &f->errs);
    assert_string_equal(told(f), "2: unknown section [steam web], did you mean 'stream'?\n"
                                 "3: nothing uses [stream x]\n");
    struct section *s = profile_section(p, "stream", "x");
    section_get(s, "send");
    section_unused(s, keys, &f->errs);
    assert_string_equal(told(f), "4: unknown key 'raet' in [stream x], did you mean 'rate'?\n"
                                 "5: the key 'think' has no use in this [stream x]\n"
                                 "7: unknown key 'zzz' in [stream x]\n");
    section_unused(s, NULL, &f->errs);
    assert_int_equal(f->errs.n, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sections), TEST(test_sha256),      TEST(test_faults), TEST(test_many_sections),
        TEST(test_load),     TEST(test_load_faults), TEST(test_set),    TEST(test_set_faults),
        TEST(test_put),      TEST(test_drop),        TEST(test_unused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
