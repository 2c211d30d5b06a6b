/* mask: parts of a text that are left out when two are compared, such as dates and tokens.
 *
 * Regular expressions of PCRE2, on bytes. Compiled by plan/ for all workers at once; each worker
 * has a working memory of its own. */
#ifndef PROTO_MASK_H
#define PROTO_MASK_H

#include "gen/gen.h"

struct masks;
/* All `mask =` entries of a section, in order; NULL for none or after adding errors. */
const struct masks *masks_compile(struct gen_env *env, struct section *sec);

struct mask_work;
struct mask_work *mask_work_open(void); /* aborts without memory */
void mask_work_close(struct mask_work *w);
/* Takes whatever matches out of the n bytes at `text`, one mask after the other; how many bytes
 * are left. A match that takes too long to find is none. */
size_t masks_apply(const struct masks *m, struct mask_work *w, uint8_t *text, size_t n);

#endif
