/* class: what a rate shape and an arrival process are, inside pace/.
 *
 * Both meet on one axis, the expected units, counted in 2^-32 units in 128 bits. An arrival
 * process says where unit n lies on it; a rate shape says when a position is due. The one
 * rule, kept by every class, that lets counts agree with due times to the unit:
 *
 *   at(t)   is the greatest position that is due at t or before, never falling with t;
 *   due(u)  is the smallest whole nanosecond t with at(t) >= u.
 *
 * For a steady rate at(t) is the integral of the rate, rounded down to 2^-32 units, so unit n
 * is due at ceil(n / rate). Included by the files of pace/ only. */
#ifndef PACE_CLASS_H
#define PACE_CLASS_H

#include "pace/pace.h"

#define UNIT ((u128)1 << 32)
#define ENDLESS (~(u128)0)                   /* a position beyond every unit */
#define LENGTH_MAX (400 * 86400000000000ull) /* ns, below 2^55: the longest phase or pause */

/* The rate of one phase, on that phase's own clock and position axis; both begin at 0. */
struct shape {
    const struct pace_class *class;
    uint64_t length; /* ns; NEVER: without end */
    u128 total;      /* positions 0..total-1 are due within the length */
    /* the class's own members follow in a larger struct */
};

struct rate_class {
    /* The shape of an expression that lasts `length` ns, or NULL after adding what is wrong.
     * What it leaves at 0 the caller sets: class; length, unless the shape ends by itself; and
     * total, which is at(length) or, where units come in lumps, at(length - 1) + 1. */
    struct shape *(*compile)(struct gen_env *env, const struct expr *e, uint64_t length);
    size_t state_size; /* of a reader's own state, zeroed at the start */
    bool steps;        /* units come in lumps: those at `length` itself lie behind the phase */
    bool timed;        /* states the time of every unit itself: takes no arrival process */
    u128 (*at)(const struct shape *s, void *state, uint64_t t);
    /* t[i] = due(u[i]) for rising u; NEVER beyond 2^64 ns. */
    void (*due)(const struct shape *s, void *state, const u128 *u, size_t n, uint64_t *t);
    /* The same for u + i*step: no division per unit. False: not for these numbers. Optional. */
    bool (*due_even)(const struct shape *s, u128 u, u128 step, size_t n, uint64_t *t);
    double (*rate_at)(const struct shape *s, uint64_t t); /* per second */
    void (*describe)(const struct shape *s, char *buf, size_t size);
};

struct course;
struct arrival {
    const struct pace_class *class;
    uint64_t key; /* of its draws */
};

struct arrival_class {
    /* `e` is the name or call; the course is the compiled rate. NULL after adding errors. */
    struct arrival *(*compile)(struct gen_env *env, const struct expr *e, const struct course *c);
    size_t state_size;
    bool even; /* unit n lies at n: positions need not be asked for */
    /* out[i] = the position of unit first + i*step, n <= BATCH; never falls with the unit. */
    void (*place)(const struct arrival *a, void *state, uint64_t first, uint64_t step, size_t n,
                  u128 *out);
    /* How many units lie below position u. */
    uint64_t (*count)(const struct arrival *a, u128 u);
};

struct pace_class {
    struct doc doc;
    enum pace_role role;
    union {
        struct rate_class rate;
        struct arrival_class arrival;
    };
};

#define PACE(name) extern const struct pace_class pace_##name;
#include "pace/pace.def"
#undef PACE

/* For messages: how an expression is written, cut to a readable length:
 * err_add(..., "'" SRC "' is wrong", SRC_OF(e)). */
#define SRC "%.*s"
#define SRC_OF(e) (int)((e)->src.n < 60 ? (e)->src.n : 60), (const char *)(e)->src.p

/* The class of that name and role, or NULL. */
const struct pace_class *pace_class_find(enum pace_role role, struct span name);
/* An error that `name` is no such class, with a suggestion and the names there are. */
bool pace_class_unknown(struct errs *errs, struct where at, enum pace_role role, struct span name);

#endif
