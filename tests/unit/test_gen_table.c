/* Every class in the table describes itself, compiles its example, and yields the values in
 * tests/golden/gen.txt. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen_rig.h"
#include "golden.h"

#define GOLDEN "tests/golden/gen.txt"

static char dir[] = "/tmp/spate-gen-XXXXXX";

static void put_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir)) return -1;
    put_file("words.txt", "alpha\nbeta\ngamma\n");
    put_file("users.csv", "id,name\n1,Ann\n2,\"Bob, jr\"\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/words.txt", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/users.csv", dir);
    unlink(path);
    return rmdir(dir);
}

static void classes_describe_themselves(void **state)
{
    (void)state;
    assert_true(gen_class_count >= 25);
    for (size_t i = 0; i < gen_class_count; i++) {
        const struct doc *d = &gen_classes[i]->doc;
        assert_true(d->name && d->help && d->example && strlen(d->help) > 10);
        assert_true(d->help[strlen(d->help) - 1] != '.');
        for (const struct param *p = d->params; p && p->name; p++)
            assert_true(p->type && p->help && p->help[strlen(p->help) - 1] != '.');
        for (size_t k = 0; k < i; k++) assert_string_not_equal(d->name, gen_classes[k]->doc.name);
    }
}

/* One line per class: its example, and the first eight values, control bytes escaped. */
static void print_values(struct rig *r, const struct gen_class *class, FILE *f)
{
    char text[256];
    bool template = strcmp(class->doc.name, "text") == 0;
    snprintf(text, sizeof text, template ? "%s" : "${%s}", class->doc.example);
    const struct gen *g = rig_text(r, text);
    fprintf(f, "%s:", class->doc.example);
    for (uint64_t i = 0; i < 8; i++) {
        struct draw d = rig_draw(r, i, 1, 1);
        struct span s = span_sub(gen_span(g, &d), 0, 40);
        fputc(' ', f);
        for (size_t k = 0; k < s.n; k++)
            fprintf(f, s.p[k] > 0x20 && s.p[k] < 0x7f ? "%c" : "\\x%02x", s.p[k]);
    }
    fputc('\n', f);
}

static void values_are_golden(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    r->profile.dir = dir;
    char *made = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&made, &size);
    for (size_t i = 0; i < gen_class_count; i++) print_values(r, gen_classes[i], f);
    fclose(f);
    golden_check(GOLDEN, made);
    free(made);
    rig_free(r);
}

/* Alone, in batches of any size, and in any order: the same values; and texts and numbers stay
 * within the bounds of their node. */
static void values_depend_on_the_index_only(void **state)
{
    (void)state;
    struct rig *r = rig_new(5);
    r->profile.dir = dir;
    for (size_t c = 0; c < gen_class_count; c++) {
        const char *example = gen_classes[c]->doc.example;
        const struct gen *g = strcmp(gen_classes[c]->doc.name, "text") == 0 ? rig_text(r, example)
                                                                            : rig_gen(r, example);
        struct scratch_mark mark = scratch_mark(&r->scratch);
        union {
            uint64_t u[BATCH];
            struct span s[BATCH];
        } whole, one;
        struct draw d = rig_draw(r, 999, 1, BATCH);
        gen_fill(g, &d, BATCH, &(struct column){.u = whole.u});
        for (size_t i = 0; i < BATCH; i++) {
            size_t k = i * 37 % BATCH;
            uint64_t index = 999 + k, due = index * 1500000;
            struct draw alone = {.index = &index,
                                 .due_ns = &due,
                                 .scratch = &r->scratch,
                                 .flow = &r->flow[k],
                                 .step = &r->step[k]};
            gen_fill(g, &alone, 1, &(struct column){.u = one.u});
            if (g->type == GEN_TEXT) {
                assert_true(span_eq(one.s[0], whole.s[k]));
                assert_true(one.s[0].n >= g->lo && one.s[0].n <= g->hi);
            } else {
                assert_int_equal(one.u[0], whole.u[k]);
                if (g->type == GEN_U64) assert_true(one.u[0] >= g->lo && one.u[0] <= g->hi);
            }
        }
        scratch_restore(&r->scratch, mark);
    }
    rig_free(r);
}

