#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Chunks double from the first to the last size: small things stay cheap. */
#define CHUNK_FIRST 4096
#define CHUNK_LAST 262144
#define ALIGN 16

struct arena_chunk {
    struct arena_chunk *next;
    _Alignas(ALIGN) char data[];
};

static void chunk_add(struct arena *a, size_t n)
{
    size_t size = a->total < CHUNK_FIRST  ? CHUNK_FIRST
                  : a->total < CHUNK_LAST ? a->total
                                          : CHUNK_LAST;
    if (n > size) size = n;
    struct arena_chunk *c = calloc(1, sizeof *c + size);
    if (!c) {
        fputs("spate: out of memory\n", stderr);
        abort();
    }
    c->next = a->chunks;
    a->chunks = c;
    a->at = c->data;
    a->end = c->data + size;
    a->total += size;
}

void *arena_alloc_aligned(struct arena *a, size_t n, size_t align)
{
    if (n > SIZE_MAX / 2) n = SIZE_MAX / 2; /* fails in calloc, and says so */
    uintptr_t at = ((uintptr_t)a->at + align - 1) & ~(uintptr_t)(align - 1);
    if (!a->at || at > (uintptr_t)a->end || n > (uintptr_t)a->end - at) {
        chunk_add(a, n + align);
        at = ((uintptr_t)a->at + align - 1) & ~(uintptr_t)(align - 1);
    }
    a->at = (char *)at + n;
    return (void *)at;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return arena_alloc_aligned(a, n, ALIGN);
}

void *arena_alloc_array(struct arena *a, size_t size, size_t count)
{
    size_t n;
    if (__builtin_mul_overflow(size, count, &n)) n = SIZE_MAX / 2;
    return arena_alloc(a, n);
}

char *arena_str(struct arena *a, struct span s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n) memcpy(p, s.p, s.n);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_str(a, span_of(s));
}

struct span arena_span(struct arena *a, struct span s)
{
    return span_make(arena_str(a, s), s.n);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void *arena_grow(struct arena *a, const void *old, size_t size, size_t *cap)
{
    size_t was = *cap;
    *cap = was ? was * 2 : 8;
    void *p = arena_alloc_array(a, size, *cap);
    if (was) memcpy(p, old, size * was);
    return p;
}

struct arena_end {
    struct arena_end *next;
    void (*end)(void *what);
    void *what;
};

void arena_at_end(struct arena *a, void (*end)(void *what), void *what)
{
    struct arena_end *e = arena_new(a, struct arena_end);
    *e = (struct arena_end){.next = a->ends, .end = end, .what = what};
    a->ends = e;
}

void arena_free(struct arena *a)
{
    for (const struct arena_end *e = a->ends; e; e = e->next) e->end(e->what);
    for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *a = (struct arena){0};
}
