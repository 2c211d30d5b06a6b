/* IPv6 hop-by-hop options header (RFC 8200, section 4.3). */
#include "packet/ip6_options.h"

static const struct field fields[] = {
    {"next", 0, 8, 0, FIELD_NUMBER, "59", NULL, "next header"},
    {"length", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "length in 8-byte units without the first"},
    {"options", 0, 0, 1, FIELD_BYTES, NULL, NULL, "options, constant bytes; padded"},
    {0},
};
static const struct part parts[] = {
    {.bytes = 2}, {.text = "options", .encode = ip6_options_encode}, {0}};
static const struct over over[] = {{NEXT_IP6, 0}, {0}};

const struct layer_class layer_hopopts = {
    .doc = {.name = "hopopts",
            .help = "IPv6 hop-by-hop options header",
            .example = "layers = eth / ipv6 / hopopts / udp\nhopopts.options = "
                       "\"\\x05\\x02\\x00\\x00\"\nipv6.src = 2001:2::/64\nsize = 90..120"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP6,
    .next_field = "next",
    .length = {{.field = "length", .unit = 8, .bias = -8, .header = true}},
};
