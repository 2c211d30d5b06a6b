/* Results: the JSON of a run, read back without loss; files that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "result_rig.h"

/* Not inlined: gcc 12 then warns of a dangling pointer where there is none. */
static __attribute__((noinline)) char *written(const struct result *r)
{
    char *text;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    assert_true(result_write(r, f));
    fclose(f);
    return text;
}

/* Reads a text as a file; the name is that of `path`. */
static char path[] = "/tmp/spate_test_result_XXXXXX";
static struct result *read_text(struct arena *a, const char *text, size_t n, struct errs *errs)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fwrite(text, 1, n, f);
    fclose(f);
    return result_read(a, path, errs);
}

static void test_written_read_and_written_again(void **state)
{
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct result *r = rig_result(&a, bad);
        char *first = written(r);
        struct result *back = read_text(&a, first, strlen(first), &errs);
        if (!back) fail_msg("%s", errs.v[0].text);
        char *second = written(back);
        assert_string_equal(first, second);
        assert_true(back->totals.latency[LATENCY_RESPONSE].sum ==
                    r->totals.latency[LATENCY_RESPONSE].sum);
        assert_true(back->seed == r->seed && back->streams[1].hash == r->streams[1].hash);
        free(first);
        free(second);
        result_close(r);
        result_close(back);
        arena_free(&a);
    }
}

static void test_an_empty_run(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    const struct rec_layout nothing = {0};
    struct result *r = result_open(&a, &nothing, NULL, NULL);
    struct rec *rec = rec_open(&nothing);
    result_add(r, rec);
    rec_close(rec);
    result_cut(r);
    assert_int_equal(r->slice_count, 0);
    char *text = written(r);
    struct result *back = read_text(&a, text, strlen(text), &errs);
    assert_non_null(back);
    assert_true(result_rate(back, &back->totals) == 0);
    free(text);
    result_close(r);
    result_close(back);
    arena_free(&a);
}

/* The keys that are promised to be there for good. */
static void test_stable_keys(void **state)
{
    (void)state;
    static const char *const top[] = {"spate",    "format",  "profile",         "profile_sha256",
                                      "seed",     "workers", "start",           "duration_s",
                                      "complete", "valid",   "invalid_because", "totals",
                                      "streams",  "slices",  "gates",           "capture"};
    static const char *const counts[] = {
        "offered", "sent",       "shed",           "failed", "answered", "timed_out", "in_flight",
        "late",    "bytes_sent", "bytes_received", "rate",   "errors",   "status",    "latency"};
    static const char *const latency[] = {"count",  "min_ns",   "mean_ns",   "p50_ns", "p90_ns",
                                          "p99_ns", "p99.9_ns", "p99.99_ns", "max_ns", "hdr"};
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    char *text = written(r);
    json_t *root = json_loads(text, 0, NULL);
    json_t *stream = json_array_get(json_object_get(root, "streams"), 0);
    json_t *kind = json_object_get(json_object_get(stream, "kinds"), "search");
    json_t *sets[] = {json_object_get(root, "totals"), stream, kind,
                      json_array_get(json_object_get(root, "slices"), 2)};
    for (size_t i = 0; i < sizeof top / sizeof *top; i++)
        if (!json_object_get(root, top[i])) fail_msg("%s is missing", top[i]);
    for (size_t s = 0; s < 4; s++) {
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            if (!json_object_get(sets[s], counts[i])) fail_msg("%zu: %s is missing", s, counts[i]);
        json_t *response = json_object_get(json_object_get(sets[s], "latency"), "response");
        for (size_t i = 0; i < sizeof latency / sizeof *latency; i++)
            if (!json_object_get(response, latency[i])) fail_msg("%s is missing", latency[i]);
    }
    assert_int_equal(json_integer_value(json_object_get(sets[0], "offered")), 1200);
    json_t *rate = json_object_get(sets[0], "rate");
    assert_true(json_number_value(json_object_get(rate, "planned")) == 200);
    assert_int_equal(strlen(json_string_value(json_object_get(stream, "hash"))), 32);
    json_decref(root);
    free(text);
    result_close(r);
    arena_free(&a);
}

