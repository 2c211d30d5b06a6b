#include "gen/put.h"

/* Digits are made two at a time, from the end. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
                            "34353637383940414243444546474849505152535455565758596061626364656667"
                            "68697071727374757677787980818283848586878889909192939495969798"
                            "99";

static unsigned digits(uint64_t v)
{
    unsigned n = 1;
    for (; v >= 10000; v /= 10000) n += 4;
    return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Exactly n digits, with leading zeros. */
static void put_digits(uint8_t *to, uint64_t v, unsigned n)
{
    while (n >= 2) {
        n -= 2;
        memcpy(to + n, pairs + 2 * (v % 100), 2);
        v /= 100;
    }
    if (n) to[0] = (uint8_t)('0' + v % 10);
}

size_t put_number(uint8_t *to, uint64_t v)
{
    unsigned n = digits(v);
    put_digits(to, v, n);
    return n;
}

/* whole + part / 10^places, without trailing zeros. */
static size_t put_fixed(uint8_t *to, uint64_t whole, uint64_t part, unsigned places)
{
    size_t n = put_number(to, whole);
    if (part == 0) return n;
    to[n++] = '.';
    put_digits(to + n, part, places);
    n += places;
    while (to[n - 1] == '0') n--;
    return n;
}

static size_t put_real(uint8_t *to, double v)
{
    size_t n = 0;
    if (v < 0) {
        to[n++] = '-';
        v = -v;
    }
    if (!(v < 0x1p63)) v = 0x1p63;
    uint64_t whole = (uint64_t)v, part = (uint64_t)((v - (double)whole) * 1e6 + 0.5);
    if (part == 1000000) {
        part = 0;
        whole++;
    }
    if (n && whole == 0 && part == 0) n = 0; /* no "-0" */
    return n + put_fixed(to + n, whole, part, 6);
}

static size_t put_time(uint8_t *to, uint64_t ns)
{
    static const struct {
        uint64_t ns;
        unsigned places;
        const char *name;
    } units[] = {{1000000000, 9, "s"}, {1000000, 6, "ms"}, {1000, 3, "us"}, {1, 0, "ns"}};
    size_t u = 0;
    while (u < 3 && ns < units[u].ns) u++;
    size_t n = put_fixed(to, ns / units[u].ns, ns % units[u].ns, units[u].places);
    for (const char *c = units[u].name; *c; c++) to[n++] = (uint8_t)*c;
    return n;
}

static size_t put_ip4(uint8_t *to, uint64_t v)
{
    size_t n = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        n += put_number(to + n, v >> shift & 0xff);
        to[n++] = '.';
    }
    return n - 1;
}

static size_t put_mac(uint8_t *to, uint64_t v)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (int shift = 40; shift >= 0; shift -= 8) {
        to[n++] = (uint8_t)hex[v >> (shift + 4) & 15];
        to[n++] = (uint8_t)hex[v >> shift & 15];
        to[n++] = ':';
    }
    return n - 1;
}

static size_t put_ip6(uint8_t *to, u128 v)
{
    char buf[ADDR_BUF];
    size_t n = strlen(addr_format(buf, (struct addr){.v = v, .family = FAMILY_IP6}));
    memcpy(to, buf, n);
    return n;
}

size_t put_value(const struct gen *g, const struct column *c, size_t i, uint8_t *to)
{
    if (g->type == GEN_REAL) return put_real(to, c->r[i]);
    if (g->type == GEN_IP6) return put_ip6(to, c->a[i]);
    switch (g->format) {
    case FORMAT_TIME:
        return put_time(to, c->u[i]);
    case FORMAT_IP4:
        return put_ip4(to, c->u[i]);
    case FORMAT_MAC:
        return put_mac(to, c->u[i]);
    case FORMAT_NUMBER:
        break;
    }
    return put_number(to, c->u[i]);
}

void put_bounds(const struct gen *g, uint64_t *lo, uint64_t *hi)
{
    *lo = 1;
    *hi = 28; /* a sign, 19 digits, a point, six places */
    if (g->type == GEN_IP6) {
        *lo = 2;
        *hi = 45;
    } else if (g->type == GEN_U64 && g->format == FORMAT_MAC) {
        *lo = *hi = 17;
    } else if (g->type == GEN_U64 && g->format == FORMAT_IP4) {
        *lo = 7;
        *hi = 15;
    } else if (g->type == GEN_U64 && g->format == FORMAT_TIME) {
        *lo = 2;
        *hi = 23; /* 18446744073.709551615s */
    } else if (g->type == GEN_U64) {
        *lo = digits(g->lo);
        *hi = digits(g->hi);
    }
}
