/* device: what must be known of a network interface before frames go through it.
 *
 * Used by the raw wire and by the capture, which tell the same mistakes in the same words. */
#ifndef WIRE_DEVICE_H
#define WIRE_DEVICE_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct device {
    int index;
    uint32_t mtu; /* without the link header */
    uint8_t mac[6];
};

/* False after adding one clear error: no such interface (with a suggestion), not Ethernet, down,
 * without a link. */
bool device_find(const char *name, struct device *out, struct where at, struct errs *errs);
/* Whether the interface is up and has a link now; one system call. `fd` is any socket. */
bool device_has_link(int fd, const char *name);
/* The speed of its link as the kernel knows it, in bits per second; 0: not known, as for
 * loopback, or no such interface. */
uint64_t device_speed(const char *name);
/* Adds that `name` does not exist, with the nearest name that does. Always false. */
bool device_missing(const char *name, struct where at, struct errs *errs);
/* Adds that `what` ("sending on", "capturing on") needs CAP_NET_RAW. Always false. */
bool device_forbidden(const char *name, const char *what, struct where at, struct errs *errs);

#endif
