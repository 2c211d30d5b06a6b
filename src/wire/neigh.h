/* neigh: the Ethernet address of the next hop, as the kernel knows it.
 *
 * Asks the routing and neighbour tables through rtnetlink (rtnetlink(7)); where the neighbour
 * is not known yet, an empty datagram to the discard port makes the kernel resolve it. Used by
 * run/ before a run. */
#ifndef WIRE_NEIGH_H
#define WIRE_NEIGH_H

#include "base/addr.h"
#include "base/err.h"

/* The next hop to `to` over the interface. Waits up to a second. False after adding what is
 * wrong: no route over this interface, nobody answers; both say to set eth.dst. */
bool neigh_resolve(const char *interface, struct addr to, uint8_t mac[6], struct where at,
                   struct errs *errs);

#endif
