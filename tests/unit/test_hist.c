/* Histograms: bins, exact comparison with sorted arrays, merging, HdrHistogram's encoding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/rng.h"
#include "base/span.h"
#include "stats/hist.h"

static const unsigned precisions[] = {HIST_FINE, HIST_COARSE};

static void open_bits(struct hist *h, unsigned bits)
{
    if (bits == HIST_FINE)
        hist_open(h);
    else
        hist_open_coarse(h);
}

/* HdrHistogram's own definition: a bucket for each doubling, of which the upper half of the
 * sub-buckets is used, and the first bucket whole. */
static size_t bin_by_definition(unsigned bits, uint64_t v)
{
    uint64_t sub_count = 1ull << bits, half = sub_count / 2;
    size_t bucket = 0;
    uint64_t sub = v;
    while (sub >= sub_count) {
        bucket++;
        sub >>= 1;
    }
    return (size_t)((bucket + 1) * half + sub - half);
}

static void test_bins_are_those_of_hdrhistogram(void **state)
{
    (void)state;
    assert_int_equal(HIST_BINS_OF(HIST_FINE), 33792);
    assert_int_equal(HIST_BINS_OF(HIST_COARSE), 4608);
    for (size_t p = 0; p < 2; p++) {
        unsigned bits = precisions[p];
        for (uint64_t i = 0; i < 200000; i++) {
            uint64_t v = i < 10000 ? i : rng_at(1, i) >> (22 + i % 42);
            assert_int_equal(hist_bin_at(bits, v), bin_by_definition(bits, v));
        }
        for (unsigned b = 0; b < HIST_BITS; b++)
            for (uint64_t v = (1ull << b) - 1; v <= (1ull << b) + 1; v++)
                assert_int_equal(hist_bin_at(bits, v), bin_by_definition(bits, v));
        assert_int_equal(hist_bin_at(bits, HIST_MAX), HIST_BINS_OF(bits) - 1);
        assert_int_equal(hist_bin_at(bits, HIST_MAX + 1), HIST_BINS_OF(bits) - 1);
        assert_int_equal(hist_bin_at(bits, UINT64_MAX), HIST_BINS_OF(bits) - 1);
    }
}

