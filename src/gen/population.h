/* population: the flows of a stream of packets, as functions of the unit's number.
 *
 * Unit n belongs to one of `count` slots and is the turn-th unit there: uniformly, each slot once
 * in every round of `count` units, in another keyed order each round (gen/perm.h); or by Zipf
 * shares (gen/shares.h). Without lengths a slot is one endless flow; with them the units of a slot
 * fall into flows of these lengths, one after the other (gen/lengths.h), numbered slot + count *
 * generation. So flow and place are known for any unit alone, and nothing is stored per flow.
 *
 * Compiled by plan/; asked by packet/ for the columns of a draw, and by run/, which keeps figures
 * by slot. */
#ifndef GEN_POPULATION_H
#define GEN_POPULATION_H

#include "gen/lengths.h"
#include "gen/perm.h"
#include "gen/shares.h"

#define POPULATION_MAX ((uint64_t)1 << 32)

struct population {
    uint64_t count; /* slots */
    uint64_t key;
    struct perm perm;              /* of all slots, unless there are shares */
    double s;                      /* the exponent of the shares */
    const struct shares *shares;   /* NULL: uniform */
    const struct lengths *lengths; /* NULL: flows without end */
};

/* From the entries of a stream; popularity and length may be NULL. NULL after adding what is
 * wrong. */
struct population *population_compile(struct gen_env *env, const struct entry *count,
                                      const struct entry *popularity, const struct entry *length,
                                      const char *path);
/* The slot of each unit, and how many units before it had the same one; turn may be NULL. */
void population_slots(const struct population *p, const uint64_t *index, size_t n,
                      struct scratch *scratch, uint64_t *slot, uint64_t *turn);
/* The flow of each unit and its place in it; step may be NULL. */
void population_flows(const struct population *p, const uint64_t *index, size_t n,
                      struct scratch *scratch, uint64_t *flow, uint64_t *step);

#endif
