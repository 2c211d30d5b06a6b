/* ICMP (RFC 792). */
#include "packet/layer.h"

static const struct named types[] = {{"echo-reply", 0},
                                     {"unreachable", 3},
                                     {"redirect", 5},
                                     {"echo", 8},
                                     {"exceeded", 11},
                                     {"timestamp", 13},
                                     {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_NUMBER, "echo", types, "message type"},
    {"code", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "code within the type"},
    {"checksum", 16, 16, 0, FIELD_HEX, NULL, NULL, "checksum"},
    {"id", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "identifier of an echo"},
    {"seq", 48, 16, 0, FIELD_NUMBER, NULL, NULL, "sequence number of an echo"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP4, 1}, {0}};

const struct layer_class layer_icmp = {
    .doc = {.name = "icmp",
            .help = "Internet Control Message Protocol message",
            .example = "layers = eth / ipv4 / icmp / payload\nipv4.dst = 198.19.0.0/24\n"
                       "icmp.id = 0..65535\nicmp.seq = seq(0..65535)\npayload.size = 8..56\n"
                       "payload.fill = count"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_DATA,
    .sum = {.kind = SUM_MESSAGE, .field = "checksum"},
    .protocol = 1,
};
