/* Router solicitation (RFC 4861, section 4.1). */
#include "packet/layer.h"

enum { HEADER, MAC };
static const struct named types[] = {{"solicit", 133}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, HEADER, FIELD_NUMBER, "solicit", types, "message type"},
    {"code", 8, 8, HEADER, FIELD_NUMBER, NULL, NULL, "code within the type"},
    {"checksum", 16, 16, HEADER, FIELD_HEX, NULL, NULL, "checksum"},
    {"mac", 16, 48, MAC, FIELD_MAC, NULL, NULL, "option: link address of the source"},
    {0},
};
static const struct part parts[] = {
    [HEADER] = {.bytes = 8},
    [MAC] = {.bytes = 8, .optional = true, .init = "\x01\x01\0\0\0\0\0\0"},
    {0},
};
static const struct over over[] = {{NEXT_IP6, 58}, {0}};

const struct layer_class layer_nd_rs = {
    .doc = {.name = "nd_rs",
            .help = "IPv6 router solicitation",
            .example = "layers = eth / ipv6 / nd_rs\nipv6.hops = 255\n"
                       "ipv6.src = fe80::1..fe80::ff\nipv6.dst = ff02::2\n"
                       "nd_rs.mac = mac"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .sum = {.kind = SUM_PSEUDO, .field = "checksum"},
    .protocol = 58,
};
