/* Arrival processes against the distributions they stand for. Seeds are fixed, so nothing here
 * is left to chance; the bounds are those a correct process passes with 99.9 %. */
#include "test_pace.h"

#include <math.h>

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Kolmogorov-Smirnov: sqrt(n) times the greatest distance to the distribution; sorts v. */
static double ks(double *v, size_t n, double (*cdf)(double))
{
    double worst = 0;
    qsort(v, n, sizeof *v, rising);
    for (size_t i = 0; i < n; i++) {
        double f = cdf(v[i]);
        worst = fmax(worst, fmax(f - (double)i / (double)n, (double)(i + 1) / (double)n - f));
    }
    return worst * sqrt((double)n);
}
#define KS_999 1.95

static double exp_cdf(double x)
{
    return 1 - exp(-x);
}
/* Gamma(256): the chance of at least 256 Poisson events in x. */
static double gamma256_cdf(double x)
{
    double sum = 0;
    for (int k = 0; k < 256; k++) sum += exp(k * log(x) - x - lgamma(k + 1.0));
    return 1 - sum;
}

/* Times in seconds of units first + i*step at 1/s: positions. */
static void positions(const char *arrival, uint64_t seed, uint64_t first, uint64_t step, size_t n,
                      double *out)
{
    struct paced *p = paced_seed("1/s", arrival, seed);
    uint64_t *t = calloc(n, sizeof *t);
    assert_int_equal(schedule_due(p->s, p->st, first, step, n, t), n);
    for (size_t i = 0; i < n; i++) out[i] = (double)(t[i] - t[0]) * 1e-9;
    free(t);
    paced_free(p);
}

static void poisson_gaps_are_exponential(void **state)
{
    (void)state;
    enum { N = 100000 };
    static double at[N + 1], gap[N];
    static const uint64_t firsts[] = {0, 999999999, 1ull << 33};
    for (size_t f = 0; f < 3; f++) {
        positions("poisson", 7, firsts[f], 1, N + 1, at);
        double products = 0;
        for (size_t i = 0; i < N; i++) gap[i] = at[i + 1] - at[i];
        for (size_t i = 1; i < N; i++) products += (gap[i] - 1) * (gap[i - 1] - 1);
        assert_true(fabs(products / sqrt(N)) < 3.3); /* neighbours do not depend on each other */
        assert_true(ks(gap, N, exp_cdf) < KS_999);
    }
    /* The gaps from leaf to leaf, across the borders of the tree. */
    struct paced *p = paced("1/s", "poisson");
    for (uint64_t i = 0; i < 20000; i++)
        gap[i] = (double)(due(p, 256 * i + 256) - due(p, 256 * i + 255)) * 1e-9;
    assert_true(ks(gap, 20000, exp_cdf) < KS_999);
    paced_free(p);
}

static void poisson_leaves_are_gamma(void **state)
{
    (void)state;
    enum { N = 4000 };
    static double at[N + 1];
    positions("poisson", 3, 1ull << 32, 256, N + 1, at);
    for (size_t i = 0; i < N; i++) at[i] = at[i + 1] - at[i];
    assert_true(ks(at, N, gamma256_cdf) < KS_999);
}

/* Counts per window: mean and variance equal the window, and each count comes as often as it
 * should. */
static void poisson_counts(void **state)
{
    (void)state;
    struct paced *p = paced("1/s", "poisson");
    enum { WINDOWS = 3000 };
    static const uint64_t sizes[] = {1, 10, 100, 1000, 100000};
    for (size_t s = 0; s < 5; s++) {
        double sum = 0, squares = 0, size = (double)sizes[s];
        double seen[6] = {0};
        uint64_t last = schedule_units(p->s, 5 * SECOND), until = 5 * SECOND;
        for (int i = 0; i < WINDOWS; i++) {
            until += sizes[s] * SECOND;
            uint64_t now = schedule_units(p->s, until);
            double n = (double)(now - last);
            last = now;
            sum += n;
            squares += (n - size) * (n - size);
            seen[n < 5 ? (int)n : 5]++;
        }
        assert_true(fabs(sum - WINDOWS * size) < 3.3 * sqrt(WINDOWS * size));
        double dispersion = squares / WINDOWS / size;
        assert_true(fabs(dispersion - 1) < 3.3 * sqrt(2.0 / WINDOWS + 1 / (size * WINDOWS)));
        if (sizes[s] > 1) continue;
        static const double chance[] = {0.367879441, 0.367879441, 0.183939721,
                                        0.061313240, 0.015328310, 0.003659847};
        double chi = 0;
        for (int k = 0; k < 6; k++)
            chi += pow(seen[k] - WINDOWS * chance[k], 2) / WINDOWS / chance[k];
        assert_true(chi < 20.5); /* 5 degrees of freedom */
    }
    paced_free(p);
}

static void poisson_keeps_the_rate(void **state)
{
    (void)state;
    struct paced *p = paced("1M/s", "poisson");
    for (uint64_t n = 1000; n < 1000000000000000; n *= 10) {
        double off = ((double)due(p, n) - (double)n * 1000) / 1000;
        assert_true(fabs(off) < 3.3 * sqrt((double)n));
        double units = (double)schedule_units(p->s, n * 1000);
        assert_true(fabs(units - (double)n) < 3.3 * sqrt((double)n));
    }
    paced_free(p);
    p = paced("ramp(0/s..2000/s) for 10s", "poisson");
    for (uint64_t s = 1; s <= 10; s++) {
        double units = (double)schedule_units(p->s, s * SECOND), mean = 100.0 * (double)(s * s);
        assert_true(fabs(units - mean) < 3.3 * sqrt(mean));
    }
    paced_free(p);
}

