/* VXLAN (RFC 7348). */
#include "packet/layer.h"

static const struct field fields[] = {
    {"flags", 0, 8, 0, FIELD_NUMBER, "8", NULL, "8: the network identifier is valid"},
    {"vni", 32, 24, 0, FIELD_NUMBER, "1", NULL, "network identifier"},
    {0},
};
static const struct part parts[] = {{.bytes = 8}, {0}};
static const struct over over[] = {{NEXT_UDP, 4789}, {0}};

const struct layer_class layer_vxlan = {
    .doc = {.name = "vxlan",
            .help = "Virtual eXtensible Local Area Network header",
            .example = "layers = eth / ipv4 / udp / vxlan / eth as in / ipv4 as inner / tcp\n"
                       "udp.sport = 49152..65535\nvxlan.vni = 1..4096\nin.src = mac()\n"
                       "inner.src = 198.18.0.0/16\ninner.dst = 198.19.0.0/16\n"
                       "tcp.sport = 1024..65535\ntcp.seq = 0..0xffffffff"},
    .fields = fields,
    .parts = parts,
    .over = over,
    .next = NEXT_FRAME,
};
