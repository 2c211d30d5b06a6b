#include "trace/layout.h"

#include "base/rng.h"

/* The smallest transport header that rewriting touches; 0: none is looked at. */
static size_t transport_min(uint8_t proto)
{
    switch (proto) {
    case PROTO_TCP:
        return 20;
    case PROTO_UDP:
        return 8;
    case PROTO_SCTP:
        return 12;
    case PROTO_ICMP:
    case PROTO_ICMP6:
        return 4;
    default:
        return 0;
    }
}

static void set_transport(struct layout *l, size_t at, size_t n)
{
    size_t least = transport_min(l->proto);
    if (least && at + least <= n && at + least <= l->end) l->up = (uint32_t)at;
}

/* Notes a list of n addresses at `at`, `left` of which are still to be visited. One that cannot be
 * so, like a second one, hides the last hop. */
static void set_route(struct layout *l, size_t at, size_t n, size_t left, bool backwards)
{
    bool known = !l->routed && n > 0 && left <= n;
    if (left == 0 && !known) return; /* it says nothing any more */
    l->hops = known ? (uint32_t)at : 0;
    l->n_hops = known ? (uint16_t)n : 0;
    l->left = known ? (uint16_t)left : 0;
    l->last = 0;
    l->routed = left > 0;
    if (known && left) l->last = (uint32_t)(backwards ? at : at + layout_address_size(l) * (n - 1));
}

/* Loose and strict source routes (RFC 791, section 3.1). */
static void walk_options(struct span options, size_t at, struct layout *l)
{
    struct reader r = reader_of(options);
    while (!r.bad && reader_left(&r) > 0) {
        size_t option = r.at;
        uint8_t type = read_u8(&r);
        if (type == 0) return;
        if (type == 1) continue;
        uint8_t length = read_u8(&r);
        if (length < 2) return;
        struct reader body = reader_of(read_bytes(&r, length - 2u));
        if (type != 131 && type != 137) continue;
        uint8_t next = read_u8(&body); /* counted from 1 */
        if (r.bad) return;
        size_t left = next > length ? 0 : (length + 4u - next) / 4, n = (length - 3u) / 4;
        if (length < 3 || (length - 3) % 4 || next % 4) n = 0;
        set_route(l, at + option + 3, n, left, false);
    }
}

/* RFC 791. A total length of zero is what segmentation offload leaves: all of the frame. */
static void walk_ip4(struct reader r, struct layout *l)
{
    uint8_t first = read_u8(&r);
    size_t header = (first & 15u) * 4u;
    read_u8(&r);
    uint16_t total = read_u16(&r);
    read_u16(&r);
    uint16_t fragment = read_u16(&r);
    read_u8(&r);
    uint8_t proto = read_u8(&r);
    read_bytes(&r, 10);
    struct span options = span_sub(r.s, r.at, header < 20 ? 0 : header - 20);
    if (r.bad || first >> 4 != 4 || header < 20 || (total && total < header)) return;
    l->version = 4;
    l->proto = proto;
    l->fragment = fragment & 0x3fff;
    l->end = total ? l->net + total : (uint32_t)r.s.n;
    if (options.n) walk_options(options, r.at, l);
    if ((fragment & 0x1fff) == 0) set_transport(l, l->net + header, r.s.n);
}

static bool is_extension(uint8_t next)
{
    return next == 0 || next == 43 || next == 44 || next == 51 || next == 60;
}

/* A routing header that begins at `header` and has that many eights of bytes behind its first:
 * lists of types 0 and 2 in the order of the visits (RFC 5095, RFC 6275), segment lists of type 4
 * in the other one, and with other things behind (RFC 8754). */
static void walk_route(struct span frame, size_t header, size_t eights, struct layout *l)
{
    struct reader r = reader_of(span_from(frame, header));
    read_u16(&r);
    uint8_t type = read_u8(&r), left = read_u8(&r), last_entry = read_u8(&r);
    size_t n = type == 4 ? last_entry + 1u : type == 0 || type == 2 ? eights / 2 : 0;
    if (type == 4 ? 2 * n > eights : eights % 2 != 0) n = 0;
    set_route(l, header + 8, n, left, type == 4);
}

