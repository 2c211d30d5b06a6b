/* Neighbour discovery (RFC 4861): solicitations and advertisements of neighbours. */
#include "packet/template.h"

enum { HEADER, OPTION };
static const struct named types[] = {{"solicit", 135}, {"advertise", 136}, {0}};
static const struct named flags[] = {{"router", 4}, {"solicited", 2}, {"override", 1}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, HEADER, FIELD_NUMBER, "solicit", types, "message type"},
    {"code", 8, 8, HEADER, FIELD_NUMBER, NULL, NULL, "code within the type"},
    {"checksum", 16, 16, HEADER, FIELD_HEX, NULL, NULL, "checksum"},
    {"flags", 32, 3, HEADER, FIELD_FLAGS, NULL, flags, "of an advertisement"},
    {"target", 64, 128, HEADER, FIELD_IP6, "2001:2::2", NULL, "the address asked for or told"},
    {"option", 0, 8, OPTION, FIELD_NUMBER, NULL, NULL,
     "kind of address option; unset: 1, of the source, in a solicitation, else 2, of the target"},
    {"option_length", 8, 8, OPTION, FIELD_NUMBER, "1", NULL, "length of the option, in 8 bytes"},
    {"mac", 16, 48, OPTION, FIELD_MAC, "02:00:00:00:00:01", NULL,
     "link address option; unset: that of the interface"},
    {0},
};
static const struct part parts[] = {[HEADER] = {.bytes = 24}, [OPTION] = {.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP6, 58}, {0}};

static void finish(struct build *b, struct layer *l)
{
    build_default(l, "option", layer_value(l, "type")->constant == 135 ? 1 : 2);
    build_link_src(b, l, "mac");
}

const struct layer_class layer_nd = {
    .doc = {.name = "nd",
            .help = "IPv6 neighbour solicitation or advertisement",
            .example = "layers = eth / ipv6 / nd\nipv6.hops = 255\n"
                       "ipv6.src = 2001:2::/64\nipv6.dst = ff02::1:ff00:2\n"
                       "nd.target = 2001:2::/120"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .sum = {.kind = SUM_PSEUDO, .field = "checksum"},
    .protocol = 58,
    .finish = finish,
};
