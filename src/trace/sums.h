/* sums: the checksums of a recorded frame, changed by what changed (RFC 1624) or made anew.
 *
 * A checksum that was wrong in the recording stays exactly as wrong when it is updated, which is
 * why offloaded captures want them made anew. Called by trace/ when it rewrites and segments. */
#ifndef TRACE_SUMS_H
#define TRACE_SUMS_H

#include "trace/layout.h"

/* Makes those of the IP header and of TCP, UDP, ICMP, ICMPv6 or SCTP anew. A zero UDP checksum
 * over IPv4 means none and stays. The transport's is left alone when the packet is not whole,
 * is a fragment, or has hops to go that its pseudo header does not show. */
void sums_make(uint8_t *p, size_t n, const struct layout *l);
/* The checksums of a packet that can be verified, and those of them that are wrong, as bits 1 <<
 * enum. Those of fragments and of packets cut off cannot, nor can a UDP checksum of none. */
enum sum_kind { SUM_IP4, SUM_TCP, SUM_UDP, SUM_ICMP, SUM_SCTP, SUM_KINDS };
struct sums_verdict {
    unsigned checked, wrong;
};
struct sums_verdict sums_verify(const uint8_t *p, size_t n, const struct layout *l);
/* Partial sums (packet/checksum.h) of new bytes minus old ones, by where the bytes are. */
struct sums_change {
    uint64_t net;    /* in the IPv4 header */
    uint64_t pseudo; /* in the transport's pseudo header */
    uint64_t up;     /* in the transport header */
};
void sums_update(uint8_t *p, size_t n, const struct layout *l, const struct sums_change *c);

#endif
