#include "packet/answer.h"

#include "packet/checksum.h"

#define MAC 6
#define TYPE_IP4 0x0800
#define TYPE_ARP 0x0806
#define TYPE_IP6 0x86dd
#define ARP_REQUEST 0x0001080006040001 /* Ethernet, IPv4, their address lengths, request */
#define ARP_REPLY 0x0001080006040002
#define PROTOCOL_ICMP 1
#define PROTOCOL_ICMP6 58
#define ECHO_REQUEST 8
#define ECHO_REPLY 0
#define ECHO6_REQUEST 128
#define ECHO6_REPLY 129
#define SOLICITATION 135
#define ADVERTISEMENT 136
#define SOLICITED_OVERRIDE 0x60000000
#define TARGET_LINK_ADDRESS 0x0201 /* option 2, one unit of eight bytes */
#define HOPS 64
#define HOPS_ON_LINK 255 /* proof that no router passed it on (RFC 4861, section 7.1) */

/* A captured frame, taken apart. */
struct asked {
    struct span to, from;
    struct span tags; /* and the type behind them */
    uint16_t type;
    struct span body;
};
struct answer {
    uint8_t *p;
    size_t room, len;
};
/* What ICMPv6 is checked with and answered to. */
struct asked6 {
    uint32_t class; /* the traffic class in its place in the first word */
    uint8_t hops;
    struct addr from, to;
    struct span message;
};

static bool is_group(struct span mac)
{
    return mac.p[0] & 1;
}

/* Whether one host alone can have the address. */
static bool is_host(struct addr a)
{
    if (a.family == FAMILY_IP4) return a.v >> 24 != 0 && a.v >> 24 < 0xe0;
    return a.v != 0 && (a.v >> 120) != 0xff;
}

static bool holds(const struct addr_ranges *r, struct addr a)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct addr_range *x = &r->v[i];
        if (x->lo.family == a.family && x->lo.v <= a.v && a.v <= x->hi.v) return true;
    }
    return false;
}

static bool answers_for(const struct answerer *a, struct addr to)
{
    return is_host(to) && holds(&a->mine, to) && !holds(&a->theirs, to);
}

