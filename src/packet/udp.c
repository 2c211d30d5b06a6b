/* UDP (RFC 768). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"sport", 0, 16, 0, FIELD_NUMBER, "49152", NULL, "source port"},
    {"dport", 16, 16, 0, FIELD_NUMBER, "9", NULL, "destination port"},
    {"length", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "length in bytes, header included"},
    {"checksum", 48, 16, 0, FIELD_HEX, NULL, NULL, "checksum; 0 means none"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP4, 17}, {NEXT_IP6, 17}, {0}};

const struct layer_class layer_udp = {
    .doc = {.name = "udp",
            .help = "User Datagram Protocol header",
            .example = "layers = eth / ipv4 / udp / payload\nipv4.src = 198.18.0.0/16\n"
                       "udp.sport = 1024..65535\nudp.dport = 7\npayload.size = 0..64"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_UDP,
    .next_field = "dport",
    .length = {{.field = "length"}},
    .sum = {.kind = SUM_PSEUDO, .field = "checksum", .never_zero = true},
    .protocol = 17,
};
