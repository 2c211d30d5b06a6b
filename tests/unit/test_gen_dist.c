/* What is drawn has the distribution it should: chi-square for what can be counted,
 * Kolmogorov-Smirnov for the rest. The seeds are fixed, so the tests are, too. */
#include "gen_rig.h"

#define DRAWS 100000

/* Upper limit of chi-square for `df` degrees of freedom, passed once in 10^5 (Wilson, Hilferty). */
static double limit(double df)
{
    double t = 2.0 / (9 * df), z = 4.265;
    double c = 1 - t + z * sqrt(t);
    return df * c * c * c;
}

/* Counts of values 0..n-1 against their probabilities. */
static void chi_square(const char *what, const uint64_t *count, const double *p, size_t n,
                       double draws)
{
    double chi = 0;
    for (size_t i = 0; i < n; i++) {
        double d = (double)count[i] - draws * p[i];
        chi += d * d / (draws * p[i]);
    }
    if (chi > limit((double)(n - 1))) fail_msg("%s: chi-square %g of %zu values", what, chi, n);
}

/* The first DRAWS values of a U64 generator, each less `first`, counted. */
static void count_values(struct rig *r, const struct gen *g, uint64_t first, size_t n,
                         uint64_t *count)
{
    uint64_t v[BATCH];
    memset(count, 0, n * sizeof *count);
    for (uint64_t at = 0; at < DRAWS; at += BATCH) {
        struct draw d = rig_draw(r, at, 1, BATCH);
        gen_fill(g, &d, BATCH, &(struct column){.u = v});
        for (size_t i = 0; i < BATCH && at + i < DRAWS; i++) {
            assert_true(v[i] >= first && v[i] - first < n);
            count[v[i] - first]++;
        }
    }
}

static void ranges_are_uniform(void **state)
{
    (void)state;
    struct rig *r = rig_new(11);
    uint64_t count[256];
    double p[256];
    static const struct {
        const char *text;
        uint64_t first;
        size_t n;
    } cases[] = {{"5..14", 5, 10},
                 {"10.0.0.0/24", 0x0a000000, 256},
                 {"1ns..7ns", 1, 7},
                 {"choice(1..10, 11..20)", 1, 20},
                 {"02:00:00:00:00:00..02:00:00:00:00:63", 0x020000000000, 100}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (size_t i = 0; i < cases[c].n; i++) p[i] = 1.0 / (double)cases[c].n;
        count_values(r, rig_gen(r, cases[c].text), cases[c].first, cases[c].n, count);
        chi_square(cases[c].text, count, p, cases[c].n, DRAWS);
    }
    /* The top of the widest range, and of a step. */
    const struct gen *g = rig_gen(r, "0..18446744073709551615");
    size_t upper = 0;
    for (uint64_t i = 0; i < 10000; i++) upper += rig_u64(r, g, i) >> 63;
    assert_in_range(upper, 4800, 5200);
    g = rig_gen(r, "10..100 step 30");
    for (uint64_t i = 0; i < 1000; i++) assert_int_equal(rig_u64(r, g, i) % 30, 10);
    rig_free(r);
}

static void wide_prefixes_are_uniform(void **state)
{
    (void)state;
    struct rig *r = rig_new(12);
    static const struct {
        const char *text;
        unsigned bits;
    } cases[] = {
        {"2001:db8::/32", 32}, {"2001:db8::/120", 120}, {"::/0", 0}, {"2001:db8::/64", 64}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct gen *g = rig_gen(r, cases[c].text);
        struct prefix p;
        bool host;
        assert_true(prefix_parse(span_of(cases[c].text), &p, &host));
        size_t ones[128] = {0};
        for (uint64_t i = 0; i < 4000; i++) {
            u128 v;
            struct draw d = rig_draw(r, i, 1, 1);
            gen_fill(g, &d, 1, &(struct column){.a = &v});
            assert_true(prefix_has(p, (struct addr){.v = v, .family = FAMILY_IP6}));
            for (unsigned b = 0; b < 128; b++) ones[b] += (size_t)(v >> b & 1);
        }
        for (unsigned b = 0; b < 128 - cases[c].bits; b++) assert_in_range(ones[b], 1840, 2160);
    }
    rig_free(r);
}

