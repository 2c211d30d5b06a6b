/* checksum: the Internet checksum (RFC 1071) in parts, and CRC32c (RFC 9260, appendix A).
 *
 * A partial sum is any number congruent to the sum of 16-bit words modulo 65535; partial sums
 * add up. Called by packet/ when it compiles and fills templates, and by trace/ when it
 * rewrites addresses. */
#ifndef PACKET_CHECKSUM_H
#define PACKET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The partial sum, below 2^16, of n bytes as words in network order; an odd last byte is the
 * high half of a word. */
uint32_t sum_bytes(const uint8_t *p, size_t n);

/* Folds a partial sum to 16 bits; 0 only for 0. */
static inline uint32_t sum_fold(uint64_t x)
{
    x = (x & 0xffffffff) + (x >> 32);
    x = (x & 0xffff) + (x >> 16);
    x = (x & 0xffff) + (x >> 16);
    return (uint32_t)((x & 0xffff) + (x >> 16));
}
/* The same bytes one byte further on: high and low bytes of each word change places. */
static inline uint32_t sum_swap(uint32_t x)
{
    return (x & 0xff) << 8 | (x >> 8 & 0xff);
}
/* What goes into the header. */
static inline uint16_t sum_final(uint64_t x)
{
    return (uint16_t)~sum_fold(x);
}

/* CRC32c of n bytes, as the number whose least significant byte is sent first. */
uint32_t crc32c(const uint8_t *p, size_t n);

#endif
