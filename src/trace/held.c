#include "trace/held.h"

#include <stdlib.h>

struct block {
    uint32_t next; /* 0: the last */
    uint32_t at;
    uint16_t n;
    uint8_t bytes[HELD_BLOCK - 10];
};
_Static_assert(sizeof(struct block) == HELD_BLOCK, "blocks have no padding");

struct held_pool {
    uint32_t n;      /* blocks in all; block[0] is not used */
    uint32_t virgin; /* blocks from here on were never used: their memory is not touched */
    uint32_t free;   /* list of those that were */
    uint32_t left;
    uint32_t spent; /* popped, but its bytes may still be looked at */
    struct block block[];
};

struct held_pool *held_pool_new(size_t bytes)
{
    uint32_t n = (uint32_t)(bytes / HELD_BLOCK);
    struct held_pool *p = malloc(sizeof *p + (size_t)(n + 1) * HELD_BLOCK);
    if (p) *p = (struct held_pool){.n = n, .virgin = 1, .left = n};
    return p;
}

void held_pool_free(struct held_pool *p)
{
    free(p);
}

uint32_t held_left(const struct held_pool *p)
{
    return p->left;
}

static uint32_t take_block(struct held_pool *p)
{
    uint32_t i = p->free;
    if (p->left == 0) return 0;
    p->left--;
    if (!i) return p->virgin++;
    p->free = p->block[i].next;
    return i;
}

static void give_block(struct held_pool *p, uint32_t i)
{
    p->block[i].next = p->free;
    p->free = i;
    p->left++;
}

static uint32_t end_of(const struct block *b)
{
    return b->at + b->n;
}

/* A block behind `prev` (0: in front); 0 without room. */
static uint32_t insert(struct held_pool *p, struct held *h, uint32_t prev, uint32_t at)
{
    uint32_t i = take_block(p);
    if (!i) return 0;
    uint32_t *link = prev ? &p->block[prev].next : &h->first;
    p->block[i].next = prev || h->blocks ? *link : 0;
    p->block[i].at = at;
    p->block[i].n = 0;
    *link = i;
    if (!p->block[i].next) h->last = i;
    h->blocks++;
    return i;
}

/* Bytes none of which are there, behind `*prev`, which moves to the last block they fill; where
 * they go on from its end they fill it up first. */
static bool add_run(struct held_pool *p, struct held *h, uint32_t *prev, uint32_t at,
                    struct span run, uint32_t blocks_max, size_t *fresh)
{
    const size_t room = sizeof p->block->bytes;
    while (run.n > 0) {
        uint32_t i = *prev;
        bool joins = i && end_of(&p->block[i]) == at && p->block[i].n < room;
        if (!joins) i = h->blocks < blocks_max ? insert(p, h, i, at) : 0;
        if (!i) return false;
        struct block *b = &p->block[i];
        struct span part = span_sub(run, 0, room - b->n);
        memcpy(b->bytes + b->n, part.p, part.n);
        b->n = (uint16_t)(b->n + part.n);
        at += (uint32_t)part.n;
        run = span_from(run, part.n);
        *fresh += part.n;
        *prev = i;
    }
    return true;
}

bool held_add(struct held_pool *p, struct held *h, uint32_t at, struct span bytes,
              uint32_t blocks_max, size_t *fresh)
{
    bool behind = h->blocks && ahead(p->block[h->last].at, at) >= 0;
    uint32_t prev = 0, i = !h->blocks ? 0 : behind ? h->last : h->first;
    *fresh = 0;
    for (; i && bytes.n > 0; prev = i, i = p->block[i].next) {
        const struct block *b = &p->block[i];
        int32_t before = ahead(at, b->at); /* so many of the bytes come before the block */
        if (before > 0) {
            struct span run = span_sub(bytes, 0, (size_t)before);
            if (!add_run(p, h, &prev, at, run, blocks_max, fresh)) return false;
            bytes = span_from(bytes, run.n);
            at += (uint32_t)run.n;
        }
        int32_t inside = ahead(at, end_of(b)); /* and so many of the rest are in it */
        if (bytes.n > 0 && inside > 0) {
            bytes = span_from(bytes, (size_t)inside);
            at = end_of(b);
        }
    }
    return add_run(p, h, &prev, at, bytes, blocks_max, fresh);
}

enum held_match held_compare(const struct held_pool *p, const struct held *h, uint32_t at,
                             struct span bytes)
{
    size_t there = 0;
    bool same = true;
    for (uint32_t i = h->blocks ? h->first : 0; i; i = p->block[i].next) {
        const struct block *b = &p->block[i];
        int32_t from = ahead(at, b->at), to = ahead(at, end_of(b));
        if (to <= 0 || from >= (int32_t)bytes.n) continue;
        size_t skip = from < 0 ? (size_t)-from : 0; /* of the block */
        struct span mine = span_sub(bytes, from > 0 ? (size_t)from : 0, b->n - skip);
        struct span theirs = span_sub(span_make(b->bytes, b->n), skip, mine.n);
        same = same && span_eq(mine, theirs);
        there += mine.n;
    }
    if (there == 0) return HELD_NONE;
    return same && there == bytes.n ? HELD_SAME : HELD_CLASH;
}

struct span held_front(const struct held_pool *p, const struct held *h, uint32_t *at)
{
    if (!h->blocks) return (struct span){0};
    const struct block *b = &p->block[h->first];
    *at = b->at;
    return span_make(b->bytes, b->n);
}

void held_release(struct held_pool *p)
{
    if (p->spent) give_block(p, p->spent);
    p->spent = 0;
}

void held_pop(struct held_pool *p, struct held *h)
{
    held_release(p);
    p->spent = h->first;
    h->first = p->block[h->first].next;
    if (--h->blocks == 0) *h = (struct held){0};
}

void held_clear(struct held_pool *p, struct held *h)
{
    while (h->blocks) held_pop(p, h);
    held_release(p);
}
