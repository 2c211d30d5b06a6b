/* Gates: what compiles and what does not, and the verdicts on a result made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gate/gate.h"

static const char *const stream_names[] = {"web", "dns"};
static const char *const kind_names[] = {"search", "login", "query", "search"};
static const uint32_t stream_of[] = {0, 0, 1, 1};
static const uint64_t late_after[] = {1000000, 1000000, 1000000, 1000000};
static const struct rec_layout layout = {4, stream_of, late_after, 2, 0, 0};
static const struct gate_names names = {stream_names, 2, kind_names, 4};

static struct gates compile(struct arena *a, const char *condition, struct errs *errs)
{
    struct section sec = {.kind = "gates", .name = ""};
    *VEC_PUSH(a, &sec) = (struct entry){"g", span_of(condition), {"x.ini", 7}, false, false};
    struct gates g = gates_compile(a, &sec, &names, errs);
    assert_true(sec.v[0].used);
    return g;
}

/* 1000 units of each of web's kinds, 100 of each of dns's, over ten seconds. search: latencies
 * 1..1000 ms; login: 50 wrong answers (status 500), 20 timeouts, 10 shed, 5 failed, the rest
 * 2 ms; dns: never answered, 10 in flight. */
static void fill(struct rec *r)
{
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t due = i * 10000000;
        rec_offered(r, 0, due);
        rec_sent(r, 0, due, due + 1000, 125);
        rec_answered(r, 0, due, due + 1000, due + (i + 1) * 1000000, 1250, 200, ERROR_NONE);
        rec_offered(r, 1, due);
        if (i < 10) {
            rec_shed(r, 1, due);
        } else if (i < 15) {
            rec_failed(r, 1, due, ERROR_REFUSED);
        } else {
            rec_sent(r, 1, due, due + (i == 15 ? 5000000 : 1000), 125);
            if (i < 35)
                rec_timed_out(r, 1, due);
            else
                rec_answered(r, 1, due, due + 1000, due + 2000000, 100, i < 85 ? 500 : 200,
                             i < 85 ? ERROR_UNEXPECTED_STATUS : ERROR_NONE);
        }
    }
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t due = i * 50000000;
        uint32_t cell = 2 + (uint32_t)(i % 2);
        rec_offered(r, cell, due);
        rec_sent(r, cell, due, due + 500, 60);
        if (i < 190) rec_timed_out(r, cell, due);
    }
}

struct world {
    struct arena arena;
    struct result *result;
};

static int open_world(void **state)
{
    static struct world w;
    memset(&w, 0, sizeof w);
    struct rec *r = rec_open(&layout);
    fill(r);
    w.result = result_open(&w.arena, &layout, stream_names, kind_names);
    result_add(w.result, r);
    rec_close(r);
    w.result->duration_s = 10;
    w.result->achieved_ns = 10000000000;
    w.result->streams[0].planned_rate = 200;
    w.result->streams[1].loop = "closed";
    w.result->wire_absent = "no right to capture";
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    result_close(w->result);
    arena_free(&w->arena);
    return 0;
}

