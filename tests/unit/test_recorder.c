/* Recorders: the two laws in every cell, slice and total under random events; slices over any
 * length of run; what is merged is the same as what one recorder saw; the hash of units. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "stats/hash.h"
#include "stats/recorder.h"
#include "stats/result.h"

#define CELLS 5
static const uint32_t stream_of[CELLS] = {0, 0, 1, 2, 2};
static const uint64_t late_after[CELLS] = {1000000, 1000000, 50000, 0, 0};
static const struct rec_layout layout = {CELLS, stream_of, late_after, 3, 2 * NS_PER_S, 0};
static const char *const stream_names[] = {"a", "b", "c"};
static const char *const kind_names[CELLS] = {"k0", "k1", "k2", "k3", "k4"};

/* Unit i of a run: everything that happens to it follows from its number. */
static void happen(struct rec *r, uint64_t i, uint64_t gap)
{
    uint64_t x = rng_at(11, i), y = rng_at(12, i);
    uint32_t cell = (uint32_t)(x % CELLS);
    uint64_t due = i * gap, sent = due + (x >> 20) % 3000000, done = sent + (y >> 8) % 700000000;
    rec_offered(r, cell, due);
    switch (x >> 8 & 15) {
    case 0:
        rec_shed(r, cell, due);
        return;
    case 1:
        rec_failed(r, cell, due, ERROR_REFUSED + (y % (ERROR_COUNT - 1)));
        return;
    default:
        rec_sent(r, cell, due, sent, 1 + x % 1500);
    }
    switch (y & 15) {
    case 0:
        return; /* in flight */
    case 1:
        rec_timed_out(r, cell, due);
        return;
    case 2:
        rec_answered(r, cell, due, sent, done, y % 900, 500, ERROR_UNEXPECTED_STATUS);
        return;
    case 3:
        rec_duplicated(r, cell, due); /* and answered */
    }
    rec_answered(r, cell, due, sent, done, y % 900, y & 16 ? 200 : 404, ERROR_NONE);
    if (y & 32) rec_wire(r, cell, due, (done - sent) / 2);
}

static void add(struct counts *sum, const struct counts *c)
{
    assert_true(counts_lawful(c));
    counts_merge(sum, c);
}

static void assert_same_hist(const struct hist *a, const struct hist *b)
{
    assert_true(a->bits == b->bits && a->count == b->count && a->sum == b->sum);
    assert_true(a->min == b->min && a->max == b->max);
    assert_memory_equal(a->bin, b->bin, HIST_BINS_OF(a->bits) * sizeof *a->bin);
}

static void assert_same(const struct counts *a, const struct counts *b)
{
    assert_memory_equal(a, b, offsetof(struct counts, status));
    assert_memory_equal(a->status, b->status, STATUS_MAX * sizeof *a->status);
    for (size_t i = 0; i < LATENCY_COUNT; i++) assert_same_hist(&a->latency[i], &b->latency[i]);
}

/* Slices without gaps, of rising start, at most SLICES_MAX, the law in each; the sum of them
 * is the sum of all cells, but for the precision of the latencies. */
static void check(const struct rec *r)
{
    struct counts cells, slices;
    counts_open_coarse(&cells);
    counts_open_coarse(&slices);
    uint64_t end = 0;
    assert_true(rec_slice_count(r) <= SLICES_MAX);
    for (size_t i = 0; i < rec_slice_count(r); i++) {
        const struct rec_slice *s = rec_slice(r, i);
        assert_true(s->start == end && s->length >= NS_PER_S && s->start % s->length == 0);
        end = s->start + s->length;
        add(&slices, &s->counts);
    }
    for (size_t i = 0; i < rec_cell_count(r); i++) add(&cells, rec_cell(r, i));
    assert_same(&cells, &slices);
    assert_true(counts_lawful(rec_warmup(r)));
    counts_close(&cells);
    counts_close(&slices);
}

static void test_laws_under_random_events(void **state)
{
    (void)state;
    struct rec *r = rec_open(&layout);
    for (uint64_t i = 0; i < 50000; i++) {
        happen(r, i, 400000);
        if (i % 9973 == 0) check(r);
    }
    check(r);
    /* 5,000 units were due within the two seconds of warm-up */
    assert_int_equal(rec_warmup(r)->offered, 5000);
    struct counts all;
    counts_open(&all);
    for (size_t i = 0; i < CELLS; i++) add(&all, rec_cell(r, i));
    assert_int_equal(all.offered, 45000);
    assert_int_equal(counts_errors(&all), all.failed + all.timed_out + all.status[500]);
    assert_int_equal(all.latency[LATENCY_LATENESS].count, all.sent);
    assert_int_equal(all.latency[LATENCY_SERVICE].count, all.answered - all.status[500]);
    struct rec_glance g = rec_glance(r);
    assert_int_equal(g.offered, 50000);
    assert_int_equal(g.sent, all.sent + rec_warmup(r)->sent);
    assert_int_equal(g.errors, counts_errors(&all) + counts_errors(rec_warmup(r)));
    counts_close(&all);
    rec_close(r);
}

