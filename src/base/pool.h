/* pool: blocks of memory of many sizes, taken and given back in any order.
 *
 * A block given back is kept for the next of its size, a power of two, so a run that has found
 * its size allocates nothing any more. `held` lets a caller bound what is in use. Not zeroed; one
 * pool belongs to one thread. Running out of memory ends the program, as in base/arena.h. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#define POOL_LEAST 6 /* the smallest block: 2^6 bytes */
#define POOL_MOST 20 /* the largest that is kept: 2^20; larger ones go back to the system */

struct pool_block;
struct pool {
    struct pool_block *free[POOL_MOST + 1]; /* by the logarithm of their size */
    struct pool_block *chunks;              /* what small blocks are cut from */
    size_t held;                            /* bytes in blocks that are taken */
};

/* A zeroed struct pool is ready for use. At least n bytes, aligned for any type. */
void *pool_take(struct pool *p, size_t n);
/* n as it was asked for. NULL is fine. */
void pool_give(struct pool *p, void *block, size_t n);
/* How many bytes a block of n bytes takes: what of it the caller may use. */
size_t pool_room(size_t n);
/* Frees everything, also what is still taken. Blocks above the largest size must have been given
 * back. */
void pool_free(struct pool *p);

#endif
