#include "trace/likeness.h"

#include "base/rng.h"
#include "trace/layout.h"

#define READ_MAX                                                                                   \
    512u /* behind the network header, so that tags and options stay within SNAPLEN                \
          */

/* Bits of the transport header's bytes that count: bit i is byte i; those of ports, identifiers
 * and checksums do not. */
static uint32_t kept_bytes(uint8_t proto)
{
    switch (proto) {
    case PROTO_TCP:
        return ~0x3000fu;
    case PROTO_UDP:
        return ~0xcfu;
    case PROTO_ICMP:
    case PROTO_ICMP6:
        return ~0x3cu;
    case PROTO_SCTP:
        return ~0xf0fu;
    default:
        return ~0u;
    }
}

/* An ICMP error quotes a packet whose addresses have been changed as well. */
static bool is_error(struct span packet, const struct layout *l)
{
    if (!l->up || (l->proto != PROTO_ICMP && l->proto != PROTO_ICMP6)) return false;
    uint8_t type = packet.p[l->up];
    return l->proto == PROTO_ICMP ? type == 3 || type == 5 || type == 11 || type == 12 : type < 128;
}

static struct span without_padding(struct span s)
{
    while (s.n && s.p[s.n - 1] == 0) s.n--;
    return s;
}

uint64_t frame_likeness(struct span frame)
{
    struct layout l;
    layout_ethernet(frame, &l);
    uint64_t h = rng_mix((uint64_t)l.type << 16 | (uint64_t)l.version << 8 | l.proto);
    size_t from = l.net;
    if (l.version) {
        size_t header = l.version == 4 ? (frame.p[l.net] & 15u) * 4u : 40u;
        from = l.up ? l.up : l.net + header;
        h = rng_mix(h ^ (l.end - l.net));
        frame = span_sub(frame, 0, l.end);
    }
    struct span rest = span_sub(frame, from, is_error(frame, &l) ? 2 : READ_MAX);
    if (!l.version || rest.n < READ_MAX) rest = without_padding(rest);
    uint32_t keep = l.version && l.up ? kept_bytes(l.proto) : ~0u;
    for (size_t i = 0; i < rest.n; i++)
        if (i >= 32 || keep >> i & 1) h = (h ^ rest.p[i]) * 0x100000001b3u;
    return rng_mix(h);
}
