/* IGMP version 3 membership report (RFC 9776, section 4.2). */
#include "packet/layer.h"

static const struct named types[] = {{"report", 0x22}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_HEX, "report", types, "message type"},
    {"reserved", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "reserved bits"},
    {"checksum", 16, 16, 0, FIELD_HEX, NULL, NULL, "checksum"},
    {"flags", 32, 16, 0, FIELD_NUMBER, NULL, NULL, "flags, none of which is defined"},
    {"records", 48, 16, 0, FIELD_NUMBER, NULL, NULL, "group records; unset: as many as follow"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_IP4, 2}, {0}};

static void finish(struct build *b, struct layer *l)
{
    build_default(l, "records", build_count(b, l, &layer_igmp_record));
}

const struct layer_class layer_igmp3_report = {
    .doc = {.name = "igmp3_report",
            .help = "IGMP version 3 membership report; igmp_record layers follow",
            .example = "layers = eth / ipv4 / igmp3_report / igmp_record * 1..3\nipv4.ttl = 1\n"
                       "ipv4.dst = 224.0.0.22\nipv4.router_alert = 0\n"
                       "igmp_record.type = to_exclude:4, to_include\n"
                       "igmp_record.group = 239.255.0.0/16"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IGMP_RECORDS,
    .sum = {.kind = SUM_MESSAGE, .field = "checksum"},
    .protocol = 2,
    .finish = finish,
};
