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
    r->lane = packets_open(&r->env, s, &r->errs);
    assert_non_null(r->lane);
}

static void rig_close(struct rig *r)
{
    r->lane->class->close(r->lane);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_packet_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
