#include "gen/perm.h"

#include "base/rng.h"
#include "base/simd.h"

#define ROUNDS 8

struct cycle cycle_of(uint64_t last)
{
    /* For a count of 2^64 nothing is ever divided. */
    return (struct cycle){.last = last,
                          .inverse = last == UINT64_MAX ? 0 : UINT64_MAX / (last + 1)};
}

struct perm perm_of(uint64_t last)
{
    unsigned bits = last ? 64 - (unsigned)__builtin_clzll(last) : 0;
    unsigned shift = (bits + 1) / 2;
    return (struct perm){.cycle = cycle_of(last), .shift = shift, .rows = (last >> shift) + 1};
}

/* 32 well mixed bits of a word below 2^32 and a round's key. */
static inline uint64_t mix(uint64_t x, uint64_t key)
{
    uint64_t m = (x ^ key) * PHILOX_M;
    m = ((m ^ (m >> 32)) & UINT32_MAX) * 0xCD9E8D57u;
    return (m ^ (m >> 32)) & UINT32_MAX;
}

/* One pass through the network: a permutation of the grid. */
static inline uint64_t pass(uint64_t v, const uint64_t key[ROUNDS], unsigned shift, uint64_t rows)
{
    uint64_t mask = ((uint64_t)1 << shift) - 1, row = v >> shift, col = v & mask;
    for (int r = 0; r < ROUNDS; r += 2) {
        row += mix(col, key[r]) * rows >> 32;
        row = row >= rows ? row - rows : row;
        col = (col + mix(row, key[r + 1])) & mask;
    }
    return row << shift | col;
}

SIMD static void pass_column(const uint64_t key[ROUNDS], unsigned shift, uint64_t rows, size_t n,
                             uint64_t *v)
{
    for (size_t i = 0; i < n; i++) v[i] = pass(v[i], key, shift, rows);
}

/* A run of units of one cycle; v holds their numbers, then their values. */
static void run_column(const struct perm *p, uint64_t key, size_t n, uint64_t *v)
{
    uint64_t round[ROUNDS];
    for (size_t r = 0; r < ROUNDS; r += 2) {
        uint64_t x = rng_at(key, r);
        round[r] = x & UINT32_MAX;
        round[r + 1] = x >> 32;
    }
    pass_column(round, p->shift, p->rows, n, v);
    for (size_t i = 0; i < n; i++)
        while (v[i] > p->cycle.last) v[i] = pass(v[i], round, p->shift, p->rows);
}

void perm_column(const struct perm *p, uint64_t key, const uint64_t *index, size_t n,
                 struct scratch *scratch, uint64_t *out)
{
    struct scratch_mark m = scratch_mark(scratch);
    uint64_t *cycle = scratch_array(scratch, uint64_t, n);
    for (size_t i = 0; i < n; i++) cycle[i] = cycle_split(&p->cycle, index[i], &out[i]);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && cycle[to] == cycle[from]; to++) continue;
        run_column(p, rng_sub(key, cycle[from]), to - from, out + from);
    }
    scratch_restore(scratch, m);
}
