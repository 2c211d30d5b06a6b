/* shape: from a recorded frame to one that an Ethernet can carry, by the stream's policies.
 *
 * Frames of other link types get an Ethernet header, frames cut by the snap length are filled up
 * or taken as they are, recorded check sequences are taken off. Called by run/ (replay). */
#ifndef TRACE_SHAPE_H
#define TRACE_SHAPE_H

#include "trace/draft.h"
#include "trace/trace.h"

struct shape {
    bool convert; /* frames of other link types to Ethernet */
    enum { CUT_STAYS, CUT_PAD, CUT_SHORT } cut;
    uint8_t src[6], dst[6]; /* for frames that have no addresses of their own */
};
enum fit {
    FIT_YES,
    FIT_FOREIGN, /* of a link type that is not converted, or with no packet in it */
    FIT_CUT,
    FIT_TOO_BIG, /* for the room */
};
/* What a frame with this much on the wire may need of a room, its headroom included. */
#define SHAPE_ROOM(wire_len) ((size_t)(wire_len) + DRAFT_HEADROOM + 16)

/* Writes the frame to `room`, of `n` bytes; *out is filled in but for index and loop. `at` is where
 * its headers are as link_layout found them. */
enum fit shape_frame(const struct shape *s, const struct trace_frame *recorded,
                     const struct layout *at, uint8_t *room, size_t n, struct draft *out);

#endif
