/* fragment: IP packets longer than the MTU, in fragments as their host would have sent them.
 *
 * A capture on a machine whose network card splits UDP datagrams, or of a path with a larger MTU,
 * holds packets that only fragments can carry. Called by run/. */
#ifndef TRACE_FRAGMENT_H
#define TRACE_FRAGMENT_H

#include "packet/frame.h"
#include "trace/draft.h"

/* How many frames of at most `limit` bytes the outermost packet takes; 0 when it cannot be
 * fragmented: IPv4 with the bit that forbids it, IPv6 that is a fragment already, not whole, or too
 * long headers. */
size_t fragment_count(const struct draft *d, uint32_t limit);
/* Writes them to `room`, which has at least fragment_room(d, limit) bytes, and describes them in
 * out[0..fragment_count). The draft's checksums are made anew: they cover the whole. `id` is the
 * identification of IPv6; IPv4 keeps its own. */
size_t fragment_room(const struct draft *d, uint32_t limit);
void fragment_split(struct draft *d, uint32_t limit, uint32_t id, uint8_t *room, struct frame *out);

#endif
