/* chart: lines over time as inline SVG, for report/html.c. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "stats/result.h"

struct chart_line {
    const char *name, *class; /* of the style sheet */
    /* The value of a slice; negative: there is none, the line is broken. */
    double (*at)(const struct result *r, const struct result_slice *s);
};
struct chart {
    const char *title;
    const struct chart_line *lines;
    size_t n;
    char *(*label)(char *buf, double v); /* writes a value of the axis; FMT_BUF bytes */
    bool log;                            /* a logarithmic axis, for latencies that span decades */
};
/* Nothing when there are fewer than two slices or no value. */
void chart_put(FILE *f, const struct chart *c, const struct result *r);

#endif
