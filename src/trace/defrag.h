/* defrag: datagrams put together from IPv4 and IPv6 fragments (RFC 791, RFC 8200 section 4.5).
 *
 * Fragments may come in any order, twice and overlapping: of bytes that come twice the first copy
 * counts in IPv4, while in IPv6 an overlap that is no exact repetition discards the whole
 * datagram (RFC 5722). As in RFC 815 a datagram is complete when it has no holes left. At most
 * DEFRAG_MAX datagrams and DEFRAG_BYTES bytes wait; the oldest make room for others. VLAN tags do
 * not tell datagrams apart. Called by trace/said.c. */
#ifndef TRACE_DEFRAG_H
#define TRACE_DEFRAG_H

#include "trace/layout.h"

#define DEFRAG_MAX 2048u
#define DEFRAG_BYTES (4u << 20)
#define DEFRAG_PIECES 1024u                 /* of one datagram that do not touch each other */
#define DEFRAG_PATIENCE (60ll * 1000000000) /* RFC 8200: from the first fragment that came */

enum defrag_state {
    DEFRAG_WAITS, /* taken; the datagram is not complete */
    DEFRAG_WHOLE, /* this was the last one */
    DEFRAG_OLD,   /* nothing new in it */
    DEFRAG_CUT,   /* it is not all in the capture */
    DEFRAG_BAD,   /* lengths that cannot be, or it belongs to a discarded datagram */
};
struct defrag_counts {
    uint64_t whole, expired, evicted, bad; /* datagrams */
};
struct defrag;

struct defrag *defrag_open(void); /* NULL without memory */
/* Takes a fragment, recorded at `now`. DEFRAG_WHOLE: *packet is an IP packet with its layout,
 * its header without options, valid until the next call. */
enum defrag_state defrag_take(struct defrag *d, struct span frame, const struct layout *l,
                              int64_t now, struct span *packet, struct layout *layout);
/* Nothing more will come for the datagrams that wait: they count as expired. */
void defrag_end(struct defrag *d);
const struct defrag_counts *defrag_counts(const struct defrag *d);
void defrag_close(struct defrag *d);

#endif
