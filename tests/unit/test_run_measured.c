/* The measured time of replays ends one gap behind the last frame: rates agree with what was asked
 * for, in runs of three frames and of many. Only plans are compared, never how late frames were. */
#include "replay_rig.h"

#include <math.h>

#include "profile/profile.h"
#include "run/run.h"

#define SECOND 1000000000ull
#define FRAMES 20

struct ran {
    struct arena arena;
    struct result *r;
};

/* `n` frames of `size` bytes, `gap` ns from one to the next. */
static const char *capture(size_t n, uint64_t gap, size_t size)
{
    static struct bytes b;
    capture_begin(&b, 1);
    for (size_t i = 0; i < n; i++)
        capture_add(&b, 1700000000 * SECOND + i * gap,
                    frame_tcp4(0xc6120001, 0xc6130002, 9, 53, size - 54), 0);
    return file_of(b.v, b.n);
}

static void run_text(struct ran *x, const char *text)
{
    static const struct run_opts none;
    struct errs errs = {0};
    *x = (struct ran){0};
    struct profile *p = profile_parse(&x->arena, "test", span_of(text), &errs);
    struct plan *plan = p ? plan_compile(&x->arena, p, NULL, &errs) : NULL;
    if (!plan) errs_print(&errs, stderr);
    assert_non_null(plan);
    x->r = run_plan(plan, &none, &x->arena, &errs);
    assert_non_null(x->r);
    assert_true(counts_lawful(&x->r->totals));
}

/* Replays a file; `keys` of the stream. */
static void replay(struct ran *x, const char *file, const char *run, const char *keys)
{
    char text[1024];
    snprintf(text, sizeof text, "[run]\n%s\n[stream s]\nreplay = %s\nwire = null\n%s\n", run, file,
             keys);
    run_text(x, text);
}

static void done(struct ran *x)
{
    result_close(x->r);
    arena_free(&x->arena);
}

/* The replay offered and planned `n` units in `ns` of measured time. */
static void planned(struct ran *x, uint64_t n, double ns)
{
    const struct result_stream *s = &x->r->streams[0];
    assert_int_equal(s->counts.offered, n);
    assert_int_equal(s->planned, n);
    assert_true(fabs(x->r->duration_s - ns / 1e9) <= ns / 1e9 / 10000);
    assert_true(fabs(s->planned_rate * ns / 1e9 / (double)n - 1) <= 1e-4);
    assert_true((double)x->r->achieved_ns >= ns * 0.9999);
    done(x);
}

static void rates_are_those_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        uint64_t frames;
        double ns;
    } cases[] = {
        {"rate = 100/s\ncount = 3", 3, 30e6},
        {"rate = 100/s\ncount = 1", 1, 10e6},
        {"rate = 7919/s", FRAMES, FRAMES / 7919.0 * 1e9},
        {"rate = 1M/s\nloop = 1000", FRAMES * 1000, FRAMES * 1e6},
        {"rate = 100k/s for 100us, 200k/s", FRAMES, 100e3 + 50e3},
        {"rate = burst(5, every=10ms)", FRAMES, 40e6},
        /* 60 bytes and their checksum */
        {"rate = 1Mbit/s\ncount = 3", 3, 3 * 64 * 8 * 1e3},
        {"rate = 100Mbit/s\nloop = 1000", FRAMES * 1000, FRAMES * 1000 * 64 * 8 * 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ran x;
        replay(&x, capture(FRAMES, 1000, 60), "", cases[i].keys);
        planned(&x, cases[i].frames, cases[i].ns);
    }
}

static void recorded_times_last_a_mean_gap_longer(void **state)
{
    (void)state;
    struct ran x;
    replay(&x, capture(3, 10000000, 60), "", "");
    planned(&x, 3, 30e6);
    replay(&x, capture(FRAMES, 1000, 60), "", "loop = 1000");
    planned(&x, FRAMES * 1000, FRAMES * 1e6);
    replay(&x, capture(FRAMES, 1000, 60), "", "loop = 1000\nspeed = 4x");
    planned(&x, FRAMES * 1000, FRAMES * 25e4);
    replay(&x, capture(FRAMES, 1000000, 60), "", "frames = 1..3");
    planned(&x, 3, 3e6);
    /* Shared by workers; the only conversation is one worker's. */
    replay(&x, capture(FRAMES, 1000000, 60), "workers = 3\n", "");
    planned(&x, FRAMES, FRAMES * 1e6);
}

/* Frames that stay behind were due all the same. */
static void skipped_frames_have_their_time(void **state)
{
    (void)state;
    static struct bytes b;
    struct ran x;
    capture_begin(&b, 1);
    for (uint64_t i = 0; i < 10; i++)
        capture_add(&b, i * 1000000, frame_udp4(0xc6120001, 0xc6130002, 1, 2, 58),
                    i % 2 ? 200 : 0); /* cut */
    const char *file = file_of(b.v, b.n);
    replay(&x, file, "", "cut = skip");
    planned(&x, 10, 10e6);
    replay(&x, file, "", "cut = skip\nrate = 1k/s");
    planned(&x, 10, 10e6);
}

/* Parts of a frame are due together: they do not shorten the gap to the next frame. */
static void split_frames_have_the_time_of_one(void **state)
{
    (void)state;
    struct ran x;
    replay(&x, capture(3, 10000000, 4054), "", "oversize = segment\nmtu = 1500");
    planned(&x, 9, 30e6);
}

/* What is over with the duration, or has no gap, lasts as long as it did. */
static void the_duration_bounds_the_measured_time(void **state)
{
    (void)state;
    struct ran x;
    replay(&x, capture(FRAMES, 10000000, 60), "duration = 45ms", "");
    planned(&x, 5, 45e6);
    replay(&x, capture(FRAMES, 10000000, 60), "duration = 50ms\nwarmup = 20ms", "rate = 100/s");
    planned(&x, 3, 30e6);
    replay(&x, capture(1, 0, 60), "", "");
    assert_int_equal(x.r->achieved_ns, x.r->duration_s * 1e9 + 0.5);
    done(&x);
}

/* A capture that ends before other streams do had no more to send. */
static void the_plan_ends_with_the_capture(void **state)
{
    (void)state;
    struct ran x;
    char text[1024];
    snprintf(text, sizeof text,
             "[stream s]\nreplay = %s\nwire = null\nrate = 10k/s\n"
             "[stream p]\nrate = 1k/s\ncount = 50\nwire = null\nsend = q\n"
             "[packet q]\nlayers = eth / ipv4 / udp / payload\nsize = 100\n"
             "ipv4.src = 198.18.0.1\nipv4.dst = 198.19.0.1\n",
             capture(FRAMES, 1000, 60));
    run_text(&x, text);
    assert_int_equal(x.r->streams[0].planned, FRAMES);
    assert_int_equal(x.r->streams[1].planned, 50);
    assert_true(x.r->duration_s == 0.05);
    done(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_those_asked_for),
        cmocka_unit_test(recorded_times_last_a_mean_gap_longer),
        cmocka_unit_test(skipped_frames_have_their_time),
        cmocka_unit_test(split_frames_have_the_time_of_one),
        cmocka_unit_test(the_duration_bounds_the_measured_time),
        cmocka_unit_test(the_plan_ends_with_the_capture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
