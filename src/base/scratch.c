#include "base/scratch.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST (256 * 1024)
#define ALIGN 64

struct scratch_chunk {
    struct scratch_chunk *below, *above; /* above: a spare, kept for the next growth */
    size_t size;
    _Alignas(ALIGN) uint8_t data[];
};

static struct scratch_chunk *chunk_new(struct scratch_chunk *below, size_t size)
{
    size_t total = (sizeof(struct scratch_chunk) + size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct scratch_chunk *c = size < SIZE_MAX / 2 ? aligned_alloc(ALIGN, total) : NULL;
    if (!c) {
        fputs("spate: out of memory\n", stderr);
        abort();
    }
    c->below = below;
    c->above = NULL;
    c->size = size;
    return c;
}

/* Frees c and all spares above it. */
static void chain_free(struct scratch_chunk *c)
{
    while (c) {
        struct scratch_chunk *above = c->above;
        free(c);
        c = above;
    }
}

void *scratch_take(struct scratch *s, size_t n)
{
    if (n > SIZE_MAX / 2) n = SIZE_MAX / 2; /* fails in chunk_new, and says so */
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!s->chunk || n > s->chunk->size - s->used) {
        size_t size = s->chunk ? s->chunk->size * 2 : FIRST;
        struct scratch_chunk *spare = s->chunk ? s->chunk->above : NULL;
        if (spare && spare->size < n) {
            chain_free(spare);
            spare = NULL;
        }
        if (!spare) {
            spare = chunk_new(s->chunk, n > size ? n : size);
            if (s->chunk) s->chunk->above = spare;
        }
        s->chunk = spare;
        s->used = 0;
    }
    void *p = s->chunk->data + s->used;
    s->used += n;
    return p;
}

void scratch_trim(struct scratch *s, void *newest, size_t n)
{
    size_t at = (size_t)((uint8_t *)newest - s->chunk->data);
    s->used = at + ((n + ALIGN - 1) & ~(size_t)(ALIGN - 1));
}

void scratch_restore(struct scratch *s, struct scratch_mark m)
{
    if (!m.chunk) { /* marked while empty: keep the first chunk */
        while (s->chunk && s->chunk->below) s->chunk = s->chunk->below;
        s->used = 0;
        return;
    }
    s->chunk = m.chunk;
    s->used = m.used;
}

void scratch_free(struct scratch *s)
{
    struct scratch_chunk *c = s->chunk;
    while (c && c->below) c = c->below;
    chain_free(c);
    *s = (struct scratch){0};
}
