/* When the frames of a replay are due, without waiting for it: exact in the first loop and in the
 * thousandth, at recorded times, at a rate of frames, and at a rate of bits. */
#include "replay_rig.h"

#include "profile/profile.h"
#include "run/lane.h"
#include "run/reel.h"

#define A 0xc6120001u /* 198.18.0.1 */
#define B 0xc6130002u /* 198.19.0.2 */
#define FRAMES 20
#define LOOPS 1000
#define SECOND 1000000000ull
#define LATER (UINT64_MAX / 4)

struct rig {
    struct arena arena;
    struct errs errs;
    struct plan *plan;
    struct reel reel;
};

/* Frames with `gap` ns between them, of 60, 61, 62, ... bytes, or all of `size` bytes. */
static const char *capture(uint64_t gap, size_t size)
{
    static struct bytes b;
    capture_begin(&b, 1);
    for (size_t i = 0; i < FRAMES; i++)
        capture_add(&b, 1700000000 * SECOND + i * gap,
                    frame_udp4(A, B, 9, 53, (size ? size : 60 + i) - 42), 0);
    return file_of(b.v, b.n);
}
static struct plan *planned(struct rig *r, const char *file, const char *keys)
{
    char text[512];
    snprintf(text, sizeof text, "[stream s]\nreplay = %s\nwire = null\n%s\n", file, keys);
    struct profile *p = profile_parse(&r->arena, "test", span_of(text), &r->errs);
    r->plan = plan_compile(&r->arena, p, NULL, &r->errs);
    if (!r->plan) errs_print(&r->errs, stderr);
    assert_non_null(r->plan);
    return r->plan;
}
static void open_rig(struct rig *r, const char *file, const char *keys)
{
    *r = (struct rig){0};
    planned(r, file, keys);
    assert_true(reel_open(&r->reel, &r->plan->streams[0], r->plan, &r->arena, &r->errs));
}
static void close_rig(struct rig *r)
{
    reel_close(&r->reel);
    arena_free(&r->arena);
}
static uint64_t next_due(struct rig *r)
{
    assert_int_equal(reel_look(&r->reel, LATER), REEL_FRAME);
    uint64_t due = r->reel.due;
    reel_take(&r->reel);
    return due;
}
static void ends(struct rig *r)
{
    assert_int_equal(reel_look(&r->reel, LATER), REEL_END);
}

/* Units are due at the first whole ns at which their number is reached. */
static uint64_t exact(uint64_t n, uint64_t num, uint64_t den)
{
    u128 t = (u128)n * den * SECOND;
    return (uint64_t)((t + num - 1) / num);
}

static void rates_are_exact_in_every_loop(void **state)
{
    (void)state;
    static const uint64_t rates[] = {1, 10, 1000, 100000, 3, 7919, 999999};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        struct rig r;
        char keys[64];
        snprintf(keys, sizeof keys, "loop = %d\nrate = %llu/s", LOOPS,
                 (unsigned long long)rates[k]);
        open_rig(&r, capture(123456789, 0), keys);
        for (uint64_t i = 0; i < FRAMES * LOOPS; i++) {
            assert_int_equal(next_due(&r), exact(i, rates[k], 1));
            assert_int_equal(r.reel.loop, i / FRAMES);
        }
        ends(&r);
        close_rig(&r);
    }
}

static void recorded_rates_are_kept_in_every_loop(void **state)
{
    (void)state;
    static const uint64_t gaps[] = {SECOND, SECOND / 10, SECOND / 1000, SECOND / 100000};
    for (size_t k = 0; k < sizeof gaps / sizeof *gaps; k++) {
        struct rig r;
        open_rig(&r, capture(gaps[k], 0), "loop = 1000");
        for (uint64_t i = 0; i < FRAMES * LOOPS; i++) assert_int_equal(next_due(&r), i * gaps[k]);
        ends(&r);
        close_rig(&r);
        /* Three and a half times as fast: rounded once, from the start, so nothing adds up. */
        open_rig(&r, capture(gaps[k], 0), "loop = 1000\nspeed = 3.5x");
        for (uint64_t i = 0; i < FRAMES * LOOPS; i++)
            assert_int_equal(next_due(&r), i * gaps[k] * 2 / 7);
        ends(&r);
        close_rig(&r);
    }
}

/* A loop begins one mean gap behind the last frame of the one before. */
static void uneven_gaps_are_kept_in_every_loop(void **state)
{
    (void)state;
    static struct bytes b;
    static const uint64_t at[] = {5, 17, 17, 1000017, 3000005};
    struct rig r;
    capture_begin(&b, 1);
    for (size_t i = 0; i < 5; i++) capture_add(&b, at[i], frame_udp4(A, B, 9, 53, 0), 0);
    open_rig(&r, file_of(b.v, b.n), "loop = 1000");
    for (uint64_t i = 0; i < 5 * LOOPS; i++)
        assert_int_equal(next_due(&r), i / 5 * 3750000 + at[i % 5] - 5);
    ends(&r);
    close_rig(&r);
}

