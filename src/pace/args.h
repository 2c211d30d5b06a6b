/* args: the arguments of a call in a rate or an arrival process, checked and read.
 *
 * Every function adds what is wrong and returns false. A class reads all its arguments before
 * it gives up, so several mistakes are told in one go. */
#ifndef PACE_ARGS_H
#define PACE_ARGS_H

#include "pace/class.h"

/* That a call has exactly `positional` unnamed arguments, and no named ones that its class's
 * params do not list, none twice. `e` may also be a bare name: a call without arguments. */
bool args_check(struct gen_env *env, const struct expr *e, const struct doc *doc,
                size_t positional);
/* The i-th unnamed argument; the named one, or NULL. */
const struct expr *args_at(const struct expr *e, size_t i);
const struct expr *args_named(const struct expr *e, const char *name);
/* A duration in lo..hi ns. Without the argument *ns is left as it is, and that is no mistake
 * unless `must`. */
bool args_time(struct gen_env *env, const struct expr *e, const char *name, bool must, uint64_t lo,
               uint64_t hi, uint64_t *ns);

#endif
