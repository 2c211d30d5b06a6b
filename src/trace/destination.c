#include "trace/destination.h"

bool ethernet_destination(struct span frame, struct addr *to)
{
    struct reader r = reader_of(frame);
    read_bytes(&r, 12);
    uint16_t type = read_u16(&r);
    while (!r.bad && (type == 0x8100 || type == 0x88a8 || type == 0x9100)) {
        read_u16(&r);
        type = read_u16(&r);
    }
    struct span to_bytes = {0};
    if (type == 0x0800) {
        read_bytes(&r, 16);
        to_bytes = read_bytes(&r, 4);
    } else if (type == 0x86dd) {
        read_bytes(&r, 24);
        to_bytes = read_bytes(&r, 16);
    }
    if (r.bad || to_bytes.n == 0) return false;
    *to = addr_from_bytes(to_bytes.n == 4 ? FAMILY_IP4 : FAMILY_IP6, to_bytes.p);
    return true;
}
