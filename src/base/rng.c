#include "base/rng.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VECTORS 1
#else
#define VECTORS 0
#endif

/* One way of computing columns. All give the same bytes; the processor decides which is used.
 * `below` is for 0 < span < 2^32, where two 32-bit products do. */
struct path {
    void (*column)(uint64_t key, const uint64_t *index, size_t n, uint64_t *out);
    void (*below)(uint64_t key, const uint64_t *index, size_t n, uint64_t first, uint64_t span,
                  uint64_t *out);
};

static void plain_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = rng_at(key, index[i]);
}

static void plain_below(uint64_t key, const uint64_t *index, size_t n, uint64_t first,
                        uint64_t span, uint64_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = first + rng_below(rng_at(key, index[i]), span);
}

#if VECTORS

/* A 64-bit lane holds one 32-bit word of the state in its low half; what is in the high half
 * does not matter, since the widening multiplication reads low halves only. A round is a chain
 * of a multiplication, a shift and two exclusive ors, so several vectors are in flight at once.
 * The end of a column goes through in short blocks, the last of them padded. */

#define LANES2 4
#define FLIGHT2 8 /* fastest with gcc and clang, although some of it is spilled */
#define END2 2
#define LANES5 8
#define FLIGHT5 4
#define END5 1

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline))

/* What becomes of the two words of a draw. */
enum finish { FINISH_RAW, FINISH_BELOW };

INLINE AVX2 __m256i finish2(__m256i lo, __m256i hi, enum finish f, __m256i first, __m256i span)
{
    if (f == FINISH_RAW) return _mm256_blend_epi32(lo, _mm256_slli_epi64(hi, 32), 0xaa);
    __m256i low = _mm256_srli_epi64(_mm256_mul_epu32(lo, span), 32);
    __m256i sum = _mm256_add_epi64(_mm256_mul_epu32(hi, span), low);
    return _mm256_add_epi64(first, _mm256_srli_epi64(sum, 32));
}

INLINE AVX2 void block2(int flight, uint64_t key, const uint64_t *index, uint64_t *out,
                        enum finish f, uint64_t first, uint64_t span)
{
    const __m256i m = _mm256_set1_epi64x(PHILOX_M);
    const __m256i upper = _mm256_set1_epi64x((int64_t)(key >> 32));
    const __m256i add = _mm256_set1_epi64x((int64_t)first), by = _mm256_set1_epi64x((int64_t)span);
    __m256i lo[FLIGHT2], hi[FLIGHT2];
    for (int v = 0; v < flight; v++) {
        lo[v] = _mm256_loadu_si256((const __m256i *)(const void *)(index + LANES2 * v));
        hi[v] = _mm256_xor_si256(_mm256_srli_epi64(lo[v], 32), upper);
    }
    uint32_t k = (uint32_t)key;
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++, k += PHILOX_W) {
        const __m256i kr = _mm256_set1_epi64x(k);
        for (int v = 0; v < flight; v++) {
            __m256i p = _mm256_mul_epu32(lo[v], m), mix = _mm256_xor_si256(hi[v], kr);
            lo[v] = _mm256_xor_si256(_mm256_srli_epi64(p, 32), mix);
            hi[v] = p;
        }
    }
    for (int v = 0; v < flight; v++)
        _mm256_storeu_si256((__m256i *)(void *)(out + LANES2 * v),
                            finish2(lo[v], hi[v], f, add, by));
}

INLINE AVX512 __m512i finish5(__m512i lo, __m512i hi, enum finish f, __m512i first, __m512i span)
{
    if (f == FINISH_RAW) return _mm512_mask_shuffle_epi32(lo, 0xaaaa, hi, _MM_PERM_CCAA);
    __m512i low = _mm512_srli_epi64(_mm512_mul_epu32(lo, span), 32);
    __m512i sum = _mm512_add_epi64(_mm512_mul_epu32(hi, span), low);
    return _mm512_add_epi64(first, _mm512_srli_epi64(sum, 32));
}

