/* link: gives packets the Ethernet addresses that their profile left open, and replayed frames
 * those of the next hops that it names. */
#ifndef RUN_LINK_H
#define RUN_LINK_H

#include "plan/plan.h"

/* For every stream that sends packets to a device: the device's own address as source, the next
 * hop's as destination. The same for replays that have next_hop. Before any worker is opened. False
 * after adding what is wrong. */
bool link_packets(struct plan *p, struct errs *errs);

#endif
