#include "base/units.h"

#include <math.h>
#include <stdio.h>

typedef unsigned __int128 u128;

static const struct unit {
    const char *name;
    enum dim dim;
    uint64_t num, den; /* one of this unit in base units */
} units[] = {
    {"", DIM_NONE, 1, 1},
    {"k", DIM_NONE, 1000, 1},
    {"M", DIM_NONE, 1000000, 1},
    {"G", DIM_NONE, 1000000000, 1},
    {"Ki", DIM_NONE, 1024, 1},
    {"Mi", DIM_NONE, 1048576, 1},
    {"Gi", DIM_NONE, 1073741824, 1},
    {"ns", DIM_TIME, 1, 1},
    {"us", DIM_TIME, 1000, 1},
    {"ms", DIM_TIME, 1000000, 1},
    {"s", DIM_TIME, 1000000000, 1},
    {"m", DIM_TIME, 60000000000, 1},
    {"min", DIM_TIME, 60000000000, 1},
    {"h", DIM_TIME, 3600000000000, 1},
    {"d", DIM_TIME, 86400000000000, 1},
    {"B", DIM_SIZE, 1, 1},
    {"KB", DIM_SIZE, 1000, 1},
    {"kB", DIM_SIZE, 1000, 1},
    {"MB", DIM_SIZE, 1000000, 1},
    {"GB", DIM_SIZE, 1000000000, 1},
    {"KiB", DIM_SIZE, 1024, 1},
    {"MiB", DIM_SIZE, 1048576, 1},
    {"GiB", DIM_SIZE, 1073741824, 1},
    {"/s", DIM_RATE, 1, 1},
    {"k/s", DIM_RATE, 1000, 1},
    {"M/s", DIM_RATE, 1000000, 1},
    {"G/s", DIM_RATE, 1000000000, 1},
    {"/min", DIM_RATE, 1, 60},
    {"k/min", DIM_RATE, 1000, 60},
    {"M/min", DIM_RATE, 1000000, 60},
    {"/h", DIM_RATE, 1, 3600},
    {"k/h", DIM_RATE, 1000, 3600},
    {"M/h", DIM_RATE, 1000000, 3600},
    {"bit/s", DIM_BITRATE, 1, 1},
    {"kbit/s", DIM_BITRATE, 1000, 1},
    {"Mbit/s", DIM_BITRATE, 1000000, 1},
    {"Gbit/s", DIM_BITRATE, 1000000000, 1},
    {"%", DIM_RATIO, 1, 100},
    {"x", DIM_FACTOR, 1, 1},
};

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* The fraction num/den in lowest terms; den is not 0. */
static void reduce(uint64_t *num, uint64_t *den)
{
    uint64_t g = gcd(*num, *den);
    *num /= g;
    *den /= g;
}

static int digit(uint8_t c, unsigned base)
{
    int v = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : 99;
    return v < (int)base ? v : -1;
}

/* Digits into *num, scaling *den for those after the point. False when they do not fit. */
static bool read_digits(struct span s, size_t *at, unsigned base, bool fraction, uint64_t *num,
                        uint64_t *den)
{
    bool fits = true;
    for (; *at < s.n; ++*at) {
        if (s.p[*at] == '_' && *at + 1 < s.n && digit(s.p[*at + 1], base) >= 0) continue;
        int v = digit(s.p[*at], base);
        if (v < 0) break;
        if (__builtin_mul_overflow(*num, base, num) ||
            __builtin_add_overflow(*num, (unsigned)v, num))
            fits = false;
        if (fraction && __builtin_mul_overflow(*den, base, den)) fits = false;
    }
    return fits;
}

static bool unit_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%';
}

/* The extent of the unit at s[at]; "/s" belongs to it only where a known unit continues. */
static const struct unit *read_unit(struct span s, size_t at, size_t *len)
{
    size_t n = 0;
    while (at + n < s.n && unit_char(s.p[at + n])) n++;
    size_t whole = n;
    if (at + n < s.n && s.p[at + n] == '/') {
        size_t m = n + 1;
        while (at + m < s.n && unit_char(s.p[at + m])) m++;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (span_is(span_sub(s, at, m), units[i].name)) {
                *len = m;
                return &units[i];
            }
    }
    *len = whole;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (span_is(span_sub(s, at, whole), units[i].name)) return &units[i];
    return NULL;
}

