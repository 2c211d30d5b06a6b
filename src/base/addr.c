#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

unsigned family_bits(enum family f)
{
    return f == FAMILY_IP4 ? 32 : f == FAMILY_IP6 ? 128 : 48;
}

struct addr addr_from_bytes(enum family f, const uint8_t *p)
{
    struct addr a = {.family = f};
    for (unsigned i = 0; i < family_bits(f) / 8; i++) a.v = a.v << 8 | p[i];
    return a;
}

size_t addr_bytes(struct addr a, uint8_t out[static 16])
{
    size_t n = family_bits(a.family) / 8;
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(a.v >> (8 * (n - 1 - i)));
    return n;
}

static int hex(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool mac_parse(struct span s, uint8_t out[6])
{
    if (s.n != 17) return false;
    for (size_t i = 0; i < 6; i++) {
        int hi = hex(s.p[3 * i]), lo = hex(s.p[3 * i + 1]);
        if (hi < 0 || lo < 0 || (i < 5 && s.p[3 * i + 2] != ':')) return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

bool addr_parse(struct span s, struct addr *out)
{
    char text[ADDR_BUF];
    uint8_t b[16];
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, 0, s.n)) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    if (mac_parse(s, b))
        *out = addr_from_bytes(FAMILY_MAC, b);
    else if (inet_pton(AF_INET, text, b) == 1)
        *out = addr_from_bytes(FAMILY_IP4, b);
    else if (inet_pton(AF_INET6, text, b) == 1)
        *out = addr_from_bytes(FAMILY_IP6, b);
    else
        return false;
    return true;
}

bool prefix_parse(struct span s, struct prefix *out, bool *host_bits)
{
    size_t slash = span_find(s, '/');
    struct span len = span_from(s, slash + 1);
    unsigned bits = 0;
    if (slash == s.n || len.n == 0 || len.n > 3) return false;
    for (size_t i = 0; i < len.n; i++) {
        if (len.p[i] < '0' || len.p[i] > '9') return false;
        bits = bits * 10 + (unsigned)(len.p[i] - '0');
    }
    if (!addr_parse(span_sub(s, 0, slash), &out->first)) return false;
    unsigned all = family_bits(out->first.family);
    if (out->first.family == FAMILY_MAC || bits > all) return false;
    u128 mask = bits == all ? 0 : all - bits == 128 ? ~(u128)0 : ((u128)1 << (all - bits)) - 1;
    *host_bits = (out->first.v & mask) != 0;
    out->first.v &= ~mask;
    out->bits = bits;
    return true;
}

char *addr_format(char buf[static ADDR_BUF], struct addr a)
{
    uint8_t b[16];
    addr_bytes(a, b);
    if (a.family == FAMILY_MAC)
        snprintf(buf, ADDR_BUF, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
                 b[5]);
    else
        inet_ntop(a.family == FAMILY_IP4 ? AF_INET : AF_INET6, b, buf, ADDR_BUF);
    return buf;
}

bool prefix_has(struct prefix p, struct addr a)
{
    unsigned all = family_bits(p.first.family);
    if (a.family != p.first.family) return false;
    return p.bits == 0 || (a.v ^ p.first.v) >> (all - p.bits) == 0;
}