static void test_slices_end_with_the_run(void **state)
{
    (void)state;
    struct arena a = {0};
    struct result *r = rig_result(&a, true);
    assert_int_equal(r->slice_count, 6);
    assert_true(r->slices[5].start_s == 5 && r->slices[5].length_s == 0.75);
    uint64_t offered = 0;
    for (size_t i = 0; i < r->slice_count; i++) {
        assert_true(counts_lawful(&r->slices[i].counts));
        offered += r->slices[i].counts.offered;
    }
    assert_int_equal(offered, r->totals.offered);
    result_close(r);
    arena_free(&a);
}

static void test_gaps_are_counted_apart(void **state)
{
    (void)state;
    static const struct {
        uint64_t due, sent;
    } packet[] = {
        {0, 5000},       /* the first: no gap before it */
        {1000, 5000},    /* left with the one before, which was not planned: back to back */
        {1000, 5000},    /* planned to leave with it: on time */
        {11000, 16000},  /* 10 us planned, 11 us taken: within 1 us */
        {21000, 22000},  /* 6 us taken: within 5 us */
        {31000, 81000},  /* 59 us taken: within 50 us */
        {41000, 141001}, /* 50,001 ns too long: within none */
        {91001, 191001}, /* 1 ns too short: within 1 us */
    };
    struct gap_track t = {0};
    struct gaps sum;
    gaps_open(&t.gaps);
    gaps_open(&sum);
    for (size_t i = 0; i < sizeof packet / sizeof *packet; i++)
        gap_track_sent(&t, packet[i].due, packet[i].sent);
    gaps_merge(&sum, &t.gaps);
    gaps_merge(&sum, &t.gaps);
    assert_int_equal(sum.count, 2 * 7);
    assert_int_equal(sum.back_to_back, 2 * 1);
    assert_int_equal(sum.within_1us, 2 * 3);
    assert_int_equal(sum.within_5us, 2 * 4);
    assert_int_equal(sum.within_50us, 2 * 5);
    assert_true(gaps_hold(&sum));
    /* 191001 - 5000 ns it took, 91001 were planned. */
    assert_int_equal(gaps_duration_error(&sum), 95000);
    assert_int_equal(sum.error.count, 2 * 7);
    assert_int_equal(sum.error.min, 0);
    assert_int_equal(sum.error.max, 50001);
    assert_true(sum.error.sum == 2 * (1000 + 0 + 1000 + 4000 + 49000 + 50001 + 1));
    gaps_close(&t.gaps);
    gaps_close(&sum);
}

static void test_reasons_are_told_once(void **state)
{
    (void)state;
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    char why[] = "reason 0";
    for (int i = 0; i < 30; i++) {
        why[7] = (char)('0' + i % 10);
        result_invalid(r, why);
        result_invalid(r, why);
    }
    assert_int_equal(r->invalid, 8);
    assert_string_equal(r->invalid_because[0], "reason 0");
    assert_string_equal(r->invalid_because[7], "reason 7");
    result_close(r);
    arena_free(&a);
}

/* The text with the first occurrence of `from` behind `after` replaced; freed by the caller. */
static char *with(const char *text, const char *after, const char *from, const char *to)
{
    const char *at = strstr(text, after);
    at = at ? strstr(at, from) : NULL;
    if (!at) fail_msg("no '%s' behind '%s'", from, after);
    char *out;
    if (asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) < 0) abort();
    return out;
}

static void test_loops_are_joined_in_pairs(void **state)
{
    (void)state;
    struct loops l;
    loops_start(&l);
    for (uint64_t i = 0; i < 1000; i++) { /* two frames each; in every tenth loop one is skipped */
        struct loop_row *r = loops_row(&l, i);
        r->offered += 2;
        r->sent += i % 10 ? 2u : 1u;
        r->shed += i % 10 == 0;
        r->skipped[ERROR_CUT] += i % 10 == 0;
    }
    assert_int_equal(l.width, 16);
    assert_int_equal(l.begun, 1000);
    assert_int_equal(loops_rows(&l), 63);
    uint64_t missing = 0, offered = 0;
    for (size_t i = 0; i < LOOPS_ROWS; i++) {
        assert_int_equal(l.row[i].offered, i < 62 ? 32 : i == 62 ? 16 : 0);
        assert_int_equal(loop_row_missing(&l.row[i]), l.row[i].skipped[ERROR_CUT]);
        offered += l.row[i].offered;
        missing += loop_row_missing(&l.row[i]);
    }
    assert_int_equal(offered, 2000);
    assert_int_equal(missing, 100);
    loops_row(&l, UINT64_MAX / 2)->offered++; /* as far as anybody may go */
    assert_int_equal(l.row[0].offered, 2000);
    assert_int_equal(l.begun, UINT64_MAX / 2 + 1);
}