static void functions_without_arguments_need_no_parentheses(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    static const char *const cases[][2] = {
        {"index", "index()"}, {"mac", "mac()"},
        {"uuid", "uuid()"},   {"word", "word()"},
        {"imix", "imix()"},   {"alnum", "alnum(16)"},
        {"now", "now()"},     {"imix(simple)", "imix(64:7, 594:4, 1518:1)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char a[64], b[64];
        snprintf(a, sizeof a, "${%s}", cases[i][0]);
        snprintf(b, sizeof b, "${%s}", cases[i][1]);
        for (uint64_t k = 0; k < 20; k++)
            assert_string_equal(rig_str(r, rig_text(r, a), k), rig_str(r, rig_text(r, b), k));
    }
    rig_free(r);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    rig_refuse(r, "zipf(rang=1..10)", "'zipf' has no argument 'rang', did you mean 'range'?");
    rig_refuse(r, "exp(1ms, mx=2s)", "'exp' has no argument 'mx', did you mean 'max'?");
    rig_refuse(r, "seq", "'seq' needs the argument 'range'");
    rig_refuse(r, "seq()", "needs the argument 'range'");
    rig_refuse(r, "seq(1..2, 3)", "'seq' takes 1 argument at most");
    rig_refuse(r, "index(1)", "'index' takes 0 arguments at most");
    rig_refuse(r, "exp(1ms, mean=2ms)", "'mean' of 'exp' is given twice");
    rig_refuse(r, "hex(16:2)", "has no weight");
    rig_refuse(r, "exp(1ms..2ms)",
               "varies, expected a fixed value for the argument 'mean' of 'exp'");
    rig_refuse(r, "exp(0)", "expected more than 0");
    rig_refuse(r, "exp(10.0.0.1)", "is an IPv4 address");
    rig_refuse(r, "exp(1ms, max=5)", "expected a duration like the other arguments");
    rig_refuse(r, "normal(5, 2, min=3, max=2)", "'min' of 'normal' is above its 'max'");
    rig_refuse(r, "lognormal(sigma=1)", "either 'median' or 'mean'");
    rig_refuse(r, "lognormal(5ms, 1, mean=6ms)", "either 'median' or 'mean'");
    rig_refuse(r, "zipf(1..10, s=-1)", "expected a number 0..16");
    rig_refuse(r, "zipf(0.5..1.5)", "has no countable values");
    rig_refuse(r, "zipf(2001:db8::/32)", "more than 2^63");
    rig_refuse(r, "permute(2001:db8::1..2001:db9::7)", "more than 2^64");
    rig_refuse(r, "permute(\"x\")", "is no range");
    rig_refuse(r, "permute(1, 2)", "takes 1 argument");
    rig_refuse(r, "hex(-1)", "expected a length 0..1048576");
    rig_refuse(r, "hex(2M)", "out of bounds, expected a length");
    rig_refuse(r, "now(min)", "expected ns, us, ms, s");
    rig_refuse(r, "imix(10)", "is no frame size");
    rig_refuse(r, "imix(64:1, simple)", "is no frame size");
    rig_refuse(r, "frame(x.pcap, 4)", "has 3 frames, but number goes to 4");
    rig_refuse(r, "frame(x.pcap, 0..2)", "expected the number of a frame 1..100000");
    rig_refuse(r, "frame(x.pcap, skip=-1)", "expected a number 0..65535");
    r->env.read_frames = NULL;
    rig_refuse(r, "frame(x.pcap)", "no captures to read here");
    rig_refuse(r, "lines(words.txt, order=shuffle)", "expected random, seq, permute");
    rig_free(r);
}

static void keys_come_from_names(void **state)
{
    (void)state;
    struct rig *r = rig_new(1);
    /* How an argument is given does not matter, nor what stands around a value. */
    for (uint64_t i = 0; i < 20; i++) {
        assert_string_equal(rig_str(r, rig_gen(r, "hex(1..16)"), i),
                            rig_str(r, rig_gen(r, "hex(count=1..16)"), i));
        const char *a = rig_str(r, rig_text(r, "${1..999}"), i);
        const char *b = rig_str(r, rig_text(r, "id ${1..999}"), i);
        assert_string_equal(a, b + 3);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_describe_themselves),
        cmocka_unit_test(values_are_golden),
        cmocka_unit_test(values_depend_on_the_index_only),
        cmocka_unit_test(functions_without_arguments_need_no_parentheses),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(keys_come_from_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
