/* padded: option bytes filled up with zeros to whole 4-byte words, as the header lengths that
 * count them want. Used by ipv4.c, tcp.c and geneve.c. */
#ifndef PACKET_PADDED_H
#define PACKET_PADDED_H

#include "packet/layer.h"

/* For struct part's encode. */
size_t padded_encode(struct span in, uint8_t *out);

#endif
