/* trace: recorded traffic, read as a stream in constant memory.
 *
 * pcap and pcapng, both byte orders, micro- and nanoseconds, gzip or zstd compressed, from a
 * file or standard input. One reader belongs to one thread. Hostile input is the normal case:
 * every length is checked, damage ends the stream with a reason and keeps what came before.
 * Used by plan/ (first look), run/ (replay) and cmd/ (replay, info). */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct trace_frame {
    struct span bytes;  /* as captured; valid until the next call */
    uint32_t wire_len;  /* as it was on the wire; at least bytes.n */
    int64_t at_ns;      /* since 1970; 0 with has_time false */
    bool has_time;      /* simple packet blocks have none */
    uint32_t link;      /* LINKTYPE_ value, 1 is Ethernet */
    uint32_t interface; /* number within the file */
    uint8_t fcs;        /* how many last bytes the file says are a frame check sequence */
};
enum trace_next {
    TRACE_FRAME,
    TRACE_END,     /* the file ended where it should */
    TRACE_DAMAGED, /* it did not: trace_problem says how; no further frames */
    TRACE_LATER,   /* the next frame has not come yet: ask again when trace_fd is readable */
};
struct trace;

/* "-" is standard input. NULL after adding what is wrong (cannot be read, not a capture). */
struct trace *trace_open(const char *path, struct where at, struct errs *errs);
/* Whether the file begins as a capture does, packed or not; false also after adding that it cannot
 * be read. */
bool trace_begins(const char *path, struct where at, struct errs *errs);
enum trace_next trace_next(struct trace *t, struct trace_frame *out);
/* From now on a pipe is not waited for: TRACE_LATER. */
void trace_hurry(struct trace *t);
int trace_fd(const struct trace *t);
/* Starts over; false for standard input. */
bool trace_rewind(struct trace *t);
/* "truncated packet at byte 1234" and the like; NULL when there is none. */
const char *trace_problem(const struct trace *t);
/* "pcap, microseconds, little-endian, gzip" for people. */
const char *trace_format(const struct trace *t);
void trace_close(struct trace *t);

#endif
