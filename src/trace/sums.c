#include "trace/sums.h"

#include "packet/checksum.h"

#include <string.h>

/* Where the transport's checksum stands, and whether it covers a pseudo header. */
static bool find_sum(const struct layout *l, size_t n, size_t *at, bool *pseudo)
{
    static const struct {
        uint8_t proto, offset;
    } sums[] = {{PROTO_TCP, 16}, {PROTO_UDP, 6}, {PROTO_ICMP, 2}, {PROTO_ICMP6, 2}};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        if (!l->up || sums[i].proto != l->proto) continue;
        *at = l->up + sums[i].offset;
        *pseudo = l->proto != PROTO_ICMP;
        return *at + 2 <= n;
    }
    return false;
}

static bool complete(const struct layout *l, size_t n)
{
    return l->up && !l->fragment && layout_whole(l, n);
}

static void make_sctp(uint8_t *p, size_t n, const struct layout *l)
{
    if (!complete(l, n)) return;
    memset(p + l->up + 8, 0, 4);
    uint32_t crc = crc32c(p + l->up, l->end - l->up);
    put_u32(p + l->up + 8, __builtin_bswap32(crc)); /* its least significant byte comes first */
}

static void make_net(uint8_t *p, size_t n, const struct layout *l)
{
    if (l->version != 4) return;
    size_t header = (p[l->net] & 15u) * 4u;
    if (l->net + header > n) return; /* options may be cut off */
    put_u16(p + l->net + 10, 0);
    put_u16(p + l->net + 10, sum_final(sum_bytes(p + l->net, header)));
}

/* Over the transport's bytes, and its pseudo header (RFC 9293, RFC 8200 section 8.1), which has the
 * address that the packet will arrive at. */
static uint64_t sum_transport(const uint8_t *p, const struct layout *l, bool pseudo)
{
    uint32_t length = l->end - l->up;
    uint64_t sum = sum_bytes(p + l->up, length);
    if (!pseudo) return sum;
    uint32_t n = layout_address_size(l), src = l->net + (n == 4 ? 12u : 8u);
    sum += sum_bytes(p + src, n) + sum_bytes(p + (l->last ? l->last : src + n), n);
    return sum + l->proto + length;
}

static void make_transport(uint8_t *p, size_t n, const struct layout *l)
{
    size_t at;
    bool pseudo;
    if (!complete(l, n) || !find_sum(l, n, &at, &pseudo)) return;
    if (pseudo && l->routed && !l->last) return;
    if (l->proto == PROTO_UDP && l->version == 4 && get_u16(p + at) == 0) return;
    put_u16(p + at, 0);
    uint64_t sum = sum_transport(p, l, pseudo);
    uint16_t final = sum_final(sum);
    put_u16(p + at, final || l->proto != PROTO_UDP ? final : 0xffff);
}

void sums_make(uint8_t *p, size_t n, const struct layout *l)
{
    if (!l->version) return;
    make_net(p, n, l);
    if (l->proto == PROTO_SCTP)
        make_sctp(p, n, l);
    else
        make_transport(p, n, l);
}

/* The checksum counts as zero in itself, so it is made anew in a copy. */
static bool sctp_wrong(const uint8_t *p, const struct layout *l)
{
    uint8_t copy[UINT16_MAX + 1];
    uint32_t length = l->end - l->up;
    if (length > sizeof copy) return false; /* a jumbogram */
    memcpy(copy, p + l->up, length);
    memset(copy + 8, 0, 4);
    uint32_t crc = crc32c(copy, length);
    return __builtin_bswap32(get_u32(p + l->up + 8)) != crc;
}

struct sums_verdict sums_verify(const uint8_t *p, size_t n, const struct layout *l)
{
    struct sums_verdict v = {0};
    size_t at, header = l->version == 4 ? (p[l->net] & 15u) * 4u : 0;
    bool pseudo;
    if (header && l->net + header <= n) {
        v.checked |= 1u << SUM_IP4;
        v.wrong |= (sum_final(sum_bytes(p + l->net, header)) != 0 ? 1u : 0u) << SUM_IP4;
    }
    if (!complete(l, n)) return v;
    if (l->proto == PROTO_SCTP) {
        v.checked |= 1u << SUM_SCTP;
        v.wrong |= (sctp_wrong(p, l) ? 1u : 0u) << SUM_SCTP;
    }
    if (!find_sum(l, n, &at, &pseudo) || (pseudo && l->routed && !l->last)) return v;
    bool udp = l->proto == PROTO_UDP, none = udp && get_u16(p + at) == 0;
    if (none && l->version == 4) return v;
    enum sum_kind kind = udp ? SUM_UDP : l->proto == PROTO_TCP ? SUM_TCP : SUM_ICMP;
    v.checked |= 1u << kind;
    v.wrong |= (none || sum_final(sum_transport(p, l, pseudo)) != 0 ? 1u : 0u) << kind;
    return v;
}

/* RFC 1624, equation 3: HC' = ~(~HC + ~m + m'). */
static uint16_t updated(uint16_t sum, uint64_t change)
{
    return sum_final((uint16_t)~sum + change);
}

void sums_update(uint8_t *p, size_t n, const struct layout *l, const struct sums_change *c)
{
    size_t at;
    bool pseudo;
    if (l->version == 4 && c->net) {
        uint8_t *sum = p + l->net + 10;
        put_u16(sum, updated(get_u16(sum), c->net));
    }
    if (l->proto == PROTO_SCTP && c->up) make_sctp(p, n, l);
    if (!find_sum(l, n, &at, &pseudo)) return;
    uint64_t change = c->up + (pseudo ? c->pseudo : 0);
    uint16_t old = get_u16(p + at);
    if (change == 0 || (l->proto == PROTO_UDP && l->version == 4 && old == 0)) return;
    uint16_t sum = updated(old, change);
    put_u16(p + at, sum || l->proto != PROTO_UDP ? sum : 0xffff);
}
