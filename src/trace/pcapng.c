/* The pcapng format (draft-ietf-opsawg-pcapng). A file is a row of blocks: type, total length,
 * body, total length again. A section header sets the byte order and forgets the interfaces. */
#include "trace/format.h"

#include <stdlib.h>

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_PACKET_SIMPLE = 3,
    BLOCK_PACKET = 6,
};
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_HEADER 8u
#define BLOCK_FRAME 12u /* what a block is beside its body */
#define SECTION_MIN (BLOCK_FRAME + 16u)
/* What must be read as a whole: interface descriptions and packets with all their options. */
#define BLOCK_MAX ((16u << 20) + 4096u)
#define PORTS_MAX 65536u

bool ng_is(struct span start)
{
    struct reader r = reader_of(start);
    return read_u32(&r) == BLOCK_SECTION;
}

/* A block that has been read: its body as a cursor. */
struct block {
    uint64_t at;
    uint32_t type;
    struct reader body;
};

/* Appends what the interface description says; TRACE_FRAME stands for "go on". */
static enum trace_next add_port(struct trace *t, const struct trace_port *port, uint64_t at)
{
    if (t->ng.n == PORTS_MAX)
        return trace_damaged(t, at, "more than %u interfaces in a section", PORTS_MAX);
    if (t->ng.n == t->ng.cap) {
        size_t cap = t->ng.cap ? t->ng.cap * 2 : 8;
        struct trace_port *ports = realloc(t->ng.ports, cap * sizeof *ports);
        if (!ports) return trace_damaged(t, at, "no memory for interfaces");
        t->ng.ports = ports;
        t->ng.cap = cap;
    }
    t->ng.ports[t->ng.n++] = *port;
    return TRACE_FRAME;
}

/* if_tsresol: a power of ten, or of two when the highest bit is set. */
static void set_resolution(struct trace_port *port, uint8_t r)
{
    port->mul = port->div = 1;
    port->shift = 0;
    if (r & 0x80) {
        port->mul = 1000000000;
        port->shift = r & 0x7f;
        return;
    }
    /* Beyond 10^-28 s every 64-bit stamp is less than a nanosecond. */
    if (r > 28) port->mul = 0;
    for (unsigned e = r; e < 9; e++) port->mul *= 10;
    for (unsigned e = 9; e < r && r <= 28; e++) port->div *= 10;
}

/* The specification says bits and gives the example 4; files have bytes, a few bits. */
static uint8_t fcs_bytes(uint8_t told)
{
    return told > 8 ? told / 8 : told;
}

/* if_tsresol, if_tsoffset and if_fcslen, in any order; everything else is stepped over. */
static bool read_port_options(struct trace *t, struct reader *r, struct trace_port *port)
{
    while (reader_left(r) > 0) {
        uint16_t code = file_u16(r, t->big), len = file_u16(r, t->big);
        if (code == 0 && !r->bad) return true;
        struct span value = read_bytes(r, len);
        read_bytes(r, -len & 3);
        if (r->bad) return false;
        struct reader v = reader_of(value);
        if (code == 9) set_resolution(port, read_u8(&v));
        if (code == 13) port->fcs = fcs_bytes(read_u8(&v));
        if (code == 14) port->offset_s = (int64_t)file_u64(&v, t->big);
        if (v.bad) return false;
    }
    return true;
}

static enum trace_next read_interface(struct trace *t, struct block *b)
{
    struct trace_port port = {0};
    set_resolution(&port, 6);
    port.link = file_u16(&b->body, t->big);
    read_u16(&b->body);
    port.snaplen = file_u32(&b->body, t->big);
    if (b->body.bad) return trace_damaged(t, b->at, "interface description cut short");
    if (!read_port_options(t, &b->body, &port))
        return trace_damaged(t, b->at, "damaged options of an interface description");
    return add_port(t, &port, b->at);
}

