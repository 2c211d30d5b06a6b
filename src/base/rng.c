#include "base/rng.h"
#include "base/simd.h"

SIMD void rng_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = rng_at(key, index[i]);
}

uint64_t rng_key(uint64_t seed, struct span path)
{
    uint64_t h = rng_mix(seed);
    for (size_t i = 0; i < path.n; i++) h = rng_mix(h ^ path.p[i]);
    return h;
}
