/* segment: TCP segments that offloading had joined, split again for the MTU, also within tunnels.
 *
 * A capture on a machine that segments in its network card, or joins what it receives, holds
 * frames larger than any that were on the wire. Each part gets the headers that the card would
 * have written: lengths, identification, sequence number, flags, checksums. Called by run/. */
#ifndef TRACE_SEGMENT_H
#define TRACE_SEGMENT_H

#include "packet/frame.h"
#include "trace/draft.h"

/* How many frames of at most `limit` bytes it takes; 0 when the frame cannot be split: its
 * innermost packet is not TCP, it is not whole, a fragment, numbered by GRE, or too little is left
 * for data behind the headers. */
size_t segment_count(const struct draft *d, uint32_t limit);
/* Writes them to `room`, which has at least segment_room(d, limit) bytes, and describes them in
 * out[0..segment_count). */
size_t segment_room(const struct draft *d, uint32_t limit);
void segment_split(const struct draft *d, uint32_t limit, uint8_t *room, struct frame *out);

#endif
