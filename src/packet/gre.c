/* GRE (RFC 2784), key and sequence number (RFC 2890). */
#include "packet/layer.h"

enum { HEADER, CHECKSUM, KEY, SEQ };
static const struct field fields[] = {
    {"has_checksum", 0, 1, HEADER, FIELD_NUMBER, NULL, NULL, "unset: as the fields below say"},
    {"has_key", 2, 1, HEADER, FIELD_NUMBER, NULL, NULL, "likewise"},
    {"has_seq", 3, 1, HEADER, FIELD_NUMBER, NULL, NULL, "likewise"},
    {"version", 13, 3, HEADER, FIELD_NUMBER, NULL, NULL, "version"},
    {"protocol", 16, 16, HEADER, FIELD_HEX, "0x88b5", NULL, "EtherType of what follows"},
    {"checksum", 0, 16, CHECKSUM, FIELD_HEX, NULL, NULL, "checksum, absent unless set or auto"},
    {"key", 0, 32, KEY, FIELD_NUMBER, NULL, NULL, "key, absent unless set"},
    {"seq", 0, 32, SEQ, FIELD_NUMBER, NULL, NULL, "sequence number, absent unless set"},
    {0},
};
static const struct part parts[] = {
    [HEADER] = {.bytes = 4},
    [CHECKSUM] = {.bytes = 4, .optional = true},
    [KEY] = {.bytes = 4, .optional = true},
    [SEQ] = {.bytes = 4, .optional = true},
    {0},
};
static const struct over over[] = {{NEXT_IP4, 47}, {NEXT_IP6, 47}, {0}};

static void finish(struct build *b, struct layer *l)
{
    (void)b;
    build_default(l, "has_checksum", build_has_part(l, CHECKSUM));
    build_default(l, "has_key", build_has_part(l, KEY));
    build_default(l, "has_seq", build_has_part(l, SEQ));
}

const struct layer_class layer_gre = {
    .doc = {.name = "gre",
            .help = "Generic Routing Encapsulation header",
            .example =
                "layers = eth / ipv4 / gre / ipv4 as inner / udp\ngre.checksum = auto\n"
                "gre.key = 0..0xffffffff\ngre.seq = seq(0..0xffffffff)\ninner.src = 198.18.0.0/16\n"
                "size = 100..140"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_ETHERTYPE,
    .next_field = "protocol",
    .sum = {.kind = SUM_MESSAGE, .field = "checksum"},
    .finish = finish,
};
