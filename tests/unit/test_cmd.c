/* The command line: how options are read, the exact words of what is wrong with them, and that
 * each command describes itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "cmd/load.h"

static const struct option_spec some[] = {
    {"target", 0, "URL", "where to"},
    {"output", 'o', "FILE", "what to write"},
    {"quiet", 'q', NULL, "nothing"},
    {0},
};
static const struct option_spec more[] = {
    {"count", 'n', "COUNT", "how many"},
    {0},
};
static const struct command command = {
    .name = "test",
    .args = "FILE",
    .help = "Tests",
    .options = (const struct option_spec *const[]){some, more, NULL},
};

#define MOST 16
/* Reads words that are apart by blanks; a lone "''" is an empty word. */
static bool read_words(struct options *o, const char *words, struct arena *a, struct errs *errs)
{
    char *argv[MOST];
    int argc = 0;
    for (char *w = strtok(arena_strdup(a, words), " "); w && argc < MOST; w = strtok(NULL, " "))
        argv[argc++] = strcmp(w, "''") == 0 ? arena_strdup(a, "") : w;
    return options_read(o, &command, a, argc, argv, errs);
}

static void test_forms(void **state)
{
    (void)state;
    static const char *const forms[] = {"-o x.json -q file", "--output x.json --quiet file",
                                        "file --output=x.json -q", "-ox.json -q -- file"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct options o = {0};
        assert_true(read_words(&o, forms[i], &a, &errs));
        assert_string_equal(option_value(&o, "output"), "x.json");
        assert_true(option_given(&o, "quiet"));
        assert_false(option_given(&o, "target"));
        assert_null(option_value(&o, "count"));
        assert_int_equal(o.args.n, 1);
        assert_string_equal(o.args.v[0], "file");
        arena_free(&a);
    }
}

static void test_repeated_and_odd_values(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct options o = {0};
    assert_true(read_words(&o, "-o a -o b --target= -n -5 - -- -q", &a, &errs));
    assert_string_equal(option_nth(&o, "output", 0), "a");
    assert_string_equal(option_nth(&o, "output", 1), "b");
    assert_null(option_nth(&o, "output", 2));
    assert_string_equal(option_value(&o, "output"), "b"); /* the last one counts */
    assert_string_equal(option_value(&o, "target"), "");
    assert_string_equal(option_value(&o, "count"), "-5");
    assert_int_equal(o.args.n, 2);
    assert_string_equal(o.args.v[0], "-");
    assert_string_equal(o.args.v[1], "-q");
    assert_false(option_given(&o, "quiet"));
    arena_free(&a);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *words, *message;
    } mistakes[] = {
        {"--targt x", "unknown option --targt, did you mean '--target'?"},
        {"--zzzzzzz", "unknown option --zzzzzzz, see 'spate test --help'"},
        {"-z", "unknown option -z, see 'spate test --help'"},
        {"--output", "--output needs a value, expected --output FILE"},
        {"-o", "--output needs a value, expected --output FILE"},
        {"--quiet=yes", "--quiet takes no value"},
        {"-qx", "--quiet takes no value"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct options o = {0};
        assert_false(read_words(&o, mistakes[i].words, &a, &errs));
        assert_int_equal(errs.n, 1);
        assert_string_equal(errs.v[0].text, mistakes[i].message);
        arena_free(&a);
    }
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        uint64_t expected; /* 0: a mistake */
    } numbers[] = {
        {"-n 5", 5},
        {"-n 1000", 1000},
        {"-n 1k", 1000},
        {"-n 0", 0},
        {"-n 1001", 0},
        {"-n -1", 0},
        {"-n x", 0},
        {"-n 5x", 0},
        {"-n 1.5", 0},
        {"-n ''", 0},
        {"-n 5ms", 0},
        {"-n 5/s", 0},
        {"-n 99999999999999999999999", 0},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct options o = {0};
        uint64_t v = 7;
        assert_true(read_words(&o, numbers[i].words, &a, &errs));
        bool fine = option_number(&o, "count", 1, 1000, &v, &errs);
        if (fine != (numbers[i].expected != 0)) print_error("'%s'\n", numbers[i].words);
        assert_int_equal(fine, numbers[i].expected != 0);
        assert_int_equal(v, fine ? numbers[i].expected : 7);
        assert_int_equal(errs_any(&errs), !fine);
        arena_free(&a);
    }
    struct errs errs = {0};
    uint64_t v = 7;
    assert_true(option_number(&(struct options){0}, "count", 1, 9, &v, &errs)); /* not given */
    assert_int_equal(v, 7);
}

static void test_help_ends_reading(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct options o = {0};
    assert_true(read_words(&o, "--help --nonsense", &a, &errs));
    assert_true(o.help);
    arena_free(&a);
}

/* Every command has help, and no name or letter of an option is taken twice. */
static void test_commands_describe_themselves(void **state)
{
    (void)state;
    assert_true(command_count >= 7);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = commands[i];
        char letters[128] = {0};
        const char *names[64];
        size_t n = 0;
        assert_true(c->name[0] && isupper((unsigned char)c->help[0]) && c->run);
        assert_true(c->args_min <= c->args_max);
        for (size_t t = 0; c->options && c->options[t]; t++)
            for (const struct option_spec *o = c->options[t]; o->name; o++) {
                assert_true(o->help && islower((unsigned char)o->help[0]));
                for (size_t k = 0; k < n; k++) assert_string_not_equal(names[k], o->name);
                names[n++] = o->name;
                if (o->letter) assert_int_equal(letters[(unsigned char)o->letter & 127]++, 0);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_repeated_and_odd_values),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_help_ends_reading),
        cmocka_unit_test(test_commands_describe_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
