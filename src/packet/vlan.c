/* VLAN tags (IEEE 802.1Q); the outer tag of 802.1ad is one whose lower EtherType is 0x88a8. */
#include "packet/layer.h"

static const struct named types[] = {{"ipv4", 0x0800}, {"arp", 0x0806},  {"vlan", 0x8100},
                                     {"ipv6", 0x86dd}, {"qinq", 0x88a8}, {0}};
static const struct field fields[] = {
    {"priority", 0, 3, 0, FIELD_NUMBER, NULL, NULL, "priority code point"},
    {"drop", 3, 1, 0, FIELD_NUMBER, NULL, NULL, "drop eligible indicator"},
    {"id", 4, 12, 0, FIELD_NUMBER, "1", NULL, "VLAN identifier"},
    {"type", 16, 16, 0, FIELD_HEX, "0x88b5", types, "EtherType of what follows"},
    {0},
};
static const struct part parts[] = {{.bytes = 4}, {0}};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x8100}, {0}};

const struct layer_class layer_vlan = {
    .doc = {.name = "vlan",
            .help = "VLAN tag; for 802.1ad set the lower type to qinq",
            .example = "layers = eth / vlan as outer / vlan / ipv4 / udp\neth.type = qinq\n"
                       "outer.id = 100..200\nvlan.id = 1..4094\nvlan.priority = 0..7\nsize = 72"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_ETHERTYPE,
    .next_field = "type",
};
