/* SCTP DATA chunk (RFC 9260, section 3.3.1); what it carries is filled up to whole words. */
#include "packet/layer.h"

static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_NUMBER, NULL, NULL, "chunk type"},
    {"flags", 8, 8, 0, FIELD_NUMBER, "3", NULL, "1: last piece, 2: first piece, 4: unordered"},
    {"length", 16, 16, 0, FIELD_NUMBER, NULL, NULL, "chunk length without filling"},
    {"tsn", 32, 32, 0, FIELD_NUMBER, NULL, NULL, "transmission sequence number"},
    {"stream", 64, 16, 0, FIELD_NUMBER, NULL, NULL, "stream identifier"},
    {"seq", 80, 16, 0, FIELD_NUMBER, NULL, NULL, "stream sequence number"},
    {"protocol", 96, 32, 0, FIELD_NUMBER, NULL, NULL, "payload protocol identifier"},
    {0},
};
static const struct part parts[] = {{.bytes = 16}, {0}};
static const struct over over[] = {{NEXT_SCTP, TYPE_NONE}, {0}};

const struct layer_class layer_sctp_data = {
    .doc = {.name = "sctp_data",
            .help = "SCTP chunk that carries data",
            .example = "layers = eth / ipv4 / sctp / sctp_data / payload\nsctp_data.tsn = "
                       "seq(1..0xffffffff)\n"
                       "sctp_data.stream = 0..15\npayload.size = 1..64\npayload.fill = count"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_DATA,
    .length = {{.field = "length", .unaligned = true}},
    .align = 4,
};
