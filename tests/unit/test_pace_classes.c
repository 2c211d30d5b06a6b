/* Every class of pace.def: it is described, its example compiles, and its due times are those
 * in tests/golden/pace.txt, whatever the compiler. Run from the root of the project; on a
 * difference the new text is printed. */
#include "test_pace.h"

#include <unistd.h>

#define GOLDEN "tests/golden/pace.txt"

static void classes_are_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < pace_class_count; i++) {
        const struct doc *d = pace_class_doc(pace_classes[i]);
        assert_true(d->name && *d->name && d->example && *d->example);
        assert_true(d->help && *d->help && d->help[strlen(d->help) - 1] != '.');
        for (const struct param *p = d->params; p && p->name; p++)
            assert_true(p->type && p->help && *p->help && p->help[strlen(p->help) - 1] != '.');
        for (size_t j = 0; j < i; j++)
            assert_true(strcmp(d->name, pace_class_doc(pace_classes[j])->name) ||
                        pace_class_role(pace_classes[i]) != pace_class_role(pace_classes[j]));
    }
}

/* The first eight units of a class's example, and two far ones. */
static size_t tell(const struct pace_class *c, char *buf, size_t size)
{
    const struct doc *d = pace_class_doc(c);
    bool is_rate = pace_class_role(c) == PACE_RATE;
    struct paced *p = is_rate ? paced(d->example, NULL) : paced("1k/s", d->example);
    static const uint64_t far[] = {1000, 123456};
    size_t n = (size_t)snprintf(buf, size, "%s = %s\n", is_rate ? "rate" : "arrival", d->example);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t unit = i < 8 ? i : far[i - 8], t = due(p, unit);
        n += (size_t)snprintf(buf + n, size - n, t == NEVER ? "%llu never\n" : "%llu %llu\n",
                              (unsigned long long)unit, (unsigned long long)t);
    }
    paced_free(p);
    return n;
}

static void golden_times(void **state)
{
    (void)state;
    static char want[16384], got[16384];
    FILE *f = fopen(GOLDEN, "r");
    if (!f) fail_msg("cannot read " GOLDEN ": run from the root of the project");
    want[fread(want, 1, sizeof want - 1, f)] = 0;
    fclose(f);
    char dir[] = "/tmp/test_pace_XXXXXX", back[4096];
    assert_true(getcwd(back, sizeof back) && mkdtemp(dir) && chdir(dir) == 0);
    f = fopen("times.txt", "w");
    fputs("10\n10.5\n10.5\n11.000000003\n4000\n", f);
    fclose(f);
    size_t n = 0;
    for (size_t i = 0; i < pace_class_count; i++)
        n += tell(pace_classes[i], got + n, sizeof got - n);
    assert_int_equal(unlink("times.txt"), 0);
    assert_int_equal(chdir(back), 0);
    assert_int_equal(rmdir(dir), 0);
    if (strcmp(want, got)) fputs(got, stdout);
    assert_true(strcmp(want, got) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_described),
        cmocka_unit_test(golden_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
