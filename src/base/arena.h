/* arena: memory that lives and dies together.
 *
 * A plan, a profile or a result is one arena: everything in it is freed by arena_free.
 * Memory is zeroed. Running out of memory is not an error a user can mend while the program
 * goes on: it ends the program through abort(). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include "base/span.h"

struct arena_chunk;
struct arena_end;
struct arena {
    struct arena_chunk *chunks;
    struct arena_end *ends;
    char *at, *end; /* the free part of the newest chunk */
    size_t total;   /* bytes held, for tests and limits */
};

/* n bytes, zeroed, aligned for any type. n = 0 yields a valid pointer. A zeroed struct arena
 * is an empty arena. */
void *arena_alloc(struct arena *a, size_t n);
/* Aligned to `align`, a power of two. */
void *arena_alloc_aligned(struct arena *a, size_t n, size_t align);
#define arena_new(a, type) ((type *)arena_alloc(a, sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_array(a, sizeof(type), n))
/* count * size with the product checked. */
void *arena_alloc_array(struct arena *a, size_t size, size_t count);
char *arena_strdup(struct arena *a, const char *s);
/* A zero-terminated copy of a span. */
char *arena_str(struct arena *a, struct span s);
struct span arena_span(struct arena *a, struct span s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Has end(what) called when the arena is freed, last come first served: for files that what
 * lives in the arena keeps open. */
void arena_at_end(struct arena *a, void (*end)(void *what), void *what);
void arena_free(struct arena *a);

/* A growing array in an arena: VEC_PUSH(arena, vec) yields a pointer to a new zeroed element.
 * vec is any struct with members T *v; size_t n, cap. Old storage stays in the arena. */
#define VEC_PUSH(a, vec)                                                                           \
    ((vec)->n == (vec)->cap ? ((vec)->v = arena_grow(a, (vec)->v, sizeof *(vec)->v, &(vec)->cap),  \
                               &(vec)->v[(vec)->n++])                                              \
                            : &(vec)->v[(vec)->n++])
void *arena_grow(struct arena *a, const void *old, size_t size, size_t *cap);

#endif
