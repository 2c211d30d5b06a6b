#include "trace/destination.h"

bool layout_destination(struct span frame, const struct layout *l, struct addr *to)
{
    /* By what the EtherType announces: a header that lies about itself may still be routed. */
    bool four = l->inner == TYPE_IP4;
    if (!four && l->inner != TYPE_IP6) return false;
    size_t n = four ? 4 : 16;
    struct span at = span_sub(frame, l->net + (four ? 16u : 24u), n);
    if (at.n < n) return false;
    *to = addr_from_bytes(four ? FAMILY_IP4 : FAMILY_IP6, at.p);
    return true;
}

bool ethernet_destination(struct span frame, struct addr *to)
{
    struct layout l;
    layout_ethernet(frame, &l);
    return layout_destination(frame, &l, to);
}

bool destination_allowed(struct span frame, const struct layout *l, destination_rule *allows,
                         const void *ctx)
{
    struct addr to;
    if (layout_destination(frame, l, &to) && !allows(ctx, to)) return false;
    if (!l->routed) return true;
    if (!l->last) return false;
    uint32_t n = layout_address_size(l), at = layout_hops_left(l);
    for (unsigned i = 0; i < l->left; i++, at += n) {
        struct span hop = span_sub(frame, at, n);
        if (hop.n < n) return false;
        to = addr_from_bytes(n == 4 ? FAMILY_IP4 : FAMILY_IP6, hop.p);
        if (!allows(ctx, to)) return false;
    }
    return true;
}
