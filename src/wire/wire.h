/* wire: where frames leave. Takes what is due as one batch and says how many left.
 *
 * One wire belongs to one worker. Adding one: wire/NAME.c with `const struct wire_class
 * wire_NAME`, and WIRE(NAME) in wire/wire.def. Opened, used and closed by run/ and cmd/.
 * Sockets of requests are in wire/sock.h, what comes back through libpcap in wire/capture.h. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include "base/err.h"
#include "base/param.h"
#include "packet/frame.h"
#include <stdbool.h>
#include <stddef.h>

enum sent {
    SENT_OK,     /* all n left */
    SENT_AGAIN,  /* *done left, then the device was busy: try frame *done again when due */
    SENT_FAILED, /* *done left, frame *done cannot: count it failed (wire->error), go on after */
};

struct wire;
struct wire_opts {
    const char *place; /* interface or file name */
    bool qdisc;        /* go through the queueing discipline instead of bypassing it */
    bool nanoseconds;  /* pcapfile: nanosecond time stamps */
    uint32_t linktype; /* pcapfile: LINKTYPE_ value, 1 is Ethernet */
    /* xdp: which of how many senders on this interface this is, from 0; each takes a queue of the
     * device for itself. senders 0: the only one */
    unsigned sender, senders;
};
struct wire_class {
    struct doc doc;
    bool device; /* place is a network interface, subject to the target rules */
    /* NULL after adding one clear error (no such interface, is down, right missing). The wire's
     * class may be another: auto opens one of the others, and has no send and close itself. */
    struct wire *(*open)(const struct wire_opts *o, struct where at, struct errs *errs);
    enum sent (*send)(struct wire *w, const struct frame *f, size_t n, size_t *done);
    /* Flushes and closes; false when what was sent did not arrive (disk full), w->error says. */
    bool (*close)(struct wire *w, struct errs *errs);
};
struct wire {
    const struct wire_class *class;
    int fd;       /* to wait on after SENT_AGAIN; -1: none. It tells of a full socket, not of a full
                     device ring: with that it is writable, so try again after a moment */
    int error;    /* errno of the last SENT_FAILED */
    uint32_t mtu; /* longest frame it takes, link header included; 0: any */
    uint8_t mac[6];
};
extern const struct wire_class *const wire_classes[];
extern const size_t wire_class_count;
const struct wire_class *wire_class_named(const char *name);

#endif
