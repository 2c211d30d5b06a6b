/* A lane of live replay without a capture: events are handed to it, and it acts when its turn is
 * given. For tests and for fuzzing. */
#ifndef TESTS_LIVE_RIG_H
#define TESTS_LIVE_RIG_H

#include "../fuzz/require.h"
#include "run/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stage {
    struct arena arena;
    struct plan plan;
    struct stream stream;
    struct kind kind;
    struct lane_env env;
    struct live *live;
};

static void stage_set(struct stage *s, const char *scheme, uint16_t port)
{
    static const uint32_t stream_of[] = {0};
    static const uint64_t late_after[] = {1000000};
    const struct rec_layout layout = {
        .cells = 1, .stream_of = stream_of, .late_after = late_after, .streams = 1};
    struct sock_addr to = {.port = port};
    REQUIRE(addr_parse(span_of("127.0.0.1"), &to.ip));
    s->stream = (struct stream){.name = "s", .way = WAY_LIVE, .kinds = &s->kind, .n = 1};
    s->stream.count = NEVER;
    s->stream.timeout = 5000000;
    s->stream.live = (struct live_rules){.stream = strcmp(scheme, "udp") != 0,
                                         .http = strcmp(scheme, "http") == 0,
                                         .status = true,
                                         .length = true,
                                         .body = true,
                                         .bytes = true};
    s->plan = (struct plan){.workers = 1, .duration = NEVER, .target_addrs = 1, .n = 1};
    s->plan.target_addr[0] = to;
    s->env = (struct lane_env){.plan = &s->plan,
                               .arena = &s->arena,
                               .base = event_base_new(),
                               .rec = rec_open(&layout),
                               .t0 = clock_now(),
                               .buffer = arena_alloc(&s->arena, LANE_BUFFER)};
    struct lane *l = lane_new(&s->env, &s->stream);
    struct live *v = s->live = (struct live *)l;
    v->rules = &s->stream.live;
    v->digest = (struct digest_work){.rules = v->rules, .pool = &v->pool};
    v->open_max = 3; /* fewer than there are connections */
    v->reading = true;
}

static void turn(struct stage *s)
{
    struct live *v = s->live;
    event_base_loop(s->env.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    uint64_t now = lane_now(&v->lane);
    while (v->heap_n && v->heap[1]->wake <= now) dialog_act(v->heap[1], now);
}

/* Everything has ended, and the books agree. */
static void stage_strike(struct stage *s)
{
    struct live *v = s->live;
    const struct counts *c = rec_cell(s->env.rec, 0);
    REQUIRE(!v->dialogs);
    REQUIRE(v->held == 0);
    REQUIRE(v->open_n == 0);
    REQUIRE(v->heap_n == 0);
    REQUIRE(v->pool.held == 0);
    REQUIRE(counts_lawful(c));
    REQUIRE(counts_in_flight(c) == 0);
    REQUIRE(c->offered == v->units);
    REQUIRE(counts_differences(c) <= c->compared);
    lane_close(&v->lane);
    event_base_free(s->env.base);
    rec_close(s->env.rec);
    arena_free(&s->arena);
}

#endif
