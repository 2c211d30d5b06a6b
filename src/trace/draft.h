/* draft: one frame in the making, between the capture and the wire.
 *
 * Made by trace/shape.c from a recorded frame, changed by trace/rewrite.c, split by
 * trace/segment.c; run/ owns the room. */
#ifndef TRACE_DRAFT_H
#define TRACE_DRAFT_H

#include "base/addr.h"
#include "trace/layout.h"

#define DRAFT_HEADROOM 32 /* bytes in front of a frame that a rewriting may take */

/* What a copy of a recorded conversation says in place of its ends and its TCP numbers. */
struct new_ends {
    bool from_client; /* the frame goes from the client to the server */
    bool client_known, server_known, client_port_known, server_port_known; /* else as recorded */
    struct addr client, server; /* of the frame's family; others are left out */
    uint16_t client_port, server_port;
    uint32_t client_seq, server_seq; /* added to the numbers of its bytes */
};

struct draft {
    uint8_t *p; /* DRAFT_HEADROOM writable bytes before it */
    uint32_t n;
    uint32_t wire_len;
    uint64_t index; /* of the frame in its stream */
    uint64_t loop;
    bool filled;                 /* bytes were made up: checksums over them are new */
    struct layout at;            /* kept true by whoever changes the frame */
    const struct new_ends *ends; /* NULL: those recorded */
};

#endif
