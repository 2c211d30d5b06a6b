/* hist: a log-linear histogram of times in ns, three significant digits, mergeable.
 *
 * The bins are those of HdrHistogram with lowest value 1, highest HIST_MAX and 3 digits (2048
 * sub-buckets), so it is exported without loss in that library's V2 encoding. The counters are
 * mapped memory that the system supplies page by page when first touched: a histogram whose
 * values span two decades holds some ten pages. Recording neither allocates nor locks; a
 * reader in another thread may look at `count` meanwhile.
 *
 * A coarse histogram has two significant digits (256 sub-buckets) and an eighth of the bins.
 * Slices are kept so: hundreds of them stay small, and each figure is within 1 %. A fine one
 * can be added to a coarse one, not the other way round. */
#ifndef STATS_HIST_H
#define STATS_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIST_BITS 42
#define HIST_MAX ((1ull << HIST_BITS) - 1) /* 73 minutes; larger values are binned here */
#define HIST_FINE 11  /* bits of a value that are told apart: 2048 sub-buckets, 3 digits */
#define HIST_COARSE 8 /* 256 sub-buckets, 2 digits */
#define HIST_BINS_OF(bits) ((size_t)(HIST_BITS - (bits) + 2) << ((bits)-1))
#define HIST_BINS HIST_BINS_OF(HIST_FINE)

struct hist {
    uint64_t *bin; /* HIST_BINS_OF(bits) counters */
    uint64_t count;
    uint64_t min, max;     /* exact, also beyond HIST_MAX; min is UINT64_MAX when empty */
    unsigned __int128 sum; /* exact */
    unsigned bits;         /* HIST_FINE or HIST_COARSE */
};

/* The bin of a value (HdrHistogram's counts index) when `bits` of it are told apart, and the
 * least and greatest value of a bin. */
static inline size_t hist_bin_at(unsigned bits, uint64_t ns)
{
    if (ns > HIST_MAX) ns = HIST_MAX;
    unsigned top = 63u - (unsigned)__builtin_clzll(ns | ((1u << bits) - 1)); /* bits-1 or more */
    unsigned shift = top - (bits - 1);
    return ((size_t)shift << (bits - 1)) + (size_t)(ns >> shift);
}
static inline size_t hist_bin(uint64_t ns)
{
    return hist_bin_at(HIST_FINE, ns);
}
uint64_t hist_bin_low(unsigned bits, size_t bin);
uint64_t hist_bin_high(unsigned bits, size_t bin);

/* Maps the counters; aborts when out of memory. */
void hist_open(struct hist *h);
void hist_open_coarse(struct hist *h);
void hist_close(struct hist *h);
void hist_clear(struct hist *h); /* keeps its pages: meant for reuse */

static inline void hist_add_n(struct hist *h, uint64_t ns, uint64_t n)
{
    h->bin[hist_bin_at(h->bits, ns)] += n;
    h->sum += (unsigned __int128)ns * n;
    if (ns < h->min) h->min = ns;
    if (ns > h->max) h->max = ns;
    __atomic_store_n(&h->count, h->count + n, __ATOMIC_RELAXED);
}
static inline void hist_add(struct hist *h, uint64_t ns)
{
    hist_add_n(h, ns, 1);
}

/* `into` may be coarser than `from`, not finer. */
void hist_merge(struct hist *into, const struct hist *from);
/* The greatest value of the bin that holds the q-th quantile (0 <= q <= 1), at most max; 0
 * when empty. As HdrHistogram's value_at_percentile. */
uint64_t hist_quantile(const struct hist *h, double q);
double hist_mean(const struct hist *h);
/* Values greater than ns, exact to the bin. */
uint64_t hist_above(const struct hist *h, uint64_t ns);

/* The HdrHistogram V2 compressed encoding in base64, zero-terminated, malloc'd; and back into
 * an open histogram, which takes on the precision of what it reads. Decoding checks everything
 * and returns false for what it does not understand; min, max and sum are then those of the
 * bins. */
char *hist_encode(const struct hist *h);
bool hist_decode(struct hist *h, const char *base64);

#endif
