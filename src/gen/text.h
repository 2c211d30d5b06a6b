/* text: templates; also how any value becomes text. Called within gen/ only. */
#ifndef GEN_TEXT_H
#define GEN_TEXT_H

#include "gen/gen.h"

/* g written as text: a node of type GEN_TEXT; g itself when it is one already. */
const struct gen *text_of(struct gen_env *env, const struct gen *g);

#endif
