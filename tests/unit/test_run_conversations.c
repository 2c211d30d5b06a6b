/* The lane of conversations, driven by hand: the order in which packets leave, and the books. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plan/script.h"
#include "run/lane.h"

#define SECOND 1000000000ull
#define PACKETS                                                                                    \
    "[packet p]\nlayers = eth / ipv4 / udp / payload\nipv4.id = 0..65535\npayload.size = 8\n"      \
    "[packet q]\nreverse = p\n"
#define TALK                                                                                       \
    "[conversation c]\nstep = client p\nstep = server q * 3 after exp(40ms)\n"                     \
    "step = client p\n" PACKETS

struct rig {
    struct arena arena;
    struct plan *plan;
    struct lane_env env;
    struct lane *lane;
};

/* What has left, by a device that takes only so many frames at a time. */
static struct {
    uint64_t *at;
    size_t n, most;
    bool broken;
} left;
static struct wire the_wire;

static enum sent log_send(struct wire *w, const struct frame *f, size_t n, size_t *done)
{
    if (left.broken) {
        w->error = 105; /* ENOBUFS is told as a busy device */
        *done = 0;
        return SENT_AGAIN;
    }
    *done = left.most && n > left.most ? left.most : n;
    for (size_t i = 0; i < *done; i++) left.at[left.n++] = f[i].at_ns;
    return *done < n ? SENT_AGAIN : SENT_OK;
}
static bool log_close(struct wire *w, struct errs *errs)
{
    (void)w, (void)errs;
    return true;
}
static struct wire *log_open(const struct wire_opts *o, struct where at, struct errs *errs);
static const struct wire_class log_class = {.open = log_open, .send = log_send, .close = log_close};
static struct wire *log_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    (void)o, (void)at, (void)errs;
    the_wire.class = &log_class;
    return &the_wire;
}

/* A lane whose stream began `ago` before now. */
static void rig_open(struct rig *r, const char *text, uint64_t ago)
{
    struct errs errs = {0};
    memset(r, 0, sizeof *r);
    struct profile *p = profile_parse(&r->arena, "test", span_of(text), &errs);
    r->plan = plan_compile(&r->arena, p, NULL, &errs);
    if (!r->plan) errs_print(&errs, stderr);
    assert_non_null(r->plan);
    struct stream *s = &r->plan->streams[0];
    s->wire = &log_class;
    r->env = (struct lane_env){
        .plan = r->plan,
        .arena = &r->arena,
        .rec = rec_open(&r->plan->layout),
        .t0 = clock_now() - ago,
    };
    r->lane = lane_new(&r->env, s);
    assert_true(r->lane->class->open(r->lane, &errs));
    memset(&left, 0, sizeof left);
    left.at = arena_array(&r->arena, uint64_t, 1000000);
}

static void rig_close(struct rig *r)
{
    r->lane->class->finish(r->lane);
    lane_close(r->lane);
    rec_close(r->env.rec);
    arena_free(&r->arena);
}

static void work_until_done(struct rig *r)
{
    while (!r->lane->class->done(r->lane)) r->lane->class->work(r->lane, lane_now(r->lane));
}

static void same_talks(const struct rig *r, uint64_t started, uint64_t completed, uint64_t cut,
                       uint64_t shed)
{
    const struct result_talks *t = &r->lane->talks;
    assert_int_equal(t->started, started);
    assert_int_equal(t->completed, completed);
    assert_int_equal(t->cut_short, cut);
    assert_int_equal(t->shed, shed);
}

static void lawful(const struct rig *r)
{
    for (size_t i = 0; i < r->plan->layout.cells; i++)
        assert_true(counts_lawful(rec_cell(r->env.rec, i)));
}

#define STREAM "[stream s]\nwire = null\nrate = 10k/s\ncount = 2000\n"

