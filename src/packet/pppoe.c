/* PPP over Ethernet, session stage (RFC 2516), with the PPP protocol number behind it. */
#include "packet/layer.h"

static const struct named protocols[] = {
    {"ipv4", 0x0021}, {"ipv6", 0x0057}, {"lcp", 0xc021}, {"ipcp", 0x8021}, {0}};
static const struct field fields[] = {
    {"version", 0, 4, 0, FIELD_NUMBER, "1", NULL, "version"},
    {"type", 4, 4, 0, FIELD_NUMBER, "1", NULL, "type"},
    {"code", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "code, 0 for a session"},
    {"session", 16, 16, 0, FIELD_NUMBER, "1", NULL, "session identifier"},
    {"length", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "bytes behind this field"},
    {"protocol", 48, 16, 0, FIELD_HEX, "0x0021", protocols, "PPP protocol of what follows"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x8864}, {0}};

const struct layer_class layer_pppoe = {
    .doc = {.name = "pppoe",
            .help = "PPP over Ethernet session header",
            .example = "layers = eth / pppoe / ipv4 / udp\npppoe.session = 1..65535\n"
                       "ipv4.src = 198.18.0.0/16\nsize = 64..100"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_PPP,
    .next_field = "protocol",
    .length = {{.field = "length", .bias = -6}},
};
