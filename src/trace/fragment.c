#include "trace/fragment.h"

#include "trace/tunnel.h"

#include <string.h>

#define FRAGMENT_HEADER 8u
#define UP_MIN 20u /* bytes of the transport that the first fragment holds of IPv6 */

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
enum { DONT = 0x4000, MORE = 0x2000, OFFSET = 0x1fff };

/* How a packet is cut: what every fragment begins with, and bytes of data behind it. */
struct cut {
    uint32_t from;   /* where the data begins in the whole frame */
    uint32_t header; /* bytes in front of each part */
    uint32_t step;   /* most data of one, a multiple of 8 */
    uint32_t next;   /* IPv6: where the number of the first header behind is; 0: IPv4 */
};

/* RFC 8200, section 4.5: each fragment has the headers that are for nodes on the way, up to the
 * hop-by-hop options or the routing header, whichever is last. 0: it is a fragment already. */
static uint32_t shared_headers(const struct draft *d, uint32_t *next)
{
    const struct layout *l = &d->at;
    uint32_t at = l->net + 40, number_at = l->net + 6, shared = at;
    *next = number_at;
    for (;;) {
        uint8_t kind = d->p[number_at];
        if (kind == FRAGMENT) return 0;
        if (kind != HOP_BY_HOP && kind != ROUTING && kind != DESTINATION) return shared;
        if (at + 8 > l->end) return 0;
        number_at = at;
        at += d->p[at + 1] * 8u + 8u;
        if (kind == DESTINATION) continue; /* for the way only if a routing header follows */
        shared = at;
        *next = number_at;
    }
}

static bool find_cut(const struct draft *d, uint32_t limit, struct cut *c)
{
    const struct layout *l = &d->at;
    *c = (struct cut){0};
    if (!layout_whole(l, d->n) || l->end - l->net > UINT16_MAX) return false;
    if (l->version == 4) {
        if (get_u16(d->p + l->net + 6) & DONT) return false;
        c->from = c->header = l->net + (d->p[l->net] & 15u) * 4u;
    } else {
        c->from = shared_headers(d, &c->next);
        c->header = c->from + FRAGMENT_HEADER;
        if (!c->from) return false;
    }
    if (c->header + 8 > limit || c->from >= l->end) return false;
    c->step = (limit - c->header) & ~7u;
    return l->version == 4 || !l->up || l->up - c->from + UP_MIN <= c->step;
}

size_t fragment_count(const struct draft *d, uint32_t limit)
{
    struct cut c;
    return find_cut(d, limit, &c) ? (d->at.end - c.from + c.step - 1) / c.step : 0;
}

size_t fragment_room(const struct draft *d, uint32_t limit)
{
    struct cut c;
    return find_cut(d, limit, &c) ? d->n + fragment_count(d, limit) * c.header : 0;
}

/* Options that only the first fragment has (RFC 791, section 3.1) leave padding behind. */
static void blank_options(uint8_t *options, size_t n)
{
    for (size_t at = 0; at < n;) {
        uint8_t type = options[at];
        if (type == 0) return;
        size_t length = type == 1 || at + 1 == n ? 1 : options[at + 1];
        if (length == 0 || length > n - at) return;
        if (!(type & 0x80)) memset(options + at, 1, length);
        at += length;
    }
}

/* The header of one whose data begins `at` bytes into the packet's. */
static void set_ip4(uint8_t *p, struct layout *l, uint32_t at, bool last)
{
    uint16_t word = get_u16(p + l->net + 6);
    uint16_t more = last ? word & MORE : MORE; /* of a fragment, the last may not be the last */
    put_u16(p + l->net + 6, (uint16_t)(more | ((word & OFFSET) + at / 8)));
    if (at) blank_options(p + l->net + 20, (p[l->net] & 15u) * 4u - 20);
    l->fragment = true;
}

static void set_ip6(uint8_t *p, struct layout *l, const struct cut *c, uint32_t at, bool last,
                    uint32_t id)
{
    uint8_t *header = p + c->from;
    header[0] = p[c->next];
    header[1] = 0;
    put_u16(header + 2, (uint16_t)(at | (last ? 0 : 1)));
    put_u32(header + 4, id);
    p[c->next] = FRAGMENT;
    l->proto = FRAGMENT;
}

void fragment_split(struct draft *d, uint32_t limit, uint32_t id, uint8_t *room, struct frame *out)
{
    struct cut c;
    struct nest whole;
    if (!find_cut(d, limit, &c)) return;
    nest_find(span_make(d->p, d->n), &d->at, &whole);
    nest_sums(d->p, d->n, &whole);
    for (uint32_t at = 0, all = d->at.end - c.from; at < all; at += c.step) {
        bool last = all - at <= c.step;
        uint32_t data = last ? all - at : c.step, n = c.header + data;
        struct nest part = {.n = 1, .v[0].at = d->at};
        struct layout *l = &part.v[0].at;
        l->up = 0; /* its lengths and checksums are those of the whole */
        memcpy(room, d->p, c.from);
        memcpy(room + c.header, d->p + c.from + at, data);
        if (c.next)
            set_ip6(room, l, &c, at, last, id);
        else
            set_ip4(room, l, at, last);
        nest_set_end(room, &part, n);
        nest_sums(room, n, &part);
        *out++ = (struct frame){.p = room, .len = n, .wire_len = n};
        room += n;
    }
}
