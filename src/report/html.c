/* One page that needs nothing else: verdicts, tables, and charts over time as inline SVG. */
#include "report/report.h"

#include <string.h>
#include "base/units.h"
#include "report/chart.h"
#include "report/escape.h"
#include "report/fmt.h"

static const char style_sheet[] =
    ":root{color-scheme:light dark;--line:#8884}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.4rem;margin-bottom:0}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}\n"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid var(--line)}\n"
    "th:first-child,td:first-child,.text{text-align:left}th{font-weight:600}\n"
    ".pass{color:#15803d}.fail{color:#dc2626;font-weight:600}.nodata{color:#b45309}\n"
    ".alarm{background:#dc2626;color:#fff;padding:.4rem .8rem;border-radius:.3rem}\n"
    "svg{width:100%}svg text{font-size:11px;fill:currentColor}.grid{stroke:var(--line)}\n"
    "path{fill:none;stroke-width:1.5}.legend{margin:0}\n"
    "path.a{stroke:#2563eb}path.b{stroke:#d97706}path.c{stroke:#dc2626}\n"
    "span.a{color:#2563eb}span.b{color:#d97706}span.c{color:#dc2626}\n";

/* <td> with text of a stranger, or with figures of our own. */
static void cell(FILE *f, const char *class, const char *text)
{
    fprintf(f, "<td%s%s%s>", class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
    put_xml(f, text);
    fputs("</td>", f);
}

static void put_alarms(FILE *f, const struct result *r)
{
    if (r->failed_because) {
        fputs("<p class=\"alarm\">Failed: ", f);
        put_xml(f, r->failed_because);
        fputs("</p>\n", f);
    }
    if (!r->complete)
        fputs("<p class=\"alarm\">Incomplete: the run was ended before its time</p>\n", f);
    for (size_t i = 0; i < r->invalid; i++) {
        fputs("<p class=\"alarm\">Invalid: ", f);
        put_xml(f, r->invalid_because[i]);
        fputs("</p>\n", f);
    }
}

static void put_gates(FILE *f, const struct result *r)
{
    char value[FMT_BUF];
    if (!r->gate_count) return;
    fputs("<h2>Gates</h2>\n<table>\n", f);
    for (size_t i = 0; i < r->gate_count; i++) {
        const struct result_gate *g = &r->gates[i];
        fputs("<tr>", f);
        cell(f, verdict_names[g->verdict], verdict_names[g->verdict]);
        cell(f, "text", g->name);
        cell(f, "text", g->condition);
        cell(f, verdict_names[g->verdict], g->why ? g->why : fmt_gate(value, g));
        fputs("</tr>\n", f);
    }
    fputs("</table>\n", f);
}

static void put_load_row(FILE *f, const struct result *r, const char *name, const struct counts *c,
                         double planned, struct awaited a)
{
    char b[FMT_BUF], u[UNITS_BUF];
    fputs("<tr>", f);
    cell(f, NULL, name);
    cell(f, NULL, planned > 0 ? fmt_rate(b, planned) : "");
    cell(f, NULL, fmt_rate(b, result_rate(r, c)));
    cell(f, NULL, units_whole(u, c->sent));
    cell(f, NULL, a.any ? units_whole(u, a.answered) : "");
    cell(f, NULL, a.any ? units_whole(u, a.timed_out) : "");
    cell(f, NULL, units_whole(u, c->shed));
    cell(f, NULL, units_whole(u, c->failed));
    uint64_t bad = counts_errors(c);
    cell(f, bad ? "fail" : NULL, c->offered ? fmt_share(b, (double)bad / (double)c->offered) : "");
    fputs("</tr>\n", f);
}

static void put_load(FILE *f, const struct result *r)
{
    fputs("<h2>Load</h2>\n<table>\n<tr><th></th><th>planned</th><th>achieved</th><th>sent</th>"
          "<th>answered</th><th>timed out</th><th>shed</th><th>failed</th><th>errors</th></tr>\n",
          f);
    for (size_t i = 0; i < r->n; i++) {
        const struct result_stream *s = &r->streams[i];
        put_load_row(f, r, s->name, &s->counts, s->planned_rate, awaited_in(s, &s->counts));
        for (size_t k = 0; s->n > 1 && k < s->n; k++)
            put_load_row(f, r, s->kinds[k].name, &s->kinds[k].counts, 0,
                         awaited_in(s, &s->kinds[k].counts));
    }
    if (r->n != 1) put_load_row(f, r, "total", &r->totals, result_planned_rate(r), awaited_of(r));
    fputs("</table>\n", f);
}

static void put_latency(FILE *f, const struct result *r)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
    char b[FMT_BUF];
    fputs(
        "<h2>Latency</h2>\n<table>\n<tr><th></th><th>mean</th><th>p50</th><th>p90</th><th>p99</th>"
        "<th>p99.9</th><th>p99.99</th><th>max</th></tr>\n",
        f);
    for (unsigned i = 0; i < LATENCY_COUNT; i++) {
        const struct hist *h = &r->totals.latency[i];
        if (!h->count) continue;
        fputs("<tr>", f);
        cell(f, NULL, latency_names[i]);
        cell(f, NULL, fmt_time(b, hist_mean(h)));
        for (size_t k = 0; k < sizeof quantiles / sizeof *quantiles; k++)
            cell(f, NULL, fmt_time(b, (double)hist_quantile(h, quantiles[k])));
        cell(f, NULL, fmt_time(b, (double)h->max));
        fputs("</tr>\n", f);
    }
    fputs("</table>\n", f);
    if (r->wire_absent && !r->totals.latency[LATENCY_WIRE].count) {
        fputs("<p>No wire latency: ", f);
        put_xml(f, r->wire_absent);
        fputs("</p>\n", f);
    }
    if (has_closed_loop(r)) fputs("<p>Closed loop: " CLOSED_LOOP_NOTE ".</p>\n", f);
}

