#include "base/pool.h"

#include <stdlib.h>

#define CHUNK ((size_t)256 * 1024) /* asked of the system at a time for small blocks */
#define HEADER 64                  /* of a chunk, so that blocks stay aligned */

struct pool_block {
    struct pool_block *next;
};

static unsigned class_of(size_t n)
{
    unsigned c = POOL_LEAST;
    while (c <= POOL_MOST && (size_t)1 << c < n) c++;
    return c;
}

size_t pool_room(size_t n)
{
    unsigned c = class_of(n);
    return c > POOL_MOST ? n : (size_t)1 << c;
}

static void *from_system(size_t n)
{
    void *p = aligned_alloc(HEADER, (n + HEADER - 1) / HEADER * HEADER);
    if (!p) abort();
    return p;
}

/* A chunk, cut into blocks of one size. */
static void refill(struct pool *p, unsigned c)
{
    size_t size = (size_t)1 << c, n = size < CHUNK ? CHUNK / size : 1;
    char *chunk = from_system(HEADER + n * size);
    struct pool_block *head = (struct pool_block *)chunk;
    head->next = p->chunks;
    p->chunks = head;
    for (size_t i = n; i-- > 0;) {
        struct pool_block *b = (struct pool_block *)(chunk + HEADER + i * size);
        b->next = p->free[c];
        p->free[c] = b;
    }
}

void *pool_take(struct pool *p, size_t n)
{
    unsigned c = class_of(n);
    p->held += pool_room(n);
    if (c > POOL_MOST) return from_system(n);
    if (!p->free[c]) refill(p, c);
    struct pool_block *b = p->free[c];
    p->free[c] = b->next;
    return b;
}

void pool_give(struct pool *p, void *block, size_t n)
{
    unsigned c = class_of(n);
    struct pool_block *b = block;
    if (!b) return;
    p->held -= pool_room(n);
    if (c > POOL_MOST) {
        free(b);
        return;
    }
    b->next = p->free[c];
    p->free[c] = b;
}

void pool_free(struct pool *p)
{
    while (p->chunks) {
        struct pool_block *next = p->chunks->next;
        free(p->chunks);
        p->chunks = next;
    }
    *p = (struct pool){0};
}
