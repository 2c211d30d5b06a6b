/* The response latency of each slice in HdrHistogram's log format, version 1.3, which that
 * library's tools merge and plot. Times are seconds since the start of the measured time,
 * maxima milliseconds, as those tools expect of histograms in nanoseconds. */
#include "report/report.h"

#include <stdlib.h>
#include <time.h>

/* Seconds since the epoch of an RFC 3339 time in UTC; 0 when it is not one. */
static double epoch(const char *start)
{
    struct tm t = {0};
    const char *rest = start ? strptime(start, "%Y-%m-%dT%H:%M:%S", &t) : NULL;
    if (!rest) return 0;
    double fraction = *rest == '.' ? strtod(rest, NULL) : 0;
    return (double)timegm(&t) + fraction;
}

static bool write_hdrlog(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    double at = epoch(r->start);
    fprintf(f, "#[Written by spate %s: response latency in ns]\n", r->spate);
    fputs("#[Histogram log format version 1.3]\n", f);
    fprintf(f,
            "#[StartTime: %.3f (seconds since epoch)]\n#[BaseTime: %.3f (seconds since epoch)]\n",
            at, at);
    fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_"
          "Histogram\"\n",
          f);
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        const struct hist *h = &s->counts.latency[LATENCY_RESPONSE];
        char *hdr = hist_encode(h);
        fprintf(f, "%.3f,%.3f,%.3f,%s\n", s->start_s, s->length_s, (double)h->max / 1e6, hdr);
        free(hdr);
    }
    return !ferror(f);
}

const struct report_class report_hdrlog = {
    .doc = {"hdrlog", "the slices' response latency in HdrHistogram's log format",
            "hdrlog:response.hlog", NULL},
    .extensions = (const char *const[]){"hlog", NULL},
    .write = write_hdrlog,
};