static void put_errors(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!counts_errors(&r->totals)) return;
    fputs("<h2>Errors</h2>\n<table>\n", f);
    for (size_t i = 1; i < ERROR_COUNT; i++) {
        if (!r->totals.errors[i]) continue;
        fputs("<tr>", f);
        cell(f, NULL, error_names[i]);
        cell(f, NULL, units_whole(u, r->totals.errors[i]));
        cell(f, "text", error_help[i]);
        fputs("</tr>\n", f);
    }
    fputs("</table>\n", f);
}

static void put_differences(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!r->totals.compared) return;
    fprintf(
        f, "<h2>Differences</h2>\n<p>Of %s replies compared with the recorded ones:</p>\n<table>\n",
        units_whole(u, r->totals.compared));
    for (size_t i = 0; i < DIFFER_COUNT; i++) {
        if (!r->totals.differs[i]) continue;
        fputs("<tr>", f);
        cell(f, NULL, differ_names[i]);
        cell(f, NULL, units_whole(u, r->totals.differs[i]));
        cell(f, "text", differ_help[i]);
        fputs("</tr>\n", f);
    }
    fputs("</table>\n", f);
}

static void put_skipped(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!counts_skipped(&r->totals)) return;
    fputs("<h2>Skipped, by reason</h2>\n<table>\n", f);
    for (size_t i = 1; i < ERROR_COUNT; i++) {
        if (!r->totals.skipped[i]) continue;
        fputs("<tr>", f);
        cell(f, NULL, error_names[i]);
        cell(f, NULL, units_whole(u, r->totals.skipped[i]));
        cell(f, "text", error_help[i]);
        fputs("</tr>\n", f);
    }
    fputs("</table>\n", f);
}

