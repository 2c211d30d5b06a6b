/* match: captured frames recognised as replies to units of a template.
 *
 * The token gives an index; the unit of that index is made again, and the reply must come from
 * where it went and go to where it came from. Nothing is looked up. */
#include "packet/template.h"

#define TAGS_MAX 8

/* The IP datagram in a frame, or as much of it as was captured. */
struct reply {
    bool v6;
    uint8_t protocol;
    bool whole; /* everything up to the end of the datagram was captured */
    u128 src, dst;
    struct span data;        /* behind the IP headers */
    struct scratch *scratch; /* for recomputing units */
};

static u128 read_addr(struct reader *r, size_t n)
{
    struct span s = read_bytes(r, n);
    u128 v = 0;
    for (size_t i = 0; i < s.n; i++) v = v << 8 | s.p[i];
    return v;
}

static bool is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static void take_data(struct reader *r, struct reply *out, size_t n)
{
    out->whole = reader_left(r) >= n;
    out->data = span_sub(r->s, r->at, n);
}

static bool read_ip4(struct reader *r, struct reply *out)
{
    size_t start = r->at;
    uint8_t first = read_u8(r);
    read_u8(r);
    size_t length = read_u16(r), header = (size_t)(first & 15) * 4;
    read_u16(r);
    uint16_t fragment = read_u16(r);
    read_u8(r);
    out->protocol = read_u8(r);
    read_u16(r);
    out->src = read_addr(r, 4);
    out->dst = read_addr(r, 4);
    if (r->bad || first >> 4 != 4 || header < 20 || length < header || fragment & 0x3fff)
        return false;
    read_bytes(r, start + header - r->at);
    if (r->bad) return false;
    take_data(r, out, length - header);
    return true;
}

static bool read_ip6(struct reader *r, struct reply *out)
{
    uint32_t first = read_u32(r);
    size_t length = read_u16(r);
    out->v6 = true;
    out->protocol = read_u8(r);
    read_u8(r);
    out->src = read_addr(r, 16);
    out->dst = read_addr(r, 16);
    if (r->bad || first >> 28 != 6) return false;
    /* Hop-by-hop, routing and destination options may stand before the transport layer. */
    while (out->protocol == 0 || out->protocol == 43 || out->protocol == 60) {
        out->protocol = read_u8(r);
        size_t n = (size_t)read_u8(r) * 8 + 8;
        read_bytes(r, n - 2);
        if (r->bad || length < n) return false;
        length -= n;
    }
    take_data(r, out, length);
    return true;
}

/* Behind MPLS labels (RFC 3032) nothing but the first nibble tells the version. */
static bool read_labelled(struct reader *r, struct reply *out)
{
    uint32_t entry;
    do {
        entry = read_u32(r);
    } while (!r->bad && !(entry & 0x100));
    struct span next = span_sub(r->s, r->at, 1);
    if (!next.n) return false;
    return next.p[0] >> 4 == 4 ? read_ip4(r, out) : read_ip6(r, out);
}

/* A PPPoE session (RFC 2516). */
static bool read_session(struct reader *r, struct reply *out)
{
    read_bytes(r, 6);
    uint16_t protocol = read_u16(r);
    if (r->bad) return false;
    return protocol == 0x0021 ? read_ip4(r, out) : protocol == 0x0057 && read_ip6(r, out);
}

static bool read_reply(struct span frame, struct reply *out)
{
    struct reader r = reader_of(frame);
    read_bytes(&r, 12);
    uint16_t type = read_u16(&r);
    for (int i = 0; i < TAGS_MAX && is_tag(type); i++) {
        read_u16(&r);
        type = read_u16(&r);
    }
    if (r.bad) return false;
    switch (type) {
    case 0x0800:
        return read_ip4(&r, out);
    case 0x86dd:
        return read_ip6(&r, out);
    case 0x8847:
    case 0x8848:
        return read_labelled(&r, out);
    case 0x8864:
        return read_session(&r, out);
    default:
        return false;
    }
}

/* Whether the reply's addresses and ports are those of unit `index`, turned round. */
static bool is_answer(const struct packet *p, const struct reply *in, uint64_t index)
{
    struct scratch *s = in->scratch;
    struct scratch_mark mark = scratch_mark(s);
    const struct ends_of_unit *at = &p->ends;
    bool same = packet_value(p, at->src, index, s) == in->dst &&
                packet_value(p, at->dst, index, s) == in->src;
    if (same && at->sport) {
        struct reader r = reader_of(in->data);
        uint16_t from = read_u16(&r), to = read_u16(&r);
        same = !r.bad && packet_value(p, at->sport, index, s) == to &&
               packet_value(p, at->dport, index, s) == from;
    }
    scratch_restore(s, mark);
    return same;
}

static bool from_low(const struct packet *p, const struct reply *in, uint32_t token, uint64_t near,
                     uint64_t *index)
{
    return token_nearest(p, token, near, index) && is_answer(p, in, *index);
}

static bool match_trailer(const struct packet *p, const struct reply *in, uint64_t *index)
{
    if (!in->whole || in->data.n < TRAILER + 8) return false;
    struct reader r = reader_of(span_from(in->data, in->data.n - TRAILER));
    uint64_t hi = read_u32(&r), n = read_u64(&r), lo = read_u32(&r);
    if ((hi << 32 | lo) != rng_at(p->check_key, n)) return false;
    *index = n;
    return is_answer(p, in, n);
}

