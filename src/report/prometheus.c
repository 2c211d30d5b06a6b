/* The Prometheus text exposition format, version 0.0.4: for a push gateway or the node
 * exporter's text files. Samples are given for each kind of unit, so that sums over labels are
 * right; the outcomes of `spate_units_total` add up to the units offered. */
#include "report/report.h"

#include "report/escape.h"

struct out {
    FILE *f;
    const struct result *r;
    const char *stream, *kind;
};

static void head(FILE *f, const char *name, const char *type, const char *help)
{
    fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* name{stream="..",unit="..",extra="value"} up to the blank before the number. */
static void put_name(const struct out *o, const char *name, const char *extra, const char *value)
{
    fprintf(o->f, "%s{stream=\"", name);
    put_label(o->f, o->stream);
    fputs("\",unit=\"", o->f);
    put_label(o->f, o->kind);
    fputc('"', o->f);
    if (extra) {
        fprintf(o->f, ",%s=\"", extra);
        put_label(o->f, value);
        fputc('"', o->f);
    }
    fputs("} ", o->f);
}

static void put_n(const struct out *o, const char *name, const char *extra, const char *value,
                  uint64_t n)
{
    put_name(o, name, extra, value);
    fprintf(o->f, "%llu\n", (unsigned long long)n);
}

static void put_units(const struct out *o, const struct counts *c)
{
    put_n(o, "spate_units_total", "outcome", "answered", c->answered);
    put_n(o, "spate_units_total", "outcome", "timed_out", c->timed_out);
    put_n(o, "spate_units_total", "outcome", "in_flight", counts_in_flight(c));
    put_n(o, "spate_units_total", "outcome", "shed", c->shed);
    put_n(o, "spate_units_total", "outcome", "failed", c->failed);
}

static void put_late(const struct out *o, const struct counts *c)
{
    put_n(o, "spate_late_total", NULL, NULL, c->late);
}

static void put_bytes(const struct out *o, const struct counts *c)
{
    put_n(o, "spate_bytes_total", "direction", "sent", c->bytes_sent);
    put_n(o, "spate_bytes_total", "direction", "received", c->bytes_received);
}

static void put_errors(const struct out *o, const struct counts *c)
{
    for (size_t i = 1; i < ERROR_COUNT; i++)
        if (c->errors[i]) put_n(o, "spate_errors_total", "error", error_names[i], c->errors[i]);
}

static void put_skipped(const struct out *o, const struct counts *c)
{
    for (size_t i = 1; i < ERROR_COUNT; i++)
        if (c->skipped[i]) put_n(o, "spate_skipped_total", "reason", error_names[i], c->skipped[i]);
}

static void put_status(const struct out *o, const struct counts *c)
{
    for (unsigned i = 0; i < STATUS_MAX; i++) {
        char code[8];
        snprintf(code, sizeof code, "%u", i);
        if (c->status[i]) put_n(o, "spate_replies_total", "code", code, c->status[i]);
    }
}

static void put_compared(const struct out *o, const struct counts *c)
{
    if (c->compared) put_n(o, "spate_compared_total", NULL, NULL, c->compared);
}

static void put_differences(const struct out *o, const struct counts *c)
{
    for (size_t i = 0; i < DIFFER_COUNT; i++)
        if (c->differs[i])
            put_n(o, "spate_differences_total", "differs", differ_names[i], c->differs[i]);
}

static void put_summary(const struct out *o, const char *name, const struct hist *h)
{
    static const struct {
        const char *label;
        double q;
    } quantiles[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}, {"0.999", 0.999}, {"1", 1}};
    char full[64];
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        put_name(o, name, "quantile", quantiles[i].label);
        fprintf(o->f, "%.9f\n", (double)hist_quantile(h, quantiles[i].q) / 1e9);
    }
    snprintf(full, sizeof full, "%s_sum", name);
    put_name(o, full, NULL, NULL);
    fprintf(o->f, "%.9f\n", (double)h->sum / 1e9);
    snprintf(full, sizeof full, "%s_count", name);
    put_n(o, full, NULL, NULL, h->count);
}

static void each_kind(FILE *f, const struct result *r,
                      void (*put)(const struct out *o, const struct counts *c))
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->streams[i].n; k++) {
            const struct result_kind *kind = &r->streams[i].kinds[k];
            put(&(struct out){f, r, r->streams[i].name, kind->name}, &kind->counts);
        }
}

