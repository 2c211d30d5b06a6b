/* A source address of an IGMP version 3 query or group record (RFC 9776, section 4). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"address", 0, 32, 0, FIELD_IP4, "198.18.0.1", NULL, "address of a source"},
    {0},
};
static const struct part parts[] = {{.bytes = 4}, {0}};
static const struct over over[] = {
    {NEXT_IGMP_SOURCES, TYPE_NONE}, {NEXT_IGMP_RECORD, TYPE_NONE}, {0}};

const struct layer_class layer_igmp_source = {
    .doc = {.name = "igmp_source",
            .help = "source address in an IGMP version 3 query or group record",
            .example = "layers = eth / ipv4 / igmp3_query / igmp_source * 1..4\nipv4.ttl = 1\n"
                       "ipv4.dst = 239.255.0.1\nigmp3_query.group = 239.255.0.1\n"
                       "igmp_source.address = 198.18.0.0/15"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IGMP_RECORD,
};
