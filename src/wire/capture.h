/* capture: what comes back, through libpcap, stamped by the kernel.
 *
 * One capture belongs to one thread, which asks it when capture_fd is readable. Times are
 * converted to the run's monotonic clock here (base/clock.h). Used by run/. */
#ifndef WIRE_CAPTURE_H
#define WIRE_CAPTURE_H

#include "base/err.h"
#include "base/span.h"

struct capture;
struct capture_opts {
    const char *interface; /* "any" is allowed */
    const char *filter; /* pcap-filter(7) text; for "inbound" use `incoming`, which loses nothing */
    uint32_t snaplen;   /* bytes wanted of each frame */
    uint32_t buffer;    /* kernel buffer in bytes; 0: 8 MiB */
    bool at_once;       /* hand over each frame when it comes: dearer, for those who wait for it */
    bool incoming;      /* only what arrives, not what this host sends */
};
struct capture_stats {
    uint64_t seen;    /* passed the filter */
    uint64_t dropped; /* by the kernel or the interface: above 0 loss figures are void */
};

/* NULL after adding one clear error: no such interface, no permission (names CAP_NET_RAW). */
struct capture *capture_open(const struct capture_opts *o, struct where at, struct errs *errs);
int capture_fd(const struct capture *c);
/* DLT_... of the frames. */
int capture_link(const struct capture *c);
/* A frame may wait in the kernel for so long before capture_read can have it. */
#define CAPTURE_HOLDS_NS 50000000ull
/* Hands over at most `max` waiting frames, oldest first, without blocking: `frame` as captured,
 * `len` as it was on the wire, `at_ns` monotonic. Returns how many; -1 when the device failed. */
int capture_read(struct capture *c, int max,
                 void (*seen)(void *ctx, uint64_t at_ns, struct span frame, uint32_t len),
                 void *ctx);
struct capture_stats capture_stats(struct capture *c);
void capture_close(struct capture *c);

#endif
