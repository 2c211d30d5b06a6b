/* Lanes, driven by hand on wires that lead nowhere: what they ask for and what they book. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* The last packet's timeout must wake the lane, or a run without a duration never ends; and no
 * reply is missing before the catcher has read what came in time. */
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
        matcher_read_to(&r.matcher, again - 1);
        uint64_t soon = c->work(r.lane, again + SECOND);
        assert_true(soon > again + SECOND && soon < again + 2 * SECOND);
        assert_false(c->done(r.lane));
        matcher_read_to(&r.matcher, again + SECOND);
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

/* A server that takes requests and never answers. */
static int listen_at(uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* What came to its socket before the deadline is looked at before a request is given up. */
static void test_a_request_is_not_given_up_unheard(void **state)
{
    struct arena a = {0};
    struct errs errs = {0};
    uint16_t port;
    int fd = listen_at(&port);
    uint64_t heard = 0;
    uint8_t buffer[LANE_BUFFER];
    char text[200];
    (void)state;
    snprintf(text, sizeof text,
             "[target]\nurl = http://127.0.0.1:%u/\n[stream s]\nrate = 1/s\ncount = 1\n"
             "timeout = 1s\n[request r]\n",
             port);
    struct profile *p = profile_parse(&a, "test", span_of(text), &errs);
    struct plan *plan = plan_compile(&a, p, NULL, &errs);
    assert_non_null(plan);
    struct lane_env env = {.plan = plan,
                           .arena = &a,
                           .base = event_base_new(),
                           .rec = rec_open(&plan->layout),
                           .t0 = clock_now(),
                           .heard = &heard,
                           .buffer = buffer};
    struct lane *l = lane_new(&env, &plan->streams[0]);
    assert_true(l->class->open(l, &errs));
    uint64_t over = l->class->work(l, lane_now(l));
    while (rec_glance(env.rec).sent == 0) event_base_loop(env.base, EVLOOP_ONCE);
    heard = over - 1;
    assert_int_equal(l->class->work(l, over + SECOND), over);
    assert_int_equal(rec_glance(env.rec).timed_out, 0);
    heard = over;
    assert_int_equal(l->class->work(l, over + SECOND), NEVER);
    assert_int_equal(rec_glance(env.rec).timed_out, 1);
    lane_close(l);
    rec_close(env.rec);
    event_base_free(env.base);
    arena_free(&a);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_packet_is_waited_for),
        cmocka_unit_test(test_a_busy_device_is_not_the_generator),
        cmocka_unit_test(test_a_request_is_not_given_up_unheard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