/* A time stamp as nanoseconds since 1970, held at the ends of int64. */
static int64_t stamp_ns(const struct trace_port *p, uint64_t stamp)
{
    __int128 ns = (__int128)((((unsigned __int128)stamp * p->mul) / p->div) >> p->shift);
    ns += (__int128)p->offset_s * 1000000000;
    return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* The length of the check sequence in epb_flags, which goes before that of the interface; 0: not
 * said. Options that are damaged say nothing. */
static uint8_t read_packet_fcs(const struct trace *t, struct reader r, uint32_t captured)
{
    read_bytes(&r, -captured & 3);
    while (reader_left(&r) >= 4) {
        uint16_t code = file_u16(&r, t->big), len = file_u16(&r, t->big);
        struct reader v = reader_of(read_bytes(&r, len));
        read_bytes(&r, -len & 3);
        if (r.bad || code == 0) return 0;
        if (code == 2) return file_u32(&v, t->big) >> 5 & 15;
    }
    return 0;
}

/* The three kinds of packet blocks differ in their first fields. */
static enum trace_next read_packet(struct trace *t, struct block *b, struct trace_frame *out)
{
    struct reader *r = &b->body;
    uint32_t number = 0, captured = 0, len;
    uint64_t stamp = 0;
    if (b->type == BLOCK_PACKET) number = file_u32(r, t->big);
    if (b->type == BLOCK_PACKET_OLD) {
        number = file_u16(r, t->big);
        read_u16(r); /* a count of drops */
    }
    if (b->type != BLOCK_PACKET_SIMPLE) {
        stamp = (uint64_t)file_u32(r, t->big) << 32;
        stamp |= file_u32(r, t->big);
        captured = file_u32(r, t->big);
    }
    len = file_u32(r, t->big);
    if (r->bad) return trace_damaged(t, b->at, "packet block cut short");
    if (number >= t->ng.n) return trace_damaged(t, b->at, "packet of unknown interface %u", number);
    const struct trace_port *port = &t->ng.ports[number];
    if (b->type == BLOCK_PACKET_SIMPLE)
        captured = port->snaplen && port->snaplen < len ? port->snaplen : len;
    if (captured > trace_frame_max(port->link))
        return trace_damaged(t, b->at, "frame of %u bytes, expected at most %u", captured,
                             trace_frame_max(port->link));
    struct span bytes = read_bytes(r, captured);
    if (r->bad)
        return trace_damaged(t, b->at, "frame of %u bytes does not fit its block", captured);
    uint8_t fcs = b->type == BLOCK_PACKET ? read_packet_fcs(t, *r, captured) : 0;
    *out = (struct trace_frame){
        .bytes = bytes,
        .wire_len = len > captured ? len : captured,
        .has_time = b->type != BLOCK_PACKET_SIMPLE,
        .at_ns = b->type != BLOCK_PACKET_SIMPLE ? stamp_ns(port, stamp) : 0,
        .link = port->link,
        .interface = t->ng.before + number,
        .fcs = fcs ? fcs : port->fcs,
    };
    return TRACE_FRAME;
}

/* A section header may change the byte order, also of its own length. */
static enum trace_next read_section(struct trace *t, uint64_t at)
{
    struct span s;
    if (!input_need(t->in, SECTION_MIN, &s))
        return trace_damaged(t, at, "truncated section header");
    struct reader magic = reader_of(span_from(s, BLOCK_HEADER)), be = magic;
    bool big = read_u32(&be) == BYTE_ORDER_MAGIC;
    if (!big && read_u32_le(&magic) != BYTE_ORDER_MAGIC)
        return trace_damaged(t, at, "section header without a byte order mark");
    struct reader r = reader_of(span_from(s, BLOCK_HEADER + 4));
    uint16_t major = file_u16(&r, big), minor = file_u16(&r, big);
    if (major != 1) return trace_damaged(t, at, "pcapng version %u.%u, expected 1.0", major, minor);
    t->big = big;
    t->ng.before += (uint32_t)t->ng.n;
    t->ng.n = 0;
    return TRACE_FRAME;
}

static bool checked(struct trace *t, struct span trailer, uint32_t length, uint64_t at)
{
    struct reader r = reader_of(trailer);
    if (file_u32(&r, t->big) == length) return true;
    trace_damaged(t, at, "block of %u bytes does not end with its length", length);
    return false;
}

/* Steps over a block of any size without holding it. When it has to be left half-way its end is
 * not looked at. */
static enum trace_next skip_block(struct trace *t, uint32_t length, uint64_t at)
{
    struct span trailer;
    if (!input_skip(t->in, length - 4) || !input_need(t->in, 4, &trailer)) {
        t->ng.rest = length - (uint32_t)(input_at(t->in) - at);
        return trace_damaged(t, at, "truncated block");
    }
    input_skip(t->in, 4);
    return checked(t, trailer, length, at) ? TRACE_FRAME : TRACE_DAMAGED;
}

/* Reads a whole block into *b. */
static enum trace_next take_block(struct trace *t, uint32_t length, struct block *b)
{
    struct span s;
    if (length > BLOCK_MAX)
        return trace_damaged(t, b->at, "block of %u bytes, expected at most %u", length, BLOCK_MAX);
    if (!input_need(t->in, length, &s)) return trace_damaged(t, b->at, "truncated block");
    input_skip(t->in, length);
    b->body = reader_of(span_sub(s, BLOCK_HEADER, length - BLOCK_FRAME));
    return checked(t, span_from(s, length - 4), length, b->at) ? TRACE_FRAME : TRACE_DAMAGED;
}

static bool is_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OLD;
}

