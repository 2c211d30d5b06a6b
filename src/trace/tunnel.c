#include "trace/tunnel.h"

enum {
    PROTO_IP4 = 4,
    PROTO_IP6 = 41,
    PROTO_GRE = 47,
    TYPE_BRIDGED = 0x6558, /* an Ethernet frame */
    PORT_VXLAN = 4789,
    PORT_GENEVE = 6081,
};

/* Where the packet's payload begins when its protocol is none of those that the layout knows. */
static size_t payload_of(struct span frame, const struct layout *l)
{
    return l->net + (l->version == 4 ? (frame.p[l->net] & 15u) * 4u : 40u);
}

/* What stands at the reader: an IP packet, or a frame with one. */
static bool find_inside(const struct reader *r, uint16_t type, struct tunnel *out)
{
    struct reader in = *r;
    out->from = (uint32_t)r->at;
    if (type == TYPE_BRIDGED) {
        read_bytes(&in, 12);
        type = read_u16(&in);
        while (!in.bad && type_is_tag(type)) {
            read_u16(&in);
            type = read_u16(&in);
        }
    }
    if (in.bad) return false;
    layout_from(in.s, in.at, type, &out->at);
    return out->at.version;
}

/* The checksum covers the GRE header and all behind it. */
static bool find_gre(struct reader *r, struct tunnel *out)
{
    uint32_t header = (uint32_t)r->at;
    uint16_t flags = read_u16(r), type = read_u16(r);
    if ((flags & 7) != 0) return false; /* version 1 is PPTP's */
    if (flags & 0x8000) {
        out->gre_sum = header + 4;
        read_u32(r);
    }
    if (flags & 0x2000) read_u32(r);
    if (flags & 0x1000) read_u32(r);
    return !r->bad && find_inside(r, type, out);
}

static bool find_in_udp(struct reader *r, struct tunnel *out)
{
    read_u16(r);
    uint16_t port = read_u16(r);
    read_u32(r);
    if (port == PORT_VXLAN) {
        read_bytes(r, 8);
        return !r->bad && find_inside(r, TYPE_BRIDGED, out);
    }
    if (port != PORT_GENEVE) return false;
    unsigned options = (read_u8(r) & 63u) * 4u;
    read_u8(r);
    uint16_t type = read_u16(r);
    read_u32(r);
    read_bytes(r, options);
    return !r->bad && find_inside(r, type, out);
}

bool tunnel_find(struct span frame, const struct layout *outer, struct tunnel *out)
{
    *out = (struct tunnel){.to = outer->end < frame.n ? outer->end : (uint32_t)frame.n};
    if (!outer->version || outer->fragment) return false;
    struct reader r = reader_of(span_sub(frame, 0, out->to));
    if (outer->proto == PROTO_UDP) {
        if (!outer->up) return false;
        read_bytes(&r, outer->up);
        return find_in_udp(&r, out);
    }
    if (outer->proto != PROTO_GRE && outer->proto != PROTO_IP4 && outer->proto != PROTO_IP6)
        return false;
    read_bytes(&r, payload_of(frame, outer));
    if (r.bad) return false;
    if (outer->proto == PROTO_GRE) return find_gre(&r, out);
    return find_inside(&r, outer->proto == PROTO_IP4 ? TYPE_IP4 : TYPE_IP6, out);
}
