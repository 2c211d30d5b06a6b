/* rewrite: addresses, ports, tags and other fields of recorded frames changed on their way out.
 *
 * A struct rewrite is compiled by plan/ and immutable; run/ hands batches of drafts to it. Maps
 * come first, then the new ends of drafts that are given such, all of a batch or none, then the
 * fields that generators draw, as columns over the batch, then sizes and payloads; then the
 * checksums, from the innermost packet outwards. Unless `inside` says so only the outermost
 * packet's headers are changed; what an ICMP error quotes stays as recorded. A draft needs room for
 * the greatest of the sizes. */
#ifndef TRACE_REWRITE_H
#define TRACE_REWRITE_H

#include "gen/gen.h"
#include "trace/draft.h"

enum rewrite_field {
#define FIELD(id, ...) REWRITE_##id,
#include "trace/field.def"
#undef FIELD
    REWRITE_FIELDS,
};
struct rewrite_target {
    const char *name, *help;
    enum { VALUE_NUMBER, VALUE_MAC, VALUE_IP4, VALUE_IP6 } type;
    enum { IN_LINK, IN_TAG, IN_IP4, IN_IP6, IN_TCP, IN_UDP, IN_SCTP } header;
    uint16_t bit, bits;
    /* Which checksums cover it: the IP header's, and the transport's, directly or through its
     * pseudo header; IPv4 addresses are in two. */
    enum sums { SUMS_NONE = 0, SUMS_NET = 1, SUMS_PSEUDO = 2, SUMS_BOTH = 3, SUMS_UP = 4 } sums;
    enum rewrite_field mirror;
};
extern const struct rewrite_target rewrite_targets[REWRITE_FIELDS];

/* Prefix-preserving: the bits behind the new prefix are kept, so addresses that agree in their
 * first bits still do. With a longer new prefix the bits between the two are lost. */
struct rewrite_net {
    struct prefix from, to; /* of one family */
};
struct rewrite_port {
    uint16_t lo, hi, to; /* lo..hi become to.. */
};
struct rewrite_mac {
    uint8_t from[6], to[6];
    bool any; /* every address but broadcast and multicast */
};
struct rewrite_vlan {
    enum { VLAN_PUSH, VLAN_POP, VLAN_RETAG } how;
    uint16_t from, to;
    uint16_t type; /* of a tag pushed */
};
struct rewrite_draw {
    enum rewrite_field field;
    const struct gen *gen;
    bool by_flow; /* it is a value `per flow`, whatever the others are drawn for */
};
struct rewrite {
    struct rewrite_net *nets; /* the first that matches counts, here and below */
    struct rewrite_port *ports;
    struct rewrite_mac *macs;
    struct rewrite_vlan *vlans; /* in this order */
    struct rewrite_draw *draws;
    size_t n_nets, n_ports, n_macs, n_vlans, n_draws;
    const struct gen *ttl, *dscp; /* of IPv4 and IPv6 alike; NULL: kept */
    const struct gen *size;       /* of the frames; NULL: kept */
    /* What TCP, UDP and echoes carry, in the innermost packet, at its length. */
    enum { PAYLOAD_KEPT, PAYLOAD_ZERO, PAYLOAD_RANDOM, PAYLOAD_TEXT } payload;
    const struct gen *text; /* repeated, and cut to length */
    uint64_t payload_key;
    bool inside; /* maps and ports are for what tunnels carry as well */
    /* What a draw's index is. By conversation, `src` fields mean the client's and `dst` fields
     * the server's, whichever way a frame goes. */
    enum { PER_FRAME, PER_FLOW, PER_LOOP, PER_FLOW_AND_LOOP } per;
    bool flows; /* some value is `per flow` */
    enum { CHECKSUMS_FIX, CHECKSUMS_KEEP, CHECKSUMS_ALWAYS } checksums;
};
/* The address by the maps' rules; false, and *a is left, when none is about it. */
bool rewrite_map_address(const struct rewrite *w, struct addr *a);
/* Changes n <= BATCH drafts. */
void rewrite_batch(const struct rewrite *w, struct scratch *scratch, struct draft *d, size_t n);

#endif
