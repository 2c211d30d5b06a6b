/* scratch: working memory of one worker, taken and given back in stack order.
 *
 * Columns and texts of a batch are made here. The memory is kept between batches, so after
 * the first few nothing is allocated. Pointers stay valid until the mark below them is
 * restored, also when the scratch grows. Not zeroed. */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

struct scratch_chunk;
struct scratch {
    struct scratch_chunk *chunk; /* the one in use; earlier ones are linked below it */
    size_t used;                 /* of it */
};
struct scratch_mark {
    struct scratch_chunk *chunk;
    size_t used;
};

/* A zeroed struct scratch is ready for use. 64-byte aligned memory of n bytes. */
void *scratch_take(struct scratch *s, size_t n);
#define scratch_array(s, type, n) ((type *)scratch_take(s, sizeof(type) * (n)))
/* Gives back the unused tail of the newest piece taken: it becomes `n` bytes long. */
void scratch_trim(struct scratch *s, void *newest, size_t n);
static inline struct scratch_mark scratch_mark(const struct scratch *s)
{
    return (struct scratch_mark){s->chunk, s->used};
}
void scratch_restore(struct scratch *s, struct scratch_mark m);
void scratch_free(struct scratch *s);

#endif
