/* put: values as text. What is written is a pure function of the value, the same everywhere.
 *
 *   whole numbers   decimal
 *   fractions       decimal, six places at most, trailing zeros left out: 0.25
 *   durations       exact, in the largest unit not above the value: 1.5ms, 90s is 90s
 *   addresses       as usual; IPv6 as inet_ntop writes it
 *
 * Called within gen/ only. */
#ifndef GEN_PUT_H
#define GEN_PUT_H

#include "gen/gen.h"

#define PUT_MAX 48 /* no value is longer */

/* Each writes at `to`, which has room for PUT_MAX bytes, and returns how many it wrote. */
size_t put_number(uint8_t *to, uint64_t v);
size_t put_value(const struct gen *g, const struct column *c, size_t i, uint8_t *to);
/* The most and least bytes that put_value writes for values of g. */
void put_bounds(const struct gen *g, uint64_t *lo, uint64_t *hi);

#endif
