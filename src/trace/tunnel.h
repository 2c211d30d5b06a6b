/* tunnel: the packet that a packet carries: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC
 * 2890), VXLAN (RFC 7348) and Geneve (RFC 8926). Labels and PPPoE are looked through by the layout.
 *
 * Private to trace/. */
#ifndef TRACE_TUNNEL_H
#define TRACE_TUNNEL_H

#include "trace/layout.h"

struct tunnel {
    struct layout at;  /* of the packet inside; offsets count from the frame's first byte */
    uint32_t from, to; /* the outer packet's bytes that carry it */
    uint32_t gre_sum;  /* where GRE has a checksum over them; 0: it has none */
};
/* False when the packet carries none, or it is cut off or a fragment. */
bool tunnel_find(struct span frame, const struct layout *outer, struct tunnel *out);

#endif