size_t quantity_read(struct span s, struct quantity *q, const char **problem)
{
    size_t at = 0;
    uint64_t num = 0, den = 1;
    *problem = NULL;
    *q = (struct quantity){.den = 1};
    if (s.n && s.p[0] == '-') {
        q->neg = true;
        at = 1;
    }
    unsigned base = 10;
    if (s.n - at > 2 && s.p[at] == '0' && (s.p[at + 1] | 32) == 'x' &&
        digit(s.p[at + 2], 16) >= 0) {
        base = 16;
        at += 2;
    }
    if (at >= s.n || digit(s.p[at], base) < 0) return 0;
    bool fits = read_digits(s, &at, base, false, &num, &den);
    if (base == 10 && at + 1 < s.n && s.p[at] == '.' && digit(s.p[at + 1], 10) >= 0) {
        at++;
        if (!read_digits(s, &at, 10, true, &num, &den)) fits = false;
    }
    size_t unit_len = 0;
    const struct unit *u = read_unit(s, at, &unit_len);
    at += unit_len;
    if (!u) {
        *problem = "unknown unit";
        return at;
    }
    if (fits) {
        uint64_t un = u->num, ud = u->den;
        reduce(&un, &ud);
        reduce(&num, &den);
        reduce(&un, &den);
        reduce(&num, &ud);
        fits = !__builtin_mul_overflow(num, un, &num) && !__builtin_mul_overflow(den, ud, &den);
    }
    if (!fits) {
        *problem = "number too large, or with too many digits";
        return at;
    }
    q->dim = u->dim;
    q->num = num;
    q->den = den;
    return at;
}

bool quantity_u64(const struct quantity *q, bool round, uint64_t *out)
{
    if (q->neg && q->num) return false;
    if (q->num % q->den && !round) return false;
    *out = (uint64_t)(((u128)q->num + (round ? q->den / 2 : 0)) / q->den);
    return true;
}

double quantity_double(const struct quantity *q)
{
    double v = (double)q->num / (double)q->den;
    return q->neg ? -v : v;
}

const char *dim_help(enum dim d)
{
    switch (d) {
    case DIM_NONE:
        return "a number such as 1000 or 10k";
    case DIM_TIME:
        return "a duration such as 20ms";
    case DIM_SIZE:
        return "a size such as 64KiB";
    case DIM_RATE:
        return "a rate such as 10k/s";
    case DIM_BITRATE:
        return "a bit rate such as 1Gbit/s";
    case DIM_RATIO:
        return "a percentage such as 1%";
    case DIM_FACTOR:
        return "a factor such as 2x";
    }
    return "a value";
}

static char *scaled(char *buf, double v, double step, const char *const names[], size_t count)
{
    size_t i = 0;
    double a = fabs(v);
    while (a >= step * 0.9995 && i + 1 < count) {
        a /= step;
        v /= step;
        i++;
    }
    int digits = a >= 99.95 || (i == 0 && v == floor(v)) ? 0 : a >= 9.995 ? 1 : 2;
    snprintf(buf, UNITS_BUF, "%.*f%s", digits, v, names[i]);
    return buf;
}

char *units_time(char buf[static UNITS_BUF], double ns)
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    return scaled(buf, ns, 1000, names, 4);
}

char *units_span(char buf[static UNITS_BUF], double ns)
{
    static const struct {
        double seconds;
        const char *name;
    } longer[] = {{31557600, "years"}, {86400, "days"}, {3600, "h"}, {60, "min"}};
    for (size_t i = 0; i < sizeof longer / sizeof *longer; i++) {
        double n = ns / 1e9 / longer[i].seconds;
        if (n < 2) continue;
        int digits = n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2;
        snprintf(buf, UNITS_BUF, "%.*f %s", digits, n, longer[i].name);
        return buf;
    }
    return units_time(buf, ns);
}

char *units_count(char buf[static UNITS_BUF], double n)
{
    static const char *const names[] = {"", "k", "M", "G", "T"};
    return scaled(buf, n, 1000, names, 5);
}

char *units_bytes(char buf[static UNITS_BUF], double bytes)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    return scaled(buf, bytes, 1024, names, 5);
}

char *units_whole(char buf[static UNITS_BUF], uint64_t n)
{
    char plain[24];
    int len = snprintf(plain, sizeof plain, "%llu", (unsigned long long)n);
    int o = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) buf[o++] = ',';
        buf[o++] = plain[i];
    }
    buf[o] = 0;
    return buf;
}
