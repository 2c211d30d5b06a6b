#include "trace/destination.h"

#include "trace/layout.h"

bool ethernet_destination(struct span frame, struct addr *to)
{
    struct layout l;
    layout_ethernet(frame, &l);
    if (!l.version) return false;
    struct span at =
        l.version == 4 ? span_sub(frame, l.net + 16, 4) : span_sub(frame, l.net + 24, 16);
    *to = addr_from_bytes(l.version == 4 ? FAMILY_IP4 : FAMILY_IP6, at.p);
    return true;
}
