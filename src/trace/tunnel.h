/* tunnel: the packet that a packet carries: IP in IP (RFC 2003, RFC 4213), GRE (RFC 2784, RFC
 * 2890), VXLAN (RFC 7348) and Geneve (RFC 8926). Labels and PPPoE are looked through by the layout.
 *
 * Nests of them are changed as a whole here: when one becomes shorter, all around it do. Private
 * to trace/. */
#ifndef TRACE_TUNNEL_H
#define TRACE_TUNNEL_H

#include "trace/layout.h"

struct tunnel {
    struct layout at;  /* of the packet inside; offsets count from the frame's first byte */
    uint32_t from, to; /* the outer packet's bytes that carry it */
    uint32_t gre_sum;  /* where GRE has a checksum over them; 0: it has none */
    bool numbered;     /* GRE numbers its packets */
};
/* False when the packet carries none, or it is cut off or a fragment. */
bool tunnel_find(struct span frame, const struct layout *outer, struct tunnel *out);
/* Makes GRE's checksum anew, where it has one. */
void tunnel_sum(uint8_t *p, const struct tunnel *t);

/* A packet and those within it that end where it ends, the outermost first; of v[0] only `at` is
 * told. */
#define NEST_DEPTH 4
struct nest {
    struct tunnel v[NEST_DEPTH];
    size_t n;
};
void nest_find(struct span frame, const struct layout *outer, struct nest *out);
/* Has all of them end at `end`, with the lengths in their headers. */
void nest_set_end(uint8_t *p, struct nest *nest, uint32_t end);
/* Makes their checksums anew, from the innermost outwards. */
void nest_sums(uint8_t *p, size_t n, const struct nest *nest);

#endif
