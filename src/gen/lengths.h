/* lengths: how many units the flows have that follow each other in a slot.
 *
 * LENGTHS lengths are drawn once and stand in a ring; the flows of each slot take them in turn,
 * from a place of its own on. So a slot's turn falls into a flow and a place within it by a
 * division and a search, all slots repeat after the same number of units, and the mean length is
 * exact. Called by population.c. */
#ifndef GEN_LENGTHS_H
#define GEN_LENGTHS_H

#include "gen/gen.h"

#define LENGTHS 16384

struct lengths;
/* The generator yields whole numbers above 0. */
struct lengths *lengths_new(struct arena *a, const struct gen *g);
/* For the turn-th unit of slot[i]: the how-manieth flow of the slot it belongs to, in place of
 * turn[i], and its place within that flow. */
void lengths_split(const struct lengths *l, const uint64_t *slot, size_t n, struct scratch *scratch,
                   uint64_t *turn, uint64_t *step);
struct fraction lengths_mean(const struct lengths *l);

#endif
