/* IGMP version 2 (RFC 2236); version 3 in igmp3_query.c and igmp3_report.c. */
#include "packet/layer.h"

static const struct named types[] = {
    {"query", 0x11}, {"report-v1", 0x12}, {"report", 0x16}, {"leave", 0x17}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_HEX, "report", types, "message type"},
    {"max_response", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "longest delay of a report, in 0.1 s"},
    {"checksum", 16, 16, 0, FIELD_HEX, NULL, NULL, "checksum"},
    {"group", 32, 32, 0, FIELD_IP4, "239.255.0.1", NULL, "multicast group"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP4, 2}, {0}};

const struct layer_class layer_igmp = {
    .doc = {.name = "igmp",
            .help = "Internet Group Management Protocol message",
            .example = "layers = eth / ipv4 / igmp\nipv4.ttl = 1\n"
                       "ipv4.dst = 239.255.0.1\nipv4.router_alert = 0\n"
                       "igmp.type = report:8, leave\nigmp.group = 239.255.0.0/24\nsize = 60"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .sum = {.kind = SUM_MESSAGE, .field = "checksum"},
    .protocol = 2,
};