/* Unit n is the same whichever way one comes to it. */
static void seek_equals_step(void **state)
{
    (void)state;
    static const char *const arrivals[] = {"poisson", "uniform", "pareto"};
    enum { N = 20000 };
    static uint64_t t[N];
    for (size_t a = 0; a < 3; a++) {
        struct paced *p = paced("1k/s", arrivals[a]);
        assert_int_equal(schedule_due(p->s, p->st, 0, 1, N, t), N);
        for (uint64_t n = N - 1, k = 0; k < 500; k++, n = n * 7919 % N)
            assert_int_equal(due(p, n), t[n]);
        for (uint64_t n = 0; n < N; n += 997) {
            struct schedule_state *fresh = schedule_start(p->s, &p->arena);
            uint64_t one;
            assert_int_equal(schedule_due(p->s, fresh, n, 1, 1, &one), 1);
            assert_int_equal(one, t[n]);
        }
        paced_free(p);
    }
}

static void seeds_and_paths_differ(void **state)
{
    (void)state;
    static const char *const arrivals[] = {"poisson", "uniform", "pareto"};
    for (size_t a = 0; a < 3; a++) {
        struct paced *p = paced_seed("1k/s", arrivals[a], 1),
                     *q = paced_seed("1k/s", arrivals[a], 2);
        struct paced *same = paced_seed("1k/s", arrivals[a], 1);
        unsigned equal = 0;
        for (uint64_t n = 100; n < 20000; n += 199) {
            equal += due(p, n) == due(q, n);
            assert_int_equal(due(p, n), due(same, n));
        }
        assert_true(equal < 3);
        paced_free(p);
        paced_free(q);
        paced_free(same);
    }
}

static void uniform_stays_in_its_slot(void **state)
{
    (void)state;
    enum { N = 20000 };
    static double at[N];
    struct paced *p = paced("1k/s", "uniform");
    double sum = 0, squares = 0;
    for (uint64_t n = 0; n < N; n++) {
        uint64_t t = due(p, n);
        assert_in_range(t, n * 1000000, (n + 1) * 1000000);
        at[n] = (double)(t - n * 1000000) * 1e-6;
        sum += at[n];
        squares += at[n] * at[n];
    }
    assert_true(fabs(sum / N - 0.5) < 3.3 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 3) < 3.3 * sqrt(4.0 / 45 / N));
    paced_free(p);
}

/* Units come at five times the rate, or not at all for at least the shortest pause. */
static void pareto_alternates(void **state)
{
    (void)state;
    struct paced *p = paced("1k/s", "pareto(on=100ms, off=400ms, alpha=3)");
    enum { N = 200000 };
    static uint64_t t[N];
    assert_int_equal(schedule_due(p->s, p->st, 0, 1, N, t), N);
    double pauses = 0, paused = 0, run = 0;
    for (size_t i = 1; i < N; i++) {
        uint64_t gap = t[i] - t[i - 1];
        run++;
        if (gap <= 200001) {
            assert_true(gap >= 199999);
            continue;
        }
        assert_true(gap >= 266000000); /* 400 ms * (alpha - 1) / alpha */
        assert_true(run >= 333);       /* 100 ms * 2/3 at 5 units a ms */
        pauses++;
        paused += (double)gap;
        run = 0;
    }
    assert_true(fabs(paused / pauses / 400e6 - 1) < 0.1);
    assert_true(fabs((N - pauses) / pauses / 500 - 1) < 0.1);
    paced_free(p);
}

static void pareto_keeps_the_rate(void **state)
{
    (void)state;
    static const struct {
        const char *arrival;
        double within;
    } cases[] = {{"pareto(on=100ms, off=400ms, alpha=3)", 0.01},
                 {"pareto(on=10ms, off=10ms, alpha=2)", 0.02},
                 {"pareto(on=100ms, off=400ms, alpha=1.5)", 0.1}};
    for (size_t i = 0; i < 3; i++) {
        struct paced *p = paced("100k/s", cases[i].arrival);
        double units = (double)schedule_units(p->s, 40000 * SECOND);
        assert_true(fabs(units / 40000 / 100000 - 1) < cases[i].within);
        paced_free(p);
    }
    /* Where the rate changes, so does the spacing; the end stays where it is. */
    struct paced *p =
        paced("100/s for 5000s, 1k/s for 5000s", "pareto(on=10ms, off=20ms, alpha=3)");
    double first = (double)schedule_units(p->s, 5000 * SECOND);
    double both = (double)schedule_units(p->s, NEVER);
    assert_true(fabs(first / 500000 - 1) < 0.03 && fabs((both - first) / 5000000 - 1) < 0.03);
    assert_int_equal(due(p, (uint64_t)both), NEVER);
    paced_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_gaps_are_exponential),
        cmocka_unit_test(poisson_leaves_are_gamma),
        cmocka_unit_test(poisson_counts),
        cmocka_unit_test(poisson_keeps_the_rate),
        cmocka_unit_test(seek_equals_step),
        cmocka_unit_test(seeds_and_paths_differ),
        cmocka_unit_test(uniform_stays_in_its_slot),
        cmocka_unit_test(pareto_alternates),
        cmocka_unit_test(pareto_keeps_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
