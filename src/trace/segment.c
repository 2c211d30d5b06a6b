#include "trace/segment.h"

#include "trace/tunnel.h"

#include <string.h>

#define DATA_MIN 8u

enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, URG = 0x20, CWR = 0x80 };

/* Where the data begins of the innermost packet, when all of them can become several. */
static uint32_t find_data(const struct draft *d, struct nest *nest)
{
    nest_find(span_make(d->p, d->n), &d->at, nest);
    for (size_t i = 0; i < nest->n; i++) {
        const struct layout *l = &nest->v[i].at;
        if (l->fragment || nest->v[i].numbered || !layout_whole(l, d->n)) return 0;
        if (l->routed && !l->last) return 0; /* no checksum can be made */
    }
    const struct layout *l = &nest->v[nest->n - 1].at;
    if (l->proto != PROTO_TCP || !l->up) return 0;
    uint32_t data = l->up + (d->p[l->up + 12] >> 4) * 4u;
    return data >= l->up + 20 && data < l->end ? data : 0;
}

size_t segment_count(const struct draft *d, uint32_t limit)
{
    struct nest nest;
    uint32_t data = find_data(d, &nest);
    if (!data || data + DATA_MIN > limit) return 0;
    size_t room = limit - data;
    return (d->at.end - data + room - 1) / room;
}

size_t segment_room(const struct draft *d, uint32_t limit)
{
    struct nest nest;
    return d->n + segment_count(d, limit) * find_data(d, &nest);
}

/* The flags and numbers of a segment whose data begins `at` bytes into the whole (RFC 9293): a SYN
 * comes first and takes a number, what is urgent ends where it ended. */
static void set_tcp(uint8_t *tcp, bool last, uint32_t at)
{
    uint8_t *flags = tcp + 13;
    uint32_t number = at ? at + (*flags & SYN ? 1 : 0) : 0;
    put_u32(tcp + 4, get_u32(tcp + 4) + number);
    if (!last) *flags &= (uint8_t) ~(FIN | PSH);
    if (at == 0) return;
    *flags &= (uint8_t) ~(SYN | CWR);
    if (!(*flags & URG)) return;
    uint16_t urgent = get_u16(tcp + 18);
    if (urgent < number) *flags &= (uint8_t)~URG;
    put_u16(tcp + 18, urgent < number ? 0 : (uint16_t)(urgent - number));
}

/* Cards count the identifications of all packets on, those around the segment as well. */
static void number(uint8_t *p, const struct nest *nest, size_t i)
{
    for (size_t k = 0; k < nest->n; k++) {
        const struct layout *l = &nest->v[k].at;
        if (l->version == 4) put_u16(p + l->net + 4, (uint16_t)(get_u16(p + l->net + 4) + i));
    }
}

void segment_split(const struct draft *d, uint32_t limit, uint8_t *room, struct frame *out)
{
    struct nest nest;
    size_t n = segment_count(d, limit);
    uint32_t header = find_data(d, &nest), left = d->at.end - header, at = 0;
    const struct layout *tcp = &nest.v[nest.n - 1].at;
    for (size_t i = 0; i < n; i++) {
        uint32_t data = left < limit - header ? left : limit - header, end = header + data;
        memcpy(room, d->p, header);
        memcpy(room + header, d->p + header + at, data);
        number(room, &nest, i);
        set_tcp(room + tcp->up, i == n - 1, at);
        nest_set_end(room, &nest, end);
        nest_sums(room, end, &nest);
        out[i] = (struct frame){.p = room, .len = end, .wire_len = end};
        room += end;
        at += data;
        left -= data;
    }
}