static void test_bins_cover_all_values_once(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        unsigned bits = precisions[p];
        uint64_t next = 0;
        for (size_t i = 0; i < HIST_BINS_OF(bits); i++) {
            uint64_t low = hist_bin_low(bits, i), high = hist_bin_high(bits, i);
            assert_true(low == next && high >= low);
            assert_int_equal(hist_bin_at(bits, low), i);
            assert_int_equal(hist_bin_at(bits, high), i);
            /* Three digits: a bin is at most a thousandth of its values; two: a hundredth. */
            assert_true((high - low) * (bits == HIST_FINE ? 1000 : 100) <= low);
            next = high + 1;
        }
        assert_true(next == HIST_MAX + 1);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#define N 20011
static uint64_t sample(uint64_t i)
{
    uint64_t x = rng_at(7, i);
    return (x & 0xffffff) >> (x >> 60); /* sixteen scales up to 17 ms */
}

static void test_quantiles_against_a_sorted_array(void **state)
{
    (void)state;
    static uint64_t v[N];
    struct hist h;
    for (size_t p = 0; p < 2; p++) {
        unsigned __int128 sum = 0;
        open_bits(&h, precisions[p]);
        for (size_t i = 0; i < N; i++) {
            v[i] = sample(i);
            sum += v[i];
            hist_add(&h, v[i]);
        }
        qsort(v, N, sizeof *v, by_value);
        assert_true(h.count == N && h.min == v[0] && h.max == v[N - 1] && h.sum == sum);
        assert_true(hist_mean(&h) == (double)sum / N);
        /* The k-th smallest value is in the bin whose upper end is told, for each k. */
        for (size_t k = 1; k <= N; k++) {
            uint64_t want = hist_bin_high(h.bits, hist_bin_at(h.bits, v[k - 1]));
            if (want > h.max) want = h.max;
            assert_int_equal(hist_quantile(&h, (double)k / N), want);
        }
        assert_int_equal(hist_quantile(&h, 0), hist_bin_high(h.bits, hist_bin_at(h.bits, v[0])));
        for (size_t k = 0; k < N; k += 97) {
            size_t above = 0;
            while (above < N && hist_bin_at(h.bits, v[N - 1 - above]) > hist_bin_at(h.bits, v[k]))
                above++;
            assert_int_equal(hist_above(&h, v[k]), above);
        }
        hist_close(&h);
    }
}

static void test_small_and_extreme(void **state)
{
    (void)state;
    struct hist h;
    hist_open(&h);
    assert_int_equal(hist_quantile(&h, 0.5), 0);
    assert_true(hist_mean(&h) == 0 && hist_above(&h, 0) == 0);
    hist_add(&h, 0);
    assert_true(h.min == 0 && h.max == 0 && hist_quantile(&h, 1) == 0);
    hist_add(&h, UINT64_MAX - 1);
    assert_true(h.max == UINT64_MAX - 1 && hist_quantile(&h, 1) == UINT64_MAX - 1);
    assert_int_equal(hist_quantile(&h, 0.5), 0);
    hist_clear(&h);
    assert_true(h.count == 0 && h.min == UINT64_MAX && h.max == 0);
    for (size_t i = 0; i < HIST_BINS; i++) assert_int_equal(h.bin[i], 0);
    hist_add_n(&h, 7, 93);
    hist_add_n(&h, 8, 7);
    assert_int_equal(hist_quantile(&h, 0.93), 7); /* 0.93 * 100 is 93.00000000000001 */
    assert_int_equal(hist_quantile(&h, 0.931), 8);
    hist_close(&h);
}

static void test_merging_is_adding(void **state)
{
    (void)state;
    struct hist parts[3], whole, coarse, sum;
    hist_open(&whole);
    hist_open_coarse(&coarse);
    hist_open_coarse(&sum);
    for (size_t p = 0; p < 3; p++) hist_open(&parts[p]);
    for (uint64_t i = 0; i < N; i++) {
        hist_add(&parts[i % 3], sample(i));
        hist_add(&whole, sample(i));
        hist_add(&coarse, sample(i));
    }
    for (size_t p = 0; p < 3; p++) hist_merge(&sum, &parts[p]);
    for (size_t p = 1; p < 3; p++) hist_merge(&parts[0], &parts[p]);
    assert_memory_equal(parts[0].bin, whole.bin, HIST_BINS * sizeof *whole.bin);
    assert_true(parts[0].count == whole.count && parts[0].sum == whole.sum);
    assert_true(parts[0].min == whole.min && parts[0].max == whole.max);
    assert_memory_equal(sum.bin, coarse.bin, HIST_BINS_OF(HIST_COARSE) * sizeof *sum.bin);
    assert_true(sum.count == whole.count && sum.sum == whole.sum && sum.max == whole.max);
    for (size_t p = 0; p < 3; p++) hist_close(&parts[p]);
    hist_close(&whole);
    hist_close(&coarse);
    hist_close(&sum);
}

/* Histograms encoded by others: by the C library (3335, 3108, 2638, 2567, 2470), by a port
 * (100, 200, 250), and by a port that grows its histograms (42). */
static const struct {
    const char *text;
    const char *counters; /* the payload in hexadecimal */
    size_t n;
    uint64_t v[5];
} known[] = {
    {"HISTFAAAAC14nJNpmSzMwMDAywABzFCaEURcm7yEwf4DRGCpMlMskyvTZWam+4xMAKW6B74=",
     "a523025d024502d30302df0102",
     5,
     {3335, 3108, 2638, 2567, 2470}},
    {"HISTFAAAACV4nJNpmSzMwMDAwQABzFCaEUrp2H+AsI4zMh1lZEpkAgBdIQSk",
     "c70102c501026102",
     3,
     {100, 200, 250}},
    {"HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=", "5302", 1, {42}},
};

static unsigned sextet(char c)
{
    const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *d = strchr(digits, c);
    assert_non_null(d);
    return (unsigned)(d - digits);
}

/* The counters of an encoded histogram in hexadecimal, by another way than stats/ goes. */
static void counters_of(const char *text, char *hex)
{
    static uint8_t packed[200000], plain[400000];
    size_t n = 0;
    for (size_t i = 0; text[i]; i += 4) {
        unsigned v = sextet(text[i]) << 18 | sextet(text[i + 1]) << 12;
        if (text[i + 2] != '=') v |= sextet(text[i + 2]) << 6;
        if (text[i + 3] != '=') v |= sextet(text[i + 3]);
        packed[n++] = (uint8_t)(v >> 16);
        if (text[i + 2] != '=') packed[n++] = (uint8_t)(v >> 8);
        if (text[i + 3] != '=') packed[n++] = (uint8_t)v;
    }
    assert_int_equal(get_u32(packed), 0x1c849314);
    assert_int_equal(get_u32(packed + 4), n - 8);
    uLongf room = sizeof plain;
    assert_int_equal(uncompress(plain, &room, packed + 8, n - 8), Z_OK);
    assert_int_equal(get_u32(plain), 0x1c849313);
    assert_int_equal(get_u32(plain + 4), room - 40);
    assert_int_equal(get_u32(plain + 8), 0);
    assert_int_equal(get_u32(plain + 12), 3);
    assert_true(get_u64(plain + 16) == 1 && get_u64(plain + 24) == HIST_MAX);
    assert_true(get_u64(plain + 32) == 0x3ff0000000000000);
    for (size_t i = 40; i < room; i++) hex += sprintf(hex, "%02x", plain[i]);
}

static void test_encoding_is_that_of_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct hist theirs, ours;
        char hex[200];
        hist_open(&theirs);
        hist_open(&ours);
        for (size_t k = 0; k < known[i].n; k++) hist_add(&ours, known[i].v[k]);
        assert_true(hist_decode(&theirs, known[i].text));
        assert_memory_equal(theirs.bin, ours.bin, HIST_BINS * sizeof *ours.bin);
        assert_true(theirs.count == ours.count);
        assert_int_equal(hist_bin(theirs.min), hist_bin(ours.min));
        assert_int_equal(hist_bin(theirs.max), hist_bin(ours.max));
        char *text = hist_encode(&ours);
        counters_of(text, hex);
        assert_string_equal(hex, known[i].counters);
        free(text);
        hist_close(&theirs);
        hist_close(&ours);
    }
}

