/* The parts of a run that need neither network nor clock: users, matcher, tap, feed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "run/feed.h"
#include "run/matcher.h"
#include "run/tap.h"
#include "run/users.h"

static void test_users_come_in_order(void **state)
{
    (void)state;
    struct arena a = {0};
    struct users u;
    users_open(&u, 1000, &a);
    uint64_t last = 0;
    for (uint32_t i = 0; i < 1000; i++) users_push(&u, rng_at(7, i) % 500, i);
    for (int i = 0; i < 500; i++) {
        struct user_ready r = users_pop(&u);
        assert_true(r.at >= last);
        last = r.at;
    }
    users_push(&u, 0, 1);
    assert_int_equal(users_pop(&u).at, 0);
    while (u.n) users_pop(&u);
    arena_free(&a);
}

static void test_matcher_settles_each_unit_once(void **state)
{
    (void)state;
    struct arena a = {0};
    struct matcher m;
    uint64_t due = 0, sent = 0;
    uint32_t kind = 0;
    matcher_open(&m, 1024, 1, 3, &a); /* worker 1 of 3: units 1, 4, 7, ... */
    for (uint64_t i = 0; i < 100; i++) {
        assert_true(matcher_room(&m, 1 + 3 * i));
        matcher_open_unit(&m, 1 + 3 * i, 10 * i, 10 * i + 5, (uint32_t)(i % 2));
    }
    assert_int_equal(matcher_settle(&m, 1 + 3 * 50, &due, &sent, &kind), SETTLED_FIRST);
    assert_int_equal(due, 500);
    assert_int_equal(sent, 505);
    assert_int_equal(kind, 0);
    assert_int_equal(matcher_settle(&m, 1 + 3 * 50, &due, &sent, &kind), SETTLED_AGAIN);
    assert_int_equal(matcher_settle(&m, 1 + 3 * 2000, &due, &sent, &kind), SETTLED_UNKNOWN);
    size_t expired = 0;
    while (matcher_expire(&m, 995, &due, &kind)) expired++;
    assert_int_equal(expired, 99);
    assert_int_equal(matcher_oldest(&m), UINT64_MAX);
    /* after its timeout a reply is unknown, and a settled one is still a duplicate */
    assert_int_equal(matcher_settle(&m, 1, &due, &sent, &kind), SETTLED_UNKNOWN);
    assert_int_equal(matcher_settle(&m, 1 + 3 * 50, &due, &sent, &kind), SETTLED_AGAIN);
    arena_free(&a);
}

static void test_matcher_is_bounded_and_retracts(void **state)
{
    (void)state;
    struct arena a = {0};
    struct matcher m;
    uint64_t due, sent;
    uint32_t kind;
    matcher_open(&m, 1024, 0, 1, &a);
    for (uint64_t i = 0; i < 1024; i++) matcher_open_unit(&m, i, i, i, 0);
    assert_false(matcher_room(&m, 1024));
    matcher_retract(&m, 1000); /* 1000..1023 did not leave after all */
    assert_true(matcher_room(&m, 1000));
    assert_int_equal(matcher_settle(&m, 1001, &due, &sent, &kind), SETTLED_UNKNOWN);
    size_t expired = 0;
    while (matcher_expire(&m, UINT64_MAX - 1, &due, &kind)) expired++;
    assert_int_equal(expired, 1000);
    arena_free(&a);
}

/* A reply that the catcher has not read yet is not late. */
static void test_matcher_knows_no_more_than_was_read(void **state)
{
    (void)state;
    struct arena a = {0};
    struct matcher m;
    matcher_open(&m, 1024, 0, 1, &a);
    assert_int_equal(matcher_known(&m, 500), 0);
    matcher_read_to(&m, 300);
    assert_int_equal(matcher_known(&m, 500), 300);
    matcher_read_to(&m, 600);
    assert_int_equal(matcher_known(&m, 500), 500);
    arena_free(&a);
}

