/* Plain typed values of entries, their ranges, and what is told of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "profile/profile.h"

enum type { TIME, COUNT, SIZE, BOOL, CHOICE };
static const char *const late[] = {"catchup", "drop", "stretch", NULL};

static const struct {
    enum type type;
    const char *value;
    uint64_t lo, hi;
    const char *told; /* NULL: it is taken */
    uint64_t got;
} cases[] = {
    {TIME, "20ms", 0, UINT64_MAX, NULL, 20000000},
    {TIME, "0", 0, UINT64_MAX, NULL, 0},
    {TIME, "0.5ns", 0, 10, NULL, 1},
    {TIME, "20", 0, UINT64_MAX, "key is '20', expected a duration such as 20ms", 0},
    {TIME, "20 ms", 0, UINT64_MAX, "key is '20 ms', expected a duration such as 20ms", 0},
    {TIME, "fast", 0, UINT64_MAX, "key is 'fast', expected a duration such as 20ms", 0},
    {TIME, "", 0, UINT64_MAX, "key is '', expected a duration such as 20ms", 0},
    {TIME, "1ms..2ms", 0, UINT64_MAX, "key is '1ms..2ms', expected a duration such as 20ms", 0},
    {TIME, "2h", 1000, 3600000000000, "key is 2h, expected 1us..1h", 0},
    {TIME, "1ns", 1500000, 90000000000, "key is 1ns, expected 1500us..90s", 0},
    {TIME, "0", 1000000, UINT64_MAX, "key is 0, expected at least 1ms", 0},
    {TIME, "-1s", 0, 1000000000, "key is -1s, expected 0ns..1s", 0},
    {COUNT, "70000", 1, 65535, "key is 70000, expected 1..65535", 0},
    {COUNT, "65535", 1, 65535, NULL, 65535},
    {COUNT, "64k", 1, 65535, NULL, 64000},
    {COUNT, "0x50", 1, 65535, NULL, 80},
    {COUNT, "1.5k", 1, 65535, NULL, 1500},
    {COUNT, "1.5", 1, 65535, "key is '1.5', expected a whole number", 0},
    {COUNT, "-1", 1, 65535, "key is -1, expected 1..65535", 0},
    {COUNT, "0", 1, UINT64_MAX, "key is 0, expected at least 1", 0},
    {COUNT, "18446744073709551615", 0, UINT64_MAX, NULL, UINT64_MAX},
    {COUNT, "18446744073709551616", 0, UINT64_MAX,
     "key is '18446744073709551616', expected a whole number", 0},
    {COUNT, "5/s", 1, 65535, "key is '5/s', expected a whole number", 0},
    {COUNT, "many", 1, 65535, "key is 'many', expected a whole number", 0},
    {SIZE, "64KiB", 1, 1 << 20, NULL, 65536},
    {SIZE, "100", 1, 1 << 20, NULL, 100},
    {SIZE, "0.5KiB", 1, 1 << 20, NULL, 512},
    {SIZE, "0.5B", 1, 1 << 20, "key is '0.5B', expected a size such as 64KiB", 0},
    {SIZE, "2MiB", 64, 1 << 20, "key is 2MiB, expected 64B..1MiB", 0},
    {SIZE, "5s", 1, 1 << 20, "key is '5s', expected a size such as 64KiB", 0},
    {BOOL, "yes", 0, 0, NULL, 1},
    {BOOL, "true", 0, 0, NULL, 1},
    {BOOL, "on", 0, 0, NULL, 1},
    {BOOL, "no", 0, 0, NULL, 0},
    {BOOL, "false", 0, 0, NULL, 0},
    {BOOL, "off", 0, 0, NULL, 0},
    {BOOL, "maybe", 0, 0, "key is 'maybe', expected yes or no", 0},
    {BOOL, "", 0, 0, "key is '', expected yes or no", 0},
    {CHOICE, "catchup", 0, 0, NULL, 0},
    {CHOICE, "stretch", 0, 0, NULL, 2},
    {CHOICE, "dorp", 0, 0,
     "key is 'dorp', expected one of catchup, drop, stretch, did you mean 'drop'?", 0},
    {CHOICE, "never", 0, 0, "key is 'never', expected one of catchup, drop, stretch", 0},
    {CHOICE, "", 0, 0, "key is '', expected one of catchup, drop, stretch", 0},
};

static bool take(enum type type, const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *out,
                 struct errs *errs)
{
    bool yes = *out != 0, ok = false;
    unsigned choice = (unsigned)*out;
    switch (type) {
    case TIME:
        return entry_time(e, lo, hi, out, errs);
    case COUNT:
        return entry_count(e, lo, hi, out, errs);
    case SIZE:
        return entry_size(e, lo, hi, out, errs);
    case BOOL:
        ok = entry_bool(e, &yes, errs);
        *out = yes;
        return ok;
    case CHOICE:
        ok = entry_choice(e, late, &choice, errs);
        *out = choice;
        return ok;
    }
    return ok;
}

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errs errs = {0};
        struct entry e = {.key = "key", .value = span_of(cases[i].value), .at = {"x.ini", 4}};
        uint64_t got = 77;
        bool ok = take(cases[i].type, &e, cases[i].lo, cases[i].hi, &got, &errs);
        if (cases[i].told) {
            assert_false(ok);
            assert_int_equal(errs.n, 1);
            assert_int_equal(errs.v[0].at.line, 4);
            assert_string_equal(errs.v[0].text, cases[i].told);
            if (cases[i].type != BOOL) assert_int_equal(got, 77);
        } else if (!ok || got != cases[i].got) {
            fail_msg("'%s': %ju, %s", cases[i].value, (uintmax_t)got, errs.v[0].text);
        }
    }
}

static void test_absent(void **state)
{
    struct errs errs = {0};
    (void)state;
    for (enum type t = TIME; t <= CHOICE; t++) {
        uint64_t got = 1;
        assert_true(take(t, NULL, 5, 6, &got, &errs));
        assert_int_equal(got, 1);
    }
    assert_int_equal(errs.n, 0);
}

static void test_long_value(void **state)
{
    struct errs errs = {0};
    char value[5000];
    memset(value, '9', sizeof value);
    struct entry e = {.key = "key", .value = span_make(value, sizeof value)};
    uint64_t v;
    (void)state;
    assert_false(entry_count(&e, 0, 5, &v, &errs));
    assert_string_equal(errs.v[0].text,
                        "key is '999999999999999999999999999999999999999999999999999999999999...', "
                        "expected a whole number");
}

static void test_text(void **state)
{
    struct arena a = {0};
    struct entry e = {.value = span_make("abcdef", 3)};
    (void)state;
    assert_string_equal(entry_text(&a, &e), "abc");
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_long_value),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
