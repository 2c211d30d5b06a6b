/* Ramps, sines, bursts and recorded times against figures computed another way. */
#include "test_pace.h"

#include <math.h>
#include <unistd.h>

#define PI 3.14159265358979323846L

static void ramp_holds_its_integral(void **state)
{
    (void)state;
    struct paced *p = paced("ramp(0/s..2000/s) for 10s", NULL);
    assert_int_equal(schedule_units(p->s, NEVER), 10000);
    assert_int_equal(schedule_end(p->s), 10 * SECOND);
    assert_int_equal(due(p, 0), 0);
    assert_int_equal(due(p, 1), SECOND / 10); /* n = 100 t^2 */
    assert_int_equal(due(p, 100), SECOND);
    assert_int_equal(due(p, 2500), 5 * SECOND);
    assert_int_equal(due(p, 10000), NEVER);
    for (uint64_t n = 0; n < 10000; n++) {
        long double t = sqrtl((long double)n / 100) * 1e9L;
        assert_true(fabsl((long double)due(p, n) - t) <= 1);
        assert_true((long double)due(p, n) >= t - 1e-3L);
    }
    assert_int_equal((int)schedule_rate_at(p->s, 5 * SECOND), 1000);
    paced_free(p);
}

static void ramp_falls_to_zero(void **state)
{
    (void)state;
    struct paced *p = paced("ramp(3/s..0/s) for 20s, 5/s", NULL);
    for (uint64_t n = 0; n < 30; n++) { /* n = 3t - 3t^2/40 */
        long double t = (20 - sqrtl(400 - 40.0L * (long double)n / 3)) * 1e9L;
        assert_true(fabsl((long double)due(p, n) - t) <= 1);
    }
    assert_int_equal(due(p, 30), 20 * SECOND);
    assert_int_equal(due(p, 31), 20 * SECOND + SECOND / 5);
    paced_free(p);
}

/* The largest numbers: 10G/s over 400 days, at which a double would be off by many units. */
static void ramp_is_exact_when_large(void **state)
{
    (void)state;
    struct paced *p = paced("ramp(0/s..10G/s) for 400d", NULL);
    u128 length = 400 * DAY, unit[] = {1, 12345678901234, 100000000000000000};
    for (size_t i = 0; i < 3; i++) { /* 10 t^2 / (2 length) >= n, and not so one ns before */
        u128 t = due(p, (uint64_t)unit[i]);
        assert_true(5 * t * t >= unit[i] * length);
        assert_true(5 * (t - 1) * (t - 1) < unit[i] * length);
    }
    assert_int_equal(schedule_units(p->s, NEVER), (uint64_t)(5 * length) - 9);
    paced_free(p);
}

static void phases_join_without_gap(void **state)
{
    (void)state;
    struct paced *p =
        paced("ramp(0/s..2000/s) for 10s, 2000/s for 20s, ramp(2000/s..0/s) for 10s", NULL);
    assert_int_equal(due(p, 10000), 10 * SECOND);
    assert_int_equal(due(p, 10001), 10 * SECOND + SECOND / 2000);
    assert_int_equal(due(p, 49999), 30 * SECOND - SECOND / 2000);
    assert_int_equal(due(p, 50000), 30 * SECOND);
    assert_int_equal(schedule_units(p->s, NEVER), 60000);
    assert_int_equal(due(p, 60000), NEVER);
    for (uint64_t n = 9000; n < 51000; n++) {
        uint64_t gap = due(p, n + 1) - due(p, n);
        assert_in_range(gap, SECOND / 2000 - 1, SECOND / 2000 + 100000);
    }
    paced_free(p);
}

static void sine_follows_the_curve(void **state)
{
    (void)state;
    struct paced *p = paced("sine(100/s..500/s, period=60s)", NULL);
    for (uint64_t k = 1; k < 50000; k = k * 7 + 1) { /* exactly 18,000 a period, for years */
        assert_int_equal(schedule_units(p->s, k * 60 * SECOND), k * 18000);
        assert_int_equal(due(p, k * 18000), k * 60 * SECOND);
    }
    for (uint64_t s = 1; s < 120; s++) {
        long double turn = (long double)s / 60, rate = 300 - 200 * cosl(2 * PI * turn);
        long double units = 300.0L * (long double)s - 200 * 60 / (2 * PI) * sinl(2 * PI * turn);
        long double got = (long double)schedule_units(p->s, s * SECOND);
        assert_true(got >= units - 0.05L && got <= units + 1.05L);
        assert_true(fabs(schedule_rate_at(p->s, s * SECOND) - (double)rate) < 1e-3);
    }
    paced_free(p);
    p = paced("sine(500/s..100/s, period=60s) for 30s", NULL);
    assert_int_equal(schedule_units(p->s, NEVER), 9000);
    assert_int_equal((int)schedule_rate_at(p->s, 0), 500);
    assert_int_equal(due(p, 1), SECOND / 500 + 1); /* falling by less than 1 ns in 2 ms */
    paced_free(p);
}

