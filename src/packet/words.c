/* words: the varying bits of a head as 8-byte stores.
 *
 * Each store carries every bit of its window, varying and constant, so a field of any width
 * at any bit offset is a shift and an OR of its column, neighbours share one store, and
 * nothing is read back. */
#include "packet/template.h"

#include <stdlib.h>
#include "base/simd.h"

#define WORD_BITS 64
#define BLOCK 64 /* rows whose slots and columns stay in the first-level cache */

void put_bits(uint8_t *p, uint32_t bit, unsigned width, u128 v)
{
    for (unsigned i = 0; i < width; i++) {
        uint32_t at = bit + width - 1 - i;
        uint8_t mask = (uint8_t)(0x80 >> (at & 7));
        p[at / 8] = (uint8_t)(((v >> i) & 1) ? p[at / 8] | mask : p[at / 8] & ~mask);
    }
}

u128 get_bits(const uint8_t *p, uint32_t bit, unsigned width)
{
    u128 v = 0;
    for (uint32_t at = bit; at < bit + width; at++) v = v << 1 | (p[at / 8] >> (7 - at % 8) & 1);
    return v;
}

static int by_bit(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->bit < y->bit ? -1 : x->bit > y->bit;
}

/* The parts of all fields that reach into the window. Fields do not overlap, so at most one
 * goes on behind it. */
static void word_parts(struct build *b, struct word *w)
{
    const struct packet *p = b->p;
    uint32_t from = w->at * 8, to = from + WORD_BITS;
    w->left = arena_array(b->env->arena, struct word_part, p->places);
    w->right.column = -1;
    for (size_t i = 0; i < p->places; i++) {
        const struct place *f = &p->place[i];
        uint32_t end = f->bit + f->width;
        if (f->bit >= to || end <= from) continue;
        struct word_part part = {f->column, (uint8_t)(end <= to ? to - end : end - to)};
        *(end <= to ? &w->left[w->lefts++] : &w->right) = part;
    }
}

void words_constants(struct packet *p)
{
    for (size_t i = 0; i < p->words; i++) p->word[i].constant = get_u64(p->image + p->word[i].at);
}

void words_plan(struct build *b)
{
    struct packet *p = b->p;
    /* Beyond this a store would touch what the rest of the frame has written. */
    uint32_t limit = (uint32_t)p->head, done = 0;
    if (!p->places) return;
    qsort(p->place, p->places, sizeof *p->place, by_bit);
    p->word = arena_array(b->env->arena, struct word, p->places * 2);
    for (size_t i = 0; i < p->places; i++) {
        uint32_t end = p->place[i].bit + p->place[i].width;
        while (done < end) {
            uint32_t bit = done > p->place[i].bit ? done : p->place[i].bit;
            struct word *w = &p->word[p->words++];
            w->at = bit / 8 < limit - 8 ? bit / 8 : limit - 8;
            done = w->at * 8 + WORD_BITS;
            word_parts(b, w);
        }
    }
    words_constants(p);
}

/* One window of BLOCK rows: `k` parts of the left (0..FUSED), the right one if `r`, and what
 * `out` holds when `more`. k, r and more are constants where this is called. */
#define FUSED 4
static inline __attribute__((always_inline)) void fuse(const struct word *w, unsigned k, bool r,
                                                       bool more, uint64_t *const *col, size_t from,
                                                       uint64_t *restrict out)
{
    const uint64_t *in[FUSED + 1] = {0};
    unsigned shift[FUSED + 1] = {0};
    for (unsigned j = 0; j < k; j++) {
        in[j] = col[w->left[j].column] + from;
        shift[j] = w->left[j].shift;
    }
    if (r) in[FUSED] = col[w->right.column] + from, shift[FUSED] = w->right.shift;
    for (size_t i = 0; i < BLOCK; i++) {
        uint64_t v = more ? out[i] : w->constant;
        if (k > 0) v |= in[0][i] << shift[0];
        if (k > 1) v |= in[1][i] << shift[1];
        if (k > 2) v |= in[2][i] << shift[2];
        if (k > 3) v |= in[3][i] << shift[3];
        if (r) v |= in[FUSED][i] >> shift[FUSED];
        out[i] = __builtin_bswap64(v);
    }
}

/* The parts beyond FUSED, for headers whose neighbours are many and narrow. */
static inline __attribute__((always_inline)) void collect(const struct word *w,
                                                          uint64_t *const *col, size_t from,
                                                          uint64_t *restrict out)
{
    for (size_t i = 0; i < BLOCK; i++) out[i] = w->constant;
    for (uint32_t j = FUSED; j < w->lefts; j++) {
        const uint64_t *in = col[w->left[j].column] + from;
        unsigned shift = w->left[j].shift;
        for (size_t i = 0; i < BLOCK; i++) out[i] |= in[i] << shift;
    }
}

SIMD static void block_values(const struct word *w, uint64_t *const *col, size_t from,
                              uint64_t *restrict out)
{
    bool right = w->right.column >= 0;
    switch (w->lefts * 2 + right) {
    case 1:
        fuse(w, 0, true, false, col, from, out);
        break;
    case 2:
        fuse(w, 1, false, false, col, from, out);
        break;
    case 3:
        fuse(w, 1, true, false, col, from, out);
        break;
    case 4:
        fuse(w, 2, false, false, col, from, out);
        break;
    case 5:
        fuse(w, 2, true, false, col, from, out);
        break;
    case 6:
        fuse(w, 3, false, false, col, from, out);
        break;
    case 7:
        fuse(w, 3, true, false, col, from, out);
        break;
    case 8:
        fuse(w, 4, false, false, col, from, out);
        break;
    case 9:
        fuse(w, 4, true, false, col, from, out);
        break;
    default:
        collect(w, col, from, out);
        if (right) fuse(w, 4, true, true, col, from, out);
        if (!right) fuse(w, 4, false, true, col, from, out);
    }
}

void words_write(const struct packet *p, uint64_t *const *col, size_t n, uint8_t *slots,
                 size_t stride)
{
    uint64_t v[BLOCK];
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t m = n - from < BLOCK ? n - from : BLOCK;
        uint8_t *block = slots + from * stride;
        for (size_t w = 0; w < p->words; w++) {
            block_values(&p->word[w], col, from, v);
            uint8_t *to = block + p->word[w].at;
            for (size_t i = 0; i < m; i++, to += stride) memcpy(to, &v[i], 8);
        }
    }
}
