/* answer: what a host would say that had the addresses a stream makes up.
 *
 * A captured frame goes in; the frame that answers it comes out, or nothing. ARP requests
 * (RFC 826), neighbour solicitations (RFC 4861, section 7.2) and echo requests (RFC 792,
 * RFC 4443, section 4.1) are answered. Pure: who is asked for is the caller's to say. Called by
 * run/answers.c. */
#ifndef PACKET_ANSWER_H
#define PACKET_ANSWER_H

#include <stdbool.h>

#include "base/addr.h"

struct addr_range {
    struct addr lo, hi; /* of one family, both included */
};
struct addr_ranges {
    struct addr_range *v;
    size_t n, cap;
};
struct answerer {
    uint8_t mac[6]; /* the interface's: all addresses are there */
    struct addr_ranges mine;
    struct addr_ranges theirs; /* held by somebody else: never answered for, though in `mine` */
};

enum answered { ANSWERED_NOTHING, ANSWERED_ARP, ANSWERED_ND, ANSWERED_ECHO };
#define ANSWERED_COUNT 4

/* Writes the answer to an Ethernet frame into out[0..room) and its length into *len. Tags are
 * carried over. Nothing is answered that is malformed, cut short, has a wrong checksum, is
 * a fragment, has options or extension headers before the echo, comes from ourselves, or does
 * not fit into the room.
 *
 * Probes for duplicate addresses (RFC 5227; RFC 4862, section 5.4) are left alone: a host that
 * wants one of the addresses for itself may have it. */
enum answered answer_make(const struct answerer *a, struct span frame, uint8_t *out, size_t room,
                          size_t *len);

#endif
