/* Router advertisement (RFC 4861, section 4.2) with its options: prefixes, MTU, the router's link
 * address, and name servers (RFC 8106, section 5.1). */
#include "packet/layer.h"

enum { HEADER, MAC, MTU, PREFIX, SERVER };
static const struct named types[] = {{"advertise", 134}, {0}};
static const struct named flags[] = {{"managed", 4}, {"other", 2}, {"home", 1}, {0}};
static const struct named preferences[] = {{"medium", 0}, {"high", 1}, {"low", 3}, {0}};
static const struct named prefix_flags[] = {{"onlink", 4}, {"autonomous", 2}, {"router", 1}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, HEADER, FIELD_NUMBER, "advertise", types, "message type"},
    {"code", 8, 8, HEADER, FIELD_NUMBER, NULL, NULL, "code within the type"},
    {"checksum", 16, 16, HEADER, FIELD_HEX, NULL, NULL, "checksum"},
    {"hops", 32, 8, HEADER, FIELD_NUMBER, "64", NULL, "hop limit that hosts are to use"},
    {"flags", 40, 3, HEADER, FIELD_FLAGS, NULL, flags, "where else configuration is found"},
    {"preference", 43, 2, HEADER, FIELD_NUMBER, NULL, preferences, "of this router among others"},
    {"lifetime", 48, 16, HEADER, FIELD_NUMBER, "1800", NULL,
     "seconds as a default router; 0: it is none"},
    {"reachable", 64, 32, HEADER, FIELD_NUMBER, NULL, NULL, "reachable time in ms"},
    {"retrans", 96, 32, HEADER, FIELD_NUMBER, NULL, NULL, "time between solicitations in ms"},
    {"mac", 16, 48, MAC, FIELD_MAC, NULL, NULL, "option: link address of the router"},
    {"mtu", 32, 32, MTU, FIELD_NUMBER, NULL, NULL, "option: MTU of the link"},
    {"prefix_length", 16, 8, PREFIX, FIELD_NUMBER, "64", NULL, "option: length of the prefix"},
    {"prefix_flags", 24, 3, PREFIX, FIELD_FLAGS, "onlink+autonomous", prefix_flags,
     "option: what the prefix is for"},
    {"valid", 32, 32, PREFIX, FIELD_NUMBER, "2592000", NULL, "option: valid lifetime in seconds"},
    {"preferred", 64, 32, PREFIX, FIELD_NUMBER, "604800", NULL,
     "option: preferred lifetime in seconds"},
    {"prefix", 128, 128, PREFIX, FIELD_IP6, NULL, NULL, "option: prefix of the link"},
    {"server_lifetime", 32, 32, SERVER, FIELD_NUMBER, "1800", NULL,
     "option: lifetime of the name server in seconds"},
    {"server", 64, 128, SERVER, FIELD_IP6, NULL, NULL, "option: address of a name server"},
    {0},
};
static const struct part parts[] = {
    [HEADER] = {.bytes = 16},
    [MAC] = {.bytes = 8, .optional = true, .init = "\x01\x01\0\0\0\0\0\0"},
    [MTU] = {.bytes = 8, .optional = true, .init = "\x05\x01\0\0\0\0\0\0"},
    [PREFIX] = {.bytes = 32,
                .optional = true,
                .init = "\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
    [SERVER] = {.bytes = 24,
                .optional = true,
                .init = "\x19\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
    {0},
};
static const struct over over[] = {{NEXT_IP6, 58}, {0}};

const struct layer_class layer_nd_ra = {
    .doc = {.name = "nd_ra",
            .help = "IPv6 router advertisement",
            .example = "layers = eth / ipv6 / nd_ra\nipv6.hops = 255\nipv6.src = fe80::1\n"
                       "ipv6.dst = ff02::1\nnd_ra.mac = mac\nnd_ra.mtu = 1280..1500\n"
                       "nd_ra.flags = managed:2, other\nnd_ra.preference = high, medium\n"
                       "nd_ra.prefix = 2001:2:0:5::\nnd_ra.valid = 600..86400\n"
                       "nd_ra.server = 2001:2::/64"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .sum = {.kind = SUM_PSEUDO, .field = "checksum"},
    .protocol = 58,
};