/* Two bursts of three 10 ms apart, 100 ms rest: a cycle of 120 ms. */
static void bursts_rest_between_groups(void **state)
{
    (void)state;
    struct paced *p = paced("burst(3, every=10ms, gap=1ms, group=2, rest=100ms)", NULL);
    for (uint64_t n = 0; n < 600; n++) {
        uint64_t ms = n / 6 * 120 + n % 6 / 3 * 10 + n % 3;
        assert_int_equal(due(p, n), ms * 1000000);
        assert_int_equal(schedule_units(p->s, ms * 1000000), n);
        assert_int_equal(schedule_units(p->s, ms * 1000000 + 1), n + 1);
    }
    assert_int_equal(schedule_units(p->s, 120 * SECOND), 6000);
    assert_int_equal((int)schedule_rate_at(p->s, SECOND), 50);
    paced_free(p);
}

static void bursts_come_in_groups(void **state)
{
    (void)state;
    struct paced *p = paced("burst(100, every=1s)", NULL);
    for (uint64_t n = 0; n < 1000; n++) assert_int_equal(due(p, n), n / 100 * SECOND);
    assert_int_equal(schedule_units(p->s, 1), 100);
    assert_int_equal(schedule_units(p->s, SECOND), 100);
    assert_int_equal(schedule_units(p->s, SECOND + 1), 200);
    assert_int_equal(due(p, 100000000000), 1000000000 * SECOND);
    paced_free(p);
    p = paced("burst(10, every=1s, gap=2ms) for 3s, 10/s", NULL);
    for (uint64_t n = 0; n < 30; n++)
        assert_int_equal(due(p, n), n / 10 * SECOND + n % 10 * 2000000);
    assert_int_equal(due(p, 30), 3 * SECOND); /* the burst at 3 s belongs to no phase */
    assert_int_equal(due(p, 31), 3 * SECOND + SECOND / 10);
    paced_free(p);
    p = paced("burst(10, every=1s, gap=100ms) for 250ms, burst(2, every=1s)", NULL);
    assert_int_equal(due(p, 2), SECOND / 5);
    assert_int_equal(due(p, 3), SECOND / 4);
    assert_int_equal(due(p, 5), SECOND / 4 + SECOND);
    paced_free(p);
}

