/* Constant rates, phases, what is told of a schedule, and every class against the rules that
 * hold for all. */
#include "test_pace.h"

static void constant_is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *rate;
        uint64_t num, den;
    } rates[] = {{"1/s", 1, 1},
                 {"3/s", 3, 1},
                 {"2.5k/s", 2500, 1},
                 {"1M/s", 1000000, 1},
                 {"7/min", 7, 60},
                 {"10G/s", 10000000000, 1},
                 {"0.5/h", 1, 7200},
                 {"999999937/s", 999999937, 1},
                 {"0.1234567/s", 1234567, 10000000}};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        struct paced *p = paced(rates[r].rate, NULL);
        for (uint64_t n = 0; n < 5000; n++)
            assert_int_equal(due(p, n), ceil_div(n, SECOND * (u128)rates[r].den, rates[r].num));
        for (uint64_t n = 1; n < 1ull << 44; n = n * 3 + 1) {
            u128 t = ((u128)n * SECOND * rates[r].den + rates[r].num - 1) / rates[r].num;
            assert_int_equal(due(p, n), t < NEVER ? (uint64_t)t : NEVER);
        }
        paced_free(p);
    }
}

static void far_away(void **state)
{
    (void)state;
    struct paced *p = paced("1M/s", NULL);
    assert_int_equal(due(p, 1000000000000), 1000000 * SECOND);
    assert_int_equal(schedule_units(p->s, 1000000 * SECOND), 1000000000000);
    assert_int_equal(schedule_units(p->s, 1000000 * SECOND + 1), 1000000000001);
    paced_free(p);
    p = paced("3/s for 30d", NULL);
    assert_int_equal(schedule_end(p->s), 30 * DAY);
    assert_int_equal(schedule_units(p->s, NEVER), 7776000);
    assert_int_equal(due(p, 7775999), ceil_div(7775999, SECOND, 3));
    assert_int_equal(due(p, 7776000), NEVER);
    paced_free(p);
    p = paced("10G/s", NULL);
    assert_int_equal(due(p, 26000000000000000), 2600000 * SECOND);
    /* Ten units fall due at each ns, rounded up; the last nine belong to the ns that follows. */
    assert_int_equal(schedule_units(p->s, 30 * DAY), 25920000000000000 - 9);
    assert_int_equal(due(p, UINT64_MAX), ceil_div(UINT64_MAX, 1, 10));
    paced_free(p);
}

static void phases_join(void **state)
{
    (void)state;
    struct paced *p = paced("100/s for 1s, 1k/s for 2s, 10/s", NULL);
    assert_int_equal(schedule_end(p->s), NEVER);
    assert_int_equal(due(p, 99), 990000000);
    assert_int_equal(due(p, 100), SECOND);
    assert_int_equal(due(p, 101), SECOND + 1000000);
    assert_int_equal(due(p, 2099), 3 * SECOND - 1000000);
    assert_int_equal(due(p, 2100), 3 * SECOND);
    assert_int_equal(due(p, 2101), 3 * SECOND + SECOND / 10);
    assert_int_equal(due(p, 0), 0);
    assert_int_equal(schedule_units(p->s, 1 * SECOND), 100);
    assert_int_equal(schedule_units(p->s, 3 * SECOND), 2100);
    assert_int_equal((int)schedule_rate_at(p->s, 2 * SECOND), 1000);
    assert_int_equal((int)schedule_rate_at(p->s, 3 * SECOND), 10);
    uint64_t t[300];
    assert_int_equal(schedule_due(p->s, p->st, 1950, 1, 300, t), 300);
    for (uint64_t i = 0; i < 300; i++) assert_int_equal(t[i], due(p, 1950 + i));
    paced_free(p);
    /* Parts of units carry over a border: 1.5 units, then 2/s from there. */
    p = paced("1/s for 1500ms, 2/s for 1s", NULL);
    assert_int_equal(due(p, 1), SECOND);
    assert_int_equal(due(p, 2), 1750000000);
    assert_int_equal(due(p, 3), 2250000000);
    assert_int_equal(due(p, 4), NEVER);
    assert_int_equal(schedule_units(p->s, NEVER), 4);
    paced_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_is_exact),
        cmocka_unit_test(far_away),
        cmocka_unit_test(phases_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