/* Loops, conversations and sides of a replay are read back as they were; nothing that cannot be. */
static void test_replays_in_the_file(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct result *r = rig_result(&a, false);
    struct result_stream *s = &r->streams[1];
    struct loops *l = arena_new(&a, struct loops);
    loops_start(l);
    for (uint64_t i = 0; i < 100; i++) {
        loops_row(l, i)->offered++;
        loops_row(l, i)->shed++;
        loops_row(l, i)->skipped[ERROR_TOO_BIG] += i % 2;
    }
    s->loops = l;
    s->wire = "xdp";
    s->silent = true;
    s->recorded = (struct result_recorded){7, 3, true};
    s->sides = (struct result_sides){{{30, 20}, {1, 2, 3, 4, 40}, 9}, 45, 5};
    s->talks = (struct result_talks){9, 7, 2, 1};
    s->templates = (struct result_templates){4, 50, {[LEFT_NO_IP] = 6, [LEFT_ICMP] = 7}};
    char *text = written(r);
    struct result *back = read_text(&a, text, strlen(text), &errs);
    if (!back) fail_msg("%s", errs.v[0].text);
    assert_null(back->streams[0].loops);
    assert_memory_equal(back->streams[1].loops, l, sizeof *l);
    assert_memory_equal(&back->streams[1].sides, &s->sides, sizeof s->sides);
    assert_memory_equal(&back->streams[1].talks, &s->talks, sizeof s->talks);
    assert_string_equal(back->streams[1].wire, "xdp");
    assert_null(back->streams[0].wire);
    assert_true(back->streams[1].silent && !back->streams[0].silent);
    assert_memory_equal(&back->streams[1].templates, &s->templates, sizeof s->templates);
    const struct result_recorded *f = &back->streams[1].recorded;
    assert_true(f->count == 7 && f->torn == 3 && f->capped);
    result_close(back);
    static const struct {
        const char *after, *from, *to, *why;
    } wrongs[] = {
        {"\"loops\"", "\"shed\": 2", "\"shed\": 3", "breaks the law"},
        {"\"loops\"", "\"too_big\": 1", "\"too_big\": 9", "breaks the law"},
        {"\"loops\"", "\"first\": 3", "\"first\": 4", "out of place"},
        {"\"loops\"", "\"last\": 2", "\"last\": 0", "out of place"},
        {"\"recorded\"", "\"torn\": 3", "\"torn\": 8", "do not add up"},
        {"\"conversations\"", "\"completed\": 7", "\"completed\": 8", "do not add up"},
        {"\"templates\"", "\"no_ip\": 6", "\"no_ip\": \"6\"", "no_ip"},
        {"\"sides\"", "\"client\": 30", "\"client\": 31", "do not add up"},
    };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct errs told = {0};
        char *wrong = with(text, wrongs[i].after, wrongs[i].from, wrongs[i].to);
        assert_null(read_text(&a, wrong, strlen(wrong), &told));
        assert_non_null(strstr(told.v[0].text, wrongs[i].why));
        free(wrong);
    }
    free(text);
    result_close(r);
    arena_free(&a);
}

static void test_gaps_in_the_file(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct result *r = rig_result(&a, false);
    struct gaps *g = &r->streams[1].gaps;
    g->count = 100, g->back_to_back = 30;
    g->within_1us = 10, g->within_5us = 20, g->within_50us = 70;
    for (uint64_t i = 0; i < 100; i++) hist_add(&g->error, 1000 * i);
    g->course = (struct gaps_course){10, 1000, 20, 900};
    char *text = written(r);
    struct result *back = read_text(&a, text, strlen(text), &errs);
    if (!back) fail_msg("%s", errs.v[0].text);
    assert_int_equal(back->streams[0].gaps.count, 0);
    const struct gaps *same = &back->streams[1].gaps;
    assert_memory_equal(same, g, offsetof(struct gaps, error));
    assert_memory_equal(&same->course, &g->course, sizeof g->course);
    assert_int_equal(same->error.count, 100);
    assert_true(same->error.sum == g->error.sum && same->error.max == 99000);
    assert_int_equal(gaps_duration_error(same), -110);
    assert_non_null(strstr(text, "\"duration_error_ns\": -110"));
    result_close(back);
    char *wrong = with(text, "\"gaps\"", "\"back_to_back\": 30", "\"back_to_back\": 31");
    assert_null(read_text(&a, wrong, strlen(wrong), &errs));
    assert_string_equal(errs.v[0].text, "'streams[1].gaps' do not add up");
    free(wrong);
    free(text);
    result_close(r);
    arena_free(&a);
}

