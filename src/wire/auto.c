/* The fastest way into a network interface that it takes: xdp, else raw.
 *
 * What xdp cannot do is no mistake here. A device that looks into the frames it is given gets them
 * through raw as well: the kernel tells it what an Ethernet frame carries only when it comes
 * from a packet socket, and a tunnel or a bridge with VLANs goes by that. */
#include "wire/device.h"
#include "wire/wire.h"

extern const struct wire_class wire_auto, wire_raw, wire_xdp;

static struct wire *auto_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    struct errs why_not = {0};
    struct wire *w = NULL;
    if (!o->qdisc && device_is_plain(o->place)) w = wire_xdp.open(o, at, &why_not);
    return w ? w : wire_raw.open(o, at, errs);
}

static const struct param params[] = {
    {"interface", "name", "that of [run]", "the network interface to send through"},
    {0},
};

const struct wire_class wire_auto = {
    .doc = {.name = "auto",
            .help = "sends Ethernet frames through a network interface: xdp where it can, else raw",
            .example = "auto",
            .params = params},
    .device = true,
    .open = auto_open,
};
