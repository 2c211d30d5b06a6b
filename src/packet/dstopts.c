/* IPv6 destination options header (RFC 8200, section 4.6). */
#include "packet/ip6_options.h"

static const struct field fields[] = {
    {"next", 0, 8, 0, FIELD_NUMBER, "59", NULL, "next header"},
    {"length", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "length in 8-byte units without the first"},
    {"options", 0, 0, 1, FIELD_BYTES, NULL, NULL, "options, constant bytes; padded"},
    {0},
};
static const struct part parts[] = {
    {.bytes = 2}, {.text = "options", .encode = ip6_options_encode}, {0}};
static const struct over over[] = {{NEXT_IP6, 60}, {0}};

const struct layer_class layer_dstopts = {
    .doc = {.name = "dstopts",
            .help = "IPv6 destination options header",
            .example = "layers = eth / ipv6 / dstopts / tcp\ntcp.sport = 1024..65535\ntcp.seq = "
                       "0..0xffffffff"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP6,
    .next_field = "next",
    .length = {{.field = "length", .unit = 8, .bias = -8, .header = true}},
};
