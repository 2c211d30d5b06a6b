/* sides: which end of its conversation sent a recorded packet, the client or the server.
 *
 * Told in one pass, in order, and in constant memory: by the profile's lists first, then by the
 * handshake (SYN, INIT, echo request), then by who spoke first. Errors of ICMP come from the side
 * that the packet they are about went to, later fragments from that of the first one, frames
 * without IP from that of their link address. What cannot be told counts as the client's, and is
 * counted. Conversations are kept in a table of fixed size; where it is full the one that was
 * silent longest is forgotten, and its next packet counts as the first of a new one. One lane's
 * own. Called by run/ (replay) and trace/info.c. */
#ifndef TRACE_SIDES_H
#define TRACE_SIDES_H

#include "base/addr.h"
#include "trace/trace.h"

#define SIDES_FLOWS (1u << 19) /* kept at a time, 16 bytes each */

enum side { SIDE_CLIENT, SIDE_SERVER, SIDES };
/* How a packet's side was told. */
enum told {
    TOLD_BY_RULE,      /* address lists or server ports */
    TOLD_BY_HANDSHAKE, /* of its conversation */
    TOLD_BY_SPEAKER,   /* the first one of its conversation is the client */
    TOLD_BY_NEIGHBOUR, /* other packets from the same link address */
    TOLD_NOT,
    TOLD_WAYS,
};
extern const char *const told_names[TOLD_WAYS], *const side_names[SIDES];

struct sides_ports {
    uint16_t lo, hi; /* both included */
};
struct sides_rules {
    const struct prefix *clients; /* packets from these to others are the client's */
    size_t n_clients;
    const struct sides_ports *ports; /* packets from other ports to these are the client's */
    size_t n_ports;
};
struct sides_counts {
    uint64_t frames[SIDES];
    uint64_t told[TOLD_WAYS];
    uint64_t forgotten; /* conversations that the table had no room for */
};
struct sides;

struct sides *sides_open(const struct sides_rules *r); /* NULL without memory; the rules stay */
/* Frames in the order of the recording, of any link type. */
enum side sides_tell(struct sides *s, const struct trace_frame *f);
/* The recording begins again: what was learnt is forgotten, what was counted is not. */
void sides_rewind(struct sides *s);
const struct sides_counts *sides_counts(const struct sides *s);
void sides_close(struct sides *s);

#endif
