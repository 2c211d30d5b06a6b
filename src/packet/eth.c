/* Ethernet II (IEEE 802.3 clause 3). */
#include "packet/layer.h"

static const struct named types[] = {{"ipv4", 0x0800}, {"arp", 0x0806},  {"vlan", 0x8100},
                                     {"ipv6", 0x86dd}, {"qinq", 0x88a8}, {0}};
static const struct field fields[] = {
    {"dst", 0, 48, 0, FIELD_MAC, "02:00:00:00:00:02", NULL,
     "destination; unset: broadcast, the multicast group's, or the next hop's"},
    {"src", 48, 48, 0, FIELD_MAC, "02:00:00:00:00:01", NULL,
     "source; unset: that of the interface"},
    {"type", 96, 16, 0, FIELD_HEX, "0x88b5", types, "EtherType of what follows"},
    {0},
};
static const struct part parts[] = {{.bytes = 14}, {0}};
static const struct over over[] = {{NEXT_START, TYPE_NONE},
                                   {NEXT_ETHERTYPE, 0x6558},
                                   {NEXT_FRAME, TYPE_NONE},
                                   {NEXT_MPLS, TYPE_NONE},
                                   {0}};

const struct layer_class layer_eth = {
    .doc =
        {.name = "eth",
         .help = "Ethernet II header",
         .example =
             "layers = eth / ipv4 / udp\neth.src = mac()\neth.dst = 02:00:00:00:00:09\nsize = 64"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_ETHERTYPE,
    .next_field = "type",
};
