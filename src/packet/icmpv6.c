/* ICMPv6 (RFC 4443). */
#include "packet/layer.h"

static const struct named types[] = {{"unreachable", 1}, {"too-big", 2},      {"exceeded", 3},
                                     {"echo", 128},      {"echo-reply", 129}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_NUMBER, "echo", types, "message type"},
    {"code", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "code within the type"},
    {"checksum", 16, 16, 0, FIELD_HEX, NULL, NULL, "checksum"},
    {"id", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "identifier of an echo"},
    {"seq", 48, 16, 0, FIELD_NUMBER, NULL, NULL, "sequence number of an echo"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP6, 58}, {0}};

const struct layer_class layer_icmpv6 = {
    .doc = {.name = "icmpv6",
            .help = "Internet Control Message Protocol for IPv6",
            .example = "layers = eth / ipv6 / icmpv6 / payload\nipv6.src = 2001:2::/64\n"
                       "icmpv6.id = 0..65535\nicmpv6.seq = seq(0..65535)\npayload.size = 8..56"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_DATA,
    .sum = {.kind = SUM_PSEUDO, .field = "checksum"},
    .protocol = 58,
};
