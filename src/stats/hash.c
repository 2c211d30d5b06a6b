#include "stats/hash.h"

#include <stdio.h>
#include <string.h>

/* Odd constants with about as many ones as zeros: the first hexadecimal digits of the
 * fractional parts of the square roots of 2, 3, 5, 7, 11 and 13. */
#define K0 0x6a09e667f3bcc909ull
#define K1 0xbb67ae8584caa73bull
#define K2 0x3c6ef372fe94f82bull
#define K3 0xa54ff53a5f1d36f1ull
#define K4 0x510e527fade682d1ull
#define K5 0x9b05688c2b3e6c1full

typedef unsigned __int128 u128;

static inline uint64_t load(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(v) : v;
}

static inline uint64_t load_half(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap32(v) : v;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    u128 m = (u128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* The n bytes at p, fewer than 16, as two words. Loads overlap where n is no power of two,
 * which loses nothing as the length is hashed too. */
static inline void load_short(const uint8_t *p, size_t n, uint64_t w[2])
{
    if (n >= 8) {
        w[0] = load(p);
        w[1] = load(p + n - 8);
    } else if (n >= 4) {
        w[0] = load_half(p);
        w[1] = load_half(p + n - 4);
    } else {
        w[0] = n ? (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1] : 0;
        w[1] = 0;
    }
}

/* Two lanes take 16 bytes in turn, each multiplying the words, masked with what the lane holds,
 * and folding the product; the ends are mixed crosswise into two halves. */
unit_hash hash_unit(uint64_t index, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t a = fold(index ^ K0, K1), b = fold(index + K2, n ^ K3);
    size_t left = n;
    for (; left > 32; p += 32, left -= 32) {
        a = fold(load(p) ^ a, load(p + 8) ^ K4) + b;
        b = fold(load(p + 16) ^ b, load(p + 24) ^ K5) ^ index;
    }
    if (n < 16) {
        uint64_t w[2];
        load_short(p, n, w);
        b = fold(w[0] ^ b, w[1] ^ K5) ^ index;
    } else {
        const uint8_t *last = p + left - 16; /* may overlap with what was taken */
        if (left > 16) a = fold(load(p) ^ a, load(p + 8) ^ K4) + b;
        b = fold(load(last) ^ b, load(last + 8) ^ K5) ^ index;
    }
    uint64_t hi = fold(a ^ K1, b ^ K2), lo = fold(b ^ K3, a + K0);
    return (u128)fold(hi ^ K4, a + K5) << 64 | fold(lo ^ K5, b + K4);
}

char *hash_format(char buf[static 33], unit_hash h)
{
    snprintf(buf, 33, "%016llx%016llx", (unsigned long long)(h >> 64), (unsigned long long)h);
    return buf;
}

int hash_parse(const char *text, unit_hash *h)
{
    unit_hash v = 0;
    size_t n = 0;
    for (; text[n]; n++) {
        const char *digits = "0123456789abcdef", *d = strchr(digits, text[n]);
        if (!d || n == 32) return -1;
        v = v << 4 | (unsigned)(d - digits);
    }
    if (n != 32) return -1;
    *h = v;
    return 0;
}