static void choices_follow_weights(void **state)
{
    (void)state;
    struct rig *r = rig_new(13);
    uint64_t count[64];
    double p[64];
    count_values(r, rig_gen(r, "0:8, 1:2, 2, 3:5"), 0, 4, count);
    chi_square("short list", count, (double[]){8.0 / 16, 2.0 / 16, 1.0 / 16, 5.0 / 16}, 4, DRAWS);
    char text[1024] = "";
    double total = 0;
    for (int i = 0; i < 50; i++) total += p[i] = 1 + i % 7;
    for (int i = 0; i < 50; i++) {
        p[i] /= total;
        sprintf(text + strlen(text), "%s%d:%d", i ? ", " : "", i, 1 + i % 7);
    }
    count_values(r, rig_gen(r, text), 0, 50, count);
    chi_square("long list", count, p, 50, DRAWS);
    /* Items that draw themselves. */
    count_values(r, rig_gen(r, "0..1:1, 2..3:3"), 0, 4, count);
    chi_square("nested", count, (double[]){0.125, 0.125, 0.375, 0.375}, 4, DRAWS);
    rig_free(r);
}

static void zipf_is_zipf(void **state)
{
    (void)state;
    struct rig *r = rig_new(14);
    static const double exponents[] = {0, 0.5, 1, 1.1, 2, 5};
    static const size_t sizes[] = {1, 2, 10, 1000};
    for (size_t e = 0; e < 6; e++)
        for (size_t k = 0; k < 4; k++) {
            static uint64_t count[1000];
            static double p[1000];
            size_t n = sizes[k], bins = 0;
            char text[64];
            double sum = 0;
            snprintf(text, sizeof text, "zipf(1..%zu, s=%g)", n, exponents[e]);
            for (size_t i = 0; i < n; i++) sum += p[i] = pow((double)(i + 1), -exponents[e]);
            count_values(r, rig_gen(r, text), 1, n, count);
            for (size_t i = 0; i < n; i++) p[i] /= sum;
            /* Join the tail into bins that expect at least ten. */
            for (size_t i = 0; i < n; bins++) {
                double q = 0;
                uint64_t c = 0;
                for (; i < n && q * DRAWS < 10; i++) {
                    q += p[i];
                    c += count[i];
                }
                p[bins] = q;
                count[bins] = c;
            }
            if (bins > 1 && p[bins - 1] * DRAWS < 10) {
                p[bins - 2] += p[bins - 1];
                count[bins - 2] += count[bins - 1];
                bins--;
            }
            if (bins > 1) chi_square(text, count, p, bins, DRAWS);
        }
    rig_free(r);
}

/* The largest ranges: octaves of the rank have the weight of their integral. */
static void zipf_has_no_largest_range(void **state)
{
    (void)state;
    struct rig *r = rig_new(15);
    const struct gen *g = rig_gen(r, "zipf(1..9223372036854775807, s=1)");
    uint64_t count[63] = {0};
    double p[63], sum = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        uint64_t v = rig_u64(r, g, i);
        assert_true(v >= 1 && v <= INT64_MAX);
        count[63 - __builtin_clzll(v)]++;
    }
    for (int o = 0; o < 63; o++) { /* sum of 1/k over [2^o, 2^(o+1)), by Euler and Maclaurin */
        double a = ldexp(1, o), b = 2 * a;
        p[o] = log(2) + 0.5 * (1 / a - 1 / b) + (1 / (a * a) - 1 / (b * b)) / 12 -
               (1 / pow(a, 4) - 1 / pow(b, 4)) / 120;
    }
    p[0] = 1;
    for (int o = 0; o < 63; o++) sum += p[o];
    for (int o = 0; o < 63; o++) p[o] /= sum;
    chi_square("zipf to 2^63", count, p, 63, DRAWS);
    rig_free(r);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The largest distance between the values' distribution and F, times sqrt(n); 2.3 is passed
 * once in 20,000. */
static void smirnov(struct rig *r, const char *text, double (*f)(double x))
{
    static double v[DRAWS];
    const struct gen *g = rig_gen(r, text);
    for (uint64_t at = 0; at < DRAWS; at += BATCH) {
        union {
            double r[BATCH];
            uint64_t u[BATCH];
        } c;
        struct draw d = rig_draw(r, at, 1, BATCH);
        gen_fill(g, &d, BATCH, &(struct column){.u = c.u});
        for (size_t i = 0; i < BATCH && at + i < DRAWS; i++)
            v[at + i] = g->type == GEN_REAL ? c.r[i] : (double)c.u[i];
    }
    qsort(v, DRAWS, sizeof *v, ascending);
    double most = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        double p = f(v[i]), below = (double)i / DRAWS, above = (double)(i + 1) / DRAWS;
        most = fmax(most, fmax(fabs(p - below), fabs(p - above)));
    }
    if (most * sqrt(DRAWS) > 2.3) fail_msg("%s: distance %g", text, most);
}

