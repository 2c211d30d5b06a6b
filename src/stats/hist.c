#include "stats/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Pages of counters. Huge pages would make a histogram with a handful of values hold 2 MiB. */
static uint64_t *map_bins(size_t n)
{
    size_t bytes = n * sizeof(uint64_t);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED) abort();
    madvise(p, bytes, MADV_NOHUGEPAGE);
    return p;
}

static void open_bits(struct hist *h, unsigned bits)
{
    *h = (struct hist){.bin = map_bins(HIST_BINS_OF(bits)), .min = UINT64_MAX, .bits = bits};
}

void hist_open(struct hist *h)
{
    open_bits(h, HIST_FINE);
}
void hist_open_coarse(struct hist *h)
{
    open_bits(h, HIST_COARSE);
}

void hist_close(struct hist *h)
{
    if (h->bin) munmap(h->bin, HIST_BINS_OF(h->bits) * sizeof *h->bin);
    *h = (struct hist){0};
}

/* The bins that can be other than zero: [*lo, *hi). */
static void touched(const struct hist *h, size_t *lo, size_t *hi)
{
    *lo = h->count ? hist_bin_at(h->bits, h->min) : 0;
    *hi = h->count ? hist_bin_at(h->bits, h->max) + 1 : 0;
}

void hist_clear(struct hist *h)
{
    size_t lo, hi;
    touched(h, &lo, &hi);
    memset(h->bin + lo, 0, (hi - lo) * sizeof *h->bin);
    h->count = 0;
    h->min = UINT64_MAX;
    h->max = 0;
    h->sum = 0;
}

static unsigned shift_of(unsigned bits, size_t bin)
{
    return bin >> bits ? (unsigned)(bin >> (bits - 1)) - 1 : 0;
}

uint64_t hist_bin_low(unsigned bits, size_t bin)
{
    unsigned shift = shift_of(bits, bin);
    return (bin - ((uint64_t)shift << (bits - 1))) << shift;
}

uint64_t hist_bin_high(unsigned bits, size_t bin)
{
    return hist_bin_low(bits, bin) + (1ull << shift_of(bits, bin)) - 1;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    size_t lo, hi;
    touched(from, &lo, &hi);
    if (into->bits == from->bits) {
        for (size_t i = lo; i < hi; i++) into->bin[i] += from->bin[i];
    } else {
        for (size_t i = lo; i < hi; i++)
            if (from->bin[i])
                into->bin[hist_bin_at(into->bits, hist_bin_low(from->bits, i))] += from->bin[i];
    }
    into->count += from->count;
    into->sum += from->sum;
    if (from->min < into->min) into->min = from->min;
    if (from->max > into->max) into->max = from->max;
}

uint64_t hist_quantile(const struct hist *h, double q)
{
    if (!h->count) return 0;
    /* The rank is rounded up: at least the share q lies at or below the answer. The factor
     * takes back what q * count may have gained by rounding: 0.07 * 100 is above 7. */
    double rank = ceil(q * (double)h->count * (1 - 1e-15));
    uint64_t want = rank < 1 ? 1 : rank > (double)h->count ? h->count : (uint64_t)rank;
    size_t lo, hi;
    touched(h, &lo, &hi);
    uint64_t seen = 0;
    for (size_t i = lo; i < hi; i++) {
        seen += h->bin[i];
        if (seen < want) continue;
        uint64_t high = hist_bin_high(h->bits, i);
        return high < h->max && i + 1 < hi ? high : h->max;
    }
    return h->max;
}

double hist_mean(const struct hist *h)
{
    return h->count ? (double)h->sum / (double)h->count : 0;
}

uint64_t hist_above(const struct hist *h, uint64_t ns)
{
    size_t lo, hi;
    touched(h, &lo, &hi);
    size_t from = hist_bin_at(h->bits, ns) + 1;
    uint64_t n = 0;
    for (size_t i = from > lo ? from : lo; i < hi; i++) n += h->bin[i];
    return n;
}
