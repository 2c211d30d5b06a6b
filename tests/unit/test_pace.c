/* Constant rates, phases, what is told of a schedule, and every class against the rules that
 * hold for all. */
#include <math.h>

#include "test_pace.h"

static void constant_is_exact(void **state)
{
    (void)state;
    static const struct {
        const char *rate;
        uint64_t num, den;
    } cases[] = {{"1/s", 1, 1},
                 {"3/s", 3, 1},
                 {"2.5k/s", 2500, 1},
                 {"1M/s", 1000000, 1},
                 {"7/min", 7, 60},
                 {"10G/s", 10000000000, 1},
                 {"0.5/h", 1, 7200},
                 {"999999937/s", 999999937, 1},
                 {"0.1234567/s", 1234567, 10000000}};
    for (size_t r = 0; r < sizeof cases / sizeof *cases; r++) {
        struct paced *p = paced(cases[r].rate, NULL);
        for (uint64_t n = 0; n < 5000; n++)
            assert_int_equal(due(p, n), ceil_div(n, SECOND * (u128)cases[r].den, cases[r].num));
        for (uint64_t n = 1; n < 1ull << 44; n = n * 3 + 1) {
            u128 t = ((u128)n * SECOND * cases[r].den + cases[r].num - 1) / cases[r].num;
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

/* Every kind of rate and every arrival process, for the rules that hold for all. */
static const char *const rates[] = {
    "3/s",
    "1M/s",
    "999999937/s",
    "0.7/s",
    "ramp(0/s..2000/s) for 10s, 2000/s for 20s",
    "ramp(0/s..1k/s) for 3s, 1k/s for 777ms, ramp(1k/s..0/s) for 2s, 0.3/s",
    "ramp(10G/s..0/s) for 1ms, ramp(1/s..3/s) for 399d",
    "sine(100/s..500/s, period=60s)",
    "sine(5k/s..0/s, period=1s) for 2500ms, 10/s",
    "sine(0/s..1M/s, period=1ms)",
    "burst(100, every=1s)",
    "burst(3, every=1ms, gap=3us)",
    "burst(3, every=1ms, gap=3us, group=4, rest=17ms)",
    "burst(7, every=10ms) for 25ms, 1k/s for 10ms, burst(2, every=1s, gap=499ms)",
};
static const char *const arrivals[] = {"constant", "uniform", "poisson", "pareto",
                                       "pareto(on=10ms, off=20ms, alpha=1.2)"};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Calls `check` for each pair. */
static void each_pair(void (*check)(struct paced *p))
{
    for (size_t r = 0; r < COUNT(rates); r++)
        for (size_t a = 0; a < COUNT(arrivals); a++) {
            struct paced *p = paced(rates[r], arrivals[a]);
            check(p);
            paced_free(p);
        }
}

/* The number of units due before t is what it is said to be. */
static void check_counts(struct paced *p)
{
    uint64_t last = 0;
    for (uint64_t n = 0; n < 2000; n += 1 + n / 4) {
        uint64_t t = due(p, n);
        assert_true(t >= last);
        if (t > 100 * SECOND) break;
        assert_true(schedule_units(p->s, t) <= n);
        assert_true(schedule_units(p->s, t + 1) > n);
        last = t;
    }
    for (uint64_t t = 1; t < 40 * SECOND; t = t * 5 / 2 + 12345) {
        uint64_t n = schedule_units(p->s, t);
        if (n > 100000000) break;
        assert_true(n == 0 || due(p, n - 1) < t);
        assert_true(due(p, n) >= t);
    }
}
static void counts_agree_with_due(void **state)
{
    (void)state;
    each_pair(check_counts);
}

/* Any batch, any number of workers, any order: the same times. */
static void check_batches(struct paced *p)
{
    enum { N = 3000 };
    static const size_t batches[] = {1, 7, 256, 1000};
    static uint64_t whole[N], part[N];
    uint64_t from = 123;
    size_t have = schedule_due(p->s, p->st, from, 1, N, whole);
    for (size_t i = 1; i < have; i++) assert_true(whole[i - 1] <= whole[i]);
    for (size_t b = 0; b < COUNT(batches); b++) {
        struct schedule_state *st = schedule_start(p->s, &p->arena);
        size_t done = 0;
        while (done < have) {
            size_t n = have - done < batches[b] ? have - done : batches[b];
            assert_int_equal(schedule_due(p->s, st, from + done, 1, n, part), n);
            assert_memory_equal(part, whole + done, n * sizeof *part);
            done += n;
        }
    }
    for (size_t workers = 2; workers <= 13; workers += 11)
        for (size_t w = 0; w < workers; w++) {
            size_t n = schedule_due(p->s, p->st, from + w, workers, N / workers, part);
            for (size_t i = 0; i < n; i++) assert_int_equal(part[i], whole[w + i * workers]);
            assert_true(n == N / workers || w + n * workers >= have);
        }
}
static void batches_and_workers_agree(void **state)
{
    (void)state;
    each_pair(check_batches);
}

/* Phase borders: due times around each unit near them never fall. */
static void check_far(struct paced *p)
{
    static uint64_t t[64];
    for (uint64_t n = 1; n < 1000000000000; n *= 7) {
        uint64_t first = n > 32 ? n - 32 : 0;
        if (schedule_units(p->s, SECOND) < 20 && n > 1000000) break;
        size_t k = schedule_due(p->s, p->st, first, 1, 64, t);
        for (size_t i = 1; i < k; i++) assert_true(t[i - 1] <= t[i]);
        if (k < 64) break;
    }
}
static void far_units_rise(void **state)
{
    (void)state;
    for (size_t r = 0; r < COUNT(rates); r++)
        for (size_t a = 0; a < 3; a++) { /* pareto walks: tested on its own */
            struct paced *p = paced(rates[r], arrivals[a]);
            check_far(p);
            paced_free(p);
        }
}

static void end_of_numbers(void **state)
{
    (void)state;
    struct paced *p = paced("10G/s", "poisson");
    uint64_t t[4] = {0};
    assert_int_equal(schedule_due(p->s, p->st, UINT64_MAX - 5, 4, 4, t), 2);
    assert_true(t[0] <= t[1]);
    paced_free(p);
    p = paced("1/s", NULL);
    assert_int_equal(schedule_due(p->s, p->st, UINT64_MAX - 5, 4, 4, t), 0);
    assert_int_equal(schedule_due(p->s, p->st, 0, 1, 0, t), 0);
    assert_int_equal(schedule_units(p->s, 0), 0);
    paced_free(p);
}

static void described(void **state)
{
    (void)state;
    static const struct {
        const char *rate, *arrival, *text;
    } cases[] = {
        {"2000/s", NULL, "2k/s"},
        {"ramp(0/s..2k/s) for 10s, 2k/s for 20s", "poisson",
         "ramp 0/s to 2k/s for 10s, then 2k/s for 20s; poisson"},
        {"sine(100/s..500/s, period=60s)", "pareto", "sine 100/s to 500/s every 1min; pareto"},
        {"burst(100, every=1s, gap=1ms)", "constant", "bursts of 100 every 1s, 1ms apart"},
        {"burst(100, every=10ms, group=5, rest=1s)", "constant",
         "bursts of 100 every 10ms, 1s rest after 5"},
        {"1.5/s for 90s, 12345/min", "uniform", "1.5/s for 90s, then 205.75/s; uniform"},
    };
    char text[200], small[8];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paced *p = paced(cases[i].rate, cases[i].arrival);
        schedule_describe(p->s, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        schedule_describe(p->s, small, sizeof small);
        assert_true(strncmp(small, text, strlen(small)) == 0 && strlen(small) < sizeof small);
        schedule_describe(p->s, small, 0);
        paced_free(p);
    }
}

static void peaks_are_found(void **state)
{
    static const struct {
        const char *rate;
        double peak;
    } cases[] = {{"100/s", 100},
                 {"10/s for 1h, 60k/s for 2s, 1/s", 60000},
                 {"ramp(0/s..2000/s) for 10s", 2000},
                 {"ramp(2000/s..0/s) for 10s, 5/s", 2000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct paced *p = paced(cases[i].rate, NULL);
        assert_true(fabs(schedule_peak(p->s) - cases[i].peak) <= 0.001 * cases[i].peak);
        paced_free(p);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *rate, *arrival, *text;
    } cases[] = {
        {"0/s", NULL, "rate is 0/s, expected above 0/s; leave the stream out to send nothing"},
        {"-5/s", NULL, "rate is -5/s, expected above 0/s; leave the stream out to send nothing"},
        {"11G/s", NULL, "rate is 11G/s, expected at most 10G/s"},
        {"0.01/h", NULL, "rate is 0.01/h, expected at least one unit a day"},
        {"0.123456789012/s", NULL, "rate is 0.123456789012/s, expected at most ten digits"},
        {"2000", NULL, "rate is 2000, expected a rate such as 2000/s"},
        {"10s", NULL, "rate is 10s, expected a rate such as 2000/s"},
        {"\"2000/s\"", NULL, "rate is \"2000/s\", expected a rate such as 2000/s"},
        {"0/s..5/s", NULL, "rate is 0/s..5/s, expected one rate, or ramp(0/s..5/s) for a time"},
        {"rampe(0/s..5/s) for 3s", NULL,
         "unknown rate 'rampe', did you mean 'ramp'? expected one of constant, ramp, sine, burst, "
         "recorded"},
        {"ramp(0/s..5/s)", NULL,
         "ramp has no duration, expected 'for' as in ramp(0/s..5/s) for 10s"},
        {"ramp(0/s..0/s) for 3s", NULL,
         "ramp stays at 0/s, expected one of the two rates above 0/s"},
        {"ramp(-1/s..5/s) for 3s", NULL, "rate is -1/s, expected 0/s or above"},
        {"ramp(5/s) for 3s", NULL, "ramp goes over 5/s, expected two rates such as 0/s..2000/s"},
        {"ramp for 3s", NULL,
         "ramp has 0 unnamed arguments, expected 1 as in ramp(0/s..2000/s) for 10s, 2000/s"},
        {"sine(1/s..5/s)", NULL, "sine has no 'period', expected period= and a duration"},
        {"sine(1/s..5/s, period=1us)", NULL,
         "period of sine is 1us, expected a duration of 1ms..100d"},
        {"sine(1/s..5/s, period=1s, perod=1s)", NULL,
         "sine has no argument 'perod', did you mean 'period'?"},
        {"burst(5, every=1s, group=3)", NULL,
         "burst has one of group and rest, expected both, as in burst(100, every=1ms, group=10, "
         "rest=1s)"},
        {"burst(5, every=1s, group=0, rest=1s)", NULL,
         "burst of 0, expected a number of bursts 1..4294967296"},
        {"burst(5, every=1d, group=4k, rest=1s)", NULL, "burst has groups of more than 400 days"},
        {"burst(0, every=1s)", NULL, "burst of 0, expected a number of units 1..4294967296"},
        {"burst(5, every=10ns, gap=3ns)", NULL,
         "burst of burst(5, every=10ns, gap=3ns) runs into the next one, expected (count - 1) * "
         "gap below every"},
        {"burst(11, every=1ns)", NULL,
         "rate of burst(11, every=1ns) is out of range, expected one unit a day to 10G/s"},
        {"5/s, 6/s", NULL,
         "phase 5/s has no end, expected 'for' and a duration on each phase but the last"},
        {"", NULL, "expected a value before the end"},
        {"5/s for 1s,", NULL, "expected a value before the end"},
        {"5/s for 0s", NULL, "phase for 0s, expected whole nanoseconds up to 400d"},
        {"5/s for 3", NULL, "'3' after 'for', expected a duration such as 10s"},
        {"5/s until 3s", NULL, "'until' after a rate, expected 'for', a comma or the end"},
        {"recorded(\"/nonexistent/x\")", NULL,
         "cannot read /nonexistent/x: No such file or directory"},
        {"recorded(\"/\")", NULL, "cannot read /, expected a regular file"},
        {"recorded(\"x\", speed=0x1)", NULL, "speed is 0x1, expected a factor such as 2x"},
        {"5/s", "poison",
         "unknown arrival process 'poison', did you mean 'poisson'? expected one of constant, "
         "uniform, poisson, pareto"},
        {"5/s", "7", "arrival is 7, expected a process such as poisson"},
        {"5/s", "poisson(3)", "poisson has 1 unnamed argument, expected 0 as in poisson"},
        {"5/s", "pareto(alpha=1)",
         "alpha of pareto is 1, expected a number above 1 and up to 100, since up to 1 periods "
         "have no mean"},
        {"5/s", "pareto(on=1us)", "on of pareto is 1us, expected a duration of 1ms..1d"},
        {"5/s", "pareto(on=1ms, off=1h)",
         "off of pareto is more than 10000 times on, expected less"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct paced *p = paced_seed(cases[i].rate, cases[i].arrival, 1);
        assert_null(p->s);
        if (p->errs.n != 1) errs_print(&p->errs, stderr);
        assert_int_equal(p->errs.n, 1);
        assert_string_equal(p->errs.v[0].text, cases[i].text);
        assert_string_equal(p->errs.v[0].at.file, "p.ini");
        paced_free(p);
    }
    /* Several at once. */
    struct paced *p = paced_seed("0/s for 1s, 20G/s, sine(3/s, x=1)", "poison", 1);
    assert_null(p->s);
    assert_true(p->errs.n >= 5);
    paced_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_is_exact),
        cmocka_unit_test(far_away),
        cmocka_unit_test(phases_join),
        cmocka_unit_test(counts_agree_with_due),
        cmocka_unit_test(batches_and_workers_agree),
        cmocka_unit_test(far_units_rise),
        cmocka_unit_test(end_of_numbers),
        cmocka_unit_test(described),
        cmocka_unit_test(peaks_are_found),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
