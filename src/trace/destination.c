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
