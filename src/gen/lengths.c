#include "gen/lengths.h"

#include "gen/perm.h"

struct lengths {
    uint64_t key;
    uint64_t ring;      /* lengths in it: 1 when all are the same */
    struct cycle units; /* of the whole ring */
    uint64_t *from;     /* units before length k of the ring; at [ring]: all */
    /* Where to look for unit `at` of the ring: among the lengths guide[at >> shift] to
     * guide[(at >> shift) + 1] (H.-C. Chen, Y. Asau, "On generating random variates from an
     * empirical distribution", AIIE Transactions 6, 1974). */
    uint32_t *guide;
    unsigned shift;
};

static void draw_all(struct lengths *l, const struct gen *g)
{
    struct scratch scratch = {0};
    uint64_t index[BATCH], length[BATCH];
    for (uint64_t k = 0; k < l->ring;) {
        uint64_t n = l->ring - k < BATCH ? l->ring - k : BATCH;
        for (uint64_t i = 0; i < n; i++) index[i] = k + i;
        struct draw d = {.index = index, .scratch = &scratch};
        gen_fill(g, &d, n, &(struct column){.u = length});
        for (uint64_t i = 0; i < n; i++, k++) l->from[k + 1] = l->from[k] + length[i];
    }
    scratch_free(&scratch);
}

static void set_guide(struct lengths *l, struct arena *a)
{
    uint64_t last = l->from[l->ring] - 1, k = 0;
    while (last >> l->shift >= 2 * l->ring) l->shift++;
    uint64_t buckets = (last >> l->shift) + 1;
    l->guide = arena_array(a, uint32_t, buckets + 1);
    for (uint64_t b = 0; b < buckets; b++) {
        while (l->from[k + 1] <= b << l->shift) k++;
        l->guide[b] = (uint32_t)k;
    }
    l->guide[buckets] = (uint32_t)l->ring - 1;
}

struct lengths *lengths_new(struct arena *a, const struct gen *g)
{
    struct lengths *l = arena_new(a, struct lengths);
    l->key = rng_sub(g->key, 1);
    l->ring = g->constant ? 1 : LENGTHS;
    l->from = arena_array(a, uint64_t, l->ring + 1);
    draw_all(l, g);
    l->units = cycle_of(l->from[l->ring] - 1);
    set_guide(l, a);
    return l;
}

/* The length of the ring in which unit `at` of it falls. */
static inline uint64_t length_at(const struct lengths *l, uint64_t at)
{
    const uint32_t *g = &l->guide[at >> l->shift];
    uint64_t k = g[0], n = g[1] - k + 1; /* it is one of n */
    while (n > 1) {
        uint64_t half = n / 2;
        k += at >= l->from[k + half] ? half : 0;
        n -= half;
    }
    return k;
}

void lengths_split(const struct lengths *l, const uint64_t *slot, size_t n, struct scratch *scratch,
                   uint64_t *turn, uint64_t *step)
{
    struct scratch_mark m = scratch_mark(scratch);
    uint64_t *first = scratch_array(scratch, uint64_t, n);
    rng_column_below(l->key, slot, n, 0, l->ring, first);
    for (size_t i = 0; i < n; i++) {
        uint64_t at, rounds = cycle_split(&l->units, l->from[first[i]] + turn[i], &at);
        uint64_t k = length_at(l, at);
        step[i] = at - l->from[k];
        turn[i] = rounds * l->ring + k - first[i];
    }
    scratch_restore(scratch, m);
}

struct fraction lengths_mean(const struct lengths *l)
{
    struct fraction mean = {l->from[l->ring], 1};
    fraction_divide(mean, (struct fraction){l->ring, 1}, &mean);
    return mean;
}
