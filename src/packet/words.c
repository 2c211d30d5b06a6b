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

/* The parts of all fields that reach into the window. */
static void word_parts(struct build *b, struct word *w)
{
    const struct packet *p = b->p;
    uint32_t from = w->at * 8, to = from + WORD_BITS;
    w->part = arena_array(b->env->arena, struct word_part, WORD_BITS);
    for (size_t i = 0; i < p->places; i++) {
        const struct place *f = &p->place[i];
        uint32_t end = f->bit + f->width;
        if (f->bit >= to || end <= from) continue;
        w->part[w->n++] = (struct word_part){
            .column = f->column,
            .left = (uint8_t)(end <= to ? to - end : 0),
            .right = (uint8_t)(end > to ? end - to : 0),
        };
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

static inline __attribute__((always_inline)) uint64_t shifted(uint64_t v, struct word_part s)
{
    return v << s.left >> s.right;
}

/* out[i] |= the next `k` parts; k is a constant where this is called. */
static inline __attribute__((always_inline)) void or_parts(const struct word_part *part, int k,
                                                           uint64_t *const *col, size_t from,
                                                           uint64_t *restrict out)
{
    const uint64_t *a = col[part[0].column] + from;
    const uint64_t *b = col[part[k > 1 ? 1 : 0].column] + from;
    const uint64_t *c = col[part[k > 2 ? 2 : 0].column] + from;
    struct word_part sa = part[0], sb = part[k > 1 ? 1 : 0], sc = part[k > 2 ? 2 : 0];
    for (size_t i = 0; i < BLOCK; i++) {
        uint64_t v = shifted(a[i], sa);
        if (k > 1) v |= shifted(b[i], sb);
        if (k > 2) v |= shifted(c[i], sc);
        out[i] |= v;
    }
}

SIMD static void block_values(const struct word *w, uint64_t *const *col, size_t from,
                              uint64_t *restrict out)
{
    for (size_t i = 0; i < BLOCK; i++) out[i] = w->constant;
    uint32_t at = 0;
    for (; w->n - at >= 3; at += 3) or_parts(w->part + at, 3, col, from, out);
    if (w->n - at == 2) or_parts(w->part + at, 2, col, from, out);
    if (w->n - at == 1) or_parts(w->part + at, 1, col, from, out);
    for (size_t i = 0; i < BLOCK; i++) out[i] = __builtin_bswap64(out[i]);
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
