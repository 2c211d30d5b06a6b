#include "trace/tunnel.h"

#include "packet/checksum.h"
#include "trace/sums.h"

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
    out->numbered = flags & 0x1000;
    if (out->numbered) read_u32(r);
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

void tunnel_sum(uint8_t *p, const struct tunnel *t)
{
    size_t header = t->gre_sum - 4;
    if (!t->gre_sum) return;
    put_u16(p + t->gre_sum, 0);
    put_u16(p + t->gre_sum, sum_final(sum_bytes(p + header, t->to - header)));
}

void nest_find(struct span frame, const struct layout *outer, struct nest *out)
{
    struct tunnel t;
    out->v[0] = (struct tunnel){.at = *outer};
    out->n = 1;
    while (out->n < NEST_DEPTH && tunnel_find(frame, &out->v[out->n - 1].at, &t) &&
           t.at.end == outer->end)
        out->v[out->n++] = t;
}

static void set_lengths(uint8_t *p, const struct layout *l)
{
    if (l->version == 4)
        put_u16(p + l->net + 2, (uint16_t)(l->end - l->net));
    else
        put_u16(p + l->net + 4, (uint16_t)(l->end - l->net - 40));
    if (l->proto == PROTO_UDP && l->up) put_u16(p + l->up + 4, (uint16_t)(l->end - l->up));
    if (l->type == TYPE_PPPOE) put_u16(p + l->net - 4, (uint16_t)(l->end - l->net + 2));
}

void nest_set_end(uint8_t *p, struct nest *nest, uint32_t end)
{
    for (size_t i = 0; i < nest->n; i++) {
        nest->v[i].to = nest->v[i].at.end = end;
        set_lengths(p, &nest->v[i].at);
    }
}

void nest_sums(uint8_t *p, size_t n, const struct nest *nest)
{
    for (size_t i = nest->n; i-- > 0;) {
        sums_make(p, n, &nest->v[i].at);
        tunnel_sum(p, &nest->v[i]);
    }
}