static double f_uniform(double x)
{
    return x - 0.5;
}
static double f_exp(double x)
{
    return 1 - exp(-x / 1e8);
}
static double f_normal(double x)
{
    return 0.5 * erfc(-(x - 500) / 100 / sqrt(2));
}
static double f_lognormal(double x)
{
    return 0.5 * erfc(-log(x / 2e7) / 0.5 / sqrt(2));
}
static double f_lognormal_mean(double x)
{
    return 0.5 * erfc(-(log(x / 2e7) + 0.125) / 0.5 / sqrt(2));
}
static double f_pareto(double x)
{
    return 1 - pow(1e6 / x, 1.3);
}
static double f_even(double x)
{
    return x / 1099511627776.0;
}

static void continuous_values_follow_their_functions(void **state)
{
    (void)state;
    struct rig *r = rig_new(16);
    smirnov(r, "0.5..1.5", f_uniform);
    smirnov(r, "0..1099511627775", f_even);
    smirnov(r, "exp(100ms)", f_exp);
    smirnov(r, "normal(500, 100)", f_normal);
    smirnov(r, "lognormal(20ms, 0.5)", f_lognormal);
    smirnov(r, "lognormal(mean=20ms, sigma=0.5)", f_lognormal_mean);
    smirnov(r, "pareto(1ms, 1.3)", f_pareto);
    rig_free(r);
}

static void dimensions_and_clamps(void **state)
{
    (void)state;
    struct rig *r = rig_new(17);
    static const struct gen_want port = {
        .what = "a port 0..65535", .type = GEN_U64, .lo = 0, .hi = 65535};
    assert_int_equal(rig_gen(r, "exp(20ms)")->format, FORMAT_TIME);
    assert_int_equal(rig_gen(r, "exp(1KiB)")->type, GEN_U64);
    assert_int_equal(rig_gen(r, "exp(1000)")->type, GEN_REAL);
    struct entry e = rig_entry("exp(1000, max=60000)");
    const struct gen *g = gen_entry(&r->env, &e, "x", &port);
    assert_non_null(g);
    assert_int_equal(g->type, GEN_U64);
    e = rig_entry("exp(9000)");
    assert_null(gen_entry(&r->env, &e, "x", &port));
    assert_non_null(strstr(r->errs.v[0].text, "'exp(9000)' can be 331200, expected a port"));
    g = rig_gen(r, "normal(100ms, 90ms, max=150ms)");
    size_t low = 0, high = 0;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t v = rig_u64(r, g, i);
        assert_true(v <= 150000000);
        low += v == 0;
        high += v == 150000000;
    }
    assert_in_range(low, 1200, 1460);  /* P(z < -1.11) = 0.1333 */
    assert_in_range(high, 2700, 3080); /* P(z > 0.556) = 0.2893 */
    g = rig_gen(r, "exp(1ms, min=1h)");
    assert_int_equal(rig_u64(r, g, 1), 3600000000000);
    g = rig_gen(r, "pareto(1s, 0.01)");
    for (uint64_t i = 0; i < 1000; i++) assert_true(rig_u64(r, g, i) <= (uint64_t)1 << 63);
    rig_free(r);
}

static void sequences_count(void **state)
{
    (void)state;
    struct rig *r = rig_new(18);
    const struct gen *g = rig_gen(r, "seq(10..20 step 3)");
    for (uint64_t i = 0; i < 100; i++) assert_int_equal(rig_u64(r, g, i), 10 + i % 4 * 3);
    uint64_t big = 12345678901234567890u;
    assert_int_equal(rig_u64(r, g, big), 10 + big % 4 * 3);
    assert_int_equal(rig_u64(r, rig_gen(r, "seq(0..18446744073709551615)"), big), big);
    assert_int_equal(rig_u64(r, rig_gen(r, "seq(1..18446744073709551615)"), UINT64_MAX), 1);
    assert_int_equal(rig_u64(r, rig_gen(r, "seq(0..6)"), UINT64_MAX), UINT64_MAX % 7);
    assert_string_equal(rig_str(r, rig_text(r, "${seq(10.0.0.0/30)}"), 6), "10.0.0.2");
    assert_string_equal(rig_str(r, rig_text(r, "${seq(2001:db8::/126)}"), 7), "2001:db8::3");
    assert_string_equal(rig_str(r, rig_text(r, "${seq(-2..2)}"), 5), "-2");
    assert_string_equal(rig_str(r, rig_text(r, "${seq(0.5..1 step 0.25)}"), 1), "0.75");
    rig_free(r);
}

