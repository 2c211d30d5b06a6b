/* IPv4 (RFC 791); DSCP and ECN (RFC 2474, RFC 3168); router alert (RFC 2113). */
#include "packet/padded.h"

static const struct named flags[] = {{"mf", 1}, {"df", 2}, {"evil", 4}, {0}};
static const struct named protocols[] = {{"icmp", 1}, {"igmp", 2}, {"ipip", 4},   {"tcp", 6},
                                         {"udp", 17}, {"gre", 47}, {"sctp", 132}, {0}};
/* The slots of a record route option and of a time stamp option, as many as the header holds;
 * stamps with their addresses take two. */
#define ROUTES 9
#define STAMPS 4
enum {
    HEADER,
    ALERT,
    ROUTE,
    ROUTE1,
    STAMP = ROUTE1 + ROUTES,
    STAMP1, /* address, stamp, address, stamp, ... */
    OPTIONS = STAMP1 + 2 * STAMPS,
};
#define ROUTE_SLOT(nth)                                                                            \
    {                                                                                              \
        "route" #nth, 0, 32, ROUTE1 + nth - 1, FIELD_IP4, NULL, NULL,                              \
            "option: address in slot " #nth                                                        \
    }
#define STAMP_SLOT(nth)                                                                            \
    {"stamp_addr" #nth, 0,    32,   STAMP1 + 2 * nth - 2,                                          \
     FIELD_IP4,         NULL, NULL, "option: address before stamp " #nth},                         \
    {                                                                                              \
        "stamp" #nth, 0, 32, STAMP1 + 2 * nth - 1, FIELD_NUMBER, NULL, NULL,                       \
            "option: time stamp in slot " #nth ", ms since midnight"                               \
    }
static const struct field fields[] = {
    {"version", 0, 4, HEADER, FIELD_NUMBER, "4", NULL, "version"},
    {"ihl", 4, 4, HEADER, FIELD_NUMBER, NULL, NULL, "header length in 4-byte words"},
    {"dscp", 8, 6, HEADER, FIELD_NUMBER, NULL, NULL, "differentiated services code point"},
    {"ecn", 14, 2, HEADER, FIELD_NUMBER, NULL, NULL, "explicit congestion notification"},
    {"length", 16, 16, HEADER, FIELD_NUMBER, NULL, NULL, "total length in bytes"},
    {"id", 32, 16, HEADER, FIELD_NUMBER, NULL, NULL, "identification"},
    {"flags", 48, 3, HEADER, FIELD_FLAGS, "df", flags, "fragmentation flags"},
    {"offset", 51, 13, HEADER, FIELD_NUMBER, NULL, NULL, "fragment offset in 8-byte units"},
    {"ttl", 64, 8, HEADER, FIELD_NUMBER, "64", NULL, "time to live"},
    {"protocol", 72, 8, HEADER, FIELD_NUMBER, "253", protocols, "protocol of what follows"},
    {"checksum", 80, 16, HEADER, FIELD_HEX, NULL, NULL, "header checksum"},
    {"src", 96, 32, HEADER, FIELD_IP4, "198.18.0.1", NULL, "source address"},
    {"dst", 128, 32, HEADER, FIELD_IP4, "198.19.0.1", NULL, "destination address"},
    {"router_alert", 16, 16, ALERT, FIELD_NUMBER, NULL, NULL, "option: router alert, its value"},
    {"route_length", 16, 8, ROUTE, FIELD_NUMBER, "3", NULL,
     "option: length of record route; unset: that of its slots"},
    {"route_pointer", 24, 8, ROUTE, FIELD_NUMBER, "4", NULL,
     "option: byte of the next free slot, the first one being 4"},
    ROUTE_SLOT(1),
    ROUTE_SLOT(2),
    ROUTE_SLOT(3),
    ROUTE_SLOT(4),
    ROUTE_SLOT(5),
    ROUTE_SLOT(6),
    ROUTE_SLOT(7),
    ROUTE_SLOT(8),
    ROUTE_SLOT(9),
    {"stamp_length", 8, 8, STAMP, FIELD_NUMBER, "4", NULL,
     "option: length of time stamp; unset: that of its slots"},
    {"stamp_pointer", 16, 8, STAMP, FIELD_NUMBER, "5", NULL,
     "option: byte of the next free slot, the first one being 5"},
    {"stamp_overflow", 24, 4, STAMP, FIELD_NUMBER, NULL, NULL, "option: how many found no slot"},
    {"stamp_flag", 28, 4, STAMP, FIELD_NUMBER, NULL, NULL,
     "option: 0 stamps only, 1 with addresses, 3 addresses given; unset: 1 when there are any"},
    STAMP_SLOT(1),
    STAMP_SLOT(2),
    STAMP_SLOT(3),
    STAMP_SLOT(4),
    {"options", 0, 0, OPTIONS, FIELD_BYTES, NULL, NULL,
     "further options, constant bytes, padded to a multiple of 4"},
    {0},
};

#define SLOT                                                                                       \
    {                                                                                              \
        .bytes = 4, .optional = true                                                               \
    }
static const struct part parts[] = {
    [HEADER] = {.bytes = 20},
    [ALERT] = {.bytes = 4, .optional = true, .init = "\x94\x04\0\0"},
    [ROUTE] = {.bytes = 4, .optional = true, .init = "\x01\x07\0\0"},
    [ROUTE1] = SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    [STAMP] = {.bytes = 4, .optional = true, .init = "\x44\0\0\0"},
    [STAMP1] = SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    SLOT,
    [OPTIONS] = {.text = "options", .encode = padded_encode, .optional = true},
    {0},
};
static const struct over over[] = {{NEXT_ETHERTYPE, 0x0800}, {NEXT_IP4, 4},      {NEXT_IP6, 4},
                                   {NEXT_MPLS, TYPE_NONE},   {NEXT_PPP, 0x0021}, {0}};

static void finish_routes(struct layer *l)
{
    unsigned n = build_part_run(l, ROUTE1, ROUTE1 + ROUTES - 1);
    if (n) build_part(l, ROUTE);
    build_default(l, "route_length", 3 + 4 * n);
}

/* The slots up to the last that is used; with addresses in all of them, or in none. */
static void finish_stamps(struct layer *l)
{
    unsigned slots = 0;
    bool addresses = false;
    for (unsigned i = 0; i < 2 * STAMPS; i++) {
        if (!build_has_part(l, STAMP1 + i)) continue;
        slots = i / 2 + 1;
        addresses = addresses || i % 2 == 0;
    }
    for (unsigned i = 0; i < slots; i++) {
        build_part(l, STAMP);
        build_part(l, STAMP1 + 2 * i + 1);
        if (addresses) build_part(l, STAMP1 + 2 * i);
    }
    build_default(l, "stamp_length", 4 + slots * (addresses ? 8 : 4));
    build_default(l, "stamp_flag", addresses);
}

static void finish(struct build *b, struct layer *l)
{
    (void)b;
    finish_routes(l);
    finish_stamps(l);
}

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
    .finish = finish,
};
