/* poisson: a Poisson process that can be entered anywhere.
 *
 * Unit n lies at the sum of n+1 exponential deviates of mean 1. To reach any unit without
 * adding up those before it, sums are drawn from the top down. The sum over all 2^64 units is
 * one draw; the sum over 2m units is split into those of its halves, whose share is
 * Beta(m, m) distributed whatever the sum is; and so on down to leaves of 256 units, within
 * which the positions are partial sums of 256 exponential deviates scaled to the leaf's sum,
 * which is exactly a Poisson process conditioned on that sum. Draws are keyed by level and
 * node, so every reader sees the same units; the way down costs 56 draws once, and moving on
 * redraws only the part of it that changes.
 *
 * The share is drawn through Student's t with 2m degrees of freedom, which relates to it
 * exactly, and t through its expansion at a normal deviate (Abramowitz and Stegun, 26.7.5),
 * whose error at 2m >= 512 is below 1e-8 of a deviation. The sum over everything is taken as
 * normal; its skewness is 2^-31. */
#include "base/fmath.h"
#include "pace/args.h"
#include "pace/straight.h"

#define LEAF 8 /* level k holds 2^k units; leaves are at level 8 */
#define ROOT 64
#define LEAF_UNITS (1u << LEAF)

/* The units of one node lie in start .. start + sum, the last of them at its end. */
struct node {
    u128 start, sum;
};
struct reader_place {
    bool begun;
    uint64_t leaf;              /* number of the leaf that `at` holds */
    struct node path[ROOT + 1]; /* by level: the leaf and the nodes above it */
    uint64_t at[LEAF_UNITS];    /* positions within the leaf */
};

static struct node root_of(uint64_t key)
{
    double z = fm_normal(rng_at(rng_sub(key, ROOT + 1), 0));
    return (struct node){0, ((u128)1 << (ROOT + 32)) + (u128)(__int128)(z * 0x1p64)};
}

/* Share of a sum of `units` that falls to its first half, less one half. */
static double share(uint64_t bits, double units)
{
    double z = fm_normal(bits), y = z * z, w = 1 / units;
    double t1 = (y + 1) / 4, t2 = ((5 * y + 16) * y + 3) / 96;
    double t3 = (((3 * y + 19) * y + 17) * y - 15) / 384;
    double t = z * (1 + w * (t1 + w * (t2 + w * t3)));
    return t / (2 * __builtin_sqrt(t * t + units));
}

/* The half of node number i at `level` that is asked for. */
static struct node half_of(uint64_t key, unsigned level, uint64_t i, struct node all, bool right)
{
    double off = share(rng_at(rng_sub(key, level), i), (double)(1ull << (level - 1)) * 2);
    u128 left = all.sum / 2 + (u128)(__int128)(off * wide_double(all.sum));
    return right ? (struct node){all.start + left, all.sum - left} : (struct node){all.start, left};
}

static uint64_t node_number(uint64_t unit, unsigned level)
{
    return level < 64 ? unit >> level : 0;
}

/* Positions within leaf number i. */
static void fill_leaf(uint64_t key, uint64_t i, u128 sum, uint64_t *at)
{
    uint64_t unit[LEAF_UNITS], draw[LEAF_UNITS];
    double so_far[LEAF_UNITS], total = 0;
    for (size_t j = 0; j < LEAF_UNITS; j++) unit[j] = (i << LEAF) + j;
    rng_column(key, unit, LEAF_UNITS, draw);
    for (size_t j = 0; j < LEAF_UNITS; j++) so_far[j] = total += fm_expo(draw[j]);
    double scale = (double)(uint64_t)sum / total;
    for (size_t j = 0; j < LEAF_UNITS; j++) {
        uint64_t p = (uint64_t)(so_far[j] * scale);
        at[j] = p < sum ? p : (uint64_t)sum;
    }
    at[LEAF_UNITS - 1] = (uint64_t)sum;
}

/* Brings the leaf that holds `unit` into st. */
static void go_to(uint64_t key, struct reader_place *st, uint64_t unit)
{
    uint64_t leaf = unit >> LEAF;
    unsigned level = ROOT;
    if (st->begun)
        level = LEAF + 64 - (unsigned)__builtin_clzll(leaf ^ st->leaf); /* the last in common */
    else
        st->path[ROOT] = root_of(key);
    for (; level > LEAF; level--)
        st->path[level - 1] =
            half_of(key, level, node_number(unit, level), st->path[level], unit >> (level - 1) & 1);
    st->begun = true;
    st->leaf = leaf;
    fill_leaf(key, leaf, st->path[LEAF].sum, st->at);
}

static void poisson_place(const struct arrival *a, void *state, uint64_t first, uint64_t step,
                          size_t n, u128 *out)
{
    struct reader_place *st = state;
    for (size_t i = 0; i < n; i++) {
        uint64_t unit = first + i * step;
        if (!st->begun || unit >> LEAF != st->leaf) go_to(a->key, st, unit);
        out[i] = st->path[LEAF].start + st->at[unit % LEAF_UNITS];
    }
}

static uint64_t poisson_count(const struct arrival *a, u128 u)
{
    struct node all = root_of(a->key);
    uint64_t unit = 0, at[LEAF_UNITS];
    if (u > all.sum) return NEVER;
    for (unsigned level = ROOT; level > LEAF; level--) {
        uint64_t i = node_number(unit, level);
        struct node left = half_of(a->key, level, i, all, false);
        bool right = u > left.start + left.sum;
        all = right ? half_of(a->key, level, i, all, true) : left;
        unit |= (uint64_t)right << (level - 1);
    }
    fill_leaf(a->key, unit >> LEAF, all.sum, at);
    for (size_t j = 0; j < LEAF_UNITS && all.start + at[j] < u; j++) unit++;
    return unit;
}

static struct arrival *poisson_compile(struct gen_env *env, const struct expr *e,
                                       const struct course *c)
{
    (void)c;
    if (!args_check(env, e, &pace_poisson.doc, 0)) return NULL;
    return arena_new(env->arena, struct arrival);
}

const struct pace_class pace_poisson = {
    .doc = {.name = "poisson",
            .help = "units come independently of each other, with exponential gaps",
            .example = "poisson"},
    .role = PACE_ARRIVAL,
    .arrival = {.compile = poisson_compile,
                .state_size = sizeof(struct reader_place),
                .place = poisson_place,
                .count = poisson_count},
};
