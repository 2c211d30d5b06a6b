/* IPv6 routing header (RFC 8200, section 4.4). The checksums above it take the destination of
 * the IPv6 header as the final one, which is right when no segments are left. */
#include "packet/layer.h"

static const struct field fields[] = {
    {"next", 0, 8, 0, FIELD_NUMBER, "59", NULL, "next header"},
    {"length", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "length in 8-byte units without the first"},
    {"type", 16, 8, 0, FIELD_NUMBER, "4", NULL, "routing type; 4 is segment routing"},
    {"left", 24, 8, 0, FIELD_NUMBER, NULL, NULL, "segments left"},
    {"last", 32, 8, 0, FIELD_NUMBER, NULL, NULL, "last entry of the list"},
    {"flags", 40, 8, 0, FIELD_NUMBER, NULL, NULL, "flags"},
    {"tag", 48, 16, 0, FIELD_NUMBER, NULL, NULL, "tag of a class of packets"},
    {"segment", 64, 128, 0, FIELD_IP6, "2001:2::2", NULL, "the one address of the list"},
    {0},
};
static const struct part parts[] = {{.bytes = 24}, {0}};
static const struct over over[] = {{NEXT_IP6, 43}, {0}};

const struct layer_class layer_routing = {
    .doc = {.name = "routing",
            .help = "IPv6 routing header with one segment",
            .example = "layers = eth / ipv6 / routing / udp\nrouting.segment = 2001:2:0:1::/64\n"
                       "routing.tag = 0..65535\nsize = 90"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP6,
    .next_field = "next",
    .length = {{.field = "length", .unit = 8, .bias = -8, .header = true}},
};
