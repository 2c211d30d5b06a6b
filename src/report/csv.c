/* One line for each slice, for spreadsheets and plots. */
#include "report/report.h"

static const struct {
    const char *name;
    enum latency kind;
    double q; /* above 1: the maximum */
} columns[] = {
    {"response_p50_ns", LATENCY_RESPONSE, 0.5},  {"response_p90_ns", LATENCY_RESPONSE, 0.9},
    {"response_p99_ns", LATENCY_RESPONSE, 0.99}, {"response_max_ns", LATENCY_RESPONSE, 2},
    {"service_p50_ns", LATENCY_SERVICE, 0.5},    {"service_p99_ns", LATENCY_SERVICE, 0.99},
    {"wire_p50_ns", LATENCY_WIRE, 0.5},          {"wire_p99_ns", LATENCY_WIRE, 0.99},
    {"lateness_p99_ns", LATENCY_LATENESS, 0.99}, {"lateness_max_ns", LATENCY_LATENESS, 2},
};

static void put_slice(FILE *f, const struct result *r, const struct result_slice *s)
{
    const struct counts *c = &s->counts;
    const uint64_t n[] = {c->offered,          c->sent,          c->shed,
                          c->failed,           c->answered,      c->timed_out,
                          counts_in_flight(c), c->late,          counts_errors(c),
                          c->bytes_sent,       c->bytes_received};
    fprintf(f, "%.15g,%.15g", s->start_s, s->length_s);
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) fprintf(f, ",%llu", (unsigned long long)n[i]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const struct hist *h = &c->latency[columns[i].kind];
        uint64_t v = columns[i].q > 1 ? h->max : hist_quantile(h, columns[i].q);
        if (h->count)
            fprintf(f, ",%llu", (unsigned long long)v);
        else
            fputc(',', f);
    }
    for (size_t i = 1; i < ERROR_COUNT; i++)
        if (r->totals.skipped[i]) fprintf(f, ",%llu", (unsigned long long)c->skipped[i]);
    fputc('\n', f);
}

static bool write_csv(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    fputs("start_s,length_s,offered,sent,shed,failed,answered,timed_out,in_flight,late,errors,"
          "bytes_sent,bytes_received",
          f);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        fprintf(f, ",%s", columns[i].name);
    for (size_t i = 1; i < ERROR_COUNT; i++) /* only replays skip, and few reasons occur */
        if (r->totals.skipped[i]) fprintf(f, ",skipped_%s", error_names[i]);
    fputc('\n', f);
    for (size_t i = 0; i < r->slice_count; i++) put_slice(f, r, &r->slices[i]);
    return !ferror(f);
}

const struct report_class report_csv = {
    .doc = {"csv", "a line for each slice of time, for spreadsheets and plots", "csv:slices.csv",
            NULL},
    .extensions = (const char *const[]){"csv", NULL},
    .write = write_csv,
};