static void test_flows_in_the_file(void **state)
{
    (void)state;
    struct arena a = {0};
    struct errs errs = {0};
    struct result *r = rig_result(&a, false);
    r->streams[1].flows = (struct flow_summary){.number = 5, .absent = "of a reason"};
    char *text = written(r);
    struct result *back = read_text(&a, text, strlen(text), &errs);
    if (!back) fail_msg("%s", errs.v[0].text);
    const struct flow_summary *s = &r->streams[0].flows, *x = &back->streams[0].flows;
    assert_int_equal(x->number, 1000);
    assert_null(x->table);
    assert_int_equal(x->with_loss, s->with_loss);
    assert_int_equal(x->with_reordering, s->with_reordering);
    assert_memory_equal(&x->sum, &s->sum, sizeof s->sum);
    assert_int_equal(x->worst_n, FLOWS_WORST);
    for (size_t i = 0; i < x->worst_n; i++) {
        const struct flow_figures *f = &x->worst[i], *g = &s->worst[i];
        assert_int_equal(f->flow, g->flow);
        assert_int_equal(f->sent, g->sent);
        assert_int_equal(f->lost, g->lost);
        assert_int_equal(f->max_ns, g->max_ns);
        assert_true(f->jitter_ns - g->jitter_ns < 1e-6);
    }
    assert_string_equal(back->streams[1].flows.absent, "of a reason");
    char *again = written(back);
    assert_string_equal(again, text);
    result_close(back);
    char *wrong = with(text, "\"flows\"", "\"lost\": 15", "\"lost\": 16");
    assert_null(read_text(&a, wrong, strlen(wrong), &errs));
    assert_string_equal(errs.v[0].text, "'streams[0].flows' do not add up");
    free(wrong);
    free(again);
    free(text);
    result_close(r);
    arena_free(&a);
}