/* What the lane sends is due when the bytes before it are through. */
struct handed {
    uint32_t len;
};
static struct handed handed[FRAMES * LOOPS * 2];
static size_t n_handed;
static enum sent take(struct wire *w, const struct frame *f, size_t n, size_t *done)
{
    (void)w;
    for (*done = 0; *done < n; ++*done) {
        assert_true(n_handed < sizeof handed / sizeof *handed);
        handed[n_handed++].len = f[*done].len;
    }
    return SENT_OK;
}
static bool leave(struct wire *w, struct errs *errs)
{
    (void)w, (void)errs;
    return true;
}
static const struct wire_class taker;
static struct wire *arrive(const struct wire_opts *o, struct where at, struct errs *errs)
{
    static struct wire w = {.class = &taker, .mtu = 1518};
    (void)o, (void)at, (void)errs;
    return &w;
}
static const struct wire_class taker = {.open = arrive, .send = take, .close = leave};

/* Replays to the end, all being due already; the time that the plan gives from first to last. */
static uint64_t planned_course(const char *file, const char *keys)
{
    struct rig r = {0};
    planned(&r, file, keys)->streams[0].wire = &taker;
    struct lane_env env = {.plan = r.plan,
                           .arena = &r.arena,
                           .rec = rec_open(&r.plan->layout),
                           .t0 = clock_now() - 5 * SECOND};
    struct lane *l = lane_new(&env, &r.plan->streams[0]);
    assert_true(l->class->open(l, &r.errs));
    n_handed = 0;
    while (!l->class->done(l)) l->class->work(l, lane_now(l));
    assert_int_equal(rec_glance(env.rec).sent, n_handed);
    uint64_t course = l->gaps.gaps.course.last_due - l->gaps.gaps.course.first_due;
    lane_close(l);
    rec_close(env.rec);
    arena_free(&r.arena);
    return course;
}

static void rates_in_bits_count_what_leaves(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        int more;  /* bytes beside those of the frame */
        int grows; /* by rewriting */
    } cases[] = {
        {"rate_layer = 2", 4, 0},        {"", 4, 0},
        {"rate_layer = 1", 24, 0},       {"rate_layer = 3", -14, 0},
        {"vlan = push 5, push 6", 4, 8},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char keys[128];
        uint64_t bytes = 0;
        snprintf(keys, sizeof keys, "loop = 1000\nrate = 10Mbit/s\n%s", cases[k].keys);
        uint64_t course = planned_course(capture(1000, 0), keys);
        assert_int_equal(n_handed, FRAMES * LOOPS);
        for (size_t i = 0; i + 1 < n_handed; i++) {
            assert_int_equal(handed[i].len, 60 + i % FRAMES + (size_t)cases[k].grows);
            bytes += (uint64_t)((int)handed[i].len + cases[k].more);
        }
        assert_int_equal(course, exact(bytes * 8, 10000000, 1));
    }
}

static void split_frames_count_as_their_parts(void **state)
{
    (void)state;
    static struct bytes b;
    uint64_t bytes = 0;
    capture_begin(&b, 1);
    for (int i = 0; i < 3; i++) capture_add(&b, 0, frame_tcp4(A, B, 1, 2, 4000), 0);
    uint64_t course = planned_course(file_of(b.v, b.n), "rate = 1Gbit/s\noversize = segment");
    assert_int_equal(n_handed, 9);
    for (size_t i = 0; i < 6; i++)
        bytes += handed[i].len + 4; /* the parts of the last are due together */
    assert_int_equal(bytes, 2 * (4000 + 3 * (54 + 4)));
    assert_int_equal(course, exact(bytes * 8, 1000000000, 1));
}

static void frames_that_stay_behind_take_no_time(void **state)
{
    (void)state;
    static struct bytes b;
    capture_begin(&b, 1);
    for (int i = 0; i < 10; i++)
        capture_add(&b, 0, frame_udp4(A, B, 1, 2, 58),
                    i % 2 ? 200 : 0); /* every other one is cut */
    uint64_t course = planned_course(file_of(b.v, b.n), "rate = 1Mbit/s\ncut = skip");
    assert_int_equal(n_handed, 5);
    assert_int_equal(course, exact(4 * 104 * 8, 1000000, 1));
}

static void rates_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *why;
    } cases[] = {
        {"rate = 1Mbit/s for 1s, 10/s", "both frames and bits"},
        {"rate = 1Mbit/s\narrival = poisson", "arrival spreads frames"},
        {"rate = 50%", "link speed"},
        {"rate = 10/s\nrate_layer = 1", "rate_layer"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct rig r = {0};
        char text[512];
        snprintf(text, sizeof text, "[stream s]\nreplay = %s\nwire = null\n%s\n", capture(1, 0),
                 cases[k].keys);
        struct profile *p = profile_parse(&r.arena, "test", span_of(text), &r.errs);
        assert_null(plan_compile(&r.arena, p, NULL, &r.errs));
        assert_non_null(strstr(r.errs.v[0].text, cases[k].why));
        arena_free(&r.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_exact_in_every_loop),
        cmocka_unit_test(recorded_rates_are_kept_in_every_loop),
        cmocka_unit_test(uneven_gaps_are_kept_in_every_loop),
        cmocka_unit_test(rates_in_bits_count_what_leaves),
        cmocka_unit_test(split_frames_count_as_their_parts),
        cmocka_unit_test(frames_that_stay_behind_take_no_time),
        cmocka_unit_test(rates_that_mean_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
