/* shares: which slot of a Zipf population unit n takes, and the how-manieth there it is.
 *
 * Slot f comes in proportion to 1 / (f+1)^s and owns the interval [B(f), B(f+1)) of 0..2^44-1,
 * where B is the exact Zipf distribution function, scaled and rounded. Unit n stands at the point
 * v(n) of the van der Corput sequence (J. G. van der Corput, "Verteilungsfunktionen", 1935): the
 * lowest 44 bits of n in reverse, after a keyed exclusive or, a digital shift, which changes no
 * share. So shares are even at any scale: of any 2^k units in a row, each interval of 2^-k has one.
 *
 * That the turn of a unit can be told without a table comes from the same structure: the units
 * whose point has given leading bits are those with given trailing bits, a residue class, of which
 * the members below n are counted in closed form. An interval is a sum of at most 88 of these.
 *
 * B is the sum of the first weights for the first slots, and for the others the Euler-Maclaurin
 * formula at midpoints; its inverse gives a slot, which the exact bounds then correct. Called by
 * population.c. */
#ifndef GEN_SHARES_H
#define GEN_SHARES_H

#include "base/arena.h"
#include "base/scratch.h"

struct shares;
/* The exponent s is 0..16, the count 1..2^32. NULL when the smallest share is below 2^-42. */
struct shares *shares_new(struct arena *a, double s, uint64_t count, uint64_t key);
/* slot[i] of unit index[i], and how many units before it have the same slot; turn may be NULL. */
void shares_column(const struct shares *z, const uint64_t *index, size_t n, struct scratch *scratch,
                   uint64_t *slot, uint64_t *turn);

#endif
