#include "trace/said.h"

#include "trace/link.h"

#define UDP_HEADER 8u

/* A packet on its way to be understood. */
struct packet {
    struct span bytes; /* offsets of the layout count from its first one */
    struct layout layout;
    uint32_t end; /* of the IP packet */
};

/* The payload begins at `at` and would go on to `end` if all were captured. Some programs write
 * frames that they cut as if they had been so short. */
static void set_payload(struct said *out, const struct packet *p, size_t at, size_t end)
{
    size_t seen = end < p->bytes.n ? end : p->bytes.n;
    out->bytes = at < seen ? span_sub(p->bytes, at, seen - at) : (struct span){0};
    out->missing = (uint32_t)(end - at - out->bytes.n);
}

/* RFC 9293, section 3.1. */
static enum said_fate read_tcp(const struct packet *p, struct said *out)
{
    struct reader r = reader_of(span_from(p->bytes, p->layout.up));
    read_u32(&r);
    out->seq = read_u32(&r);
    out->ack = read_u32(&r);
    size_t header = (read_u8(&r) >> 4) * 4u;
    out->flags = read_u8(&r);
    if (header < 20 || p->layout.up + header > p->end) return SAID_MALFORMED;
    set_payload(out, p, p->layout.up + header, p->end);
    return SAID_SOMETHING;
}

/* RFC 768. Without a length it is as long as the packet: a jumbogram, or offloading. */
static enum said_fate read_udp(const struct packet *p, struct said *out)
{
    struct reader r = reader_of(span_from(p->bytes, p->layout.up));
    read_u32(&r);
    uint32_t length = read_u16(&r);
    uint32_t most = p->end - p->layout.up;
    if (length == 0) length = most;
    if (length < UDP_HEADER || length > most) return SAID_MALFORMED;
    set_payload(out, p, p->layout.up + UDP_HEADER, p->layout.up + length);
    return SAID_SOMETHING;
}

static enum said_fate read_packet(const struct packet *p, struct said *out)
{
    const struct layout *l = &p->layout;
    if (l->proto != PROTO_TCP && l->proto != PROTO_UDP) return SAID_OTHER;
    if (!l->up) return p->end > p->bytes.n ? SAID_CUT : SAID_MALFORMED;
    *out = (struct said){.udp = l->proto == PROTO_UDP};
    layout_find_ends(p->bytes, l, &out->ends);
    bool first;
    out->flow = layout_flow_of(&out->ends, l->proto, &first);
    out->lower_server = layout_from_client(p->bytes, l);
    return out->udp ? read_udp(p, out) : read_tcp(p, out);
}

static enum said_fate read_fragment(struct packet *p, struct defrag *d, int64_t now)
{
    struct span frame = p->bytes;
    struct layout l = p->layout;
    switch (defrag_take(d, frame, &l, now, &p->bytes, &p->layout)) {
    case DEFRAG_WHOLE:
        p->end = p->layout.end;
        return p->layout.fragment ? SAID_MALFORMED : SAID_SOMETHING;
    case DEFRAG_WAITS:
        return SAID_FRAGMENT;
    case DEFRAG_OLD:
        return SAID_FRAGMENT_OLD;
    case DEFRAG_CUT:
        return SAID_CUT;
    case DEFRAG_BAD:
        break;
    }
    return SAID_MALFORMED;
}

enum said_fate said_read(const struct trace_frame *f, struct defrag *d, int64_t now,
                         struct said *out)
{
    struct packet p = {.bytes = f->bytes};
    if (!link_layout(f->link, f->bytes, &p.layout) || !p.layout.version)
        return p.layout.inner && f->bytes.n < f->wire_len ? SAID_CUT : SAID_NO_IP;
    p.end = p.layout.end;
    if (p.layout.fragment) {
        enum said_fate fate = read_fragment(&p, d, now);
        if (fate != SAID_SOMETHING) return fate;
    }
    return read_packet(&p, out);
}
