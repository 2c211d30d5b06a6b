#include "report/fmt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/units.h"

struct scale {
    double one;
    const char *name;
};

/* Three digits in the largest unit that leaves one before the point. The last scale ends with
 * a name of NULL. */
static char *scaled(char *buf, double v, const struct scale *s, int name_width)
{
    const struct scale *base = s;
    while (s[1].name && v >= 999.5 * s->one) s++;
    double x = v / s->one;
    int digits = x >= 99.95 || (s == base && x == floor(x)) ? 0 : x >= 9.995 ? 1 : 2;
    snprintf(buf, FMT_BUF, "%.*f %*s", digits, x, name_width, s->name);
    return buf;
}

static const struct scale times[] = {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}, {0, NULL}};
static const struct scale bits[] = {
    {1, "bit/s"}, {1e3, "kbit/s"}, {1e6, "Mbit/s"}, {1e9, "Gbit/s"}, {0, NULL}};

static const struct scale bytes[] = {{1, "B"},        {0x1p10, "KiB"}, {0x1p20, "MiB"},
                                     {0x1p30, "GiB"}, {0x1p40, "TiB"}, {0, NULL}};

char *fmt_time(char buf[static FMT_BUF], double ns)
{
    return scaled(buf, ns, times, 0);
}
char *fmt_time_column(char buf[static FMT_BUF], double ns)
{
    return scaled(buf, ns, times, 2);
}
char *fmt_span(char buf[static FMT_BUF], double s)
{
    char b[UNITS_BUF];
    if (s > 0 && s < 0.9995) return fmt_time(buf, s * 1e9);
    if (s < 9999.5)
        snprintf(buf, FMT_BUF, "%.4g s", s);
    else
        snprintf(buf, FMT_BUF, "%s", units_span(b, s * 1e9));
    return buf;
}
char *fmt_bytes(char buf[static FMT_BUF], double n)
{
    return scaled(buf, n, bytes, 0);
}
char *fmt_bitrate(char buf[static FMT_BUF], double bps)
{
    return scaled(buf, bps, bits, 0);
}

char *fmt_rate(char buf[static FMT_BUF], double per_second)
{
    char whole[UNITS_BUF];
    if (per_second < 999.95 && per_second != floor(per_second))
        snprintf(buf, FMT_BUF, "%.*f/s",
                 per_second < 9.995   ? 3
                 : per_second < 99.95 ? 2
                                      : 1,
                 per_second);
    else
        snprintf(buf, FMT_BUF, "%s/s", units_whole(whole, (uint64_t)(per_second + 0.5)));
    return buf;
}

char *fmt_share(char buf[static FMT_BUF], double part)
{
    double percent = part * 100, away = fmin(fabs(percent), fabs(100 - percent));
    int digits = away == 0 ? 0 : away >= 9.995 ? 1 : away >= 0.0995 ? 2 : 3;
    if (away > 0 && away < 0.0005 && percent < 50)
        snprintf(buf, FMT_BUF, "%.1e%%", percent);
    else if (away > 0 && away < 0.0005)
        snprintf(buf, FMT_BUF, percent < 100 ? ">99.999%%" : "100.000%%");
    else
        snprintf(buf, FMT_BUF, "%.*f%%", digits, percent);
    return buf;
}

char *fmt_gate(char buf[static FMT_BUF], const struct result_gate *g)
{
    char plain[UNITS_BUF];
    if (g->verdict == VERDICT_NODATA) {
        snprintf(buf, FMT_BUF, "no data");
    } else if (strcmp(g->unit, "ns") == 0) {
        fmt_time(buf, g->value);
    } else if (strcmp(g->unit, "ratio") == 0) {
        fmt_share(buf, g->value);
    } else if (strcmp(g->unit, "/s") == 0) {
        fmt_rate(buf, g->value);
    } else if (strcmp(g->unit, "bit/s") == 0) {
        fmt_bitrate(buf, g->value);
    } else {
        snprintf(buf, FMT_BUF, "%s", units_whole(plain, (uint64_t)(g->value + 0.5)));
    }
    return buf;
}

void count_verdicts(const struct result *r, size_t n[3])
{
    n[0] = n[1] = n[2] = 0;
    for (size_t i = 0; i < r->gate_count; i++) n[r->gates[i].verdict]++;
}

struct awaited awaited_in(const struct result_stream *s, const struct counts *c)
{
    if (s->silent) return (struct awaited){0};
    return (struct awaited){true, c->sent, c->answered, c->timed_out, counts_in_flight(c)};
}

struct awaited awaited_of(const struct result *r)
{
    struct awaited sum = {0};
    for (size_t i = 0; i < r->n; i++) {
        struct awaited a = awaited_in(&r->streams[i], &r->streams[i].counts);
        sum.any |= a.any;
        sum.sent += a.sent;
        sum.answered += a.answered;
        sum.timed_out += a.timed_out;
        sum.in_flight += a.in_flight;
    }
    return sum;
}

bool has_closed_loop(const struct result *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->streams[i].loop, "closed") == 0 && !r->streams[i].flood) return true;
    return false;
}
