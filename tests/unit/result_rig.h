/* A result made by hand, for the tests of results and reports: six seconds of two streams with
 * three kinds of units, every outcome, and gates of every verdict. A bad one was cut short, is
 * invalid and full of names that reports must not take at their word. */
#ifndef RESULT_RIG_H
#define RESULT_RIG_H

#include "base/clock.h"
#include "stats/result.h"

static const uint32_t rig_stream_of[] = {0, 0, 1};
static const uint64_t rig_late_after[] = {1000000, 1000000, 1000000};
static const struct rec_layout rig_layout = {
    .cells = 3,
    .stream_of = rig_stream_of,
    .late_after = rig_late_after,
    .streams = 2,
    .measure_from = NS_PER_S,
};

/* One unit each 5 ms; a second of warm-up, then six. */
static void rig_unit(struct rec *r, uint64_t i)
{
    uint64_t due = i * 5000000, sent = due + 20000 + i * 7919 % 30000;
    uint32_t cell = i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2;
    rec_offered(r, cell, due);
    rec_hash(r, cell, i, &i, 4);
    if (i % 211 == 5) {
        rec_shed(r, cell, due);
        return;
    }
    if (i % 307 == 7) {
        rec_failed(r, cell, due, ERROR_REFUSED);
        return;
    }
    if (i % 101 == 0) sent += 1500000;
    rec_sent(r, cell, due, sent, 97);
    if (i % 97 == 1) {
        rec_timed_out(r, cell, due);
        return;
    }
    if (i >= 1397) return; /* in flight */
    bool slow = due >= 4 * NS_PER_S && due < 5 * NS_PER_S, wrong = i % 150 == 3;
    uint64_t done = sent + 700000 + i * 104729 % 900000 + (slow ? 20000000 : 0);
    rec_answered(r, cell, due, sent, done, 812, wrong ? 503 : 200,
                 wrong ? ERROR_UNEXPECTED_STATUS : ERROR_NONE);
    if (cell == 2) rec_wire(r, cell, due, (done - sent) / 2);
    if (i % 400 == 9) rec_duplicated(r, cell, due);
}

/* A thousand flows of one worker, of which some twenty have packets; a few lose, repeat, reorder or
 * damage some. */
static struct flow_summary rig_flows(void)
{
    struct flow_table *t = flow_table_open(1000, 1, true, NS_PER_S);
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t flow = i * i % 23 * 43, due = NS_PER_S / 2 + i * 10000000;
        struct flow_arrival a = {flow, i ^ (i % 50 == 30), due, 20000 + i * 7919 % 5000,
                                 0,    i % 60 != 59};
        flow_table_sent(t, 0, flow, due);
        if (i == 199)
            flow_table_waits(t, flow, due);
        else if (i % 10 != 6)
            flow_table_arrived(t, &a);
        if (i % 70 == 1) flow_table_duplicated(t, flow, due);
    }
    return flow_table_sum(t);
}

static const struct result_gate rig_gates[] = {
    {"search is fast", "p99 of search < 20ms", "ns", 21512345, VERDICT_FAIL, NULL},
    {"nothing fails", "errors < 3%", "ratio", 0.0215, VERDICT_PASS, NULL},
    {"keeps up", "rate > 100/s", "/s", 199.1667, VERDICT_PASS, NULL},
    {"moves", "throughput > 10kbit/s", "bit/s", 153226.4, VERDICT_PASS, NULL},
    {"enough", "answered > 1000", "", 1165, VERDICT_PASS, NULL},
    {"none lost", "loss of query < 0.1%", "ratio", 0, VERDICT_NODATA,
     "the capture dropped 12 packets, so a loss cannot be told"},
};

static struct result *rig_result(struct arena *a, bool bad)
{
    static const char *const good_streams[] = {"web", "dns"};
    static const char *const bad_streams[] = {"a|b\"<&>'\\\n\033[31m", "\xff\xfe caf\xc3\xa9"};
    static const char *const kinds[] = {"search", "login", "query"};
    struct rec *rec = rec_open(&rig_layout);
    for (uint64_t i = 0; i < 1400; i++) rig_unit(rec, i);
    struct result *r = result_open(a, &rig_layout, bad ? bad_streams : good_streams, kinds);
    result_add(r, rec);
    rec_close(rec);
    r->spate = "1.2.3";
    r->profile = bad ? "evil]]>-->`*_.ini" : "profiles/shop.ini";
    r->profile_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    r->start = "2026-11-20T10:00:00.250Z";
    r->target = bad ? NULL : "http://127.0.0.1:8080";
    r->seed = bad ? UINT64_MAX : 42;
    r->workers = 2;
    r->duration_s = bad ? 5.75 : 6;
    r->planned_s = bad ? 30 : 6;
    r->complete = !bad;
    r->cpu_s = 0.84;
    r->achieved_ns = bad ? 0 : 6 * NS_PER_S;
    for (size_t i = 0; i < 2; i++) {
        r->streams[i].planned_rate = bad ? 0 : i ? 20 : 180;
        r->streams[i].planned = bad ? 0 : i ? 120 : 1080;
        r->streams[i].loop = bad ? "closed" : "open";
    }
    if (bad)
        r->streams[0].flows = (struct flow_summary){
            .number = 2000000, .absent = "there are\nmore \033than 1,048,576 flows"};
    else
        r->streams[0].flows = rig_flows();
    r->captured = !bad;
    if (!bad) r->capture.seen = 130, r->capture.matched = 119, r->capture.foreign = 10;
    if (!bad) r->capture.cut = 1, r->streams[1].unchecked = 2, r->streams[1].jitter_ns = 1500;
    if (bad) r->wire_absent = "needs the right to capture: cap_net_raw";
    if (bad) r->failed_because = "the target <went> away";
    if (bad)
        result_invalid(r,
                       "stream web: the generator itself was late by 4.2ms at p99 where response "
                       "times are 21ms; give it a lower rate, more workers or an idle machine");
    if (bad) result_invalid(r, "12 of 13 things & more were \"wrong\"");
    r->gate_count = sizeof rig_gates / sizeof *rig_gates;
    r->gates = arena_array(a, struct result_gate, r->gate_count);
    for (size_t i = 0; i < r->gate_count; i++) r->gates[i] = rig_gates[i];
    if (bad) r->gates[0].name = "a|b\"<&>'\n", r->gates[0].condition = "p99 of \"a|b\" < 20ms";
    result_cut(r);
    return r;
}

#endif
