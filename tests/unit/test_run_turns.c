/* Whose turn it is: lanes of higher priority first, lower ones only while those have nothing due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "run/turns.h"

/* A lane that has so many frames due and sends what it may. */
struct fake {
    struct lane lane;
    struct stream stream;
    size_t backlog, sent;
    bool busy; /* its device is */
};
#define LANES 4
struct rig {
    struct arena arena;
    struct lane_env env;
    struct fake f[LANES];
    struct lane *lanes[LANES];
    struct turns turns;
    char order[256]; /* of the lanes that sent, a letter for each turn */
    size_t n;
};
static struct rig *rig;

static uint64_t fake_work(struct lane *l, uint64_t now)
{
    struct fake *f = (struct fake *)l;
    size_t n = f->backlog < l->may_send ? f->backlog : l->may_send;
    if (f->busy) n = 0, l->refused = true;
    f->backlog -= n;
    f->sent += n;
    if (l->may_send != SIZE_MAX) l->may_send -= n;
    if (n) rig->order[rig->n++] = (char)('a' + f->stream.number);
    return f->backlog ? now : NEVER;
}
static const struct lane_class fake_class = {.work = fake_work};

/* Priorities by lane; all on one interface unless a test moves one. */
static void rig_open(struct rig *r, const unsigned *priority)
{
    memset(r, 0, sizeof *r);
    rig = r;
    r->env.t0 = clock_now();
    for (unsigned i = 0; i < LANES; i++) {
        r->f[i].stream = (struct stream){
            .number = i, .way = WAY_PACKETS, .place = "veth0", .priority = priority[i]};
        r->f[i].lane =
            (struct lane){.class = &fake_class, .env = &r->env, .stream = &r->f[i].stream};
        r->lanes[i] = &r->f[i].lane;
    }
}
static void rig_go(struct rig *r, unsigned turns)
{
    turns_open(&r->turns, r->lanes, LANES, &r->arena);
    for (unsigned i = 0; i < turns; i++) turns_work(&r->turns, 1);
}

static void test_equals_share(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, (const unsigned[LANES]){3, 3, 3, 3});
    for (size_t i = 0; i < LANES; i++) r.f[i].backlog = 1000;
    rig_go(&r, 1);
    assert_string_equal(r.order, "abcd");
    for (size_t i = 0; i < LANES; i++) assert_int_equal(r.f[i].sent, 1000);
    arena_free(&r.arena);
}

static void test_higher_go_first(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, (const unsigned[LANES]){0, 7, 2, 2});
    for (size_t i = 0; i < LANES; i++) r.f[i].backlog = TURN_FRAMES * 2;
    rig_go(&r, 4);
    /* b all at once; c and d in turns, as equals; then a. */
    assert_string_equal(r.order, "bcdcdaa");
    arena_free(&r.arena);
}

static void test_lower_ones_starve(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, (const unsigned[LANES]){0, 1, 0, 0});
    for (size_t i = 0; i < LANES; i++) r.f[i].backlog = 10;
    r.f[1].busy = true; /* what a device refuses is still due */
    rig_go(&r, 10);
    assert_string_equal(r.order, "");
    assert_int_equal(r.f[0].lane.held_at, 1);
    r.f[1].busy = false;
    turns_work(&r.turns, 2);
    assert_string_equal(r.order, "bacd");
    arena_free(&r.arena);
}

/* Other interfaces and requests have ways of their own. */
static void test_only_on_one_interface(void **state)
{
    struct rig r;
    (void)state;
    rig_open(&r, (const unsigned[LANES]){0, 1, 0, 0});
    for (size_t i = 0; i < LANES; i++) r.f[i].backlog = 10;
    r.f[1].busy = true;
    r.f[2].stream.place = "veth1";
    r.f[3].stream.way = WAY_REQUESTS;
    r.lanes[0] = NULL; /* another worker has it */
    rig_go(&r, 1);
    assert_string_equal(r.order, "cd");
    r.f[2].backlog = 10;
    r.f[2].stream.server_place = "veth0"; /* the other side of its frames leaves there */
    rig_go(&r, 1);
    assert_string_equal(r.order, "cd");
    arena_free(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_share),
        cmocka_unit_test(test_higher_go_first),
        cmocka_unit_test(test_lower_ones_starve),
        cmocka_unit_test(test_only_on_one_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
