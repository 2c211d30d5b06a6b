/* choice: for classes that are a weighted list under another name. Called within gen/. */
#ifndef GEN_CHOICE_H
#define GEN_CHOICE_H

#include "gen/gen.h"

/* A node that draws item k with probability weight[k] / sum; n is at least 1, each weight is
 * at least 1, and the sum below 2^64. Items of different types become one type. */
struct gen *choice_node(struct gen_env *env, const char *path, const struct gen *const *item,
                        const uint64_t *weight, size_t n);

#endif