/* Answers come up to an hour after their unit was due, when its slice has been joined with
 * others several times; and a month passes. */
static void test_slices_of_long_runs(void **state)
{
    (void)state;
    static const uint64_t gaps_s[] = {1, 7, 61, 997, 86400};
    for (size_t g = 0; g < sizeof gaps_s / sizeof *gaps_s; g++) {
        struct rec *r = rec_open(&layout);
        uint64_t gap = gaps_s[g] * NS_PER_S, lag = 3600 / gaps_s[g] + 1, n = 2000;
        for (uint64_t i = 0; i < n + lag; i++) {
            uint64_t due = 2 * NS_PER_S + i * gap, old = due - lag * gap;
            if (i < n) rec_offered(r, 0, due);
            if (i < n) rec_sent(r, 0, due, due, 1);
            if (i >= lag) rec_answered(r, 0, old, old, due, 1, 0, ERROR_NONE);
        }
        check(r);
        for (size_t i = 0; i < rec_slice_count(r); i++) {
            const struct rec_slice *s = rec_slice(r, i);
            uint64_t from = (s->start + gap - 1) / gap, to = (s->start + s->length + gap - 1) / gap;
            assert_int_equal(s->counts.offered, (to < n ? to : n) - (from < n ? from : n));
            assert_int_equal(s->counts.answered, s->counts.offered);
        }
        assert_true(n * gaps_s[g] < SLICES_MAX || rec_slice_count(r) >= SLICES_MAX / 2);
        rec_close(r);
    }
}

static void test_any_due_time_has_a_slice(void **state)
{
    (void)state;
    struct rec *r = rec_open(&layout);
    static const uint64_t dues[] = {
        0,          2 * NS_PER_S - 1, 2 * NS_PER_S, UINT64_MAX / 2, 3 * NS_PER_S,
        UINT64_MAX, UINT64_MAX - 1,   2 * NS_PER_S};
    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++) {
        rec_offered(r, 0, dues[i]);
        rec_shed(r, 0, dues[i]);
    }
    assert_int_equal(rec_warmup(r)->shed, 2);
    uint64_t n = 0;
    for (size_t i = 0; i < rec_slice_count(r); i++) n += rec_slice(r, i)->counts.shed;
    assert_int_equal(n, 6);
    rec_close(r);
}

/* Feeds the same units as columns to a, and one by one to b unless it is NULL. */
static void feed_columns(struct rec *a, struct rec *b, bool answered)
{
    uint64_t due[64], bytes[64], at = 0;
    for (uint64_t round = 0; round < 1500; round++) {
        size_t n = (size_t)(rng_at(3, round) % 65);
        uint32_t cell = (uint32_t)(round % CELLS);
        for (size_t i = 0; i < n; i++) {
            at += rng_at(4, round * 64 + i) % 1000000 << (round % 512 == 0 ? 12 : 0);
            due[i] = at;
            bytes[i] = 60 + i;
        }
        uint64_t sent = at - (at > 30000 ? 30000 : at); /* some leave ahead of their time */
        rec_sent_column(a, cell, due, bytes, n, sent, answered);
        for (size_t i = 0; b && i < n; i++) {
            rec_offered(b, cell, due[i]);
            rec_sent(b, cell, due[i], sent, bytes[i]);
        }
    }
}

static void test_a_column_is_its_units(void **state)
{
    (void)state;
    struct rec *a = rec_open(&layout), *b = rec_open(&layout);
    feed_columns(a, b, false);
    assert_same(rec_warmup(a), rec_warmup(b));
    for (size_t i = 0; i < CELLS; i++) assert_same(rec_cell(a, i), rec_cell(b, i));
    assert_int_equal(rec_slice_count(a), rec_slice_count(b));
    for (size_t i = 0; i < rec_slice_count(a); i++)
        assert_same(&rec_slice(a, i)->counts, &rec_slice(b, i)->counts);
    rec_close(a);
    rec_close(b);
    a = rec_open(&layout);
    feed_columns(a, NULL, true);
    check(a);
    for (size_t i = 0; i < CELLS; i++)
        assert_true(rec_cell(a, i)->sent && rec_cell(a, i)->answered == rec_cell(a, i)->sent);
    assert_int_equal(rec_cell(a, 0)->latency[LATENCY_RESPONSE].count, 0);
    rec_close(a);
}

static char *json_of(const struct result *r)
{
    char *text;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    assert_true(result_write(r, f));
    fclose(f);
    return text;
}

/* Three workers with every third unit each, and one with all. The gap makes the workers' runs
 * end in different rounds of joining slices. */
