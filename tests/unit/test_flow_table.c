/* Figures by flow, against books kept the long way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "stats/flow_table.h"

#define FLOWS 37
#define WORKERS 3
#define UNITS 20000
#define WARMUP 5000

/* The truth, in doubles and without packing. */
struct truth {
    uint64_t sent, received, waiting, duplicated, reordered, corrupted, intact, min, max;
    double sum, jitter, last;
    uint64_t next[WORKERS];
};

static void arrives(struct truth *t, const struct flow_arrival *a, bool counted)
{
    bool reordered = a->turn < t->next[a->worker];
    if (!reordered) t->next[a->worker] = a->turn + 1;
    if (!counted) return;
    t->received++;
    t->reordered += reordered;
    t->corrupted += !a->intact;
    if (!a->intact) return;
    double ns = (double)a->transit_ns, d = ns > t->last ? ns - t->last : t->last - ns;
    if (t->intact) t->jitter += (d - t->jitter) / 16;
    if (!t->intact || a->transit_ns < t->min) t->min = a->transit_ns;
    if (a->transit_ns > t->max) t->max = a->transit_ns;
    t->sum += ns;
    t->last = ns;
    t->intact++;
}

static void unit(struct flow_table *table, struct truth *truth, uint64_t i)
{
    uint64_t x = rng_at(7, i), flow = x % FLOWS, due = i;
    unsigned worker = (unsigned)(i % WORKERS);
    bool counted = due >= WARMUP;
    struct truth *t = &truth[flow];
    struct flow_arrival a = {.flow = flow,
                             .turn = i / 8 * 8 + (x >> 8 & 7), /* some overtake others */
                             .due = due,
                             .transit_ns = x >> 16 & 0xffffff,
                             .worker = worker,
                             .intact = (x >> 44) % 50 != 0};
    flow_table_sent(table, worker, flow, due);
    t->sent += counted;
    if ((x >> 50) % 20 == 0) return; /* lost */
    if ((x >> 50) % 97 == 1) {
        flow_table_waits(table, flow, due);
        t->waiting += counted;
        return;
    }
    flow_table_arrived(table, &a);
    arrives(t, &a, counted);
    if ((x >> 50) % 30 == 2) {
        flow_table_duplicated(table, flow, due);
        t->duplicated += counted;
    }
}

static void figures_are_the_truth(void **state)
{
    (void)state;
    struct truth truth[FLOWS] = {0};
    struct flow_table *table = flow_table_open(FLOWS, WORKERS, true, WARMUP);
    struct flow_figures f, sum = {0};
    for (uint64_t i = 0; i < UNITS; i++) unit(table, truth, i);
    for (uint64_t k = 0; k < FLOWS; k++) {
        const struct truth *t = &truth[k];
        flow_table_row(table, k, &f);
        assert_int_equal(f.flow, k);
        assert_int_equal(f.sent, t->sent);
        assert_int_equal(f.received, t->received);
        assert_int_equal(f.in_flight, t->waiting);
        assert_int_equal(f.lost, t->sent - t->received - t->waiting);
        assert_int_equal(f.duplicated, t->duplicated);
        assert_int_equal(f.reordered, t->reordered);
        assert_int_equal(f.corrupted, t->corrupted);
        assert_int_equal(f.min_ns, t->min);
        assert_int_equal(f.max_ns, t->max);
        assert_true(fabs(f.mean_ns - t->sum / (double)t->intact) < 1e-3);
        assert_true(fabs(f.jitter_ns - t->jitter) < t->jitter * 1e-4);
        assert_true(f.lost && f.duplicated && f.reordered && f.corrupted && f.in_flight);
        sum.sent += f.sent;
        sum.lost += f.lost;
        sum.reordered += f.reordered;
    }
    struct flow_summary s = flow_table_sum(table);
    assert_int_equal(s.sum.sent, sum.sent);
    assert_int_equal(s.sum.sent, UNITS - WARMUP);
    assert_int_equal(s.sum.lost, sum.lost);
    assert_int_equal(s.sum.reordered, sum.reordered);
    assert_int_equal(s.with_packets, FLOWS);
    assert_int_equal(s.with_loss, FLOWS);
    assert_true(flow_summary_holds(&s));
    flow_table_close(table);
}

/* The ten that lost most, in order; what else went wrong tells equals apart, then their number. */
static void the_worst_come_first(void **state)
{
    (void)state;
    struct flow_table *t = flow_table_open(1000, 1, true, 0);
    for (uint64_t flow = 0; flow < 1000; flow++) {
        uint64_t lost = flow * 7 % 1000 / 10;
        for (uint64_t i = 0; i < lost; i++) flow_table_sent(t, 0, flow, 0);
    }
    flow_table_duplicated(t, 285, 0); /* of 99 lost, as 142 and 427 have */
    struct flow_summary s = flow_table_sum(t);
    assert_int_equal(s.worst_n, FLOWS_WORST);
    assert_int_equal(s.worst[0].flow, 285);
    for (size_t i = 1; i < FLOWS_WORST; i++) {
        assert_int_equal(s.worst[i].lost, 99);
        if (i > 1) assert_true(s.worst[i].flow > s.worst[i - 1].flow);
    }
    assert_int_equal(s.with_packets, 990);
    flow_table_close(t);
}

static void a_flow_without_fault_is_not_among_the_worst(void **state)
{
    (void)state;
    struct flow_table *t = flow_table_open(3, 1, false, 0);
    struct flow_arrival a = {.flow = 1, .transit_ns = UINT64_MAX, .intact = true};
    struct flow_figures f;
    flow_table_sent(t, 0, 1, 0);
    flow_table_arrived(t, &a);
    struct flow_summary s = flow_table_sum(t);
    assert_int_equal(s.worst_n, 0);
    assert_int_equal(s.with_packets, 1);
    assert_false(s.ordered);
    flow_table_row(t, 1, &f);
    assert_int_equal(f.max_ns, (1ull << 40) - 1); /* as long as is kept */
    flow_table_close(t);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    static const struct {
        uint64_t flows;
        unsigned workers;
        bool ordered;
        size_t bytes; /* for each flow */
    } cases[] = {
        {1000, 1, true, 60},    {1000, 16, true, 240},   {1000000, 1, true, 60},
        {1000000, 2, true, 64}, {1000000, 3, false, 56}, {FLOW_TABLE_MOST, 2, true, 64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_table *t = flow_table_open(cases[i].flows, cases[i].workers, true, 0);
        assert_int_equal(flow_table_bytes(t), cases[i].flows * cases[i].bytes);
        assert_true(flow_table_bytes(t) <= FLOW_TABLE_BYTES);
        assert_int_equal(flow_table_sum(t).ordered, cases[i].ordered);
        flow_table_close(t);
    }
    assert_null(flow_table_open(FLOW_TABLE_MOST + 1, 1, true, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_the_truth),
        cmocka_unit_test(the_worst_come_first),
        cmocka_unit_test(a_flow_without_fault_is_not_among_the_worst),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
