#include "trace/shape.h"

#include "trace/link.h"

#include <string.h>

#define ETHERNET_HEADER 14u

static void put_header(const struct shape *s, const struct inside *in, uint8_t *p)
{
    memcpy(p, in->dst.n == 6 ? in->dst.p : s->dst, 6);
    memcpy(p + 6, in->src.n == 6 ? in->src.p : s->src, 6);
    put_u16(p + 12, in->type);
}

/* The device will send a check sequence of its own; a recorded one is no data. Radiotap and PPI
 * tell in their own headers whether there is one (trace/link.c). */
static struct trace_frame without_fcs(const struct trace_frame *f)
{
    struct trace_frame out = *f;
    bool told = f->link == LINK_RADIOTAP || f->link == LINK_PPI;
    if (told || f->fcs >= f->wire_len) return out;
    out.wire_len -= f->fcs;
    out.bytes = span_sub(f->bytes, 0, out.wire_len);
    return out;
}

enum fit shape_frame(const struct shape *s, const struct trace_frame *recorded,
                     const struct layout *at, uint8_t *room, size_t n, struct draft *out)
{
    const struct trace_frame whole = without_fcs(recorded), *f = &whole;
    struct inside in = {.packet = f->bytes};
    size_t header = 0, missing = f->wire_len - f->bytes.n;
    if (f->link != LINK_ETHERNET) {
        if (!s->convert || !link_inside(f->link, f->bytes, &in)) return FIT_FOREIGN;
        header = ETHERNET_HEADER;
    }
    if (missing && s->cut == CUT_STAYS) return FIT_CUT;
    if (s->cut == CUT_SHORT) missing = 0;
    size_t have = header + in.packet.n;
    if (DRAFT_HEADROOM + have + missing > n) return FIT_TOO_BIG;
    uint8_t *p = room + DRAFT_HEADROOM;
    if (header) put_header(s, &in, p);
    if (in.packet.n) memcpy(p + header, in.packet.p, in.packet.n);
    memset(p + have, 0, missing);
    *out = (struct draft){
        .p = p,
        .n = (uint32_t)(have + missing),
        .wire_len = (uint32_t)(have + missing),
        .filled = missing > 0,
        .at = *at,
    };
    if (header || missing || whole.bytes.n != recorded->bytes.n)
        layout_ethernet(span_make(p, out->n), &out->at);
    return FIT_YES;
}
