/* rng: known answers, all ways of computing a column against each other, keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/rng.h"

/* The answers published with the Random123 library for philox2x32-10. */
static void philox_known_answers(void **state)
{
    (void)state;
    assert_int_equal(philox2x32(0, 0, 0), 0x6cd10df2ff1dae59);
    assert_int_equal(philox2x32(UINT32_MAX, UINT32_MAX, UINT32_MAX), 0xab4fd7ad2c3f628b);
    assert_int_equal(philox2x32(0x243f6a88, 0x85a308d3, 0x13198a2e), 0xf62a4c12dd7ce038);
    assert_int_equal(rng_at(0x13198a2e, 0x85a308d3243f6a88), 0xf62a4c12dd7ce038);
    /* The high half of the key is added to the high half of the index. */
    assert_int_equal(rng_at(0x0000000113198a2e, 0x85a308d2243f6a88), 0xf62a4c12dd7ce038);
}

static const uint64_t spans[] = {1,           2,           3,          1000,       UINT32_MAX,
                                 0x100000000, 0x100000001, 1ull << 63, UINT64_MAX, 0};

static void check_column(uint64_t key, const uint64_t *index, size_t n)
{
    uint64_t out[80];
    out[n] = 0x5ca1ab1e;
    rng_column(key, index, n, out);
    for (size_t i = 0; i < n; i++) assert_int_equal(out[i], rng_at(key, index[i]));
    assert_int_equal(out[n], 0x5ca1ab1e);
    for (size_t s = 0; s < sizeof spans / sizeof *spans; s++) {
        rng_column_below(key, index, n, 77, spans[s], out);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(out[i], 77 + rng_below(rng_at(key, index[i]), spans[s]));
        assert_int_equal(out[n], 0x5ca1ab1e);
    }
    memcpy(out, index, n * sizeof *out);
    rng_column(key, out, n, out);
    for (size_t i = 0; i < n; i++) assert_int_equal(out[i], rng_at(key, index[i]));
}

static void all_paths_agree(void **state)
{
    (void)state;
    for (int path = RNG_BEST; path <= RNG_AVX512; path++) {
        if (!rng_use((enum rng_path)path)) continue; /* this processor has it not */
        for (size_t n = 0; n <= 70; n++) {
            uint64_t index[80], key = rng_mix(n);
            for (size_t i = 0; i < n; i++) index[i] = rng_mix(i * 1000 + n);
            check_column(key, index, n);
            for (size_t i = 0; i < n; i++) index[i] = UINT64_MAX - 3 + i;
            check_column(key, index, n);
        }
    }
    rng_use(RNG_BEST);
}

static void below_is_uniform(void **state)
{
    (void)state;
    for (uint64_t span = 2; span <= 50; span += 7) {
        double chi = 0, expected = 20000.0 / (double)span;
        uint64_t count[50] = {0};
        for (uint64_t i = 0; i < 20000; i++) count[rng_below(rng_at(span, i), span)]++;
        for (uint64_t k = 0; k < span; k++) {
            double d = (double)count[k] - expected;
            chi += d * d / expected;
        }
        assert_true(chi < (double)(span - 1) + 5 * __builtin_sqrt(2 * (double)(span - 1)) + 3);
    }
}

static void keys_differ(void **state)
{
    (void)state;
    uint64_t a = rng_key(1, span_of("packet query.ipv4.src"));
    assert_int_equal(a, rng_key(1, span_of("packet query.ipv4.src")));
    assert_int_not_equal(a, rng_key(2, span_of("packet query.ipv4.src")));
    assert_int_not_equal(a, rng_key(1, span_of("packet query.ipv4.dst")));
    assert_int_not_equal(rng_key(1, span_of("")), rng_key(2, span_of("")));
    assert_int_not_equal(rng_sub(a, 0), rng_sub(a, 1));
    assert_int_not_equal(rng_sub(a, 0), a);
    /* The high half of a key matters as much as the low half. */
    assert_int_not_equal(rng_at(1, 5), rng_at(1 | 1ull << 32, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(all_paths_agree),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
