/* format: what the readers of the two file formats share. Private to trace/. */
#ifndef TRACE_FORMAT_H
#define TRACE_FORMAT_H

#include "trace/input.h"
#include "trace/trace.h"

/* One capture interface of a pcapng section. */
struct trace_port {
    uint32_t link, snaplen; /* snaplen 0: no limit */
    uint64_t mul, div;      /* ns = stamp * mul / div, then >> shift */
    unsigned shift;
    int64_t offset_s;
    uint8_t fcs;
};

struct trace {
    struct input *in;
    enum trace_next (*next)(struct trace *t, struct trace_frame *out);
    bool (*start)(struct trace *t); /* reads the header */
    bool big;                       /* byte order of the file, or of its present section */
    enum trace_next over;           /* TRACE_FRAME: not yet */
    char problem[160];
    char format[80];
    struct {             /* pcap */
        uint32_t header; /* bytes before each frame */
        uint32_t ns;     /* in one unit of the fraction of a second */
        uint32_t link;
        uint8_t fcs;
        enum { LENGTHS_PLAIN, LENGTHS_SWAPPED, LENGTHS_EITHER } lengths;
    } classic;
    struct { /* pcapng */
        struct trace_port *ports;
        size_t n, cap;
        uint32_t before; /* interfaces of earlier sections */
        uint32_t rest;   /* bytes to pass over before the next block */
    } ng;
};

/* Whether the file's first bytes are this format's; then start reads its header, and next one
 * frame. Both report damage through trace_damaged. When the input is dry, next is called again
 * later, and finds what it did not take. */
bool classic_is(struct span start);
bool classic_start(struct trace *t);
enum trace_next classic_next(struct trace *t, struct trace_frame *out);
bool ng_is(struct span start);
bool ng_start(struct trace *t);
enum trace_next ng_next(struct trace *t, struct trace_frame *out);

/* Ends the stream: the text, or what the input found wrong, and the offset `at`. */
enum trace_next trace_damaged(struct trace *t, uint64_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What trace_format will say, to which the packing is added. */
void trace_set_format(struct trace *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The longest frame a link type can carry; a longer one is damage, not data. */
uint32_t trace_frame_max(uint32_t link);

/* Integers in the file's byte order. */
static inline uint16_t file_u16(struct reader *r, bool big)
{
    return big ? read_u16(r) : read_u16_le(r);
}
static inline uint32_t file_u32(struct reader *r, bool big)
{
    return big ? read_u32(r) : read_u32_le(r);
}
static inline uint64_t file_u64(struct reader *r, bool big)
{
    return big ? read_u64(r) : read_u64_le(r);
}

#endif
