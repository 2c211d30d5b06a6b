/* rng: counter-based random numbers; draw n of a node is a pure function of (key, n).
 *
 * Philox2x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as
 * 1, 2, 3", SC'11. The key has 64 bits: the low half is Philox's key, the high half is added
 * to the counter by exclusive or, which gives each node its own set of counters. Used by
 * gen/ and pace/; nothing else in the program draws. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>
#include "base/span.h"

#define PHILOX_M 0xD256D193u
#define PHILOX_W 0x9E3779B9u

/* Philox2x32-10 of the counter (lo, hi) under a 32-bit key; the second word is the high half. */
static inline uint64_t philox2x32(uint32_t lo, uint32_t hi, uint32_t key)
{
    for (int r = 0; r < 10; r++) {
        uint64_t m = (uint64_t)lo * PHILOX_M;
        lo = (uint32_t)(m >> 32) ^ key ^ hi;
        hi = (uint32_t)m;
        key += PHILOX_W;
    }
    return (uint64_t)hi << 32 | lo;
}

/* Draw number n under `key`: 64 uniform bits. */
static inline uint64_t rng_at(uint64_t key, uint64_t n)
{
    return philox2x32((uint32_t)n, (uint32_t)(n >> 32) ^ (uint32_t)(key >> 32), (uint32_t)key);
}

/* A column of draws: out[i] = rng_at(key, index[i]). Vectorised; out may be index. */
void rng_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out);
/* A column of uniform draws: out[i] = first + rng_below(rng_at(key, index[i]), span). */
void rng_column_below(uint64_t key, const uint64_t *index, size_t n, uint64_t first, uint64_t span,
                      uint64_t *out);

/* Has the columns computed in one way; false when the processor cannot. All give the same
 * bytes, and the best is taken unless told otherwise: this is for tests and measurements. */
enum rng_path { RNG_BEST, RNG_PLAIN, RNG_AVX2, RNG_AVX512 };
bool rng_use(enum rng_path which);

/* A well mixed 64-bit finaliser (splitmix64's), for making keys. A bijection. */
static inline uint64_t rng_mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}
/* The key of sub-draw j of a node, for nodes that need more than 64 bits for one unit. */
static inline uint64_t rng_sub(uint64_t key, uint64_t j)
{
    return rng_mix(key ^ rng_mix(j));
}
/* The key of the node at `path` under a seed. Adding a node shifts no other node's values. */
uint64_t rng_key(uint64_t seed, struct span path);

/* x, 64 uniform bits, mapped to [0, span); span 0 means 2^64. The bias is at most span/2^64. */
static inline uint64_t rng_below(uint64_t x, uint64_t span)
{
    return span ? (uint64_t)(((unsigned __int128)x * span) >> 64) : x;
}

#endif
