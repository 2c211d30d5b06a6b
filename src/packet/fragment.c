/* IPv6 fragment header (RFC 8200, section 4.5). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"next", 0, 8, 0, FIELD_NUMBER, "59", NULL, "next header"},
    {"offset", 16, 13, 0, FIELD_NUMBER, NULL, NULL, "fragment offset in 8-byte units"},
    {"more", 31, 1, 0, FIELD_NUMBER, NULL, NULL, "more fragments follow"},
    {"id", 32, 32, 0, FIELD_HEX, NULL, NULL, "identification"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP6, 44}, {0}};

const struct layer_class layer_fragment = {
    .doc = {.name = "fragment",
            .help = "IPv6 fragment header",
            .example = "layers = eth / ipv6 / fragment / udp\nfragment.id = seq(0..0xffffffff)\n"
                       "ipv6.src = 2001:2::/64\nsize = 100"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP6,
    .next_field = "next",
};
