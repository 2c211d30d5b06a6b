/* ARP for IPv4 over Ethernet (RFC 826). */
#include "packet/layer.h"

static const struct named ops[] = {{"request", 1}, {"reply", 2}, {0}};
static const struct field fields[] = {
    {"hardware", 0, 16, 0, FIELD_NUMBER, "1", NULL, "kind of link, 1 for Ethernet"},
    {"protocol", 16, 16, 0, FIELD_HEX, "0x0800", NULL, "kind of address, an EtherType"},
    {"hardware_size", 32, 8, 0, FIELD_NUMBER, "6", NULL, "bytes of a link address"},
    {"protocol_size", 40, 8, 0, FIELD_NUMBER, "4", NULL, "bytes of a protocol address"},
    {"op", 48, 16, 0, FIELD_NUMBER, "request", ops, "operation"},
    {"sender_mac", 64, 48, 0, FIELD_MAC, "02:00:00:00:00:01", NULL,
     "sender's link address; unset: eth.src"},
    {"sender", 112, 32, 0, FIELD_IP4, "198.18.0.1", NULL, "sender's address"},
    {"target_mac", 144, 48, 0, FIELD_MAC, "00:00:00:00:00:00", NULL, "target's link address"},
    {"target", 192, 32, 0, FIELD_IP4, "198.19.0.1", NULL, "target's address"},
    {0},
};
static const struct part parts[] = {{.bytes = 28}, {0}};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x0806}, {0}};

static void finish(struct build *b, struct layer *l)
{
    build_link_src(b, l, "sender_mac");
}

const struct layer_class layer_arp = {
    .doc = {.name = "arp",
            .help = "Address Resolution Protocol for IPv4",
            .example = "layers = eth / arp\n"
                       "arp.op = request:3, reply\narp.target = 198.19.0.0/24\nsize = 60"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .finish = finish,
};
