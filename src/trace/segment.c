#include "trace/segment.h"

#include "trace/sums.h"

#include <string.h>

#define DATA_MIN 8u

enum { FIN = 0x01, SYN = 0x02, PSH = 0x08, URG = 0x20, CWR = 0x80 };

/* Bytes before the data. */
static size_t header_of(const struct draft *d)
{
    return d->at.up + (d->p[d->at.up + 12] >> 4) * 4u;
}

size_t segment_count(const struct draft *d, uint32_t limit)
{
    const struct layout *l = &d->at;
    if (l->proto != PROTO_TCP || !l->up || l->fragment || !layout_whole(l, d->n)) return 0;
    if (l->routed && !l->last) return 0; /* no checksum can be made */
    size_t header = header_of(d);
    if (header < l->up + 20u || header >= l->end || header + DATA_MIN > limit) return 0;
    size_t room = limit - header, data = l->end - header;
    return (data + room - 1) / room;
}

size_t segment_room(const struct draft *d, uint32_t limit)
{
    return d->n + segment_count(d, limit) * header_of(d);
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

/* Segment number i of n, whose data begins `at` bytes into the whole. */
static void set_headers(uint8_t *p, const struct layout *l, size_t i, bool last, uint32_t at)
{
    uint8_t *ip = p + l->net;
    size_t length = l->end - l->net;
    if (l->version == 4) {
        put_u16(ip + 2, (uint16_t)length);
        put_u16(ip + 4, (uint16_t)(get_u16(ip + 4) + i));
    } else {
        put_u16(ip + 4, (uint16_t)(length - 40));
    }
    if (l->type == TYPE_PPPOE) put_u16(ip - 4, (uint16_t)(length + 2));
    set_tcp(p + l->up, last, at);
}

void segment_split(const struct draft *d, uint32_t limit, uint8_t *room, struct frame *out)
{
    size_t n = segment_count(d, limit), header = header_of(d), left = d->at.end - header, at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t data = left < limit - header ? left : limit - header;
        struct layout l = d->at;
        l.end = (uint32_t)(header + data);
        memcpy(room, d->p, header);
        memcpy(room + header, d->p + header + at, data);
        set_headers(room, &l, i, i == n - 1, (uint32_t)at);
        sums_make(room, l.end, &l);
        out[i] = (struct frame){.p = room, .len = l.end, .wire_len = l.end};
        room += l.end;
        at += data;
        left -= data;
    }
}
