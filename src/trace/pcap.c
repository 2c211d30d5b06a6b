/* The pcap format (draft-ietf-opsawg-pcap), with the variants that libpcap reads. */
#include "trace/format.h"

#define FILE_HEADER 24u
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_PATCHED 0xa1b2cd34u /* Linux of the nineties: 8 more bytes before each frame */

static bool magic_known(uint32_t m)
{
    return m == MAGIC_MICRO || m == MAGIC_NANO || m == MAGIC_PATCHED;
}

bool classic_is(struct span start)
{
    struct reader le = reader_of(start), be = reader_of(start);
    return magic_known(read_u32_le(&le)) || magic_known(read_u32(&be));
}

/* Before version 2.3 the two lengths of a frame stood the other way round, and writers of 2.3
 * disagreed. Version 543.0 is what DG/UX wrote. False for a version nobody has written. */
static bool set_version(struct trace *t, unsigned major, unsigned minor)
{
    if (major == 543 && minor == 0)
        t->classic.lengths = LENGTHS_SWAPPED;
    else if (major == 2 && minor <= 4)
        t->classic.lengths = minor < 3    ? LENGTHS_SWAPPED
                             : minor == 3 ? LENGTHS_EITHER
                                          : LENGTHS_PLAIN;
    else
        return false;
    return true;
}

bool classic_start(struct trace *t)
{
    struct span s;
    if (!input_need(t->in, FILE_HEADER, &s)) {
        trace_damaged(t, input_at(t->in), "truncated file header");
        return false;
    }
    struct reader r = reader_of(s), be = reader_of(s);
    t->big = magic_known(read_u32(&be));
    uint32_t magic = file_u32(&r, t->big);
    t->classic.header = magic == MAGIC_PATCHED ? 24 : 16;
    t->classic.ns = magic == MAGIC_NANO ? 1 : 1000;
    uint16_t major = file_u16(&r, t->big), minor = file_u16(&r, t->big);
    if (!set_version(t, major, minor)) {
        trace_damaged(t, 4, "pcap version %u.%u, expected 2.0 to 2.4", major, minor);
        return false;
    }
    read_bytes(&r, 12); /* time zone, accuracy and snapshot length say nothing reliable */
    /* Bits 28 to 31 count 16-bit words of frame check sequence if bit 26 is set. */
    uint32_t link = file_u32(&r, t->big);
    t->classic.link = link & 0xffff;
    t->classic.fcs = link >> 26 & 1 ? (uint8_t)((link >> 28) * 2) : 0;
    trace_set_format(t, "pcap, %s, %s-endian", magic == MAGIC_NANO ? "nanoseconds" : "microseconds",
                     t->big ? "big" : "little");
    return input_skip(t->in, FILE_HEADER);
}

enum trace_next classic_next(struct trace *t, struct trace_frame *out)
{
    uint64_t at = input_at(t->in);
    struct span s;
    if (!input_need(t->in, t->classic.header, &s)) {
        if (s.n > 0 || input_problem(t->in)) return trace_damaged(t, at, "truncated frame header");
        return TRACE_END;
    }
    struct reader r = reader_of(s);
    uint32_t seconds = file_u32(&r, t->big), fraction = file_u32(&r, t->big);
    uint32_t captured = file_u32(&r, t->big), len = file_u32(&r, t->big);
    if (t->classic.lengths == LENGTHS_SWAPPED ||
        (t->classic.lengths == LENGTHS_EITHER && captured > len)) {
        uint32_t swap = captured;
        captured = len;
        len = swap;
    }
    if (captured > trace_frame_max(t->classic.link))
        return trace_damaged(t, at, "frame of %u bytes, expected at most %u", captured,
                             trace_frame_max(t->classic.link));
    size_t whole = t->classic.header + captured;
    if (!input_need(t->in, whole, &s)) return trace_damaged(t, at, "truncated frame");
    input_skip(t->in, whole);
    *out = (struct trace_frame){
        .bytes = span_from(s, t->classic.header),
        .wire_len = len > captured ? len : captured,
        /* Seconds are unsigned, up to the year 2106; a fraction above one second is kept. */
        .at_ns = (int64_t)seconds * 1000000000 + (int64_t)fraction * t->classic.ns,
        .has_time = true,
        .link = t->classic.link,
        .fcs = t->classic.fcs,
    };
    return TRACE_FRAME;
}
