/* fmath against libm in extended precision: the largest errors, and columns against calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "base/rng.h"

#define COUNT 300000

static double relative(double got, long double want)
{
    if (want == 0) return fabs(got);
    return (double)fabsl(((long double)got - want) / want);
}

/* The largest relative error of f over draws mapped to [lo, hi]. */
static double worst(double (*f)(double), long double (*exact)(long double), double lo, double hi)
{
    double most = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        double x = lo + fm_unit(rng_at(1, i)) * (hi - lo);
        double e = relative(f(x), exact((long double)x));
        if (e > most) most = e;
    }
    return most;
}

static long double exact_sin(long double x)
{
    return sinl(2 * 3.141592653589793238462643383279502884L * x);
}

static void bounds_hold(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        double (*f)(double);
        long double (*exact)(long double);
        double lo, hi, bound;
    } cases[] = {
        {"log near 1", fm_log, logl, 0.5, 2, 2.5e-16},
        {"log", fm_log, logl, 1e-300, 1e-290, 2.5e-16},
        {"log", fm_log, logl, 1e9, 1e300, 2.5e-16},
        {"exp", fm_exp, expl, -1, 1, 2.5e-16},
        {"exp", fm_exp, expl, -700, 700, 2.5e-16},
        {"log1p", fm_log1p, log1pl, -0.999, 1, 2.5e-16},
        {"log1p", fm_log1p, log1pl, -1e-9, 1e-9, 2.5e-16},
        {"log1p", fm_log1p, log1pl, 1, 1e18, 2.5e-16},
        {"expm1", fm_expm1, expm1l, -1, 1, 2.5e-16},
        {"expm1", fm_expm1, expm1l, -1e-9, 1e-9, 2.5e-16},
        {"expm1", fm_expm1, expm1l, -40, 40, 2.5e-16},
        {"sin2pi", fm_sin2pi, exact_sin, 0, 0.4999, 3.2e-16},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double e = worst(cases[i].f, cases[i].exact, cases[i].lo, cases[i].hi);
        if (e > cases[i].bound) fail_msg("%s: %g above %g", cases[i].what, e, cases[i].bound);
    }
}

static void exact_points(void **state)
{
    (void)state;
    assert_true(fm_log(1) == 0 && fm_exp(0) == 1 && fm_expm1(0) == 0 && fm_log1p(0) == 0);
    assert_true(fm_sin2pi(0) == 0 && fm_sin2pi(0.25) == 1 && fm_sin2pi(-0.25) == -1);
    assert_true(fm_sin2pi(1e15) == 0 && fabs(fm_sin2pi(-3.5)) < 1e-15);
    assert_true(fm_exp(1e9) == fm_exp(700) && fm_exp(-1e9) == fm_exp(-700));
    assert_true(fm_unit(0) > 0 && fm_unit(UINT64_MAX) < 1);
    assert_true(relative(fm_pow(2, 10), 1024) < 2e-15);
}

/* Quantiles of the normal distribution to 20 digits, from tables. */
static void normal_is_inverse(void **state)
{
    (void)state;
    double most = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t bits = rng_at(2, i);
        if (i % 4 == 0) bits >>= i % 50; /* the tail as well */
        double p = fm_unit(bits), v = fm_normal(bits);
        long double back = 0.5L * erfcl(-(long double)v / sqrtl(2));
        /* What an error of v makes of p: dp/dv = density. */
        long double density =
            expl(-0.5L * (long double)v * (long double)v) / sqrtl(2 * 3.14159265358979324L);
        double e = (double)(fabsl(back - (long double)p) / density) / fmax(1, fabs(v));
        if (p < 0.5 && e > most) most = e;
    }
    assert_true(most < 1e-15);
    assert_true(fm_normal(0) > -8.3 && fm_normal(UINT64_MAX) < 8.3);
    assert_true(fabs(fm_normal((uint64_t)(0.975 * 0x1p64)) - 1.959963984540054) < 1e-14);
}

static void columns_are_calls(void **state)
{
    (void)state;
    enum { N = 1031 };
    static uint64_t bits[N];
    static double x[N], out[N];
    for (uint64_t i = 0; i < N; i++) {
        bits[i] = rng_at(3, i) >> (i % 60);
        x[i] = (fm_unit(bits[i]) - 0.5) * 100;
    }
    fm_expo_column(bits, N, out);
    for (size_t i = 0; i < N; i++) assert_true(out[i] == fm_expo(bits[i]));
    fm_normal_column(bits, N, out);
    for (size_t i = 0; i < N; i++) assert_true(out[i] == fm_normal(bits[i]));
    fm_exp_column(x, N, out);
    for (size_t i = 0; i < N; i++) assert_true(out[i] == fm_exp(x[i]));
    for (size_t i = 0; i < N; i++) x[i] = fabs(x[i]);
    fm_log1p_column(x, N, out);
    for (size_t i = 0; i < N; i++) assert_true(out[i] == fm_log1p(x[i]));
}

/* The same bits on every machine, compiler and optimisation level. */
static void bits_are_known(void **state)
{
    (void)state;
    uint64_t hash = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t b = rng_at(4, i);
        double x = fm_unit(b),
               v[] = {fm_log(x),  fm_exp(x * 600 - 300), fm_sin2pi(x * 9 - 4), fm_normal(b),
                      fm_expo(b), fm_pow(x, 2.5),        fm_log1p(x * 7),      fm_expm1(x * 4 - 2)};
        for (size_t k = 0; k < sizeof v / sizeof *v; k++) {
            uint64_t u;
            memcpy(&u, &v[k], 8);
            hash = rng_mix(hash ^ u);
        }
    }

    assert_int_equal(hash, 0xcb92ec2efa8c1a27);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_hold),       cmocka_unit_test(exact_points),
        cmocka_unit_test(normal_is_inverse), cmocka_unit_test(columns_are_calls),
        cmocka_unit_test(bits_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
