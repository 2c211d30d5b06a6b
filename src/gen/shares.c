#include "gen/shares.h"

#include "base/fmath.h"
#include "base/simd.h"

#define BITS 44
#define WHOLE ((uint64_t)1 << BITS)
#define HEAD 64 /* slots whose bounds are kept; a power of two */

struct shares {
    double s, q; /* the exponent, and 1 - s */
    double base; /* sum(f) = base + integral + the first correction, at f + 1/2 */
    double scale;
    uint64_t count;
    uint64_t shift;          /* the digital shift, in the order of the index's bits */
    uint64_t head[HEAD + 1]; /* bounds of the first slots, WHOLE behind the last slot */
    uint64_t tail_from;      /* where the slots begin that are not kept */
};

/* The weights of all ranks up to f, less `base`, from x = f + 1/2, l = log x, and
 * e = expm1(q l): the integral of x^-s from 1, and -1/24 of its second derivative. */
static inline double sum_of(const struct shares *z, double x, double l, double e)
{
    double integral = z->q == 0 ? l : e / z->q;
    return integral + z->s / 24 * (1 + e) / (x * x);
}

static inline uint64_t bound_of(const struct shares *z, uint64_t slot, double sum)
{
    return slot >= z->count ? WHOLE : (uint64_t)((z->base + sum) * z->scale);
}

static double tail_sum(const struct shares *z, uint64_t slot)
{
    double x = (double)slot + 0.5, l = fm_log1p(x - 1);
    return sum_of(z, x, l, fm_expm1(z->q * l));
}

/* B(slot). */
static uint64_t bound_at(const struct shares *z, uint64_t slot)
{
    return slot <= HEAD ? z->head[slot] : bound_of(z, slot, tail_sum(z, slot));
}

static double weight(const struct shares *z, double rank)
{
    return fm_exp(-z->s * fm_log(rank));
}

struct shares *shares_new(struct arena *a, double s, uint64_t count, uint64_t key)
{
    struct shares *z = arena_new(a, struct shares);
    double sum[HEAD + 1] = {0};
    *z = (struct shares){.s = s, .q = 1 - s, .count = count, .shift = key & (WHOLE - 1)};
    for (unsigned f = 0; f < HEAD; f++)
        sum[f + 1] = sum[f] + (f < count ? weight(z, (double)f + 1) : 0);
    z->base = sum[HEAD] - tail_sum(z, HEAD);
    double total = count > HEAD ? z->base + tail_sum(z, count) : sum[HEAD];
    z->scale = (double)WHOLE / total;
    if (weight(z, (double)count) * z->scale < 4) return NULL;
    for (unsigned f = 0; f <= HEAD; f++)
        z->head[f] = f >= count ? WHOLE : (uint64_t)(sum[f] * z->scale);
    z->tail_from = z->head[HEAD];
    return z;
}

/* The lowest BITS bits in reverse. */
static inline uint64_t reverse(uint64_t x)
{
    x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
    x = (x >> 8 & 0x00ff00ff00ff00ff) | (x & 0x00ff00ff00ff00ff) << 8;
    x = (x >> 16 & 0x0000ffff0000ffff) | (x & 0x0000ffff0000ffff) << 16;
    return (x >> 32 | x << 32) >> (64 - BITS);
}

SIMD static void points(const uint64_t *index, uint64_t shift, size_t n, uint64_t *v)
{
    for (size_t i = 0; i < n; i++) v[i] = reverse(index[i] ^ shift);
}

/* The last of the kept slots that begins at or below v. */
static inline unsigned head_slot(const struct shares *z, uint64_t v)
{
    unsigned at = 0;
    for (unsigned half = HEAD / 2; half; half /= 2) at += v >= z->head[at + half] ? half : 0;
    return at;
}

/* Units that fall into the tail: their points, slots and the slots' bounds. */
struct tail {
    uint64_t *v, *slot, *lo, *hi;
    double *x, *y;
    size_t n;
};

/* Where the sum up to x reaches the points: x, from which the slot is read off. */
SIMD static void guess(const struct shares *z, const struct tail *t)
{
    const double q = z->q;
    for (size_t i = 0; i < t->n; i++) t->x[i] = (fm_small(t->v[i]) + 0.5) / z->scale - z->base;
    if (q != 0) {
        for (size_t i = 0; i < t->n; i++) {
            double y = q * t->x[i];
            t->x[i] = y < -1 + 0x1p-53 ? -1 + 0x1p-53 : y;
        }
        fm_log1p_column(t->x, t->n, t->x);
        for (size_t i = 0; i < t->n; i++) t->x[i] /= q;
    }
    fm_exp_column(t->x, t->n, t->x);
    for (size_t i = 0; i < t->n; i++) {
        double x = t->x[i] - 0.5, last = (double)(z->count - 1);
        t->slot[i] = x < HEAD ? HEAD : (uint64_t)(x < last ? x : last);
    }
}