/* RFC 8200, section 4; a payload length of zero as above, or a jumbogram (RFC 2675). */
static void walk_ip6(struct reader r, struct layout *l)
{
    uint8_t first = read_u8(&r);
    read_bytes(&r, 3);
    uint16_t length = read_u16(&r);
    uint8_t next = read_u8(&r);
    read_bytes(&r, 33);
    if (r.bad || first >> 4 != 6) return;
    bool later = false;
    l->version = 6;
    l->end = length ? l->net + 40u + length : (uint32_t)r.s.n;
    while (is_extension(next) && !later) { /* each takes eight bytes of the frame, or more */
        uint8_t kind = next;
        size_t header = r.at;
        next = read_u8(&r);
        uint8_t len = read_u8(&r);
        uint16_t word = read_u16(&r);
        read_bytes(&r, 4);
        if (kind == 43) walk_route(r.s, header, len, l);
        if (kind == 44) {
            l->fragment = word & 0xfff9;
            later = word >> 3;
        } else {
            read_bytes(&r, len * (kind == 51 ? 4u : 8u)); /* counted from the eighth byte on */
        }
        if (r.bad) return;
    }
    l->proto = next;
    if (!later && !is_extension(next)) set_transport(l, r.at, r.s.n);
}

/* Labels end with the one that has the bottom bit (RFC 3032); then the first nibble tells. */
static uint16_t skip_labels(struct reader *r)
{
    uint32_t label;
    do label = read_u32(r);
    while (!r->bad && !(label & 0x100));
    struct reader look = *r;
    unsigned version = read_u8(&look) >> 4;
    return r->bad || look.bad ? 0 : version == 4 ? TYPE_IP4 : version == 6 ? TYPE_IP6 : 0;
}

/* RFC 2516, section 4: six bytes, and a PPP protocol number behind them. */
static uint16_t skip_pppoe(struct reader *r)
{
    read_bytes(r, 6);
    uint16_t protocol = read_u16(r);
    return r->bad ? 0 : protocol == 0x21 ? TYPE_IP4 : protocol == 0x57 ? TYPE_IP6 : 0;
}

void layout_from(struct span bytes, size_t at, uint16_t type, struct layout *out)
{
    struct reader r = reader_of(bytes);
    read_bytes(&r, at);
    uint16_t inner = type;
    if (type == TYPE_MPLS || type == TYPE_MPLS_MULTICAST) inner = skip_labels(&r);
    if (type == TYPE_PPPOE) inner = skip_pppoe(&r);
    out->type = type;
    out->inner = inner;
    out->net = (uint32_t)(inner ? r.at : at);
    if (r.bad) return;
    if (inner == TYPE_IP4) walk_ip4(r, out);
    if (inner == TYPE_IP6) walk_ip6(r, out);
}

void layout_ethernet(struct span frame, struct layout *out)
{
    struct reader r = reader_of(frame);
    *out = (struct layout){0};
    read_bytes(&r, 12);
    uint16_t type = read_u16(&r);
    while (!r.bad && type_is_tag(type)) {
        read_u16(&r);
        type = read_u16(&r);
        if (!r.bad) out->tags++;
    }
    if (!r.bad) layout_from(frame, r.at, type, out);
}

/* One end of a conversation as a number: its address and its port, which is kept apart from the
 * address: neighbours have neighbouring ports. */
static uint64_t end_hash(struct span address, uint16_t port)
{
    uint64_t h = (uint64_t)port << 32;
    for (size_t i = 0; i + 4 <= address.n; i += 4) h = rng_mix(h ^ get_u32(address.p + i));
    return h;
}

void layout_find_ends(struct span frame, const struct layout *l, struct layout_ends *out)
{
    size_t n = l->version == 4 ? 4 : 16, at = l->net + (l->version == 4 ? 12u : 8u);
    *out = (struct layout_ends){0};
    if (!l->version) return;
    out->src = span_sub(frame, at, n);
    out->dst = span_sub(frame, at + n, n);
    if (!proto_has_ports(l->proto) || !l->up || l->fragment) return;
    struct reader r = reader_of(span_from(frame, l->up));
    out->sport = read_u16(&r);
    out->dport = read_u16(&r);
    out->ports = true;
}

uint64_t layout_flow_of(const struct layout_ends *e, uint8_t proto, bool *first)
{
    uint64_t a = end_hash(e->src, e->sport), b = end_hash(e->dst, e->dport);
    uint64_t flow = rng_mix(rng_mix(a < b ? a : b) ^ (a < b ? b : a) ^ proto);
    *first = a < b;
    return flow ? flow : 1;
}

uint64_t layout_flow(struct span frame, const struct layout *l)
{
    struct layout_ends e;
    bool first;
    if (!l->version) return 0;
    layout_find_ends(frame, l, &e);
    return layout_flow_of(&e, l->proto, &first);
}

bool layout_from_client(struct span frame, const struct layout *l)
{
    if (!l->version) return true;
    struct layout_ends e;
    layout_find_ends(frame, l, &e);
    if (e.sport != e.dport) return e.sport > e.dport;
    return e.src.n == 0 || memcmp(e.src.p, e.dst.p, e.src.n) >= 0;
}
