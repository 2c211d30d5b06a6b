#include "trace/edit.h"

#include "packet/checksum.h"

#include <string.h>

#define BITS_BYTES 8 /* 48 bits and what shares their words */

void edit_put(struct edit *e, size_t at, const uint8_t *bytes, size_t n, enum sums sums)
{
    uint8_t *p = e->draft->p + at;
    if (memcmp(p, bytes, n) == 0) return;
    uint64_t change = (uint64_t)sum_bytes(bytes, n) + (0xffff - sum_bytes(p, n));
    if (change == 0) change = 0xffff; /* nothing modulo 65535, and yet a change */
    if (sums & SUMS_NET) e->sums.net += change;
    if (sums & SUMS_PSEUDO) e->sums.pseudo += change;
    if (sums & SUMS_UP) e->sums.up += change;
    memcpy(p, bytes, n);
    e->changed = true;
}

void edit_bits(struct edit *e, size_t base, unsigned bit, unsigned bits, uint64_t value,
               enum sums sums)
{
    uint8_t bytes[BITS_BYTES];
    unsigned first = bit / 16, last = (bit + bits - 1) / 16, n = (last - first + 1) * 2;
    size_t at = base + first * 2;
    memcpy(bytes, e->draft->p + at, n);
    uint64_t word = 0, mask = (bits < 64 ? 1ull << bits : 0) - 1;
    unsigned shift = n * 8 - (bit - first * 16) - bits;
    for (unsigned i = 0; i < n; i++) word = word << 8 | bytes[i];
    word = (word & ~(mask << shift)) | (value & mask) << shift;
    for (unsigned i = n; i-- > 0; word >>= 8) bytes[i] = (uint8_t)word;
    edit_put(e, at, bytes, n, sums);
}

void edit_address(struct edit *e, size_t at, struct addr a)
{
    uint8_t bytes[16];
    size_t n = addr_bytes(a, bytes);
    edit_put(e, at, bytes, n, n == 4 ? SUMS_BOTH : SUMS_PSEUDO);
}
