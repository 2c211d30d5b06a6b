/* Packets within packets, made by hand, and read by a reader that shares nothing with the code
 * under test. */
#ifndef TUNNEL_RIG_H
#define TUNNEL_RIG_H

#include "replay_rig.h"
#include "trace/draft.h"

#define A 0x0a010203u /* 10.1.2.3 */
#define B 0x0a010204u
#define HOSTS 0xc0000201u /* 192.0.2.1: ends of tunnels */

/* --- packets within packets --------------------------------------------------------------- */

static const char *const tunnels[] = {"none",      "ipip",   "gre",  "gre sum", "vxlan",
                                      "vxlan sum", "geneve", "6in4", "mpls"};
#define TUNNELS (sizeof tunnels / sizeof *tunnels)

static inline void add_ip4(struct bytes *b, unsigned proto, struct span body)
{
    frame_ip4(b, proto, HOSTS, HOSTS + 1, (unsigned)body.n, 0);
    add(b, body.p, body.n);
}
static inline void add_udp(struct bytes *b, unsigned port, bool sum, struct span body)
{
    struct bytes u = {.big = true};
    u16(&u, 50000);
    u16(&u, port);
    u16(&u, (unsigned)(8 + body.n));
    u16(&u, 0);
    add(&u, body.p, body.n);
    size_t net = b->n;
    add_ip4(b, 17, span_make(u.v, u.n));
    if (sum) put_u16(b->v + net + 26, whole_sum(b->v + net, 4, b->v + net + 20, u.n, 17));
}

/* An Ethernet frame that carries the IP packet `in` through the tunnel. */
static inline struct span through(const char *tunnel, struct span in)
{
    static struct bytes b;
    struct bytes t = {.big = true};
    bool sum = strstr(tunnel, " sum");
    b = (struct bytes){.big = true};
    unsigned type = in.p[0] >> 4 == 4 ? TYPE_IP4 : TYPE_IP6;
    frame_eth(&b, strcmp(tunnel, "mpls") == 0   ? TYPE_MPLS
                  : strcmp(tunnel, "none") == 0 ? type
                                                : TYPE_IP4);
    if (strcmp(tunnel, "none") == 0) {
        add(&b, in.p, in.n);
    } else if (strcmp(tunnel, "mpls") == 0) {
        u32(&b, 0x00010040);
        u32(&b, 0x00020140);
        add(&b, in.p, in.n);
    } else if (strcmp(tunnel, "ipip") == 0 || strcmp(tunnel, "6in4") == 0) {
        add_ip4(&b, type == TYPE_IP4 ? 4 : 41, in);
    } else if (strncmp(tunnel, "gre", 3) == 0) {
        u16(&t, sum ? 0xa000 : 0x2000); /* with a key */
        u16(&t, type);
        if (sum) u32(&t, 0);
        u32(&t, 77);
        add(&t, in.p, in.n);
        if (sum) put_u16(t.v + 4, sum_final(sum_bytes(t.v, t.n)));
        add_ip4(&b, 47, span_make(t.v, t.n));
    } else if (strncmp(tunnel, "vxlan", 5) == 0) {
        u64(&t, 0x0800000000000500);
        frame_eth(&t, TYPE_VLAN);
        frame_tag(&t, 5, type);
        add(&t, in.p, in.n);
        add_udp(&b, 4789, sum, span_make(t.v, t.n));
    } else {
        u64(&t, 0x0200655800000500); /* two words of options */
        u64(&t, 0x1122334455667788);
        frame_eth(&t, type);
        add(&t, in.p, in.n);
        add_udp(&b, 6081, true, span_make(t.v, t.n));
    }
    return span_make(b.v, b.n);
}

/* --- an independent reading ---------------------------------------------------------------- */

static size_t packets_read; /* within each other */

static inline void check_ip(const uint8_t *p, size_t n);

static inline void check_frame(const uint8_t *p, size_t n)
{
    size_t at = 12;
    while (get_u16(p + at) == TYPE_VLAN) at += 4;
    if (get_u16(p + at) == TYPE_MPLS) {
        at += 2;
        while (!(p[at + 2] & 1)) at += 4;
        at += 2;
    }
    check_ip(p + at + 2, n - at - 2);
}
static inline void check_udp(const uint8_t *u, size_t n)
{
    assert_int_equal(get_u16(u + 4), n);
    if (get_u16(u + 2) == 4789) check_frame(u + 16, n - 16);
    if (get_u16(u + 2) == 6081) check_frame(u + 24, n - 24);
}
static inline void check_ip(const uint8_t *p, size_t n)
{
    unsigned version = p[0] >> 4, header = version == 4 ? 20 : 40;
    unsigned proto = version == 4 ? p[9] : p[6];
    size_t total = version == 4 ? get_u16(p + 2) : get_u16(p + 4) + 40u;
    const uint8_t *up = p + header;
    assert_int_equal(total, n);
    if (version == 4) assert_int_equal(sum_final(sum_bytes(p, 20)), 0);
    packets_read++;
    n -= header;
    if (proto == 6 || (proto == 17 && get_u16(up + 6)) || proto == 58)
        assert_int_equal(whole_sum(p, version, up, n, proto), 0);
    if (proto == 1) assert_int_equal(sum_final(sum_bytes(up, n)), 0);
    if (proto == 17) check_udp(up, n);
    if (proto == 4 || proto == 41) check_ip(up, n);
    if (proto != 47) return;
    bool sum = up[0] & 0x80;
    if (sum) assert_int_equal(sum_final(sum_bytes(up, n)), 0);
    check_ip(up + (sum ? 12 : 8), n - (sum ? 12 : 8));
}
static inline void check_all(const struct draft *d, const char *tunnel)
{
    packets_read = 0;
    check_frame(d->p, d->n);
    bool one = strcmp(tunnel, "none") == 0 || strcmp(tunnel, "mpls") == 0;
    assert_int_equal(packets_read, one ? 1 : 2);
}

/* An IP packet: TCP, UDP or an echo, over IPv4 or IPv6, `n` bytes of payload; they are its last. */
static inline struct span packet(unsigned kind, size_t n)
{
    static uint8_t copy[BYTES_MAX];
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    unsigned proto = kind / 2 == 0 ? 6 : kind / 2 == 1 ? 17 : kind & 1 ? 58 : 1;
    unsigned header = proto == 6 ? 20 : 8, version = kind & 1 ? 6 : 4;
    if (version == 4)
        frame_ip4(b, proto, A, B, (unsigned)(header + n), 0);
    else
        frame_ip6(b, proto, "2001:db8::1", "2001:db8::2", (unsigned)(header + n));
    size_t at = b->n;
    if (proto == 6) frame_tcp(b, version, 14, 1000, 80, 0x18, n);
    if (proto == 17) frame_udp(b, version, 14, 1000, 53, n);
    if (proto == 1 || proto == 58) {
        u16(b, proto == 1 ? 0x0800 : 0x8000);
        u16(b, 0);
        u32(b, 0x12340001);
        add_row(b, 1, n);
        put_u16(b->v + at + 2, proto == 1 ? sum_final(sum_bytes(b->v + at, b->n - at))
                                          : whole_sum(b->v + 14, 6, b->v + at, b->n - at, 58));
    }
    memcpy(copy, b->v + 14, b->n - 14);
    return span_make(copy, b->n - 14);
}
#define KINDS 6

static inline bool fits(const char *tunnel, unsigned kind)
{
    return strcmp(tunnel, "6in4") == 0   ? kind & 1
           : strcmp(tunnel, "ipip") == 0 ? !(kind & 1)
                                         : true;
}
#endif
