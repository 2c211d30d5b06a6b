/* ip6_options: the filling shared by IPv6 extension headers that carry options. */
#ifndef PACKET_IP6_OPTIONS_H
#define PACKET_IP6_OPTIONS_H

#include "packet/layer.h"

/* Options padded with Pad1 or PadN (RFC 8200, section 4.2) until they and the header's first
 * two bytes are a multiple of 8. */
size_t ip6_options_encode(struct span in, uint8_t *out);

#endif
