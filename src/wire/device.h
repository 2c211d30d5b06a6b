/* device: what must be known of a network interface before frames go through it.
 *
 * Used by the wires and by the capture, which tell the same mistakes in the same words. */
#ifndef WIRE_DEVICE_H
#define WIRE_DEVICE_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* What a frame may be longer than the MTU: Ethernet's header, and the VLAN tag that the kernel
 * allows on top. */
#define LINK_HEADER 18u

struct device {
    int index;
    uint32_t mtu; /* without the link header */
    uint8_t mac[6];
};

/* False after adding one clear error: no such interface (with a suggestion), not Ethernet, down,
 * without a link. */
bool device_find(const char *name, struct device *out, struct where at, struct errs *errs);
/* Whether the interface is up and has a link now; one system call. `fd` is any socket but one of
 * AF_XDP, which knows nothing of interfaces. */
bool device_has_link(int fd, const char *name);
/* The speed of its link as the kernel knows it, in bits per second; 0: not known, as for
 * loopback, or no such interface. */
uint64_t device_speed(const char *name);
/* How many queues it sends through, 1 where the driver does not tell. */
unsigned device_queues(const char *name);
/* Whether it is a network card or a veth: a device that hands frames on as they are, and not one
 * made on top of others (a bridge, a bond, a tunnel), which looks into them. */
bool device_is_plain(const char *name);
/* Lets the socket hold as much of what is on its way as the system grants, 4 MiB at most. */
void device_widen(int fd);
/* Adds that `name` does not exist, with the nearest name that does. Always false. */
bool device_missing(const char *name, struct where at, struct errs *errs);
/* Adds that `what` ("sending on", "capturing on") needs CAP_NET_RAW. Always false. */
bool device_forbidden(const char *name, const char *what, struct where at, struct errs *errs);

#endif
