/* perm: keyed permutations of 0..last without a table. For permute() and the order of lines.
 *
 * A Feistel network over the smallest grid of a x 2^s cells that holds the range, with
 * addition modulo a and 2^s in place of exclusive or; values that fall outside are sent
 * through again until they fall inside (J. Black, P. Rogaway, "Ciphers with Arbitrary Finite
 * Domains", CT-RSA 2002: generalised Feistel and cycle walking). At most one in sqrt(last)
 * has to walk. Well mixed, not secret. Called within gen/ only. */
#ifndef GEN_PERM_H
#define GEN_PERM_H

#include <stddef.h>
#include <stdint.h>
#include "base/scratch.h"

/* Division by a constant: unit n is number n % count of cycle n / count. */
struct cycle {
    uint64_t last;    /* count - 1 */
    uint64_t inverse; /* floor((2^64 - 1) / count) */
};
struct cycle cycle_of(uint64_t last);
static inline uint64_t cycle_split(const struct cycle *c, uint64_t n, uint64_t *number)
{
    if (n <= c->last) {
        *number = n;
        return 0;
    }
    /* The estimate is the quotient or one below it. */
    uint64_t q = (uint64_t)(((unsigned __int128)n * c->inverse) >> 64), r = n - q * (c->last + 1);
    uint64_t more = r > c->last;
    *number = r - more * (c->last + 1);
    return q + more;
}

struct perm {
    struct cycle cycle;
    unsigned shift; /* s */
    unsigned rounds;
    uint64_t rows; /* a, at most 2^32 */
};
struct perm perm_of(uint64_t last);
/* out[i] = the value of unit index[i], a permutation of 0..last in each cycle of last + 1
 * units, another one for each cycle. Temporaries are in scratch, and given back. */
void perm_column(const struct perm *p, uint64_t key, const uint64_t *index, size_t n,
                 struct scratch *scratch, uint64_t *out);

#endif