static void put_latencies(FILE *f, const struct result *r, enum latency which)
{
    static const char *const names[LATENCY_COUNT][2] = {
        [LATENCY_RESPONSE] = {"spate_response_seconds", "From due to the reply's end."},
        [LATENCY_SERVICE] = {"spate_service_seconds", "From sent to the reply's end."},
        [LATENCY_WIRE] = {"spate_wire_seconds",
                          "From last byte out to first byte in, by the kernel."},
        [LATENCY_LATENESS] = {"spate_lateness_seconds",
                              "From due to sent: the generator's own error."},
        [LATENCY_RECORDED] = {"spate_recorded_seconds",
                              "In the replayed capture, from last byte out to first byte in."},
    };
    if (!r->totals.latency[which].count) return;
    head(f, names[which][0], "summary", names[which][1]);
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->streams[i].n; k++) {
            const struct result_kind *kind = &r->streams[i].kinds[k];
            const struct out o = {f, r, r->streams[i].name, kind->name};
            if (kind->counts.latency[which].count)
                put_summary(&o, names[which][0], &kind->counts.latency[which]);
        }
}

/* How well the planned gaps were kept; of streams, not of kinds: gaps lie between them. */
static void put_gap_errors(FILE *f, const struct result *r)
{
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct result_stream *s = &r->streams[i];
        const struct out o = {f, r, s->name, "all"};
        if (!s->gaps.error.count) continue;
        if (!any)
            head(f, "spate_gap_error_seconds", "summary",
                 "How far gaps between packets were from the plan.");
        any = true;
        put_summary(&o, "spate_gap_error_seconds", &s->gaps.error);
    }
}

static void put_gauge(FILE *f, const char *name, const char *help, double v)
{
    head(f, name, "gauge", help);
    fprintf(f, "%s %.15g\n", name, v);
}

static void put_run(FILE *f, const struct result *r)
{
    head(f, "spate_info", "gauge", "The run's program and profile.");
    fputs("spate_info{version=\"", f);
    put_label(f, r->spate);
    fputs("\",profile=\"", f);
    put_label(f, r->profile ? r->profile : "");
    fputs("\"} 1\n", f);
    put_gauge(f, "spate_valid", "1 when the generator vouches for the figures.", r->invalid == 0);
    put_gauge(f, "spate_complete", "1 when the run was not cut short.", r->complete);
    put_gauge(f, "spate_duration_seconds", "Measured time.", r->duration_s);
    put_gauge(f, "spate_cpu_seconds", "Processor time of the generator.", r->cpu_s);
    if (result_planned_rate(r) > 0)
        put_gauge(f, "spate_rate_planned", "Units due per second.", result_planned_rate(r));
    put_gauge(f, "spate_rate_achieved", "Units sent per second.", result_rate(r, &r->totals));
}

static void put_gates(FILE *f, const struct result *r)
{
    if (!r->gate_count) return;
    head(f, "spate_gate", "gauge", "1 when the gate passed, 0 when it failed, NaN without data.");
    for (size_t i = 0; i < r->gate_count; i++) {
        static const char *const values[] = {"1", "0", "NaN"};
        fputs("spate_gate{gate=\"", f);
        put_label(f, r->gates[i].name);
        fputs("\",condition=\"", f);
        put_label(f, r->gates[i].condition);
        fprintf(f, "\"} %s\n", values[r->gates[i].verdict]);
    }
}

static bool write_prometheus(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    put_run(f, r);
    put_gates(f, r);
    head(f, "spate_units_total", "counter", "Units offered, by what became of them.");
    each_kind(f, r, put_units);
    head(f, "spate_late_total", "counter", "Units that left behind their time.");
    each_kind(f, r, put_late);
    head(f, "spate_bytes_total", "counter", "Bytes sent and received.");
    each_kind(f, r, put_bytes);
    head(f, "spate_errors_total", "counter", "Units that went wrong, by kind of error.");
    each_kind(f, r, put_errors);
    if (counts_skipped(&r->totals)) {
        head(f, "spate_skipped_total", "counter", "Units that a policy of the profile left out.");
        each_kind(f, r, put_skipped);
    }
    put_gap_errors(f, r);
    head(f, "spate_replies_total", "counter", "Replies by status code.");
    each_kind(f, r, put_status);
    if (r->totals.compared) {
        head(f, "spate_compared_total", "counter", "Replies set against the recorded ones.");
        each_kind(f, r, put_compared);
        head(f, "spate_differences_total", "counter", "Replies that differ from the recorded.");
        each_kind(f, r, put_differences);
    }
    for (unsigned i = 0; i < LATENCY_COUNT; i++) put_latencies(f, r, i);
    return !ferror(f);
}

const struct report_class report_prometheus = {
    .doc = {"prometheus", "metrics in the Prometheus text format", "prometheus:spate.prom", NULL},
    .extensions = (const char *const[]){"prom", NULL},
    .write = write_prometheus,
};
