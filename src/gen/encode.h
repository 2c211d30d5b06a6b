/* encode: functions from text to text, byte by byte. url(text), json(text), base64(text).
 * Called within gen/ only. */
#ifndef GEN_ENCODE_H
#define GEN_ENCODE_H

#include "gen/args.h"

/* Compiles a class with the one parameter `value`; any value is taken as its text. The bounds
 * of a text of n bytes become lo(n) and hi(n). NULL after adding errors. */
struct gen *encode_compile(struct gen_env *env, const struct gen_class *class, const struct expr *e,
                           const char *path, uint64_t (*lo)(uint64_t n),
                           uint64_t (*hi)(uint64_t n));
/* The node of a text that is already compiled. */
struct gen *encode_node(struct gen_env *env, const struct gen_class *class, const struct gen *from,
                        const char *path, uint64_t (*lo)(uint64_t n), uint64_t (*hi)(uint64_t n));
/* Fills a column: `write` writes at most hi(in.n) bytes and returns how many. */
void encode_fill(const struct gen *g, const struct draw *d, size_t n, uint64_t (*hi)(uint64_t n),
                 size_t (*write)(struct span in, uint8_t *to), struct span *out);

/* For bounds of encoders that leave plain bytes as they are. */
uint64_t encode_same(uint64_t n);

#endif
