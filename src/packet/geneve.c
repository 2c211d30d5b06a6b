/* Geneve (RFC 8926). */
#include "packet/layer.h"

enum { HEADER, OPTIONS };
static const struct field fields[] = {
    {"version", 0, 2, HEADER, FIELD_NUMBER, NULL, NULL, "version"},
    {"options_length", 2, 6, HEADER, FIELD_NUMBER, NULL, NULL, "length of options in words"},
    {"control", 8, 1, HEADER, FIELD_NUMBER, NULL, NULL, "control packet"},
    {"critical", 9, 1, HEADER, FIELD_NUMBER, NULL, NULL, "critical options present"},
    {"protocol", 16, 16, HEADER, FIELD_HEX, "0x88b5", NULL, "EtherType of what follows"},
    {"vni", 32, 24, HEADER, FIELD_NUMBER, "1", NULL, "network identifier"},
    {"option_class", 0, 16, OPTIONS, FIELD_HEX, NULL, NULL, "an option's class"},
    {"option_type", 16, 8, OPTIONS, FIELD_NUMBER, NULL, NULL, "an option's type"},
    {"option_data", 32, 32, OPTIONS, FIELD_HEX, NULL, NULL, "an option's data"},
    {0},
};
static const struct part parts[] = {
    [HEADER] = {.bytes = 8},
    [OPTIONS] = {.bytes = 8, .optional = true, .init = "\0\0\0\x01\0\0\0\0"},
    {0},
};
static const struct over over[] = {{NEXT_UDP, 6081}, {0}};

const struct layer_class layer_geneve = {
    .doc = {.name = "geneve",
            .help = "Generic Network Virtualization Encapsulation header",
            .example = "layers = eth / ipv6 / udp / geneve / eth as in / ipv4 / icmp\n"
                       "geneve.vni = 0..0xffffff\ngeneve.option_class = 0x0102\n"
                       "geneve.option_type = 1..127\ngeneve.option_data = 0..0xffffffff\n"
                       "ipv4.src = 198.18.0.0/16"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_ETHERTYPE,
    .next_field = "protocol",
    .length = {{.field = "options_length", .unit = 4, .bias = -8, .header = true}},
};