/* One block; *got when it was a packet. Every block is at least 12 bytes, so the file ends. */
static enum trace_next next_block(struct trace *t, struct trace_frame *out, bool *got)
{
    struct block b = {.at = input_at(t->in)};
    struct span s;
    bool passed = input_skip(t->in, t->ng.rest);
    t->ng.rest -= (uint32_t)(input_at(t->in) - b.at);
    if (!passed) return trace_damaged(t, b.at, "truncated block");
    b.at = input_at(t->in);
    if (!input_need(t->in, BLOCK_HEADER, &s)) {
        if (s.n > 0 || input_problem(t->in)) return trace_damaged(t, b.at, "truncated block");
        return TRACE_END;
    }
    struct reader type = reader_of(s);
    b.type = file_u32(&type, t->big);
    enum trace_next state = b.type == BLOCK_SECTION ? read_section(t, b.at) : TRACE_FRAME;
    if (state != TRACE_FRAME) return state;

    input_need(t->in, BLOCK_HEADER, &s); /* the section may have moved the window */
    struct reader r = reader_of(span_from(s, 4));
    uint32_t length = file_u32(&r, t->big);
    if (length % 4 != 0 || length < (b.type == BLOCK_SECTION ? SECTION_MIN : BLOCK_FRAME))
        return trace_damaged(t, b.at, "impossible block length %u", length);
    if (!is_packet(b.type) && b.type != BLOCK_INTERFACE) return skip_block(t, length, b.at);
    state = take_block(t, length, &b);
    if (state != TRACE_FRAME) return state;
    if (b.type == BLOCK_INTERFACE) return read_interface(t, &b);
    *got = true;
    return read_packet(t, &b, out);
}

bool ng_start(struct trace *t)
{
    bool got = false;
    t->ng.n = t->ng.before = t->ng.rest = 0;
    if (next_block(t, NULL, &got) != TRACE_FRAME) return false;
    trace_set_format(t, "pcapng, %s-endian", t->big ? "big" : "little");
    return true;
}

enum trace_next ng_next(struct trace *t, struct trace_frame *out)
{
    bool got = false;
    enum trace_next state = TRACE_FRAME;
    while (state == TRACE_FRAME && !got) state = next_block(t, out, &got);
    return state;
}
