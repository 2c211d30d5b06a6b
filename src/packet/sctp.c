/* SCTP common header (RFC 9260); chunks are layers of their own. */
#include "packet/layer.h"

static const struct field fields[] = {
    {"sport", 0, 16, 0, FIELD_NUMBER, "49152", NULL, "source port"},
    {"dport", 16, 16, 0, FIELD_NUMBER, "9", NULL, "destination port"},
    {"tag", 32, 32, 0, FIELD_HEX, NULL, NULL, "verification tag"},
    {"checksum", 64, 32, 0, FIELD_HEX, NULL, NULL, "CRC32c"},
    {0},
};
static const struct part parts[] = {{.bytes = 12}, {0}};
static const struct over over[] = {{NEXT_IP4, 132}, {NEXT_IP6, 132}, {NEXT_UDP, 9899}, {0}};

const struct layer_class layer_sctp = {
    .doc = {.name = "sctp",
            .help = "Stream Control Transmission Protocol common header",
            .example = "layers = eth / ipv4 / sctp / sctp_init\nipv4.src = 198.18.0.0/16\n"
                       "sctp.sport = 1024..65535\nsctp_init.tag = 1..0xffffffff"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_SCTP,
    .sum = {.kind = SUM_CRC32C, .field = "checksum"},
    .protocol = 132,
};
