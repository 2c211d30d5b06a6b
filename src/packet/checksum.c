#include "packet/checksum.h"

#include <string.h>
#include "base/simd.h"

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return w;
}

#define LONG 128 /* bytes from which vectors pay */
SIMD static uint64_t sum_long(const uint8_t *p, size_t n)
{
    uint64_t acc = 0;
    for (size_t i = 0; i < n; i += 4) {
        uint32_t w;
        memcpy(&w, p + i, 4);
        acc += w;
    }
    return acc;
}

/* The last 1..7 bytes of n, as the low bytes of a number. */
static inline uint64_t tail(const uint8_t *p, size_t n, size_t left)
{
    if (n >= 8) return load64(p + n - 8) >> (64 - 8 * left);
    uint64_t w = 0;
    for (size_t i = 0; i < left; i++) w |= (uint64_t)p[i] << (8 * i);
    return w;
}

/* Sums in the machine's order, 32 bits at a time, and turns the bytes of the result: a
 * ones' complement sum commutes with swapping bytes (RFC 1071, section 2 (B)). */
uint32_t sum_bytes(const uint8_t *p, size_t n)
{
    uint64_t acc = 0;
    size_t i = n < LONG ? 0 : n & ~(size_t)63;
    if (i) acc = sum_long(p, i);
    for (; i + 8 <= n; i += 8) {
        uint64_t w = load64(p + i);
        acc += (w & 0xffffffff) + (w >> 32);
    }
    if (i < n) {
        uint64_t w = tail(p, n, n - i);
        acc += (w & 0xffffffff) + (w >> 32);
    }
    return sum_swap(sum_fold(acc));
}

#define CRC32C_POLY 0x82F63B78u /* Castagnoli, bits reversed */

#define C1(c) ((c) >> 1 ^ ((c)&1 ? CRC32C_POLY : 0))
#define STEP4(c) C1(C1(C1(C1((uint32_t)(c)))))
static const uint32_t nibble[16] = {STEP4(0),  STEP4(1),  STEP4(2),  STEP4(3), STEP4(4),  STEP4(5),
                                    STEP4(6),  STEP4(7),  STEP4(8),  STEP4(9), STEP4(10), STEP4(11),
                                    STEP4(12), STEP4(13), STEP4(14), STEP4(15)};

static uint32_t crc32c_plain(uint32_t crc, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse(uint32_t crc, const uint8_t *p,
                                                             size_t n)
{
    uint64_t c = crc;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        c = __builtin_ia32_crc32di(c, w);
    }
    crc = (uint32_t)c;
    for (; n; p++, n--) crc = __builtin_ia32_crc32qi(crc, *p);
    return crc;
}
#endif

uint32_t crc32c(const uint8_t *p, size_t n)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~crc32c_sse(~0u, p, n);
#endif
    return ~crc32c_plain(~0u, p, n);
}
