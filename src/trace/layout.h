/* layout: where the headers of a recorded frame are, as offsets from its first byte.
 *
 * One walk over Ethernet, VLAN tags, MPLS labels, PPPoE and IP serves the target rules, the
 * rewriting and `spate info`. It never reads past the frame: what is not there is told as
 * absent. Called by trace/ and run/. */
#ifndef TRACE_LAYOUT_H
#define TRACE_LAYOUT_H

#include "base/span.h"

enum {
    TYPE_IP4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_IP6 = 0x86dd,
    TYPE_QINQ = 0x88a8,
    TYPE_QINQ_OLD = 0x9100,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE = 0x8864,
};
enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58, PROTO_SCTP = 132 };

static inline bool proto_has_ports(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

struct layout {
    uint32_t tags;   /* VLAN tags, 4 bytes each, from byte 12 on */
    uint16_t type;   /* the EtherType of what is at `net` */
    uint16_t inner;  /* the same behind labels and sessions: IPv4, IPv6, or 0: not known */
    uint8_t version; /* of IP: 4 or 6; 0: the frame carries none, or too little of it */
    uint8_t proto;   /* behind all extension headers */
    bool fragment;   /* the packet is part of a larger one */
    bool routed;     /* a source route has hops left: the destination will change */
    uint32_t net;    /* the IP header, or what the EtherType announces */
    uint32_t up;     /* the transport header; 0: absent, cut off, or in another fragment */
    uint32_t end;    /* of the IP packet by its own length; may lie beyond the frame */
    uint32_t last;   /* where the address of a routed packet's last hop is; 0: not known */
    uint32_t hops;   /* the addresses of a source route, one behind the other; 0: none known */
    uint16_t n_hops; /* how many these are, visited ones included */
    uint16_t left;   /* how many of a routed packet's are still to be visited */
};

/* The layout of an Ethernet frame (IEEE 802.3; 802.1Q and 802.1ad tags). */
void layout_ethernet(struct span frame, struct layout *out);
/* The same for what begins at `at` with an EtherType known otherwise. */
void layout_from(struct span bytes, size_t at, uint16_t type, struct layout *out);

static inline bool type_is_tag(uint16_t type)
{
    return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD;
}
/* Whether the whole IP packet is in a frame of n bytes. */
static inline bool layout_whole(const struct layout *l, size_t n)
{
    return l->version && l->end <= n;
}
static inline uint32_t layout_address_size(const struct layout *l)
{
    return l->version == 4 ? 4 : 16;
}
/* Where the first address that is still to be visited is; the others of them follow. Only for
 * routed packets whose last hop is known. */
static inline uint32_t layout_hops_left(const struct layout *l)
{
    if (l->last == l->hops) return l->hops; /* a segment list is written backwards */
    return l->hops + layout_address_size(l) * (uint32_t)(l->n_hops - l->left);
}
/* The two ends of an IP packet; without IP all is empty. */
struct layout_ends {
    struct span src, dst; /* addresses, parts of the frame */
    uint16_t sport, dport;
    bool ports; /* it has such: a whole packet of TCP, UDP or SCTP */
};
void layout_find_ends(struct span frame, const struct layout *l, struct layout_ends *out);
/* A number other than 0 for the conversation between two ends, the same in both directions; *first
 * tells whether the sender is the end that comes first in an order of their own. */
uint64_t layout_flow_of(const struct layout_ends *e, uint8_t proto, bool *first);
/* A number for the conversation that the packet belongs to, the same in both directions, from
 * addresses, protocol and ports; fragments without ports share one by addresses. 0: no IP. */
uint64_t layout_flow(struct span frame, const struct layout *l);
/* Whether the packet goes from the conversation's client to its server, by the ports alone: the
 * lower one is the server's; with equal ports the higher address is the client's. */
bool layout_from_client(struct span frame, const struct layout *l);

#endif
