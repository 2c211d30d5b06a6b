/* What packets carry: replaced at its length, or made shorter or longer. */
#include "packet/checksum.h"
#include "trace/edit.h"
#include "trace/tunnel.h"

#include <string.h>

static size_t behind_net(const uint8_t *p, const struct layout *l)
{
    return l->net + (l->version == 4 ? (p[l->net] & 15u) * 4u : 40u);
}

/* Where the payload begins: behind the transport's header; 0: not known. Later fragments are all
 * payload. ICMP is looked into only where it echoes. */
static size_t payload_at(const uint8_t *p, const struct layout *l)
{
    bool later = l->fragment && !l->up && l->version == 4;
    switch (l->proto) {
    case PROTO_TCP:
        if (l->up && p[l->up + 12] >> 4 >= 5) return l->up + (p[l->up + 12] >> 4) * 4u;
        break;
    case PROTO_UDP:
        if (l->up) return l->up + 8;
        break;
    case PROTO_ICMP:
    case PROTO_ICMP6:
        if (l->up && (l->version == 4 ? p[l->up] == 8 || p[l->up] == 0 : p[l->up] >> 1 == 64))
            return l->up + 8;
        break;
    default:
        return 0;
    }
    return later ? behind_net(p, l) : 0;
}

static void fill_text(uint8_t *p, size_t n, struct span text)
{
    if (!text.n) memset(p, 0, n);
    for (size_t i = 0; text.n && i < n; i += text.n)
        memcpy(p + i, text.p, n - i < text.n ? n - i : text.n);
}

void rewrite_payload(const struct rewrite *w, struct edit *e, uint64_t index, struct span text)
{
    struct draft *d = e->draft;
    const struct layout *l = &d->at;
    size_t from = l->version ? payload_at(d->p, l) : 0;
    size_t to = l->end < d->n ? l->end : d->n;
    if (!from || from >= to) return;
    uint64_t change = 0xffff - sum_bytes(d->p + from, to - from);
    if (w->payload == PAYLOAD_RANDOM)
        bytes_at(w->payload_key, index, 0, to - from, d->p + from);
    else
        fill_text(d->p + from, to - from, w->payload == PAYLOAD_TEXT ? text : (struct span){0});
    change += sum_bytes(d->p + from, to - from);
    e->sums.up += change ? change : 0xffff;
    e->changed = true;
}

/* What has no payload to speak of (ARP, neighbour discovery, routing) has lengths of its own: it is
 * followed by padding, as any frame may be. */
static void pad_behind(struct draft *d, uint32_t end, uint32_t size)
{
    if (size < end) size = end;
    if (size > d->n) memset(d->p + d->n, 0, size - d->n);
    d->n = d->wire_len = size;
}

void rewrite_size(struct draft *d, uint32_t size)
{
    struct nest nest;
    const struct layout *l = &d->at;
    if (!l->version) return pad_behind(d, d->n, size);
    /* A part of a packet has its place in the whole; what is cut off already says no lengths. */
    if (l->fragment || !layout_whole(l, d->n)) return;
    nest_find(span_make(d->p, d->n), l, &nest);
    const struct layout *inner = &nest.v[nest.n - 1].at;
    size_t payload = payload_at(d->p, inner);
    if (inner->proto == PROTO_SCTP) return; /* its chunks have lengths of their own */
    if (!payload) return pad_behind(d, l->end, size);
    if (size < payload) size = (uint32_t)payload;
    if (size > l->end) memset(d->p + l->end, 0, size - l->end);
    nest_set_end(d->p, &nest, size);
    d->n = d->wire_len = size;
    d->filled = true;
    d->at.end = size;
}

/* GRE's own checksum, over its header and what it carries. */
static void settle_gre(uint8_t *p, const struct tunnel *t, uint64_t change, bool anew)
{
    uint8_t *sum = p + t->gre_sum;
    if (anew)
        tunnel_sum(p, t);
    else
        put_u16(sum, sum_final((uint16_t)~get_u16(sum) + change));
}

bool rewrite_inside(const struct rewrite *w, struct edit *outer, uint64_t index, struct span text,
                    unsigned depth)
{
    struct draft *d = outer->draft;
    struct tunnel t;
    if (depth == NEST_DEPTH || !tunnel_find(span_make(d->p, d->n), &d->at, &t)) return false;
    struct draft in = *d;
    struct edit e = {.draft = &in};
    bool anew = w->checksums == CHECKSUMS_ALWAYS || d->filled;
    in.at = t.at;
    in.n = t.to;
    uint64_t change = 0xffff - sum_bytes(d->p + t.from, t.to - t.from);
    if (w->inside) {
        rewrite_nets(w, &e);
        rewrite_ports(w, &e);
    }
    if (!rewrite_inside(w, &e, index, text, depth + 1) && w->payload)
        rewrite_payload(w, &e, index, text);
    rewrite_settle(w, &in, &e);
    if (!e.changed && !anew) return true;
    change += sum_bytes(d->p + t.from, t.to - t.from);
    if (t.gre_sum && w->checksums != CHECKSUMS_KEEP) settle_gre(d->p, &t, change, anew);
    outer->sums.up += change ? change : 0xffff;
    outer->changed = true;
    return true;
}