static void test_workers_add_up(void **state)
{
    (void)state;
    static const uint64_t gaps[] = {100000, 77777777, 481927711, 23 * NS_PER_S};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        struct arena arena = {0};
        struct rec *one = rec_open(&layout), *w[3];
        struct result *whole = result_open(&arena, &layout, stream_names, kind_names);
        struct result *sum = result_open(&arena, &layout, stream_names, kind_names);
        for (size_t k = 0; k < 3; k++) w[k] = rec_open(&layout);
        for (uint64_t i = 0; i < 1001; i++) {
            happen(one, i, gaps[g]);
            happen(w[i % 3], i, gaps[g]);
            uint32_t cell = (uint32_t)(i % CELLS);
            rec_hash(one, cell, i, "abcdefghij", i % 11);
            rec_hash(w[i % 3], cell, i, "abcdefghij", i % 11);
        }
        result_add(whole, one);
        for (size_t k = 0; k < 3; k++) result_add(sum, w[k]);
        whole->duration_s = sum->duration_s = 1001.0 * (double)gaps[g] / 1e9;
        assert_true(sum->slice_count <= SLICES_MAX);
        char *a = json_of(whole), *b = json_of(sum);
        assert_string_equal(a, b);
        free(a);
        free(b);
        for (size_t k = 0; k < 3; k++) rec_close(w[k]);
        rec_close(one);
        result_close(whole);
        result_close(sum);
        arena_free(&arena);
    }
}

static void test_hash_known_values(void **state)
{
    (void)state;
    /* Fixed for good: results of different hosts and versions are compared. */
    static const struct {
        uint64_t index;
        size_t n;
        const char *hash;
    } known[] = {
        {0, 0, "addd248367769882a3543f97fccd03b2"},
        {1, 0, "a0d32b66fee19cc152f4f61a57289ea7"},
        {0, 1, "e07e488fb51e194382c10ef95d692065"},
        {0, 3, "ce9b0e94ec29b3bebd52f481f2ca6a5b"},
        {0, 4, "40349737f87c24882045f42ed43de0b2"},
        {0, 8, "0d4039b566c02f4a01e84d957edf497b"},
        {0, 15, "1c189769a57b16b8921782261e6ea3d5"},
        {0, 16, "a9def1f9d7054124c8b50a8ecc79420b"},
        {7, 17, "829b489ff0ced6d7a3b246246cbb6d7a"},
        {7, 32, "6ba683d8188a6bdb7985550edd54a306"},
        {7, 33, "74383e339cb52321b95cc0ff9124dcc6"},
        {UINT64_MAX, 200, "dae51fa9abb3f5b9c62d58328bb0bb49"},
    };
    uint8_t bytes[200];
    char text[33];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37 + 11);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unit_hash h = hash_unit(known[i].index, bytes, known[i].n), back;
        assert_string_equal(hash_format(text, h), known[i].hash);
        assert_int_equal(hash_parse(text, &back), 0);
        assert_true(back == h);
    }
    unit_hash h;
    assert_int_equal(hash_parse("", &h), -1);
    assert_int_equal(hash_parse("0123456789abcdef0123456789abcde", &h), -1);
    assert_int_equal(hash_parse("0123456789abcdef0123456789abcdef0", &h), -1);
    assert_int_equal(hash_parse("0123456789abcdeg0123456789abcdef", &h), -1);
}

static int by_hash(const void *a, const void *b)
{
    const unit_hash *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Each bit of the bytes, the length and the index matters, and changes about half the bits. */
static void test_hash_tells_units_apart(void **state)
{
    (void)state;
    static unit_hash seen[200000];
    size_t n = 0;
    uint64_t flips = 0, trials = 0;
    uint8_t bytes[100];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)rng_at(5, i);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        unit_hash h = hash_unit(9, bytes, len);
        seen[n++] = h;
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            unit_hash x = hash_unit(9, bytes, len);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            seen[n++] = x;
            x ^= h;
            flips += (uint64_t)__builtin_popcountll((uint64_t)x) +
                     (uint64_t)__builtin_popcountll((uint64_t)(x >> 64));
            trials += 128;
        }
    }
    for (uint64_t i = 10; i < 50000; i++) seen[n++] = hash_unit(i, bytes, 64);
    for (unsigned i = 4; i < 64; i++) seen[n++] = hash_unit(1ull << i | 1ull << 63, bytes, 64);
    for (size_t len = 1; len <= 64; len++) seen[n++] = hash_unit(9, (uint8_t[64]){0}, len);
    qsort(seen, n, sizeof *seen, by_hash);
    for (size_t i = 1; i < n; i++) assert_true(seen[i] != seen[i - 1]);
    double share = (double)flips / (double)trials;
    assert_true(share > 0.499 && share < 0.501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_laws_under_random_events),
        cmocka_unit_test(test_slices_of_long_runs),
        cmocka_unit_test(test_any_due_time_has_a_slice),
        cmocka_unit_test(test_a_column_is_its_units),
        cmocka_unit_test(test_workers_add_up),
        cmocka_unit_test(test_hash_known_values),
        cmocka_unit_test(test_hash_tells_units_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