static void test_verdicts(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *condition;
        enum verdict verdict;
        double value;
        const char *unit;
    } cases[] = {
        {"p50 of login < 20ms", VERDICT_PASS, 2000895, "ns"},
        {"p99 of login <= 2ms", VERDICT_PASS, 2000000, "ns"},
        {"p50 service of login < 2ms", VERDICT_PASS, 1999000, "ns"},
        {"max lateness < 5ms", VERDICT_FAIL, 5000000, "ns"},
        {"max lateness <= 5ms", VERDICT_PASS, 5000000, "ns"},
        {"min lateness of dns >= 500ns", VERDICT_PASS, 500, "ns"},
        {"mean of login < 2ms", VERDICT_FAIL, 2000000, "ns"},
        {"errors of login < 7.5%", VERDICT_FAIL, 0.075, "ratio"},
        {"errors of login <= 7.5%", VERDICT_PASS, 0.075, "ratio"},
        {"errors of login < 76", VERDICT_PASS, 75, ""},
        {"errors of web < 75", VERDICT_FAIL, 75, ""},
        {"timeouts of login < 3%", VERDICT_PASS, 20.0 / 985, "ratio"},
        {"shed < 1%", VERDICT_PASS, 10.0 / 2200, "ratio"},
        {"late of login <= 1", VERDICT_PASS, 1, ""},
        {"duplicates <= 0", VERDICT_PASS, 0, ""},
        {"status 500..599 of web < 50", VERDICT_FAIL, 50, ""},
        {"status 200 of search >= 100%", VERDICT_PASS, 1, "ratio"},
        {"rate of web > 99%", VERDICT_PASS, 1985.0 / 2000, "ratio"},
        {"rate of login > 98.5%", VERDICT_FAIL, 0.985, "ratio"},
        {"rate > 200/s", VERDICT_PASS, 218.5, "/s"},
        {"rate > 1/min", VERDICT_PASS, 218.5, "/s"},
        {"throughput of web > 200kbit/s", VERDICT_FAIL, 198500, "bit/s"},
        {"throughput received of web > 1Mbit/s", VERDICT_PASS, (1250000 + 96500) * 0.8, "bit/s"},
        {"answered > 1000", VERDICT_PASS, 1965, ""},
        {"in_flight <= 10", VERDICT_PASS, 10, ""},
        {"failed of login < 5", VERDICT_FAIL, 5, ""},
        {"sent of dns >= 200", VERDICT_PASS, 200, ""},
        /* search is a kind of both streams */
        {"offered of search >= 1100", VERDICT_PASS, 1100, ""},
        {"offered of query <= 100", VERDICT_PASS, 100, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errs errs = {0};
        struct gates g = compile(&w->arena, cases[i].condition, &errs);
        if (errs.n) fail_msg("%s: %s", cases[i].condition, errs.v[0].text);
        gates_judge(&g, w->result);
        const struct result_gate *x = &w->result->gates[0];
        assert_string_equal(x->condition, cases[i].condition);
        assert_string_equal(x->unit, cases[i].unit);
        double off = x->value - cases[i].value;
        if (x->verdict != cases[i].verdict || off > cases[i].value * 1e-3 ||
            off < -cases[i].value * 1e-3)
            fail_msg("%s: verdict %d, value %.9g", cases[i].condition, x->verdict, x->value);
    }
}

static void test_no_data(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *condition, *why;
    } cases[] = {
        {"p99 of dns < 20ms", "nothing was answered as expected"},
        {"p99 wire < 20ms", "no right to capture"},
        {"max of query < 1s", "nothing was answered as expected"},
        {"p99.99 of login < 1s", "too few values: p99.99 needs 10000, there are 915"},
        {"p99.9 of login < 1s", "too few values: p99.9 needs 1000, there are 915"},
        {"loss of dns < 1%", "nothing was captured, so lost packets cannot be told"},
        {"rate > 99%", "a closed loop has no planned rate to compare with; name a rate in /s"},
        {"rate of dns > 99%",
         "a closed loop has no planned rate to compare with; name a rate in /s"},
        {"duplicates of dns < 1%", "nothing was answered"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errs errs = {0};
        struct gates g = compile(&w->arena, cases[i].condition, &errs);
        assert_int_equal(errs.n, 0);
        gates_judge(&g, w->result);
        assert_int_equal(w->result->gates[0].verdict, VERDICT_NODATA);
        assert_string_equal(w->result->gates[0].why, cases[i].why);
    }
}

