#include "trace/destination.h"

bool layout_destination(struct span frame, const struct layout *l, struct addr *to)
{
    if (!l->version) return false;
    struct span at =
        l->version == 4 ? span_sub(frame, l->net + 16, 4) : span_sub(frame, l->net + 24, 16);
    *to = addr_from_bytes(l->version == 4 ? FAMILY_IP4 : FAMILY_IP6, at.p);
    return true;
}

bool ethernet_destination(struct span frame, struct addr *to)
{
    struct layout l;
    layout_ethernet(frame, &l);
    return layout_destination(frame, &l, to);
}
