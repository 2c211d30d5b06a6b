/* likeness: a number for what a packet keeps on its way through switches, routers and NAT.
 *
 * Left out is what these change: link addresses and tags, time to live, DSCP, addresses, ports,
 * checksums, padding. Two packets with other contents have other numbers but for chance. Called
 * by run/ to recognise a frame on the other side of a device. */
#ifndef TRACE_LIKENESS_H
#define TRACE_LIKENESS_H

#include "base/span.h"

#define LIKENESS_SNAPLEN                                                                           \
    1024 /* bytes of an Ethernet frame that are enough; the rest is not read                       \
          */

uint64_t frame_likeness(struct span frame);

#endif
