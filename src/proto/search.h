/* search: finds a text in a stream that comes in pieces.
 *
 * The whole state is how much of the text the stream's end so far matches (D. Knuth, J. Morris,
 * V. Pratt, "Fast Pattern Matching in Strings", 1977). Used by expect.c and tcp.c. */
#ifndef PROTO_SEARCH_H
#define PROTO_SEARCH_H

#include "base/arena.h"

struct search {
    struct span text;
    uint32_t *border; /* [i]: longest proper prefix of text that ends text[0..i] */
};

/* Prepares for a text that is not empty; copies it. */
void search_compile(struct arena *a, struct search *s, struct span text);
/* Goes on with *matched (0 at the stream's start). True when the text ends in `piece`, and
 * *end is where: the first byte after it. The search is over then. */
bool search_step(const struct search *s, uint32_t *matched, struct span piece, size_t *end);

#endif
