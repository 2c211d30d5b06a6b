/* SCTP INIT chunk (RFC 9260, section 3.3.2). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_NUMBER, "1", NULL, "chunk type"},
    {"flags", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "chunk flags"},
    {"length", 16, 16, 0, FIELD_NUMBER, NULL, NULL, "chunk length"},
    {"tag", 32, 32, 0, FIELD_HEX, "1", NULL, "initiate tag"},
    {"window", 64, 32, 0, FIELD_NUMBER, "65536", NULL, "advertised receiver window"},
    {"out", 96, 16, 0, FIELD_NUMBER, "1", NULL, "outbound streams"},
    {"in", 112, 16, 0, FIELD_NUMBER, "1", NULL, "inbound streams"},
    {"tsn", 128, 32, 0, FIELD_NUMBER, NULL, NULL, "initial transmission sequence number"},
    {0},
};
static const struct part parts[] = {{.bytes = 20}, {0}};
static const struct over over[] = {{NEXT_SCTP, TYPE_NONE}, {0}};

const struct layer_class layer_sctp_init = {
    .doc = {.name = "sctp_init",
            .help = "SCTP chunk that opens an association",
            .example = "layers = eth / ipv6 / sctp / sctp_init\nsctp_init.tsn = 0..0xffffffff\n"
                       "sctp_init.out = 1..100"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .length = {{.field = "length", .header = true}},
};
