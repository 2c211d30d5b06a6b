/* Geneve (RFC 8926). */
#include "packet/padded.h"

enum { HEADER, OPTION, OPTION2, OPTION3, OPTIONS };
static const struct field fields[] = {
    {"version", 0, 2, HEADER, FIELD_NUMBER, NULL, NULL, "version"},
    {"options_length", 2, 6, HEADER, FIELD_NUMBER, NULL, NULL, "length of options in words"},
    {"control", 8, 1, HEADER, FIELD_NUMBER, NULL, NULL, "control packet"},
    {"critical", 9, 1, HEADER, FIELD_NUMBER, NULL, NULL, "critical options present"},
    {"protocol", 16, 16, HEADER, FIELD_HEX, "0x88b5", NULL, "EtherType of what follows"},
    {"vni", 32, 24, HEADER, FIELD_NUMBER, "1", NULL, "network identifier"},
    {"option_class", 0, 16, OPTION, FIELD_HEX, NULL, NULL, "an option's class"},
    {"option_type", 16, 8, OPTION, FIELD_NUMBER, NULL, NULL, "an option's type"},
    {"option_data", 32, 32, OPTION, FIELD_HEX, NULL, NULL, "an option's data"},
    {"option2_class", 0, 16, OPTION2, FIELD_HEX, NULL, NULL, "a second option's class"},
    {"option2_type", 16, 8, OPTION2, FIELD_NUMBER, NULL, NULL, "a second option's type"},
    {"option2_data", 32, 32, OPTION2, FIELD_HEX, NULL, NULL, "a second option's data"},
    {"option3_class", 0, 16, OPTION3, FIELD_HEX, NULL, NULL, "a third option's class"},
    {"option3_type", 16, 8, OPTION3, FIELD_NUMBER, NULL, NULL, "a third option's type"},
    {"option3_data", 32, 32, OPTION3, FIELD_HEX, NULL, NULL, "a third option's data"},
    {"options", 0, 0, OPTIONS, FIELD_BYTES, NULL, NULL,
     "further options of any length, constant bytes, padded to a multiple of 4"},
    {0},
};
static const struct part parts[] = {
    [HEADER] = {.bytes = 8},
    [OPTION] = {.bytes = 8, .optional = true, .init = "\0\0\0\x01\0\0\0\0"},
    [OPTION2] = {.bytes = 8, .optional = true, .init = "\0\0\0\x01\0\0\0\0"},
    [OPTION3] = {.bytes = 8, .optional = true, .init = "\0\0\0\x01\0\0\0\0"},
    [OPTIONS] = {.text = "options", .encode = padded_encode, .optional = true},
    {0},
};
static const struct over over[] = {{NEXT_UDP, 6081}, {0}};

const struct layer_class layer_geneve = {
    .doc = {.name = "geneve",
            .help = "Generic Network Virtualization Encapsulation header",
            .example = "layers = eth / ipv6 / udp / geneve / eth as in / ipv4 / icmp\n"
                       "geneve.vni = 0..0xffffff\ngeneve.option_class = 0x0102\n"
                       "geneve.option_type = 1..127\ngeneve.option_data = 0..0xffffffff\n"
                       "geneve.option2_class = 0x0103\ngeneve.option2_data = 0..0xffffffff\n"
                       "ipv4.src = 198.18.0.0/16"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_ETHERTYPE,
    .next_field = "protocol",
    .length = {{.field = "options_length", .unit = 4, .bias = -8, .header = true}},
};
