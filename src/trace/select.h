/* select: which frames of a capture are replayed at all.
 *
 * Frames that are not selected are no units of the stream: they are neither offered nor counted.
 * A struct select is immutable and belongs to the plan; a selector is one lane's own. */
#ifndef TRACE_SELECT_H
#define TRACE_SELECT_H

#include "trace/trace.h"

struct select_range {
    uint64_t lo, hi; /* both included */
};
struct select {
    const char *filter;          /* pcap-filter(7), on the frame as recorded; NULL: all */
    struct select_range *frames; /* by number, from 1, in ascending order; n 0: all */
    size_t n;
    struct select_range between; /* ns since the first frame */
    uint64_t sample;             /* of 2^32 conversations so many; 2^32: all */
};
struct selector;

/* Adds what is wrong with the filter's text when it fits no Ethernet frame. */
bool select_check(const char *filter, struct where at, struct errs *errs);
struct selector *selector_open(const struct select *s); /* NULL without memory */
/* Frame number `number`, `at_ns` behind the first one. */
bool selector_takes(struct selector *s, const struct trace_frame *f, uint64_t number,
                    uint64_t at_ns);
/* Nothing from this frame on will be taken. */
bool selector_over(const struct selector *s, uint64_t number, uint64_t at_ns);
void selector_close(struct selector *s);

#endif