static void test_loss_needs_a_whole_capture(void **state)
{
    struct world *w = *state;
    struct errs errs = {0};
    struct gates g = compile(&w->arena, "loss of dns < 1%", &errs);
    w->result->captured = true;
    gates_judge(&g, w->result);
    assert_int_equal(w->result->gates[0].verdict, VERDICT_FAIL);
    assert_true(w->result->gates[0].value == 0.95);
    w->result->capture.dropped = 3;
    gates_judge(&g, w->result);
    assert_int_equal(w->result->gates[0].verdict, VERDICT_NODATA);
    assert_string_equal(w->result->gates[0].why,
                        "the capture dropped 3 packets, so a loss cannot be told");
    w->result->captured = false;
    w->result->capture.dropped = 0;
}

static void test_mistakes(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *condition, *text;
    } cases[] = {
        {"", "gate 'g' has the end, expected a metric such as p99, errors or rate"},
        {"< 20ms", "gate 'g' has '<', expected a metric such as p99, errors or rate"},
        {"erors < 1%", "gate 'g' has the unknown metric 'erors', did you mean 'errors'?"},
        {"p101 < 1ms", NULL},
        {"p99x < 1ms", NULL},
        {"p < 1ms", NULL},
        {"p99 of serch < 20ms",
         "gate 'g': nothing that is sent is called 'serch', did you mean 'search'?"},
        {"p99 of < 20ms", NULL},
        {"p99 20ms",
         "gate 'g' has '20ms', expected service, wire, lateness, of, or one of < <= > >="},
        {"p99 < 20", "gate 'g' has '20', expected a duration such as 20ms"},
        {"p99 < 20%", NULL},
        {"p99 < -20ms", NULL},
        {"p99 < 20parsec", NULL},
        {"p99 == 20ms", NULL},
        {"p99 < 20ms or so", "gate 'g' has 'or', expected nothing more"},
        {"errors lateness < 1%", NULL},
        {"errors < 1ms", "gate 'g' has '1ms', expected a percentage such as 0.1% or a number"},
        {"rate > 5", NULL},
        {"throughput > 5/s", NULL},
        {"status < 5", "gate 'g' has '<', expected a status code of 0..999"},
        {"status 1000 < 5", NULL},
        {"status -1 < 5", NULL},
        {"status 599..500 < 1%", "gate 'g' has the range 599..500, expected a rising one"},
        {"answered > 1%", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct errs errs = {0};
        struct gates g = compile(&w->arena, cases[i].condition, &errs);
        if (errs.n != 1 || g.n != 0) fail_msg("'%s' compiled", cases[i].condition);
        assert_string_equal(errs.v[0].at.file, "x.ini");
        assert_int_equal(errs.v[0].at.line, 7);
        if (cases[i].text) assert_string_equal(errs.v[0].text, cases[i].text);
    }
}

static void test_all_mistakes_are_told(void **state)
{
    struct world *w = *state;
    struct section sec = {.kind = "gates", .name = ""};
    struct errs errs = {0};
    const char *const conditions[] = {"p99 < 5", "max < 2ms", "bogus < 3"};
    for (size_t i = 0; i < 3; i++)
        *VEC_PUSH(&w->arena, &sec) =
            (struct entry){"g", span_of(conditions[i]), {"x.ini", 7}, false, false};
    assert_int_equal(gates_compile(&w->arena, &sec, &names, &errs).n, 1);
    assert_int_equal(errs.n, 2);
    assert_int_equal(gates_compile(&w->arena, NULL, &names, &errs).n, 0);
}

static void test_every_metric_is_described(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < metric_count; i++) {
        const struct doc *d = metric_docs[i];
        struct errs errs = {0};
        assert_true(d->name && *d->name && d->help && *d->help && d->example);
        for (size_t k = 0; k < i; k++) assert_string_not_equal(metric_docs[k]->name, d->name);
        compile(&w->arena, d->example, &errs);
        if (errs.n) fail_msg("%s: %s", d->example, errs.v[0].text);
        assert_true(strncmp(d->example, d->name, strlen(d->name)) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_no_data),
        cmocka_unit_test(test_loss_needs_a_whole_capture),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_all_mistakes_are_told),
        cmocka_unit_test(test_every_metric_is_described),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
