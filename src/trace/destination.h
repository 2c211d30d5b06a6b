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

#endif