/* A file of the given text; the path is returned in `path`. */
static void write_file(char path[static 40], const char *text, size_t n)
{
    strcpy(path, "/tmp/test_pace_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
}

static struct paced *recorded(const char *text, const char *more,
                              struct paced *(*compile)(const char *, const char *))
{
    char path[40], rate[120];
    write_file(path, text, strlen(text));
    snprintf(rate, sizeof rate, "recorded(\"%s\"%s", path, more);
    struct paced *p = compile(rate, NULL);
    unlink(path);
    return p;
}

static void recorded_times(void **state)
{
    (void)state;
    const char *text = "# seconds\n1000.5\n\n1000.5\r\n1000.75\n  1002.000000001999 \n1003";
    struct paced *p = recorded(text, ")", paced);
    static const uint64_t want[] = {0, 0, 250000000, 1500000001, 2500000000, NEVER};
    for (uint64_t n = 0; n < 6; n++) assert_int_equal(due(p, n), want[n]);
    assert_int_equal(due(p, 1), 0); /* back again */
    assert_int_equal(schedule_end(p->s), 2500000001);
    assert_int_equal(schedule_units(p->s, 0), 0);
    assert_int_equal(schedule_units(p->s, 1), 2);
    assert_int_equal(schedule_units(p->s, 1500000001), 3);
    assert_int_equal(schedule_units(p->s, 1500000002), 4);
    assert_int_equal(schedule_units(p->s, NEVER), 5);
    paced_free(p);
    p = recorded(text, ", speed=2x)", paced);
    for (uint64_t n = 0; n < 5; n++) assert_int_equal(due(p, n), want[n] / 2);
    for (uint64_t t = 750000000; t < 750000003; t++)
        assert_int_equal(schedule_units(p->s, t), t > 750000000 ? 4 : 3);
    paced_free(p);
    p = recorded(text, ", speed=0.5x) for 4s, 10/s", paced);
    assert_int_equal(due(p, 3), 3000000002);
    assert_int_equal(due(p, 4), 4 * SECOND); /* the fifth line, at 5 s, is cut off */
    assert_int_equal(due(p, 5), 4 * SECOND + SECOND / 10);
    paced_free(p);
}

/* More lines than the index holds places, and more bytes than the buffer. */
static void recorded_large(void **state)
{
    (void)state;
    enum { N = 50000 };
    static char text[N * 16];
    static uint64_t all[N], some[N];
    char path[40], rate[120];
    size_t n = 0;
    for (uint64_t i = 0; i < N; i++)
        n += (size_t)sprintf(text + n, "%llu.%06llu\n", (unsigned long long)(i * i / 1000000),
                             (unsigned long long)(i * i % 1000000));
    write_file(path, text, n);
    snprintf(rate, sizeof rate, "recorded(\"%s\")", path);
    struct paced *p = paced(rate, NULL);
    assert_int_equal(schedule_due(p->s, p->st, 0, 1, N, all), N);
    for (uint64_t i = 0; i < N; i++) assert_int_equal(all[i], i * i * 1000);
    for (uint64_t w = 0; w < 3; w++) {
        struct schedule_state *st = schedule_start(p->s, &p->arena);
        size_t k = schedule_due(p->s, st, w, 3, N, some);
        assert_int_equal(k, (N - w + 2) / 3);
        for (size_t i = 0; i < k; i++) assert_int_equal(some[i], all[w + 3 * i]);
    }
    for (uint64_t i = N - 1; i > 500; i -= 499) {
        assert_int_equal(due(p, i), all[i]);
        assert_int_equal(schedule_units(p->s, all[i]), i);
        assert_int_equal(schedule_units(p->s, all[i] + 1), i + 1);
    }
    /* A file that was cut short meanwhile ends the stream; nothing else happens. */
    assert_int_equal(truncate(path, 1000), 0);
    struct schedule_state *st = schedule_start(p->s, &p->arena);
    size_t left = schedule_due(p->s, st, 0, 1, N, some);
    assert_in_range(left, 50, 120);
    unlink(path);
    paced_free(p);
}

static struct paced *failing(const char *rate, const char *arrival)
{
    struct paced *p = paced_seed(rate, arrival, 1);
    assert_null(p->s);
    assert_int_equal(p->errs.n, 1);
    return p;
}

static void recorded_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        unsigned line;
        const char *text;
    } cases[] = {
        {"", 0, "holds no time, expected one in seconds on each line"},
        {"\n# only this\n", 0, "holds no time, expected one in seconds on each line"},
        {"1\n2\n1.999\n3\n", 3, "time 1.999 is before the one above it, expected rising times"},
        {"1\n\ntwo\n", 3, "'two' is no time, expected seconds such as 12.345"},
        {"-1\n", 1, "'-1' is no time, expected seconds such as 12.345"},
        {".5\n", 1, "'.5' is no time, expected seconds such as 12.345"},
        {"1.2.3\n", 1, "'1.2.3' is no time, expected seconds such as 12.345"},
        {"99999999999999999999\n", 1,
         "'99999999999999999999' is no time, expected seconds such as 12.345"},
        {"0\n35000000\n", 2, "time 35000000 is more than 400d after the first one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct paced *p = recorded(cases[i].file, ")", failing);
        assert_string_equal(p->errs.v[0].text, cases[i].text);
        assert_int_equal(p->errs.v[0].at.line, cases[i].line);
        paced_free(p);
    }
    char path[40], rate[120];
    write_file(path, "0\n1\n", 4);
    snprintf(rate, sizeof rate, "recorded(\"%s\")", path);
    struct paced *p = paced_seed(rate, "poisson", 1);
    assert_null(p->s);
    assert_string_equal(p->errs.v[0].text,
                        "arrival is poisson, expected none: recorded times are arrivals already");
    unlink(path);
    paced_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ramp_holds_its_integral),
        cmocka_unit_test(ramp_falls_to_zero),
        cmocka_unit_test(ramp_is_exact_when_large),
        cmocka_unit_test(phases_join_without_gap),
        cmocka_unit_test(sine_follows_the_curve),
        cmocka_unit_test(bursts_come_in_groups),
        cmocka_unit_test(bursts_rest_between_groups),
        cmocka_unit_test(recorded_times),
        cmocka_unit_test(recorded_large),
        cmocka_unit_test(recorded_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
