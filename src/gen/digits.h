/* digits: hexadecimal digits of whole words. Called by hex.c and uuid.c. */
#ifndef GEN_DIGITS_H
#define GEN_DIGITS_H

#include "base/span.h"

/* The eight lower-case digits of x, most significant first: the nibbles are spread over the
 * bytes of a word, and those above 9 get the distance from '9' to 'a' as well. */
static inline void put_hex8(uint32_t x, uint8_t *to)
{
    uint64_t v = x;
    v = (v | v << 16) & 0x0000ffff0000ffff;
    v = (v | v << 8) & 0x00ff00ff00ff00ff;
    v = (v | v << 4) & 0x0f0f0f0f0f0f0f0f;
    uint64_t above = ((v + 0x0606060606060606) >> 4) & 0x0101010101010101;
    put_u64(to, v + 0x3030303030303030 + above * ('a' - '9' - 1));
}

static inline void put_hex16(uint64_t x, uint8_t *to)
{
    put_hex8((uint32_t)(x >> 32), to);
    put_hex8((uint32_t)x, to + 8);
}

#endif
