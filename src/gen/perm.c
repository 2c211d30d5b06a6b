#include "gen/perm.h"

#include "base/rng.h"
#include "base/simd.h"

#define ROUNDS_MAX 16

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
    return (struct perm){
        .cycle = cycle_of(last),
        .shift = shift,
        .rounds = bits > 12 ? 8 : ROUNDS_MAX, /* few cells need more rounds to be well mixed */
        .rows = (last >> shift) + 1,
    };
}

/* 32 well mixed bits of a word below 2^32 and a round's key. */
static inline uint64_t mix(uint64_t x, uint64_t key)
{
    uint64_t m = (x ^ key) * PHILOX_M;
    m = ((m ^ (m >> 32)) & UINT32_MAX) * 0xCD9E8D57u;
    return (m ^ (m >> 32)) & UINT32_MAX;
}

/* Two rounds: the row, then the column. */
static inline uint64_t two_rounds(uint64_t v, unsigned shift, uint64_t rows, const uint64_t key[2])
{
    uint64_t mask = ((uint64_t)1 << shift) - 1, row = v >> shift, col = v & mask;
    row += mix(col, key[0]) * rows >> 32;
    row = row >= rows ? row - rows : row;
    col = (col + mix(row, key[1])) & mask;
    return row << shift | col;
}

/* A column of cells through the network: a permutation of the grid. */
SIMD static void pass_column(const struct perm *p, const uint64_t key[ROUNDS_MAX], size_t n,
                             uint64_t *v)
{
    const unsigned shift = p->shift;
    const uint64_t rows = p->rows;
    for (unsigned r = 0; r < p->rounds; r += 2) {
        const uint64_t two[2] = {key[r], key[r + 1]};
        for (size_t i = 0; i < n; i++) v[i] = two_rounds(v[i], shift, rows, two);
    }
}

/* A run of units of one cycle; v holds their numbers, then their values. */
static void run_column(const struct perm *p, uint64_t key, size_t n, uint64_t *v)
{
    uint64_t round[ROUNDS_MAX];
    for (unsigned r = 0; r < p->rounds; r += 2) {
        uint64_t x = rng_at(key, r);
        round[r] = x & UINT32_MAX;
        round[r + 1] = x >> 32;
    }
    pass_column(p, round, n, v);
    for (size_t i = 0; i < n; i++)
        while (v[i] > p->cycle.last) pass_column(p, round, 1, &v[i]);
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