/* How well gaps and duration of the plan were kept, stream by stream. */
static void put_timing(FILE *f, const struct result *r)
{
    char b[FMT_BUF], text[FMT_BUF + 1];
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct gaps *g = &r->streams[i].gaps;
        if (!g->error.count) continue;
        if (!any)
            fputs("<h2>Gaps against the plan</h2>\n<table>\n<tr><th></th><th>p50 error</th>"
                  "<th>p99 error</th><th>max error</th><th>duration error</th></tr>\n",
                  f);
        any = true;
        int64_t off = gaps_duration_error(g);
        fputs("<tr>", f);
        cell(f, NULL, r->streams[i].name);
        cell(f, NULL, fmt_time(b, (double)hist_quantile(&g->error, 0.5)));
        cell(f, NULL, fmt_time(b, (double)hist_quantile(&g->error, 0.99)));
        cell(f, NULL, fmt_time(b, (double)g->error.max));
        snprintf(text, sizeof text, "%s%s", off < 0 ? "-" : "+",
                 fmt_time(b, (double)(off < 0 ? -off : off)));
        cell(f, NULL, text);
        fputs("</tr>\n", f);
    }
    if (any) fputs("</table>\n", f);
}

static double due_rate(const struct result *r, const struct result_slice *s)
{
    return result_planned_rate(r) > 0 && s->length_s > 0 ? (double)s->counts.offered / s->length_s
                                                         : -1;
}

static double sent_rate(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return s->length_s > 0 ? (double)s->counts.sent / s->length_s : -1;
}

static double quantile_of(const struct result_slice *s, enum latency which, double q)
{
    const struct hist *h = &s->counts.latency[which];
    return h->count ? (double)hist_quantile(h, q) : -1;
}

static double response_p50(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return quantile_of(s, LATENCY_RESPONSE, 0.5);
}
static double response_p99(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return quantile_of(s, LATENCY_RESPONSE, 0.99);
}
static double response_max(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return quantile_of(s, LATENCY_RESPONSE, 1);
}
static double lateness_p99(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return quantile_of(s, LATENCY_LATENESS, 0.99);
}
static double lateness_max(const struct result *r, const struct result_slice *s)
{
    (void)r;
    return quantile_of(s, LATENCY_LATENESS, 1);
}

static const struct chart charts[] = {
    {"Rate", (const struct chart_line[]){{"due", "b", due_rate}, {"sent", "a", sent_rate}}, 2,
     fmt_rate, false},
    {"Response latency",
     (const struct chart_line[]){
         {"p50", "a", response_p50}, {"p99", "b", response_p99}, {"max", "c", response_max}},
     3, fmt_time, true},
    {"Lateness: the generator's own error",
     (const struct chart_line[]){{"p99", "b", lateness_p99}, {"max", "c", lateness_max}}, 2,
     fmt_time, true},
};

static bool write_html(const struct result *r, const struct report_style *style, FILE *f)
{
    char b[FMT_BUF];
    (void)style;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>spate: ",
          f);
    put_xml(f, r->profile ? r->profile : "run");
    fprintf(f, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>", style_sheet);
    put_xml(f, r->profile ? r->profile : "run");
    fputs("</h1>\n<p>", f);
    put_xml(f, r->target ? r->target : "");
    fprintf(f, "%s%s measured, seed %llu, %u worker%s, ", r->target ? ", " : "",
            fmt_span(b, r->duration_s), (unsigned long long)r->seed, r->workers,
            units_plural(r->workers));
    put_xml(f, r->start ? r->start : "");
    fputs(", spate ", f);
    put_xml(f, r->spate);
    fputs("</p>\n", f);
    put_alarms(f, r);
    put_gates(f, r);
    put_load(f, r);
    put_latency(f, r);
    put_timing(f, r);
    put_errors(f, r);
    put_skipped(f, r);
    put_differences(f, r);
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) chart_put(f, &charts[i], r);
    fputs("</body>\n</html>\n", f);
    return !ferror(f);
}

const struct report_class report_html = {
    .doc = {"html", "one page with tables and charts, no other file needed", "html:report.html",
            NULL},
    .extensions = (const char *const[]){"html", "htm", NULL},
    .write = write_html,
};
