/* said: what one recorded frame says for its connection. Private to trace/talk.c. */
#ifndef TRACE_SAID_H
#define TRACE_SAID_H

#include "trace/defrag.h"
#include "trace/trace.h"

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16 };

struct said {
    bool udp;
    struct layout_ends ends;
    uint64_t flow;     /* layout_flow_of */
    bool lower_server; /* by the ports alone the sender is the client: trace/layout.h */
    uint8_t flags;
    uint32_t seq, ack;
    struct span bytes; /* payload, as far as it was captured */
    uint32_t missing;  /* behind it, not captured */
};
enum said_fate {
    SAID_SOMETHING,
    SAID_NO_IP,
    SAID_OTHER,     /* neither TCP nor UDP */
    SAID_CUT,       /* its headers are not all captured */
    SAID_MALFORMED, /* its lengths contradict each other */
    SAID_FRAGMENT,  /* kept for the rest of its datagram */
    SAID_FRAGMENT_OLD,
};

/* Of a fragment that completes its datagram, the datagram. *out is valid as long as the
 * frame's bytes, and until the next call. */
enum said_fate said_read(const struct trace_frame *f, struct defrag *d, int64_t now,
                         struct said *out);

#endif
