/* destination: where an Ethernet frame's outermost IP packet is going, for the target rules. */
#ifndef TRACE_DESTINATION_H
#define TRACE_DESTINATION_H

#include "base/addr.h"
#include "trace/layout.h"

/* Looks through VLAN tags, MPLS labels and PPPoE (trace/layout.h). False when the frame carries
 * no IP or is too short to tell. */
bool ethernet_destination(struct span frame, struct addr *to);
/* The same of a frame whose layout is known. */
bool layout_destination(struct span frame, const struct layout *l, struct addr *to);

/* Whether a packet may go to an address; ctx is whoever knows. */
typedef bool destination_rule(const void *ctx, struct addr to);
/* Whether the rule allows all places that the packet is sent to: its destination, and each hop that
 * a source route has left (RFC 791, RFC 8200 section 4.4, RFC 8754). A route that cannot be read is
 * not allowed. What carries no IP goes nowhere, and is. */
bool destination_allowed(struct span frame, const struct layout *l, destination_rule *allows,
                         const void *ctx);

#endif
