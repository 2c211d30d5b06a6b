/* A group record of an IGMP version 3 report (RFC 9776, section 4.2.4). */
#include "packet/template.h"

static const struct named types[] = {{"is_include", 1},
                                     {"is_exclude", 2},
                                     {"to_include", 3},
                                     {"to_exclude", 4},
                                     {"allow", 5},
                                     {"block", 6},
                                     {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_NUMBER, "to_exclude", types, "what the record tells"},
    {"aux_length", 8, 8, 0, FIELD_NUMBER, NULL, NULL, "auxiliary data in 4-byte words"},
    {"sources", 16, 16, 0, FIELD_NUMBER, NULL, NULL, "addresses that follow; unset: as many as do"},
    {"group", 32, 32, 0, FIELD_IP4, "239.255.0.1", NULL, "multicast group"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {
    {NEXT_IGMP_RECORDS, TYPE_NONE}, {NEXT_IGMP_RECORD, TYPE_NONE}, {0}};

static void finish(struct build *b, struct layer *l)
{
    const struct layer *below = l;
    while (below->class == &layer_igmp_record || below->class == &layer_igmp_source) below--;
    if (below->class != &layer_igmp3_report)
        build_error(b, l, "type", "a query has no records, expected igmp3_report below");
    build_default(l, "sources", build_run(b, l, &layer_igmp_source));
}

const struct layer_class layer_igmp_record = {
    .doc = {.name = "igmp_record",
            .help = "group record of an IGMP version 3 report; igmp_source layers may follow",
            .example = "layers = eth / ipv4 / igmp3_report / igmp_record / igmp_source * 2 / "
                       "igmp_record as more / igmp_source as one\nipv4.dst = 224.0.0.22\n"
                       "ipv4.ttl = 1\nigmp_record.type = is_include:3, allow, block\n"
                       "igmp_record.group = 239.255.0.0/16\nmore.group = 239.254.0.0/16"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IGMP_RECORD,
    .finish = finish,
};
