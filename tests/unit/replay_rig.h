/* Frames and captures made by hand, for the tests of replay. */
#ifndef REPLAY_RIG_H
#define REPLAY_RIG_H

#include "capture_bytes.h"
#include "base/addr.h"
#include "base/rng.h"
#include "packet/checksum.h"
#include "trace/layout.h"

/* A frame under construction, in network order. */
static inline struct bytes *frame_new(void)
{
    static struct bytes b;
    b.big = true;
    b.n = 0;
    return &b;
}
static inline void frame_eth(struct bytes *b, unsigned type)
{
    add(b, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
    u16(b, type);
}
static inline void frame_tag(struct bytes *b, unsigned id, unsigned next)
{
    u16(b, id);
    u16(b, next);
}
static inline void frame_ip4(struct bytes *b, unsigned proto, uint32_t src, uint32_t dst,
                             unsigned behind, unsigned fragment)
{
    size_t at = b->n;
    u16(b, 0x4500);
    u16(b, 20 + behind);
    u16(b, 0x1234);
    u16(b, fragment);
    u16(b, 64 << 8 | proto);
    u16(b, 0);
    u32(b, src);
    u32(b, dst);
    put_u16(b->v + at + 10, sum_final(sum_bytes(b->v + at, 20)));
}
static inline void frame_ip6(struct bytes *b, unsigned next, const char *src, const char *dst,
                             unsigned behind)
{
    struct addr a;
    uint8_t raw[16];
    u32(b, 0x60000000);
    u16(b, behind);
    u16(b, next << 8 | 64);
    assert_true(addr_parse(span_of(src), &a));
    add(b, raw, addr_bytes(a, raw));
    assert_true(addr_parse(span_of(dst), &a));
    add(b, raw, addr_bytes(a, raw));
}
/* The checksum over pseudo header and everything from `up` on, by the definition (RFC 793, RFC
 * 8200 section 8.1), word by word, sharing nothing with the code under test. */
static inline uint16_t whole_sum(const uint8_t *ip, unsigned version, const uint8_t *up, size_t n,
                                 unsigned proto)
{
    uint32_t sum = proto + (uint32_t)n;
    size_t from = version == 4 ? 12 : 8, to = version == 4 ? 20 : 40;
    for (size_t i = from; i < to; i += 2) sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    for (size_t i = 0; i < n; i++) sum += (uint32_t)(i % 2 ? up[i] : up[i] << 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}
/* Headers of a transport with a right checksum over `n` bytes of payload 1, 2, 3, ...; the IP
 * header of `version` begins at `net`. */
static inline void frame_tcp(struct bytes *b, unsigned version, size_t net, unsigned sport,
                             unsigned dport, unsigned flags, size_t n)
{
    size_t at = b->n;
    u16(b, sport);
    u16(b, dport);
    u32(b, 1000);
    u32(b, 2000);
    u16(b, 0x5000 | flags);
    u16(b, 8192);
    u32(b, 0);
    add_row(b, 1, n);
    put_u16(b->v + at + 16, whole_sum(b->v + net, version, b->v + at, b->n - at, 6));
}
static inline void frame_udp(struct bytes *b, unsigned version, size_t net, unsigned sport,
                             unsigned dport, size_t n)
{
    size_t at = b->n;
    u16(b, sport);
    u16(b, dport);
    u16(b, (unsigned)(8 + n));
    u16(b, 0);
    add_row(b, 1, n);
    uint16_t sum = whole_sum(b->v + net, version, b->v + at, b->n - at, 17);
    put_u16(b->v + at + 6, sum ? sum : 0xffff);
}
/* Ethernet, IPv4 and TCP or UDP with n bytes of payload. */
static inline struct span frame_tcp4(uint32_t src, uint32_t dst, unsigned sport, unsigned dport,
                                     size_t n)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 6, src, dst, (unsigned)(20 + n), 0);
    frame_tcp(b, 4, 14, sport, dport, 0x18, n);
    return span_make(b->v, b->n);
}
static inline struct span frame_udp4(uint32_t src, uint32_t dst, unsigned sport, unsigned dport,
                                     size_t n)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, src, dst, (unsigned)(8 + n), 0);
    frame_udp(b, 4, 14, sport, dport, n);
    return span_make(b->v, b->n);
}

/* IPv6, a routing header, UDP; segments 2001:2::S, each a digit of `list`, in the order written. */
static inline struct span frame_routed6(unsigned type, unsigned left, const char *list,
                                        const char *dst)
{
    struct bytes *b = frame_new();
    struct addr a;
    uint8_t raw[16];
    size_t n = strlen(list);
    char text[] = "2001:2::x";
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 43, "2001:2::1", dst, (unsigned)(8 + 16 * n + 8));
    u32(b, (uint32_t)(17u << 24 | n * 2 << 16 | type << 8 | left));
    u32(b, type == 4 ? (uint32_t)(n - 1) << 24 : 0);
    for (size_t i = 0; i < n; i++) {
        text[8] = list[i];
        assert_true(addr_parse(span_of(text), &a));
        add(b, raw, addr_bytes(a, raw));
    }
    u64(b, 0x0001000200080000);
    return span_make(b->v, b->n);
}
/* IPv4 with a source route of 198.18.0.S behind `ahead` padding options, UDP. */
static inline struct span frame_routed4(unsigned option, unsigned pointer, unsigned ahead,
                                        const char *list)
{
    struct bytes *b = frame_new();
    size_t n = strlen(list), options = ahead + 3 + 4 * n;
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, 0xc6120001, 0xc6120002, 8, 0);
    add(b, "\1\1\1\1", ahead);
    add_uint(b, option << 16 | (3 + 4 * (unsigned)n) << 8 | pointer, 3);
    for (size_t i = 0; i < n; i++) u32(b, 0xc6120000u + (unsigned)(list[i] - '0'));
    for (; options % 4; options++) add_uint(b, 0, 1);
    b->v[14] = (uint8_t)(0x45 + options / 4);
    put_u16(b->v + 16, (uint16_t)(20 + options + 8));
    u64(b, 0x0001000200080000);
    return span_make(b->v, b->n);
}

/* A capture under construction: pcap, nanoseconds, little-endian. */
static inline void capture_begin(struct bytes *b, uint32_t link)
{
    b->big = false;
    b->n = 0;
    u32(b, 0xa1b23c4d);
    u16(b, 2);
    u16(b, 4);
    u64(b, 0);
    u32(b, 262144);
    u32(b, link);
}
/* `wire` 0: the frame is whole. */
static inline void capture_add(struct bytes *b, uint64_t at_ns, struct span frame, uint32_t wire)
{
    u32(b, (uint32_t)(at_ns / 1000000000));
    u32(b, (uint32_t)(at_ns % 1000000000));
    u32(b, (uint32_t)frame.n);
    u32(b, wire ? wire : (uint32_t)frame.n);
    add(b, frame.p, frame.n);
}

#endif