/* A lane that is behind catches up in order of time, over all conversations. */
static void test_order_of_time(void **state)
{
    (void)state;
    for (size_t most = 0; most < 100; most += 33) {
        struct rig r;
        rig_open(&r, STREAM TALK, 60 * SECOND);
        left.most = most;
        work_until_done(&r);
        assert_int_equal(left.n, 2000 * 5);
        for (size_t i = 1; i < left.n; i++) assert_true(left.at[i] >= left.at[i - 1]);
        same_talks(&r, 2000, 2000, 0, 0);
        lawful(&r);
        assert_int_equal(rec_cell(r.env.rec, 0)->sent, 4000);
        assert_int_equal(rec_cell(r.env.rec, 1)->sent, 6000);
        rig_close(&r);
    }
}

/* A device that stays busy: each packet fails in its turn, the rest of its conversation is tried.
 */
static void test_failures_cut_nothing(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "[stream s]\nwire = null\nrate = 10k/s\ncount = 20\ntimeout = 1ms\n" TALK,
             60 * SECOND);
    left.broken = true;
    work_until_done(&r);
    same_talks(&r, 20, 20, 0, 0);
    lawful(&r);
    assert_int_equal(rec_cell(r.env.rec, 0)->failed, 40);
    assert_int_equal(rec_cell(r.env.rec, 1)->failed, 60);
    rig_close(&r);
}

/* Told to stop, the lane lets none begin and ends those that have. */
static void test_stop_ends_what_has_begun(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "[stream s]\nwire = null\nrate = 1/s\ncount = 1000\n" TALK, 5 * SECOND);
    r.lane->class->work(r.lane, lane_now(r.lane));
    r.lane->class->stop(r.lane, lane_now(r.lane));
    r.env.t0 -= 100 * SECOND;
    work_until_done(&r);
    const struct result_talks *t = &r.lane->talks;
    assert_true(t->started >= 6 && t->started < 1000);
    same_talks(&r, t->started, t->started, 0, t->shed);
    assert_int_equal(left.n, t->started * 5);
    lawful(&r);
    rig_close(&r);
}

/* What is not over in the end is shed, packet by packet. */
static void test_finish_sheds_the_rest(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r,
             "[stream s]\nwire = null\nrate = 10k/s\ncount = 100\nopen = 60\n[conversation c]\n"
             "step = client p\nstep = server q * 9 after 1h\n" PACKETS,
             SECOND);
    r.lane->class->work(r.lane, lane_now(r.lane));
    assert_false(r.lane->class->done(r.lane));
    r.lane->class->finish(r.lane);
    same_talks(&r, 60, 0, 60, 40);
    lawful(&r);
    assert_int_equal(left.n, 60);
    assert_int_equal(rec_cell(r.env.rec, 0)->shed, 40);
    assert_int_equal(rec_cell(r.env.rec, 1)->shed, 900);
    rig_close(&r);
}

/* Conversations of the warm-up are in no figure, wherever they end. */
static void test_warm_up(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "[run]\nwarmup = 50ms\nduration = 10s\n" STREAM TALK, 60 * SECOND);
    work_until_done(&r);
    same_talks(&r, 1500, 1500, 0, 0);
    assert_int_equal(left.n, 10000);
    rig_close(&r);
}

/* Conversations that are too late to begin are shed whole. */
static void test_late_ones_are_dropped(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, STREAM "late = drop\nlate_after = 1s\n" TALK, 60 * SECOND);
    work_until_done(&r);
    same_talks(&r, 0, 0, 0, 2000);
    lawful(&r);
    assert_int_equal(left.n, 0);
    assert_int_equal(rec_cell(r.env.rec, 1)->shed, 6000);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_time),
        cmocka_unit_test(test_failures_cut_nothing),
        cmocka_unit_test(test_stop_ends_what_has_begun),
        cmocka_unit_test(test_finish_sheds_the_rest),
        cmocka_unit_test(test_warm_up),
        cmocka_unit_test(test_late_ones_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