/* late = drop leaves indices out: a jump must not land on a unit that still waits. */
static void test_matcher_guards_what_waits_behind_a_jump(void **state)
{
    (void)state;
    struct arena a = {0};
    struct matcher m;
    uint64_t due, sent;
    uint32_t kind;
    matcher_open(&m, 1024, 0, 1, &a);
    for (uint64_t i = 0; i < 10; i++) matcher_open_unit(&m, i, i, i, 0);
    assert_true(matcher_room(&m, 1023));
    assert_false(matcher_room(&m, 1024 + 5)); /* unit 5's slot */
    while (matcher_expire(&m, 4, &due, &kind)) {
    } /* 0..4 */
    assert_false(matcher_room(&m, 1024 + 5));
    assert_int_equal(matcher_settle(&m, 5, &due, &sent, &kind), SETTLED_FIRST);
    assert_true(matcher_room(&m, 1024 + 5));
    while (matcher_expire(&m, 100, &due, &kind)) {
    }
    assert_true(matcher_room(&m, 1000000)); /* nothing waits: any jump */
    matcher_open_unit(&m, 1000000, 7, 8, 0);
    assert_int_equal(matcher_oldest(&m), 8);
    arena_free(&a);
}

/* The worker takes slots back and gives them to new units while the catcher settles: what it is
 * told of a unit belongs to that unit, and each unit is counted once. */
struct race {
    struct matcher m;
    _Atomic uint64_t opened;
    uint64_t expired, settled, wrong;
};
#define RACE_UNITS 300000u
static void *settle_all(void *race)
{
    struct race *r = race;
    for (uint64_t i = 0, k = 0; i < RACE_UNITS; k++) {
        uint64_t due = 0, sent = 0, opened = atomic_load(&r->opened);
        uint32_t kind = 0;
        if (i >= opened) continue;
        uint64_t index = k % 3 || i < 900 ? i++ : i - 900; /* some that may be gone by now */
        enum settled how = matcher_settle(&r->m, index, &due, &sent, &kind);
        r->settled += how == SETTLED_FIRST;
        if (how != SETTLED_UNKNOWN) r->wrong += due != index || sent != index || kind != index % 7;
    }
    return NULL;
}
static void test_matcher_slots_change_hands_whole(void **state)
{
    (void)state;
    struct arena a = {0};
    struct race *r = arena_new(&a, struct race);
    pthread_t t;
    uint64_t due;
    uint32_t kind;
    matcher_open(&r->m, 1024, 0, 1, &a);
    assert_int_equal(pthread_create(&t, NULL, settle_all, r), 0);
    for (uint64_t i = 0; i < RACE_UNITS; i++) {
        while (!matcher_room(&r->m, i))
            if (matcher_expire(&r->m, i - 1000, &due, &kind)) r->expired++;
        matcher_open_unit(&r->m, i, i, i, (uint32_t)(i % 7));
        atomic_store(&r->opened, i + 1);
    }
    pthread_join(t, NULL);
    while (matcher_expire(&r->m, UINT64_MAX - 1, &due, &kind)) r->expired++;
    assert_int_equal(r->wrong, 0);
    assert_int_equal(r->settled + r->expired, RACE_UNITS);
    arena_free(&a);
}

static void test_tap_is_a_bounded_queue(void **state)
{
    (void)state;
    struct tap *t = aligned_alloc(64, sizeof *t);
    memset(t, 0, sizeof *t);
    for (uint32_t i = 0; i < TAP_SIZE + 5; i++) tap_write(t, &(struct tap_note){.cell = i});
    for (uint32_t i = 0; i < TAP_SIZE; i++) {
        assert_int_equal(tap_peek(t)->cell, i);
        tap_drop(t);
    }
    assert_null(tap_peek(t));
    free(t);
}

/* A stream of one kind at a rate, as plan/ would make it. */
struct rig {
    struct arena arena;
    struct errs errs;
    struct stream stream;
    struct kind kind;
    struct rec *rec;
    struct feed feed;
};
static struct rig *rig_open(const char *rate, enum late_policy late, unsigned worker,
                            unsigned workers, uint64_t end)
{
    static const uint32_t stream_of[] = {0};
    static const uint64_t late_after[] = {1000000};
    struct rig *r = calloc(1, sizeof *r);
    struct gen_env env = {.arena = &r->arena, .errs = &r->errs, .seed = 1};
    struct entry e = {.key = "rate", .value = span_of(rate)};
    r->stream = (struct stream){.name = "s",
                                .kinds = &r->kind,
                                .n = 1,
                                .count = NEVER,
                                .late = late,
                                .late_after = 1000000};
    r->stream.schedule = schedule_compile(&env, &e, NULL, "stream s");
    assert_non_null(r->stream.schedule);
    struct rec_layout l = {
        .cells = 1, .stream_of = stream_of, .late_after = late_after, .streams = 1};
    r->rec = rec_open(&l);
    feed_start(&r->feed, &r->stream, r->rec, worker, workers, end, &r->arena);
    return r;
}
static void rig_close(struct rig *r)
{
    feed_close(&r->feed);
    rec_close(r->rec);
    arena_free(&r->arena);
    free(r);
}