static void test_decoding_reverses_encoding(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        unsigned bits = precisions[round % 2];
        struct hist h, back;
        open_bits(&h, bits);
        open_bits(&back, precisions[round / 2 % 2]);
        hist_add(&back, 12345); /* forgotten by decoding */
        for (uint64_t i = 0; i < round * round; i++) {
            uint64_t x = rng_at(round, i);
            hist_add_n(&h, x >> (22 + x % 42), i % 5 ? 1 : 1 + (x >> (x >> 32) % 64 >> 8));
        }
        char *text = hist_encode(&h), *again;
        assert_true(hist_decode(&back, text));
        assert_int_equal(back.bits, bits);
        assert_memory_equal(back.bin, h.bin, HIST_BINS_OF(bits) * sizeof *h.bin);
        assert_true(back.count == h.count);
        assert_string_equal(again = hist_encode(&back), text);
        free(text);
        free(again);
        hist_close(&h);
        hist_close(&back);
    }
}

/* Wraps a payload as hist_encode does, for payloads that it would never make. */
static bool decodes(struct hist *h, const uint8_t *plain, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t z[512] = {0};
    char text[800];
    uLongf room = sizeof z - 16;
    assert_int_equal(compress(z + 8, &room, plain, n), Z_OK);
    size_t size = (room + 8 + 2) / 3 * 3, o = 0; /* zeros behind the stream spare the padding */
    put_u32(z, 0x1c849314);
    put_u32(z + 4, (uint32_t)(size - 8));
    for (size_t i = 0; i < size; i += 3)
        for (int shift = 18; shift >= 0; shift -= 6)
            text[o++] = digits[(z[i] << 16 | z[i + 1] << 8 | z[i + 2]) >> shift & 63];
    text[o] = 0;
    return hist_decode(h, text);
}

static void test_decoding_refuses_nonsense(void **state)
{
    (void)state;
    struct hist h;
    hist_open(&h);
    const char *const older = "HISTIgAAAFd42pNpmazIwMAYxgABTBDKT4GBgdnNYMcCBvsPUBkeBkYGZqA8MwMbAzsD"
                              "C5DFBCTZgJCDQY1BjkGLQZRBlUEPCB8zWDCYMxgDZZkZhgJgHDibAY8JB/A=";
    const char *const bad[] = {
        "",
        "=",
        "====",
        "HIST",
        "HIST====",
        "not base64",
        "HISTFAAAAB542pNpmSzM",
        /* cookies of the older encodings, and a length that does not fit */
        older,
        "HISTFAAAAB642pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAtM=",
        "HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARAt==",
        "HISTFAAAAB542pNpmSzMwMDAxAABzFCaEUoz2X+AMIKZAEARA~M=",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(hist_decode(&h, bad[i]));
        assert_int_equal(h.count, 0);
    }
    uint8_t p[64] = {0};
    put_u32(p, 0x1c849313);
    put_u32(p + 12, 3);
    put_u64(p + 16, 1);
    put_u64(p + 24, HIST_MAX);
    put_u64(p + 32, 0x3ff0000000000000);
    static const struct {
        uint8_t payload[12];
        uint8_t n;
        bool good;
    } cases[] = {
        {{0}, 0, true},
        {{2}, 1, true},
        {{0xff, 0x8f, 0x04, 2}, 4, false}, /* one zero more than there are bins */
        {{0xfd, 0x8f, 0x04, 2}, 4, true},  /* the last bin */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, false},     /* -2^63 */
        {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 9, true},      /* 2^63-1 */
        {{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}, 10, false}, /* too many */
        {{0x80}, 1, false}, /* a word without its end */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_u32(p + 4, cases[i].n);
        memcpy(p + 40, cases[i].payload, cases[i].n);
        if (decodes(&h, p, 40u + cases[i].n) != cases[i].good) fail_msg("case %zu", i);
    }
    static const size_t header[] = {0, 4, 8, 12, 16, 32}; /* all that is checked */
    for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
        put_u32(p + 4, 1);
        p[40] = 2;
        assert_true(decodes(&h, p, 41));
        p[header[i]] ^= 0x10;
        assert_false(decodes(&h, p, 41));
        p[header[i]] ^= 0x10;
    }
    hist_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_are_those_of_hdrhistogram),
        cmocka_unit_test(test_bins_cover_all_values_once),
        cmocka_unit_test(test_quantiles_against_a_sorted_array),
        cmocka_unit_test(test_small_and_extreme),
        cmocka_unit_test(test_merging_is_adding),
        cmocka_unit_test(test_encoding_is_that_of_others),
        cmocka_unit_test(test_decoding_reverses_encoding),
        cmocka_unit_test(test_decoding_refuses_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
