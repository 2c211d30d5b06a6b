/* The agenda against a plain list that is searched for the first cue each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/rng.h"
#include "run/agenda.h"

#define ROOM 300

/* The truth: cues in no order. */
struct list {
    struct cue cue[ROOM];
    size_t n;
};

static size_t first_of(const struct list *l)
{
    size_t first = 0;
    for (size_t i = 1; i < l->n; i++) {
        const struct cue *a = &l->cue[i], *b = &l->cue[first];
        if (a->due < b->due || (a->due == b->due && a->unit < b->unit)) first = i;
    }
    return first;
}

static void same_first(struct agenda *a, const struct list *l)
{
    const struct cue *got = agenda_first(a);
    assert_int_equal(a->n, l->n);
    if (l->n == 0) {
        assert_null(got);
        return;
    }
    const struct cue *want = &l->cue[first_of(l)];
    assert_non_null(got);
    assert_int_equal(got->due, want->due);
    assert_int_equal(got->unit, want->unit);
    assert_int_equal(got->plot, want->plot);
    assert_int_equal(got->step, want->step);
}

static void add(struct agenda *a, struct list *l, uint64_t draw)
{
    static uint64_t unit;
    struct cue c = {draw >> 8 & 0x3ff, unit++, (uint32_t)(draw >> 32), (uint32_t)(draw >> 20)};
    assert_int_equal(agenda_add(a, &c), l->n < ROOM);
    if (l->n < ROOM) l->cue[l->n++] = c;
}

static void move_first(struct agenda *a, struct list *l, uint64_t draw)
{
    uint64_t later = draw >> 8 & 0x7f; /* often 0: the order of units decides */
    agenda_first(a)->due += later;
    agenda_first(a)->step++;
    struct cue *c = &l->cue[first_of(l)];
    c->due += later;
    c->step++;
    agenda_moved(a);
}

static void drop_first(struct agenda *a, struct list *l)
{
    l->cue[first_of(l)] = l->cue[l->n - 1];
    l->n--;
    agenda_drop(a);
}

/* Fills, drains and fills again: what is asked for most changes every thousand operations. */
static void test_against_a_list(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct agenda a;
    struct list *l = calloc(1, sizeof *l);
    size_t full = 0, empty = 0;
    agenda_open(&a, ROOM, &arena);
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t draw = rng_at(7, i), sort = draw & 7;
        bool filling = i / 1000 % 2 == 0;
        full += l->n == ROOM;
        empty += l->n == 0;
        if (l->n == 0 || sort < (filling ? 4u : 1u))
            add(&a, l, draw);
        else if (sort < 5)
            drop_first(&a, l);
        else
            move_first(&a, l, draw);
        same_first(&a, l);
    }
    assert_true(full > 0 && empty > 0);
    free(l);
    arena_free(&arena);
}

/* A million cues come out in order. */
static void test_many_come_out_in_order(void **state)
{
    (void)state;
    enum { MANY = 1000000 };
    struct arena arena = {0};
    struct agenda a;
    agenda_open(&a, MANY, &arena);
    assert_true(arena.total >= MANY * 24 && arena.total < MANY * 24 + 100000);
    for (uint64_t i = 0; i < MANY; i++)
        assert_true(agenda_add(&a, &(struct cue){.due = rng_at(1, i) >> 44, .unit = i}));
    assert_false(agenda_add(&a, &(struct cue){0}));
    struct cue last = {0};
    for (uint64_t i = 0; i < MANY; i++) {
        struct cue c = *agenda_first(&a);
        assert_true(c.due > last.due || (c.due == last.due && (i == 0 || c.unit > last.unit)));
        last = c;
        agenda_drop(&a);
    }
    assert_null(agenda_first(&a));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_many_come_out_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
