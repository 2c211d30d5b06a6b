/* What the tests of pace/ share: schedules from two texts, and dues one at a time. */
#ifndef TEST_PACE_H
#define TEST_PACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pace/pace.h"

#define SECOND 1000000000ull
#define DAY (86400 * SECOND)

/* One compiled schedule and a reader of it; errs tells why when s is NULL. */
struct paced {
    struct arena arena;
    struct errs errs;
    const struct schedule *s;
    struct schedule_state *st;
};

static inline struct paced *paced_seed(const char *rate, const char *arrival, uint64_t seed)
{
    struct paced *p = calloc(1, sizeof *p);
    struct gen_env env = {.arena = &p->arena, .errs = &p->errs, .seed = seed};
    struct entry r = {.key = "rate", .value = span_of(rate), .at = {"p.ini", 3}};
    struct entry a = {.key = "arrival", .at = {"p.ini", 4}};
    if (arrival) a.value = span_of(arrival);
    p->s = schedule_compile(&env, &r, arrival ? &a : NULL, "stream x");
    if (p->s) p->st = schedule_start(p->s, &p->arena);
    return p;
}

/* The same, where compiling must succeed. */
static inline struct paced *paced(const char *rate, const char *arrival)
{
    struct paced *p = paced_seed(rate, arrival, 42);
    if (!p->s) {
        errs_print(&p->errs, stderr);
        fail_msg("'%s' with '%s' does not compile", rate, arrival ? arrival : "");
    }
    assert_int_equal(p->errs.n, 0);
    return p;
}

static inline void paced_free(struct paced *p)
{
    arena_free(&p->arena);
    free(p);
}

/* When unit n is due; NEVER when the schedule has ended by then. */
static inline uint64_t due(struct paced *p, uint64_t n)
{
    uint64_t t = 0;
    return schedule_due(p->s, p->st, n, 1, 1, &t) == 1 ? t : NEVER;
}

/* ceil(n * num / den). */
static inline uint64_t ceil_div(u128 n, u128 num, u128 den)
{
    return (uint64_t)((n * num + den - 1) / den);
}

#endif