static bool is_tag(uint16_t type)
{
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static bool read_link(struct span frame, struct asked *q)
{
    struct reader r = reader_of(frame);
    q->to = read_bytes(&r, MAC);
    q->from = read_bytes(&r, MAC);
    size_t start = r.at;
    q->type = read_u16(&r);
    while (is_tag(q->type)) {
        read_u16(&r);
        q->type = read_u16(&r);
    }
    q->tags = span_sub(frame, start, r.at - start);
    q->body = span_from(frame, r.at);
    return !r.bad;
}

/* Writes the link header; where the n bytes behind it go, or NULL when there is no room. */
static uint8_t *begin(const struct answerer *a, const struct asked *q, struct span to, size_t n,
                      struct answer *out)
{
    size_t head = 2 * MAC + q->tags.n;
    if (head > out->room || n > out->room - head) return NULL;
    memcpy(out->p, to.p, MAC);
    memcpy(out->p + MAC, a->mac, MAC);
    memcpy(out->p + 2 * MAC, q->tags.p, q->tags.n);
    out->len = head + n;
    return out->p + head;
}

static enum answered answer_arp(const struct answerer *a, const struct asked *q, struct answer *out)
{
    struct reader r = reader_of(q->body);
    uint64_t what = read_u64(&r);
    struct span mac = read_bytes(&r, MAC), from = read_bytes(&r, 4);
    read_bytes(&r, MAC);
    struct span to = read_bytes(&r, 4);
    if (r.bad || what != ARP_REQUEST || is_group(mac)) return ANSWERED_NOTHING;
    struct addr asker = addr_from_bytes(FAMILY_IP4, from.p);
    struct addr target = addr_from_bytes(FAMILY_IP4, to.p);
    bool tells = asker.v == target.v; /* an announcement, not a question */
    if (tells || !is_host(asker) || !answers_for(a, target)) return ANSWERED_NOTHING;
    uint8_t *p = begin(a, q, mac, 28, out);
    if (!p) return ANSWERED_NOTHING;
    put_u64(p, ARP_REPLY);
    memcpy(p + 8, a->mac, MAC);
    memcpy(p + 14, to.p, 4);
    memcpy(p + 18, mac.p, MAC);
    memcpy(p + 24, from.p, 4);
    return ANSWERED_ARP;
}

/* Only a plain header is answered: neither options nor a fragment. */
static enum answered answer_ip4(const struct answerer *a, const struct asked *q, struct answer *out)
{
    struct reader r = reader_of(q->body);
    uint8_t version = read_u8(&r), class = read_u8(&r);
    uint16_t total = read_u16(&r), id = read_u16(&r), fragment = read_u16(&r);
    read_u8(&r);
    uint8_t protocol = read_u8(&r);
    read_u16(&r);
    struct span src = read_bytes(&r, 4), dst = read_bytes(&r, 4);
    if (r.bad || version != 0x45 || total < 28 || total > q->body.n || fragment & 0xbfff ||
        protocol != PROTOCOL_ICMP || sum_fold(sum_bytes(q->body.p, 20)) != 0xffff)
        return ANSWERED_NOTHING;
    struct span message = span_sub(q->body, 20, total - 20u);
    if (message.p[0] != ECHO_REQUEST || message.p[1] != 0 ||
        sum_fold(sum_bytes(message.p, message.n)) != 0xffff)
        return ANSWERED_NOTHING;
    if (!is_host(addr_from_bytes(FAMILY_IP4, src.p)) ||
        !answers_for(a, addr_from_bytes(FAMILY_IP4, dst.p)))
        return ANSWERED_NOTHING;
    uint8_t *p = begin(a, q, q->from, total, out);
    if (!p) return ANSWERED_NOTHING;
    put_u16(p, (uint16_t)(0x4500 | class));
    put_u16(p + 2, total);
    put_u16(p + 4, id);
    put_u16(p + 6, fragment);
    put_u16(p + 8, HOPS << 8 | PROTOCOL_ICMP);
    put_u16(p + 10, 0);
    memcpy(p + 12, dst.p, 4);
    memcpy(p + 16, src.p, 4);
    put_u16(p + 10, sum_final(sum_bytes(p, 20)));
    memcpy(p + 20, message.p, message.n);
    put_u32(p + 20, (uint32_t)ECHO_REPLY << 24);
    put_u16(p + 22, sum_final(sum_bytes(p + 20, message.n)));
    return ANSWERED_ECHO;
}

/* The pseudo header's part is that of the addresses as they stand (RFC 8200, section 8.1). */
static uint64_t sum_icmp6(struct span addresses, struct span message)
{
    return (uint64_t)sum_bytes(addresses.p, addresses.n) + message.n + PROTOCOL_ICMP6 +
           sum_bytes(message.p, message.n);
}

static bool read_ip6(struct span body, struct asked6 *q)
{
    struct reader r = reader_of(body);
    uint32_t first = read_u32(&r);
    uint16_t length = read_u16(&r);
    uint8_t next = read_u8(&r);
    q->hops = read_u8(&r);
    struct span src = read_bytes(&r, 16), dst = read_bytes(&r, 16);
    q->message = read_bytes(&r, length);
    if (r.bad || first >> 28 != 6 || next != PROTOCOL_ICMP6 || length < 8) return false;
    q->class = first & 0x0ff00000;
    q->from = addr_from_bytes(FAMILY_IP6, src.p);
    q->to = addr_from_bytes(FAMILY_IP6, dst.p);
    return sum_fold(sum_icmp6(span_sub(body, 8, 32), q->message)) == 0xffff && is_host(q->from);
}

/* Writes the header of `n` bytes of ICMPv6; they are written behind it, and then finished. */
static uint8_t *begin_ip6(uint8_t *p, const struct asked6 *q, struct addr from, uint8_t hops,
                          size_t n)
{
    put_u32(p, 0x60000000 | q->class);
    put_u16(p + 4, (uint16_t)n);
    put_u16(p + 6, (uint16_t)(PROTOCOL_ICMP6 << 8 | hops));
    addr_bytes(from, p + 8);
    addr_bytes(q->from, p + 24);
    return p + 40;
}
static void finish_ip6(uint8_t *p, size_t n)
{
    put_u16(p + 42, 0);
    put_u16(p + 42, sum_final(sum_icmp6(span_make(p + 8, 32), span_make(p + 40, n))));
}

/* No option is without a length, and none reaches beyond the message (RFC 4861, section 4.6). */
static bool options_fit(struct span options)
{
    struct reader r = reader_of(options);
    while (reader_left(&r) && !r.bad) {
        read_u8(&r);
        uint8_t units = read_u8(&r);
        if (units == 0) return false;
        read_bytes(&r, units * (size_t)8 - 2);
    }
    return !r.bad;
}

static enum answered answer_solicitation(const struct answerer *a, const struct asked *q,
                                         const struct asked6 *ip, struct answer *out)
{
    struct reader r = reader_of(span_from(ip->message, 8));
    struct span target = read_bytes(&r, 16);
    if (r.bad || ip->hops != HOPS_ON_LINK || ip->message.p[1] != 0 ||
        !options_fit(span_from(ip->message, 24)))
        return ANSWERED_NOTHING;
    struct addr to = addr_from_bytes(FAMILY_IP6, target.p);
    if (to.v == ip->from.v || !answers_for(a, to)) return ANSWERED_NOTHING;
    uint8_t *p = begin(a, q, q->from, 40 + 32, out);
    if (!p) return ANSWERED_NOTHING;
    uint8_t *message = begin_ip6(p, ip, to, HOPS_ON_LINK, 32);
    put_u32(message, (uint32_t)ADVERTISEMENT << 24);
    put_u32(message + 4, SOLICITED_OVERRIDE);
    memcpy(message + 8, target.p, 16);
    put_u16(message + 24, TARGET_LINK_ADDRESS);
    memcpy(message + 26, a->mac, MAC);
    finish_ip6(p, 32);
    return ANSWERED_ND;
}

static enum answered answer_echo6(const struct answerer *a, const struct asked *q,
                                  const struct asked6 *ip, struct answer *out)
{
    if (ip->message.p[1] != 0 || !answers_for(a, ip->to)) return ANSWERED_NOTHING;
    uint8_t *p = begin(a, q, q->from, 40 + ip->message.n, out);
    if (!p) return ANSWERED_NOTHING;
    uint8_t *message = begin_ip6(p, ip, ip->to, HOPS, ip->message.n);
    memcpy(message, ip->message.p, ip->message.n);
    message[0] = ECHO6_REPLY;
    finish_ip6(p, ip->message.n);
    return ANSWERED_ECHO;
}

static enum answered answer_ip6(const struct answerer *a, const struct asked *q, struct answer *out)
{
    struct asked6 ip;
    if (!read_ip6(q->body, &ip)) return ANSWERED_NOTHING;
    uint8_t type = ip.message.p[0];
    if (type == SOLICITATION) return answer_solicitation(a, q, &ip, out);
    if (type == ECHO6_REQUEST && !is_group(q->to)) return answer_echo6(a, q, &ip, out);
    return ANSWERED_NOTHING;
}

enum answered answer_make(const struct answerer *a, struct span frame, uint8_t *out, size_t room,
                          size_t *len)
{
    struct answer x = {out, room, 0};
    enum answered what = ANSWERED_NOTHING;
    struct asked q;
    if (!read_link(frame, &q)) return what;
    struct span own = span_make(a->mac, MAC);
    if (span_eq(q.from, own) || is_group(q.from)) return what;
    if (!span_eq(q.to, own) && !is_group(q.to)) return what;
    if (q.type == TYPE_ARP) what = answer_arp(a, &q, &x);
    if (q.type == TYPE_IP4 && !is_group(q.to)) what = answer_ip4(a, &q, &x);
    if (q.type == TYPE_IP6) what = answer_ip6(a, &q, &x);
    *len = x.len;
    return what;
}
