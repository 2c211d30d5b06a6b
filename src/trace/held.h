/* held: bytes that came before those in front of them, kept in order of their positions.
 *
 * A pool of blocks of one size serves many keepers; each keeps its bytes as a list of pieces
 * that do not overlap: of bytes that come twice the first copy counts. Positions are 32 bits
 * wide and may wrap around, as sequence numbers do. Nothing is allocated after the pool.
 * Called by trace/defrag.c and trace/streams.c. */
#ifndef TRACE_HELD_H
#define TRACE_HELD_H

#include "base/span.h"

#define HELD_BLOCK 1536u /* of which 10 bytes are for the list: a usual segment takes one */

struct held_pool;
/* One keeper's pieces; zeroed, it is empty. */
struct held {
    uint32_t first, last; /* block numbers from 1 */
    uint32_t blocks;
};

struct held_pool *held_pool_new(size_t bytes); /* NULL without memory */
void held_pool_free(struct held_pool *p);

/* Keeps those of the bytes, which begin at position `at`, that are not there yet; *fresh is how
 * many. False when the pool or `blocks_max` was reached before the end: it may be tried again. */
bool held_add(struct held_pool *p, struct held *h, uint32_t at, struct span bytes,
              uint32_t blocks_max, size_t *fresh);
enum held_match {
    HELD_NONE,  /* no byte of these positions is there */
    HELD_SAME,  /* all are, and are the same */
    HELD_CLASH, /* neither */
};
enum held_match held_compare(const struct held_pool *p, const struct held *h, uint32_t at,
                             struct span bytes);
/* The first piece, which `at` is set to the position of; empty when there is none. It may be
 * followed by one that begins where it ends. */
struct span held_front(const struct held_pool *p, const struct held *h, uint32_t *at);
/* Takes the first piece off. Its bytes stay valid until held_release or another pop. */
void held_pop(struct held_pool *p, struct held *h);
void held_release(struct held_pool *p);
void held_clear(struct held_pool *p, struct held *h);
/* Blocks that are free. */
uint32_t held_left(const struct held_pool *p);

/* How far position b is ahead of a; negative when it is behind. */
static inline int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(b - a);
}

#endif
