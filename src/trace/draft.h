/* draft: one frame in the making, between the capture and the wire.
 *
 * Made by trace/shape.c from a recorded frame, changed by trace/rewrite.c, split by
 * trace/segment.c; run/ owns the room. */
#ifndef TRACE_DRAFT_H
#define TRACE_DRAFT_H

#include "trace/layout.h"

#define DRAFT_HEADROOM 32 /* bytes in front of a frame that a rewriting may take */

struct draft {
    uint8_t *p; /* DRAFT_HEADROOM writable bytes before it */
    uint32_t n;
    uint32_t wire_len;
    uint64_t index; /* of the frame in its stream */
    uint64_t loop;
    bool filled; /* bytes were made up: checksums over them are new */
    struct layout at;
};

#endif
