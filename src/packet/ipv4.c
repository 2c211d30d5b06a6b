/* IPv4 (RFC 791); DSCP and ECN (RFC 2474, RFC 3168). */
#include "packet/layer.h"

static const struct named flags[] = {{"mf", 1}, {"df", 2}, {"evil", 4}, {0}};
static const struct named protocols[] = {{"icmp", 1}, {"igmp", 2}, {"ipip", 4},   {"tcp", 6},
                                         {"udp", 17}, {"gre", 47}, {"sctp", 132}, {0}};
static const struct field fields[] = {
    {"version", 0, 4, 0, FIELD_NUMBER, "4", NULL, "version"},
    {"ihl", 4, 4, 0, FIELD_NUMBER, NULL, NULL, "header length in 4-byte words"},
    {"dscp", 8, 6, 0, FIELD_NUMBER, NULL, NULL, "differentiated services code point"},
    {"ecn", 14, 2, 0, FIELD_NUMBER, NULL, NULL, "explicit congestion notification"},
    {"length", 16, 16, 0, FIELD_NUMBER, NULL, NULL, "total length in bytes"},
    {"id", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "identification"},
    {"flags", 48, 3, 0, FIELD_FLAGS, "df", flags, "fragmentation flags"},
    {"offset", 51, 13, 0, FIELD_NUMBER, NULL, NULL, "fragment offset in 8-byte units"},
    {"ttl", 64, 8, 0, FIELD_NUMBER, "64", NULL, "time to live"},
    {"protocol", 72, 8, 0, FIELD_NUMBER, "253", protocols, "protocol of what follows"},
    {"checksum", 80, 16, 0, FIELD_HEX, NULL, NULL, "header checksum"},
    {"src", 96, 32, 0, FIELD_IP4, "198.18.0.1", NULL, "source address"},
    {"dst", 128, 32, 0, FIELD_IP4, "198.19.0.1", NULL, "destination address"},
    {"options", 0, 0, 1, FIELD_BYTES, NULL, NULL,
     "options, constant bytes, padded to a multiple of 4"},
    {0},
};

/* Pads the options with end-of-options bytes, as the header length counts words. */
static size_t encode_options(struct span in, uint8_t *out)
{
    size_t n = (in.n + 3) & ~(size_t)3;
    memset(out, 0, n);
    if (in.n) memcpy(out, in.p, in.n);
    return n;
}
static const struct part parts[] = {
    {.bytes = 20}, {.text = "options", .encode = encode_options, .optional = true}, {0}};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x0800}, {NEXT_IP4, 4},      {NEXT_IP6, 4},
                                   {NEXT_MPLS, TYPE_NONE},   {NEXT_PPP, 0x0021}, {0}};

const struct layer_class layer_ipv4 = {
    .doc = {.name = "ipv4",
            .help = "Internet Protocol version 4 header",
            .example =
                "layers = eth / ipv4 / udp\nipv4.src = 198.18.0.0/16\nipv4.dst = 198.19.0.0/24\n"
                "ipv4.ttl = 1..255\nipv4.dscp = 0..63\nipv4.id = seq(0..65535)\nsize = 64..200"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IP4,
    .next_field = "protocol",
    .length = {{.field = "length"}, {.field = "ihl", .unit = 4, .header = true}},
    .sum = {.kind = SUM_HEADER, .field = "checksum"},
    .ip = true,
};