/* A SYN-ACK or a reset acknowledges the sequence number plus one for SYN, and a reset, or a
 * server with fast open, the data of the packet too. */
static bool match_tcp(const struct packet *p, const struct reply *in, uint64_t near,
                      uint64_t *index)
{
    struct reader r = reader_of(in->data);
    read_u32(&r);
    read_u32(&r);
    uint32_t ack = read_u32(&r), flags = read_u16(&r) & 0x3f;
    if (r.bad || !(flags & 0x10) || !(flags & 0x06)) return false;
    if (from_low(p, in, ack - 1, near, index)) return true;
    const struct layer *l = p->ends.transport;
    if (p->end_varies || p->end <= l->at + l->size) return false;
    return from_low(p, in, ack - 1 - (uint32_t)(p->end - l->at - l->size), near, index);
}

static bool is_echo_reply(const struct reply *in)
{
    return in->data.n >= 8 && in->data.p[0] == (in->v6 ? 129 : 0) && in->data.p[1] == 0;
}

bool packet_match(const struct packet *p, struct scratch *scratch, struct span frame, uint64_t near,
                  uint64_t *index)
{
    struct reply in = {.scratch = scratch};
    if (p->token == TOKEN_NONE || !read_reply(frame, &in)) return false;
    bool v6 = p->dst_lo.family == FAMILY_IP6;
    if (in.v6 != v6 || in.protocol != p->ends.transport->class->protocol) return false;
    if (!p->ends.sport && !is_echo_reply(&in)) return false;
    switch (p->token) {
    case TOKEN_TRAILER:
        return match_trailer(p, &in, index);
    case TOKEN_TCP_SEQ:
        return match_tcp(p, &in, near, index);
    case TOKEN_ICMP_ID:
        return from_low(p, &in, get_u32(in.data.p + 4), near, index);
    case TOKEN_NONE:
        break;
    }
    return false;
}

/* Where a packet's own token stands after the way through a device: as it was written. */
static bool token_of(const struct packet *p, const struct reply *in, uint64_t near, uint64_t *index)
{
    struct reader r = reader_of(in->data);
    uint32_t low;
    switch (p->token) {
    case TOKEN_TRAILER: {
        if (!in->whole || in->data.n < TRAILER) return false;
        r = reader_of(span_from(in->data, in->data.n - TRAILER));
        uint64_t hi = read_u32(&r), n = read_u64(&r), lo = read_u32(&r);
        *index = n;
        return (hi << 32 | lo) == rng_at(p->check_key, n);
    }
    case TOKEN_TCP_SEQ:
    case TOKEN_ICMP_ID:
        read_u32(&r);
        low = read_u32(&r);
        return !r.bad && token_nearest(p, low, near, index);
    case TOKEN_NONE:
        break;
    }
    return false;
}

/* The same for a template whose units all carry the same: nothing needs to be made again. The
 * trailer has been checked. */
static bool is_image(const struct packet *p, const struct reply *in)
{
    const struct layer *l = p->ends.transport;
    size_t trailer = p->token == TOKEN_TRAILER ? TRAILER : 0, header = l->size;
    if (in->data.n != p->end - l->at) return false;
    size_t n = in->data.n - header - trailer;
    return memcmp(p->image + l->at + header, in->data.p + header, n) == 0;
}

/* Whether what the transport layer carries is what unit `index` carried; the headers may have
 * been rewritten on the way. */
static bool is_intact(const struct packet *p, struct packet_room *room, const struct reply *in,
                      uint64_t index)
{
    if (p->same_content && !p->times) return is_image(p, in);
    struct reply own = {.scratch = in->scratch};
    struct scratch_mark mark = scratch_mark(in->scratch);
    struct draw d = {.index = &index, .scratch = in->scratch};
    struct frame f;
    packet_fill(p, room, &d, 1, &f);
    bool same = read_reply(span_make(f.p, f.len), &own) && own.data.n == in->data.n;
    size_t header = p->ends.transport->size;
    same = same && span_eq(span_from(own.data, header), span_from(in->data, header));
    scratch_restore(in->scratch, mark);
    return same;
}

/* 32 bits alone could be chance: one of the addresses must still be the unit's. */
static bool is_related(const struct packet *p, const struct reply *in, uint64_t index)
{
    struct scratch_mark mark = scratch_mark(in->scratch);
    bool same = packet_value(p, p->ends.src, index, in->scratch) == in->src ||
                packet_value(p, p->ends.dst, index, in->scratch) == in->dst;
    scratch_restore(in->scratch, mark);
    return same;
}

bool packet_arrived(const struct packet *p, struct packet_room *room, struct scratch *scratch,
                    struct span frame, uint64_t near, uint64_t *index, enum content *content)
{
    struct reply in = {.scratch = scratch};
    if (p->token == TOKEN_NONE || !read_reply(frame, &in)) return false;
    if (in.protocol != p->ends.transport->class->protocol) return false;
    if (!token_of(p, &in, near, index)) return false;
    if (p->token != TOKEN_TRAILER && !is_related(p, &in, *index)) return false;
    *content = !in.whole                         ? CONTENT_CUT
               : is_intact(p, room, &in, *index) ? CONTENT_SAME
                                                 : CONTENT_CHANGED;
    return true;
}

bool packet_is_cut(struct span frame)
{
    struct reply in = {0};
    return read_reply(frame, &in) && !in.whole;
}