INLINE AVX512 void block5(int flight, uint64_t key, const uint64_t *index, uint64_t *out,
                          enum finish f, uint64_t first, uint64_t span)
{
    const __m512i m = _mm512_set1_epi64(PHILOX_M);
    const __m512i upper = _mm512_set1_epi64((int64_t)(key >> 32));
    const __m512i add = _mm512_set1_epi64((int64_t)first), by = _mm512_set1_epi64((int64_t)span);
    __m512i lo[FLIGHT5], hi[FLIGHT5];
    for (int v = 0; v < flight; v++) {
        lo[v] = _mm512_loadu_si512(index + LANES5 * v);
        hi[v] = _mm512_xor_si512(_mm512_srli_epi64(lo[v], 32), upper);
    }
    uint32_t k = (uint32_t)key;
#pragma GCC unroll 10
    for (int r = 0; r < 10; r++, k += PHILOX_W) {
        const __m512i kr = _mm512_set1_epi64(k);
        for (int v = 0; v < flight; v++) {
            __m512i p = _mm512_mul_epu32(lo[v], m);
            lo[v] = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), hi[v], kr, 0x96);
            hi[v] = p;
        }
    }
    for (int v = 0; v < flight; v++)
        _mm512_storeu_si512(out + LANES5 * v, finish5(lo[v], hi[v], f, add, by));
}

#define COLUMN(name, TARGET, block, LANES, FLIGHT, END)                                            \
    INLINE TARGET void name(uint64_t key, const uint64_t *index, size_t n, uint64_t *out,          \
                            enum finish f, uint64_t first, uint64_t span)                          \
    {                                                                                              \
        size_t i = 0;                                                                              \
        for (; i + (LANES) * (FLIGHT) <= n; i += (LANES) * (FLIGHT))                               \
            block(FLIGHT, key, index + i, out + i, f, first, span);                                \
        for (; i + (LANES) * (END) <= n; i += (LANES) * (END))                                     \
            block(END, key, index + i, out + i, f, first, span);                                   \
        if (i == n) return;                                                                        \
        uint64_t rest[(LANES) * (END)] = {0};                                                      \
        memcpy(rest, index + i, (n - i) * sizeof *rest);                                           \
        block(END, key, rest, rest, f, first, span);                                               \
        memcpy(out + i, rest, (n - i) * sizeof *rest);                                             \
    }
COLUMN(column2, AVX2, block2, LANES2, FLIGHT2, END2)
COLUMN(column5, AVX512, block5, LANES5, FLIGHT5, END5)

static AVX2 void avx2_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out)
{
    column2(key, index, n, out, FINISH_RAW, 0, 0);
}
static AVX2 void avx2_below(uint64_t key, const uint64_t *index, size_t n, uint64_t first,
                            uint64_t span, uint64_t *out)
{
    column2(key, index, n, out, FINISH_BELOW, first, span);
}
static AVX512 void avx512_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out)
{
    column5(key, index, n, out, FINISH_RAW, 0, 0);
}
static AVX512 void avx512_below(uint64_t key, const uint64_t *index, size_t n, uint64_t first,
                                uint64_t span, uint64_t *out)
{
    column5(key, index, n, out, FINISH_BELOW, first, span);
}

static const struct path avx2 = {avx2_column, avx2_below};
static const struct path avx512 = {avx512_column, avx512_below};
#endif

static const struct path plain = {plain_column, plain_below};

/* Chosen at the first use. Threads that race to it find the same answer. */
static _Atomic(const struct path *) chosen;

static const struct path *best(void)
{
#if VECTORS
    if (__builtin_cpu_supports("avx512f")) return &avx512;
    if (__builtin_cpu_supports("avx2")) return &avx2;
#endif
    return &plain;
}

static inline const struct path *path_now(void)
{
    const struct path *p = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (__builtin_expect(p != NULL, 1)) return p;
    p = best();
    atomic_store_explicit(&chosen, p, memory_order_relaxed);
    return p;
}

bool rng_use(enum rng_path which)
{
    const struct path *p = which == RNG_PLAIN ? &plain : which == RNG_BEST ? best() : NULL;
#if VECTORS
    if (which == RNG_AVX2 && __builtin_cpu_supports("avx2")) p = &avx2;
    if (which == RNG_AVX512 && __builtin_cpu_supports("avx512f")) p = &avx512;
#endif
    if (!p) return false;
    atomic_store_explicit(&chosen, p, memory_order_relaxed);
    return true;
}

void rng_column(uint64_t key, const uint64_t *index, size_t n, uint64_t *out)
{
    path_now()->column(key, index, n, out);
}

void rng_column_below(uint64_t key, const uint64_t *index, size_t n, uint64_t first, uint64_t span,
                      uint64_t *out)
{
    if (span - 1 < UINT32_MAX) {
        path_now()->below(key, index, n, first, span, out);
        return;
    }
    path_now()->column(key, index, n, out);
    for (size_t i = 0; i < n; i++) out[i] = first + rng_below(out[i], span);
}

uint64_t rng_key(uint64_t seed, struct span path)
{
    uint64_t h = rng_mix(seed);
    for (size_t i = 0; i < path.n; i++) h = rng_mix(h ^ path.p[i]);
    return h;
}
