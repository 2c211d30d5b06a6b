/* sized: random texts of a length that is itself a generator. hex(16), word(3..12), ...
 *
 * Draw number b of a unit, for its characters from 8b or 16b on, has the sub-key b + 1; so the
 * draws of a whole batch are columns. Called within gen/ only. */
#ifndef GEN_SIZED_H
#define GEN_SIZED_H

#include "gen/args.h"

#define SIZED_MAX (1 << 20) /* longest text */

struct sized {
    struct gen g;
    const struct gen *count; /* in the class's own unit: characters or bytes */
};

/* Compiles a class whose only parameter is `count`. NULL after adding errors. */
struct gen *sized_compile(struct gen_env *env, const struct gen_class *class, const struct expr *e,
                          const char *path);
/* Fills a column of texts of `count` characters: `make` writes the `step` characters that
 * one draw is good for, a power of two. */
void sized_fill(const struct gen *g, const struct draw *d, size_t n, size_t step,
                void (*make)(uint64_t x, uint8_t *to), struct span *out);
/* A node of `count` random bytes, with draws of its own under `path`. */
struct gen *bytes_node(struct gen_env *env, const struct gen *count, const char *path);

#endif
