/* link: link types of captures, and how to find the network packet inside their frames.
 *
 * What is known here can be told by name, looked into by `spate info`, and turned into
 * Ethernet by a replay. Called by trace/, plan/ and cmd/. */
#ifndef TRACE_LINK_H
#define TRACE_LINK_H

#include "trace/layout.h"

#define LINK_ETHERNET 1u
#define LINK_WIFI 105u
#define LINK_RADIOTAP 127u
#define LINK_PPI 192u

struct inside {
    uint16_t type;        /* the EtherType of the packet */
    struct span packet;   /* a part of the frame, to its end */
    struct span src, dst; /* MAC addresses, 6 bytes, where the frame has them; else empty */
};

/* "Ethernet", "raw IP"; "link type 147" in buf for what has no name here. */
#define LINK_NAME 32
const char *link_name(uint32_t link, char buf[static LINK_NAME]);
/* Finds the packet in a frame of a link type other than Ethernet. False when the type is not
 * known to carry packets, or this frame carries none that an EtherType can name. */
bool link_inside(uint32_t link, struct span frame, struct inside *out);
/* The headers of a frame of any link type. False when there is no packet to find, of Ethernet:
 * when the frame is shorter than a header; then *out is empty. */
bool link_layout(uint32_t link, struct span frame, struct layout *out);
/* Whether frames of this link type may have a packet inside, Ethernet included. */
bool link_has_packets(uint32_t link);

#endif