static void test_feed_shares_a_stream_exactly(void **state)
{
    (void)state;
    uint64_t index[BATCH], due[BATCH], seen[1000] = {0};
    for (unsigned w = 0; w < 7; w++) {
        struct rig *r = rig_open("100/s", LATE_CATCHUP, w, 7, 10 * 1000000000ull);
        for (uint64_t now = 0; now < 11 * 1000000000ull; now += 333333333) {
            size_t n = feed_take(&r->feed, now, BATCH, index, due);
            for (size_t i = 0; i < n; i++) {
                assert_true(due[i] <= now && index[i] < 1000);
                assert_int_equal(index[i] % 7, w);
                assert_int_equal(due[i], index[i] * 10000000);
                seen[index[i]]++;
            }
        }
        assert_int_equal(feed_due(&r->feed, 0), NEVER);
        rig_close(r);
    }
    for (int i = 0; i < 1000; i++) assert_int_equal(seen[i], 1);
}

static void test_feed_drops_what_is_late(void **state)
{
    (void)state;
    uint64_t index[BATCH], due[BATCH];
    struct rig *r = rig_open("1k/s", LATE_DROP, 0, 1, 1000000000);
    /* 100 ms late: units 0..98 are more than 1 ms behind, 99 and 100 are not */
    size_t n = feed_take(&r->feed, 100000000, BATCH, index, due);
    assert_int_equal(n, 2);
    assert_int_equal(index[0], 99);
    struct rec_glance g = rec_glance(r->rec);
    assert_int_equal(g.offered, 99);
    assert_int_equal(g.sent, 0);
    rig_close(r);
}

static void test_feed_stretches_the_schedule(void **state)
{
    (void)state;
    uint64_t index[BATCH], due[BATCH];
    struct rig *r = rig_open("1k/s", LATE_STRETCH, 0, 1, 1000000000);
    size_t n = feed_take(&r->feed, 100000000, BATCH, index, due);
    assert_int_equal(n, 1); /* the next is due a millisecond after this one left */
    assert_int_equal(due[0], 0);
    assert_int_equal(feed_due(&r->feed, 0), 101000000);
    /* what is moved beyond the end is not due any more: 900 units instead of 1000 */
    size_t all = n;
    for (uint64_t now = 101000000; n; now += 1000000)
        all += n = feed_take(&r->feed, now, BATCH, index, due);
    assert_int_equal(all, 900);
    assert_int_equal(feed_due(&r->feed, 0), NEVER);
    rig_close(r);
}

static void test_feed_sheds_what_a_stop_leaves(void **state)
{
    (void)state;
    uint64_t index[BATCH], due[BATCH];
    struct rig *r = rig_open("1k/s", LATE_CATCHUP, 0, 1, NEVER);
    assert_int_equal(feed_take(&r->feed, 5000000, 3, index, due), 3);
    feed_stop(&r->feed, 999500000); /* due by then: 0..999; taken: 3 */
    assert_int_equal(rec_glance(r->rec).offered, 997);
    assert_int_equal(feed_due(&r->feed, UINT64_MAX - 1), NEVER);
    rig_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_users_come_in_order),
        cmocka_unit_test(test_matcher_settles_each_unit_once),
        cmocka_unit_test(test_matcher_is_bounded_and_retracts),
        cmocka_unit_test(test_matcher_knows_no_more_than_was_read),
        cmocka_unit_test(test_matcher_guards_what_waits_behind_a_jump),
        cmocka_unit_test(test_matcher_slots_change_hands_whole),
        cmocka_unit_test(test_tap_is_a_bounded_queue),
        cmocka_unit_test(test_feed_shares_a_stream_exactly),
        cmocka_unit_test(test_feed_drops_what_is_late),
        cmocka_unit_test(test_feed_stretches_the_schedule),
        cmocka_unit_test(test_feed_sheds_what_a_stop_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