static void test_mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *after, *from, *to, *message;
    } cases[] = {
        {"", "\"format\": 1", "\"format\": 2",
         "has a format that this version does not know, expected 1"},
        {"", "\"format\": 1,", "", "is not a result: it has no 'format'"},
        {"", "\"workers\": 2", "\"workers\": -2",
         "'workers' is not a count, expected a whole number from 0"},
        {"", "\"workers\": 2", "\"workers\": 2.5", NULL},
        {"", "\"valid\": true", "\"valid\": 1", "'valid' is neither true nor false"},
        {"", "\"valid\": true", "\"valid\": false", "'valid' contradicts 'invalid_because'"},
        {"", "\"duration_s\": 6.0", "\"duration_s\": \"6\"", "'duration_s' is not a number from 0"},
        {"totals", "\"offered\": 1200", "\"offered\": 1201",
         "'totals' breaks a law: offered = sent + shed + failed, sent = answered + timed_out + "
         "in_flight"},
        {"totals", "\"in_flight\": 3", "\"in_flight\": 2", NULL},
        {"totals", "\"late\": 12", "\"late\": 12000", NULL},
        {"totals", "\"late\": 12", "\"late\": 11", "'totals' are not the sum of the streams"},
        {"slices", "\"late\": 2", "\"late\": 1", "'totals' are not the sum of the slices"},
        {"kinds", "\"bytes_sent\": ", "\"bytes_sent\": 1", NULL},
        {"totals", "\"refused\"", "\"refusal\"",
         "'totals.errors.refusal' is no kind of error that is known"},
        {"totals", "\"refused\"", "\"\\u001b[31m\"",
         "'totals.errors.?[31m' is no kind of error that is known"},
        {"totals", "\"503\"", "\"1000\"",
         "'totals.status.1000' is no status code, expected 0..999"},
        {"totals", "\"503\"", "\"0503\"", NULL},
        {"totals", "\"service\"", "\"sirvice\"",
         "'totals.latency.sirvice' is no latency that is known"},
        {"search", "\"hdr\": \"HISTFAAA", "\"hdr\": \"HISTFAAB",
         "'streams[0].kinds.search.latency.response.hdr' is not a histogram of this program"},
        {"totals", "\"max_ns\"", "\"max\"", "'totals.latency.response.max_ns' is missing"},
        {"totals", "\"count\": 1", "\"count\": 2",
         "'totals.latency.response' does not agree with its histogram"},
        {"totals", "\"min_ns\": ", "\"min_ns\": 9", NULL},
        {"totals", "\"sum_ns\": ", "\"sum_ns\": 9", NULL},
        {"", "\"loop\": \"open\"", "\"loop\": \"ajar\"",
         "'streams[0].loop' is not one of open, closed, partly-open"},
        {"", "\"hash\": \"", "\"hash\": \"x", "'streams[0].hash' is not 32 hexadecimal digits"},
        {"gates", "\"verdict\": \"fail\"", "\"verdict\": \"maybe\"",
         "'gates[0].verdict' is not one of pass, fail, nodata"},
        {"gates",
         "\"value\": ", "\"value\": \"x\", \"x\": ", "'gates[0].value' is not a number from 0"},
        {"\"capture\"", "\"seen\": 130", "\"seen\": null", NULL},
        {"", "\"totals\": {", "\"totals\": 5, \"x\": {", "'totals' is not an object"},
        {"", "\"streams\": [", "\"streams\": 5, \"x\": [", "'streams' is not a list"},
        {"", "\"slices\": [", "\"slices\": [7,", "'slices[0]' is not an object"},
        {"", "\"seed\": 42", "\"seed\": \"18446744073709551616\"", "'seed' is beyond 2^64"},
        {"", "\"seed\": 42", "\"seed\": \"4 2\"", "'seed' is not a whole number"},
        {"", "\"seed\": 42", "\"seed\": 42, \"seed\": 42", NULL},
    };
    struct arena a = {0};
    struct result *r = rig_result(&a, false);
    char *good = written(r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errs errs = {0};
        char *text = with(good, cases[i].after, cases[i].from, cases[i].to);
        if (read_text(&a, text, strlen(text), &errs)) fail_msg("%s was read", cases[i].to);
        assert_true(errs.n > 0);
        assert_string_equal(errs.v[0].at.file, path);
        if (cases[i].message) assert_string_equal(errs.v[0].text, cases[i].message);
        free(text);
    }
    free(good);
    result_close(r);
    arena_free(&a);
}

static void test_other_files(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "{",
                                        "[]",         "7",
                                        "null",       "{}",
                                        "\"format\"", "{\"format\": 1}",
                                        "\177ELF\1",  "{\"format\": 1e999}"};
    struct arena a = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct errs errs = {0};
        assert_null(read_text(&a, texts[i], strlen(texts[i]), &errs));
        assert_true(errs.n > 0);
    }
    struct errs errs = {0};
    assert_null(result_read(&a, "/nonexistent/x.json", &errs));
    assert_string_equal(errs.v[0].text, "cannot be read: No such file or directory");
    struct errs more = {0};
    assert_null(result_read(&a, "/", &more));
    assert_int_equal(more.n, 1);
    /* Cut at every thousandth byte: never a result, never a crash. */
    struct result *r = rig_result(&a, false);
    char *good = written(r);
    for (size_t n = 0; n < strlen(good) - 2; n += 997) {
        struct errs cut = {0};
        assert_null(read_text(&a, good, n, &cut));
    }
    free(good);
    result_close(r);
    arena_free(&a);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_read_and_written_again),
        cmocka_unit_test(test_an_empty_run),
        cmocka_unit_test(test_stable_keys),
        cmocka_unit_test(test_slices_end_with_the_run),
        cmocka_unit_test(test_reasons_are_told_once),
        cmocka_unit_test(test_gaps_are_counted_apart),
        cmocka_unit_test(test_gaps_in_the_file),
        cmocka_unit_test(test_flows_in_the_file),
        cmocka_unit_test(test_loops_are_joined_in_pairs),
        cmocka_unit_test(test_replays_in_the_file),
        cmocka_unit_test(test_mistakes_are_told),
        cmocka_unit_test(test_other_files),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
