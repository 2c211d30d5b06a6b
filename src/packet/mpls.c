/* MPLS label stack entries (RFC 3032), traffic class (RFC 5462). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"label", 0, 20, 0, FIELD_NUMBER, "16", NULL, "label"},
    {"class", 20, 3, 0, FIELD_NUMBER, NULL, NULL, "traffic class"},
    {"bottom", 23, 1, 0, FIELD_NUMBER, NULL, NULL, "bottom of stack; unset: as the stack says"},
    {"ttl", 24, 8, 0, FIELD_NUMBER, "64", NULL, "time to live"},
    {0},
};
static const struct part parts[] = {{.bytes = 4}, {0}};
static const struct over over[] = {
    {NEXT_ETHERTYPE, 0x8847}, {NEXT_MPLS, TYPE_NONE}, {NEXT_IP4, 137}, {NEXT_IP6, 137}, {0}};

static void finish(struct build *b, struct layer *l)
{
    const struct layer_class *upper = build_upper(b, l);
    build_default(l, "bottom", upper != &layer_mpls);
}

const struct layer_class layer_mpls = {
    .doc = {.name = "mpls",
            .help = "MPLS label; mpls * 1..4 stacks a varying number",
            .example =
                "layers = eth / mpls * 1..4 / ipv4 / udp\nmpls.label = 16..1048575\n"
                "mpls.2.label = 16..31\nmpls.class = 0..7\nipv4.src = 198.18.0.0/16\nsize = 80"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_MPLS,
    .finish = finish,
};
