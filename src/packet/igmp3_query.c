/* IGMP version 3 membership query (RFC 9776, section 4.1). */
#include "packet/layer.h"

static const struct named types[] = {{"query", 0x11}, {0}};
static const struct field fields[] = {
    {"type", 0, 8, 0, FIELD_HEX, "query", types, "message type"},
    {"max_response", 8, 8, 0, FIELD_NUMBER, "100", NULL,
     "longest delay of a report, in 0.1 s; from 128 on a floating-point code"},
    {"checksum", 16, 16, 0, FIELD_HEX, NULL, NULL, "checksum"},
    {"group", 32, 32, 0, FIELD_IP4, "0.0.0.0", NULL, "multicast group; 0.0.0.0 asks for all"},
    {"reserved", 64, 4, 0, FIELD_NUMBER, NULL, NULL, "reserved bits"},
    {"suppress", 68, 1, 0, FIELD_NUMBER, NULL, NULL, "routers leave their timers alone"},
    {"robustness", 69, 3, 0, FIELD_NUMBER, "2", NULL, "the querier's robustness variable"},
    {"interval", 72, 8, 0, FIELD_NUMBER, "125", NULL, "the querier's interval code"},
    {"sources", 80, 16, 0, FIELD_NUMBER, NULL, NULL, "addresses that follow; unset: as many as do"},
    {0},
};
static const struct part parts[] = {{.bytes = 12}, {0}};
static const struct over over[] = {{NEXT_IP4, 2}, {0}};

static void finish(struct build *b, struct layer *l)
{
    build_default(l, "sources", build_run(b, l, &layer_igmp_source));
}

const struct layer_class layer_igmp3_query = {
    .doc = {.name = "igmp3_query",
            .help = "IGMP version 3 membership query; igmp_source layers may follow",
            .example = "layers = eth / ipv4 / igmp3_query / igmp_source * 2\nipv4.ttl = 1\n"
                       "ipv4.dst = 239.255.0.1\nipv4.router_alert = 0\n"
                       "igmp3_query.group = 239.255.0.0/24\nigmp3_query.max_response = 1..127\n"
                       "igmp_source.address = 198.19.0.0/16"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_IGMP_SOURCES,
    .sum = {.kind = SUM_MESSAGE, .field = "checksum"},
    .protocol = 2,
    .finish = finish,
};
