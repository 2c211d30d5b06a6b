/* IPv6 (RFC 8200); DSCP and ECN (RFC 2474, RFC 3168), flow label (RFC 6437). */
#include "packet/layer.h"

static const struct named protocols[] = {{"hopopts", 0},
                                         {"tcp", 6},
                                         {"udp", 17},
                                         {"routing", 43},
                                         {"fragment", 44},
                                         {"gre", 47},
                                         {"icmpv6", 58},
                                         {"none", 59},
                                         {"dstopts", 60},
                                         {"sctp", 132},
                                         {0}};
static const struct field fields[] = {
    {"version", 0, 4, 0, FIELD_NUMBER, "6", NULL, "version"},
    {"dscp", 4, 6, 0, FIELD_NUMBER, NULL, NULL, "differentiated services code point"},
    {"ecn", 10, 2, 0, FIELD_NUMBER, NULL, NULL, "explicit congestion notification"},
    {"flow", 12, 20, 0, FIELD_NUMBER, NULL, NULL, "flow label"},
    {"length", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "bytes behind this header"},
    {"next", 48, 8, 0, FIELD_NUMBER, "253", protocols, "next header"},
    {"hops", 56, 8, 0, FIELD_NUMBER, "64", NULL, "hop limit"},
    {"src", 64, 128, 0, FIELD_IP6, "2001:2::1", NULL, "source address"},
    {"dst", 192, 128, 0, FIELD_IP6, "2001:2::2", NULL, "destination address"},
    {0},
};
static const struct part parts[] = {{.bytes = 40}, {0}};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x86dd}, {NEXT_IP4, 41},     {NEXT_IP6, 41},
                                   {NEXT_MPLS, TYPE_NONE},   {NEXT_PPP, 0x0057}, {0}};

const struct layer_class layer_ipv6 = {
    .doc = {.name = "ipv6",
            .help = "Internet Protocol version 6 header",
            .example = "layers = eth / ipv6 / udp\nipv6.src = 2001:2:0:1::/64\n"
                       "ipv6.dst = 2001:2:0:2::/112\nipv6.flow = 0..0xfffff\n"
                       "ipv6.dscp = 0..63\nsize = 80..160"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP6,
    .next_field = "next",
    .length = {{.field = "length", .bias = -40}},
    .ip = true,
};
