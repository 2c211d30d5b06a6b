/* Lanes, driven by hand on wires that lead nowhere: what they ask for and what they book. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "profile/profile.h"
#include "run/lane.h"

#define SECOND 1000000000ull
#define PACKET                                                                                     \
    "[packet q]\nlayers = eth / ipv4 / udp / payload\nipv4.src = 198.18.0.1\n"                     \
    "ipv4.dst = 198.19.0.1\nsize = 100\n"

struct rig {
    struct arena arena;
    struct errs errs;
    struct plan *plan;
    struct lane_env env;
    struct matcher matcher;
    struct lane *lane;
};

/* A lane of the first stream. Replies are matched, though nobody captures any. */
static void rig_open(struct rig *r, const char *stream, bool replies)
{
    char text[1024];
    memset(r, 0, sizeof *r);
    snprintf(text, sizeof text, "[stream s]\nwire = null\nsend = q\n%s\n" PACKET, stream);
    struct profile *p = profile_parse(&r->arena, "test", span_of(text), &r->errs);
    r->plan = plan_compile(&r->arena, p, NULL, &r->errs);
    if (!r->plan) errs_print(&r->errs, stderr);
    assert_non_null(r->plan);
    struct stream *s = &r->plan->streams[0];
    s->replies = replies;
    s->timeout = SECOND;
    matcher_open(&r->matcher, 1024, 0, 1, &r->arena);
    r->env = (struct lane_env){
        .plan = r->plan,
        .arena = &r->arena,
        .rec = rec_open(&r->plan->layout),
        .t0 = clock_now(),
        .matcher = &r->matcher,
    };
    r->lane = lane_new(&r->env, s);
    assert_true(r->lane->class->open(r->lane, &r->errs));
}

static void rig_close(struct rig *r)
{
    lane_close(r->lane);
    rec_close(r->env.rec);
    arena_free(&r->arena);
}

/* The last packet's timeout must wake the lane, or a run without a duration never ends. */
static void test_the_last_packet_is_waited_for(void **state)
{
    static const char *const streams[] = {"rate = 1000/s\ncount = 1", "rate = max\ncount = 100"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct rig r;
        rig_open(&r, streams[i], true);
        const struct lane_class *c = r.lane->class;
        uint64_t again = c->work(r.lane, lane_now(r.lane));
        assert_true(again >= SECOND && again < 60 * SECOND);
        assert_false(c->done(r.lane));
        assert_int_equal(c->work(r.lane, again + SECOND), NEVER);
        assert_true(c->done(r.lane));
        struct rec_glance g = rec_glance(r.env.rec);
        assert_int_equal(g.sent, i ? 100 : 1);
        assert_int_equal(g.timed_out, g.sent);
        rig_close(&r);
    }
}

/* A device that is busy until a moment of the test's choosing. */
static bool busy;
static enum sent busy_send(struct wire *w, const struct frame *f, size_t n, size_t *done)
{
    (void)w, (void)f;
    *done = busy ? 0 : n;
    return busy ? SENT_AGAIN : SENT_OK;
}
static bool busy_close(struct wire *w, struct errs *errs)
{
    (void)w, (void)errs;
    return true;
}
static const struct wire_class busy_class;
static struct wire *busy_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    static struct wire w = {.class = &busy_class};
    (void)o, (void)at, (void)errs;
    return &w;
}
static const struct wire_class busy_class = {
    .open = busy_open, .send = busy_send, .close = busy_close};

/* All that came due while the device was busy is late, but not through the generator. */
static void test_a_busy_device_is_not_the_generator(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "rate = 1000/s\ncount = 2000", false);
    lane_close(r.lane);
    r.plan->streams[0].wire = &busy_class;
    r.lane = lane_new(&r.env, &r.plan->streams[0]);
    assert_true(r.lane->class->open(r.lane, &r.errs));
    r.env.t0 = clock_now() - 10 * SECOND; /* everything is due */
    busy = true;
    assert_true(r.lane->class->work(r.lane, lane_now(r.lane)) < NEVER);
    busy = false;
    while (!r.lane->class->done(r.lane)) r.lane->class->work(r.lane, lane_now(r.lane));
    assert_int_equal(rec_glance(r.env.rec).sent, 2000);
    assert_int_equal(r.lane->own.count, 2000);
    assert_true(r.lane->own.max < 5 * SECOND); /* the units were late by 8 s and more */
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_packet_is_waited_for),
        cmocka_unit_test(test_a_busy_device_is_not_the_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
