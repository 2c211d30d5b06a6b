/* fraction: exact ratios of whole numbers: mean sizes, and rates made from them.
 *
 * Used by gen/, packet/ and plan/ while a profile is compiled; never on the hot path. */
#ifndef BASE_FRACTION_H
#define BASE_FRACTION_H

#include <stdbool.h>
#include <stdint.h>

/* num/den in lowest terms; den is never 0 in a fraction that a function below has made. */
struct fraction {
    uint64_t num, den;
};

/* num/den brought to lowest terms. False when den is 0 or a term is beyond 2^64. */
bool fraction_of(unsigned __int128 num, unsigned __int128 den, struct fraction *out);
/* sum += times * x. False, and sum as it was, when a term is beyond 2^64. */
bool fraction_add(struct fraction *sum, struct fraction x, uint64_t times);
/* a / b; False as above, and when b is 0. */
bool fraction_divide(struct fraction a, struct fraction b, struct fraction *out);
static inline double fraction_double(struct fraction f)
{
    return (double)f.num / (double)f.den;
}

#endif