/* Each value once in each of `cycles` cycles of n, starting at unit `first`. */
static void covers(struct rig *r, const struct gen *g, size_t n, uint64_t first, size_t cycles)
{
    uint8_t *seen = calloc(n, 1);
    for (size_t c = 1; c <= cycles; c++)
        for (size_t at = 0; at < n; at += BATCH) {
            uint64_t v[BATCH];
            size_t m = n - at < BATCH ? n - at : BATCH;
            struct draw d = rig_draw(r, first + (c - 1) * n + at, 1, m);
            gen_fill(g, &d, m, &(struct column){.u = v});
            for (size_t i = 0; i < m; i++) {
                assert_true(v[i] - g->lo < n);
                assert_int_equal(seen[v[i] - g->lo]++, c - 1);
            }
        }
    free(seen);
}

static void permutations_cover(void **state)
{
    (void)state;
    struct rig *r = rig_new(19);
    for (size_t n = 1; n <= 1000; n++) {
        char text[64];
        snprintf(text, sizeof text, "permute(5..%zu)", n + 4);
        covers(r, rig_gen(r, text), n, n * 1000000007, 2);
    }
    covers(r, rig_gen(r, "permute(198.18.0.0/16)"), 65536, 0, 2);
    covers(r, rig_gen(r, "permute(1..100003)"), 100003, 0, 1);
    rig_free(r);
}

static void permutations_are_mixed(void **state)
{
    (void)state;
    struct rig *r = rig_new(20);
    const struct gen *g = rig_gen(r, "permute(0..6)");
    /* The value at each place, and the pair at the first two, is uniform over the cycles. */
    for (uint64_t place = 0; place < 7; place++) {
        uint64_t count[7] = {0};
        double p[7];
        for (int i = 0; i < 7; i++) p[i] = 1.0 / 7;
        for (uint64_t c = 0; c < 5000; c++) count[rig_u64(r, g, c * 7 + place)]++;
        chi_square("permute, place", count, p, 7, 5000);
    }
    uint64_t pairs[42] = {0};
    double p[42];
    for (int i = 0; i < 42; i++) p[i] = 1.0 / 42;
    for (uint64_t c = 0; c < 20000; c++) {
        uint64_t a = rig_u64(r, g, c * 7), b = rig_u64(r, g, c * 7 + 1);
        pairs[a * 6 + b - (b > a)]++;
    }
    chi_square("permute, pairs", pairs, p, 42, 20000);
    /* Neighbours in a large one: the difference of two units is uniform. */
    g = rig_gen(r, "permute(0..1048575)");
    uint64_t count[64] = {0};
    double q[64];
    for (int i = 0; i < 64; i++) q[i] = 1.0 / 64;
    for (uint64_t i = 0; i < 20000; i++)
        count[((rig_u64(r, g, i + 1) - rig_u64(r, g, i)) & 1048575) >> 14]++;
    chi_square("permute, neighbours", count, q, 64, 20000);
    rig_free(r);
}

static void wide_permutations_do_not_repeat(void **state)
{
    (void)state;
    struct rig *r = rig_new(21);
    static const char *const texts[] = {"permute(2001:db8::/32)", "permute(2001:db8::/64)",
                                        "permute(0..18446744073709551615)", "permute(::/0)"};
    for (size_t t = 0; t < 4; t++) {
        const struct gen *g = rig_gen(r, texts[t]);
        static double low[20000];
        for (uint64_t i = 0; i < 20000; i++) {
            u128 v = 0;
            struct draw d = rig_draw(r, i, 1, 1);
            gen_fill(g, &d, 1, &(struct column){.a = &v});
            low[i] = (double)((uint64_t)v >> 11); /* 53 bits: 20,000 of them hardly ever meet */
        }
        qsort(low, 20000, sizeof *low, ascending);
        for (size_t i = 1; i < 20000; i++) assert_true(low[i] != low[i - 1]);
        assert_true(low[0] < ldexp(1, 41) && low[19999] > ldexp(1, 53) - ldexp(1, 41) * 4);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_uniform),
        cmocka_unit_test(wide_prefixes_are_uniform),
        cmocka_unit_test(choices_follow_weights),
        cmocka_unit_test(zipf_is_zipf),
        cmocka_unit_test(zipf_has_no_largest_range),
        cmocka_unit_test(continuous_values_follow_their_functions),
        cmocka_unit_test(dimensions_and_clamps),
        cmocka_unit_test(sequences_count),
        cmocka_unit_test(permutations_cover),
        cmocka_unit_test(permutations_are_mixed),
        cmocka_unit_test(wide_permutations_do_not_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