SIMD static void bounds(const struct shares *z, const struct tail *t, unsigned behind,
                        uint64_t *out)
{
    for (size_t i = 0; i < t->n; i++) t->x[i] = (double)(t->slot[i] + behind) - 0.5;
    fm_log1p_column(t->x, t->n, t->x);
    for (size_t i = 0; i < t->n; i++) t->y[i] = z->q * t->x[i];
    fm_expm1_column(t->y, t->n, t->y);
    for (size_t i = 0; i < t->n; i++) {
        uint64_t slot = t->slot[i] + behind;
        double sum = sum_of(z, (double)slot + 0.5, t->x[i], t->y[i]);
        out[i] = slot == HEAD ? z->head[HEAD] : bound_of(z, slot, sum);
    }
}

static void find_tail(const struct shares *z, const struct tail *t)
{
    guess(z, t);
    bounds(z, t, 0, t->lo);
    bounds(z, t, 1, t->hi);
    for (size_t i = 0; i < t->n; i++) {
        for (; t->v[i] < t->lo[i]; t->lo[i] = bound_at(z, t->slot[i]))
            t->hi[i] = t->lo[i], t->slot[i]--;
        for (; t->v[i] >= t->hi[i]; t->hi[i] = bound_at(z, t->slot[i] + 1))
            t->lo[i] = t->hi[i], t->slot[i]++;
    }
}

/* The slot of each point, and the slot's bounds. */
static void find(const struct shares *z, const uint64_t *v, size_t n, struct scratch *scratch,
                 uint64_t *slot, uint64_t *lo, uint64_t *hi)
{
    struct scratch_mark m = scratch_mark(scratch);
    uint32_t *place = scratch_array(scratch, uint32_t, n);
    uint64_t *u = scratch_array(scratch, uint64_t, 4 * n);
    double *r = scratch_array(scratch, double, 2 * n);
    struct tail t = {u, u + n, u + 2 * n, u + 3 * n, r, r + n, 0};
    for (size_t i = 0; i < n; i++) {
        unsigned f = head_slot(z, v[i]);
        slot[i] = f;
        lo[i] = z->head[f];
        hi[i] = z->head[f + 1];
        place[t.n] = (uint32_t)i;
        t.v[t.n] = v[i];
        t.n += v[i] >= z->tail_from;
    }
    find_tail(z, &t);
    for (size_t i = 0; i < t.n; i++) {
        slot[place[i]] = t.slot[i];
        lo[place[i]] = t.lo[i];
        hi[place[i]] = t.hi[i];
    }
    scratch_restore(scratch, m);
}

/* Adds to turn[i], or takes from it, how many units before index[i] have a point below bound[i].
 * A point is below when, for a bit of the bound that is set, it has the same bits above and no bit
 * there: the units of one such box are a residue class. b and x are room for n numbers. */
SIMD static void count_below(const uint64_t *bound, const uint64_t *index, uint64_t shift, size_t n,
                             bool take, uint64_t *b, uint64_t *x, uint64_t *turn)
{
    const uint64_t sign = take ? ~(uint64_t)0 : 0;
    for (size_t i = 0; i < n; i++) {
        b[i] = reverse(bound[i]);
        x[i] = b[i] ^ shift;
        turn[i] += ((bound[i] >> BITS ? index[i] : 0) ^ sign) - sign;
    }
    for (unsigned j = 0; j < BITS; j++) {
        const uint64_t bit = (uint64_t)1 << j, mask = 2 * bit - 1;
        for (size_t i = 0; i < n; i++) {
            uint64_t residue = (x[i] & mask) ^ bit;
            uint64_t members = (index[i] + mask - residue) >> (j + 1) & -(b[i] >> j & 1);
            turn[i] += (members ^ sign) - sign;
        }
    }
}

void shares_column(const struct shares *z, const uint64_t *index, size_t n, struct scratch *scratch,
                   uint64_t *slot, uint64_t *turn)
{
    struct scratch_mark m = scratch_mark(scratch);
    uint64_t *v = scratch_array(scratch, uint64_t, n), *room = scratch_array(scratch, uint64_t, n);
    uint64_t *lo = scratch_array(scratch, uint64_t, n), *hi = scratch_array(scratch, uint64_t, n);
    points(index, z->shift, n, v);
    find(z, v, n, scratch, slot, lo, hi);
    if (turn) {
        memset(turn, 0, n * sizeof *turn);
        count_below(hi, index, z->shift, n, false, v, room, turn);
        count_below(lo, index, z->shift, n, true, v, room, turn);
    }
    scratch_restore(scratch, m);
}
