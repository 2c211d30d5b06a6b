/* TCP (RFC 9293); window scale and time stamps (RFC 7323), selective acknowledgement (RFC
 * 2018), ECN and accurate ECN flags (RFC 3168, RFC 9768). */
#include "packet/padded.h"

static const struct named flags[] = {{"fin", 1},  {"syn", 2},  {"rst", 4},  {"psh", 8},
                                     {"ack", 16}, {"urg", 32}, {"ece", 64}, {"cwr", 128},
                                     {"ae", 256}, {0}};
static const struct named yes[] = {{"yes", 4}, {0}};
enum { HEADER, MSS, WSCALE, SACK_OK, SACK, SACK2, SACK3, SACK4, TIMES, OPTIONS };
static const struct field fields[] = {
    {"sport", 0, 16, HEADER, FIELD_NUMBER, "49152", NULL, "source port"},
    {"dport", 16, 16, HEADER, FIELD_NUMBER, "9", NULL, "destination port"},
    {"seq", 32, 32, HEADER, FIELD_NUMBER, NULL, NULL, "sequence number"},
    {"ack", 64, 32, HEADER, FIELD_NUMBER, NULL, NULL, "acknowledgement number"},
    {"offset", 96, 4, HEADER, FIELD_NUMBER, NULL, NULL, "header length in 4-byte words"},
    {"reserved", 100, 3, HEADER, FIELD_NUMBER, NULL, NULL, "reserved bits"},
    {"flags", 103, 9, HEADER, FIELD_FLAGS, "syn", flags, "control flags"},
    {"window", 112, 16, HEADER, FIELD_NUMBER, "64240", NULL, "receive window"},
    {"checksum", 128, 16, HEADER, FIELD_HEX, NULL, NULL, "checksum"},
    {"urgent", 144, 16, HEADER, FIELD_NUMBER, NULL, NULL, "urgent pointer"},
    {"mss", 16, 16, MSS, FIELD_NUMBER, NULL, NULL, "option: maximum segment size"},
    {"wscale", 24, 8, WSCALE, FIELD_NUMBER, NULL, NULL, "option: window scale"},
    {"sack_ok", 16, 8, SACK_OK, FIELD_NUMBER, "yes", yes,
     "option: selective acknowledgement permitted; yes stands for its kind, 4"},
    {"sack_length", 24, 8, SACK, FIELD_NUMBER, "10", NULL,
     "option: length of the blocks; unset: that of those that are there"},
    {"sack_left", 32, 32, SACK, FIELD_NUMBER, NULL, NULL, "option: left edge of a block"},
    {"sack_right", 64, 32, SACK, FIELD_NUMBER, NULL, NULL, "option: right edge of a block"},
    {"sack_left2", 0, 32, SACK2, FIELD_NUMBER, NULL, NULL, "option: left edge of a second block"},
    {"sack_right2", 32, 32, SACK2, FIELD_NUMBER, NULL, NULL, "option: its right edge"},
    {"sack_left3", 0, 32, SACK3, FIELD_NUMBER, NULL, NULL, "option: left edge of a third block"},
    {"sack_right3", 32, 32, SACK3, FIELD_NUMBER, NULL, NULL, "option: its right edge"},
    {"sack_left4", 0, 32, SACK4, FIELD_NUMBER, NULL, NULL, "option: left edge of a fourth block"},
    {"sack_right4", 32, 32, SACK4, FIELD_NUMBER, NULL, NULL, "option: its right edge"},
    {"tsval", 32, 32, TIMES, FIELD_NUMBER, NULL, NULL, "option: time stamp value"},
    {"tsecr", 64, 32, TIMES, FIELD_NUMBER, NULL, NULL, "option: time stamp echo reply"},
    {"options", 0, 0, OPTIONS, FIELD_BYTES, NULL, NULL,
     "further options, constant bytes, padded to a multiple of 4"},
    {0},
};
/* Options are led by no-operations to whole words, so any set of them is well aligned. */
static const struct part parts[] = {
    [HEADER] = {.bytes = 20},
    [MSS] = {.bytes = 4, .optional = true, .init = "\x02\x04\0\0"},
    [WSCALE] = {.bytes = 4, .optional = true, .init = "\x01\x03\x03\0"},
    [SACK_OK] = {.bytes = 4, .optional = true, .init = "\x01\x01\x04\x02"},
    [SACK] = {.bytes = 12, .optional = true, .init = "\x01\x01\x05\0\0\0\0\0\0\0\0\0"},
    [SACK2] = {.bytes = 8, .optional = true},
    [SACK3] = {.bytes = 8, .optional = true},
    [SACK4] = {.bytes = 8, .optional = true},
    [TIMES] = {.bytes = 12, .optional = true, .init = "\x01\x01\x08\x0a\0\0\0\0\0\0\0\0"},
    [OPTIONS] = {.text = "options", .encode = padded_encode, .optional = true},
    {0},
};
static const struct over over[] = {{NEXT_IP4, 6}, {NEXT_IP6, 6}, {0}};

static void finish(struct build *b, struct layer *l)
{
    unsigned blocks = build_part_run(l, SACK, SACK4);
    (void)b;
    build_default(l, "sack_length", 2 + 8 * blocks);
}

const struct layer_class layer_tcp = {
    .doc = {.name = "tcp",
            .help = "Transmission Control Protocol header",
            .example = "layers = eth / ipv4 / tcp\nipv4.src = 198.18.0.0/16\n"
                       "tcp.sport = 1024..65535\ntcp.dport = 80\ntcp.seq = 0..0xffffffff\n"
                       "tcp.flags = syn:8, syn+ack, rst\ntcp.mss = 1460\ntcp.wscale = 0..14\n"
                       "tcp.sack_ok = yes\ntcp.tsval = 0..0xffffffff"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_DATA,
    .length = {{.field = "offset", .unit = 4, .header = true}},
    .sum = {.kind = SUM_PSEUDO, .field = "checksum"},
    .protocol = 6,
    .finish = finish,
};
