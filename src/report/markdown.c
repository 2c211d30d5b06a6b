/* A summary for pull requests and CI job pages. */
#include "report/report.h"

#include "base/units.h"
#include "report/escape.h"
#include "report/fmt.h"

static const char *outcome(const struct result *r)
{
    size_t n[3];
    count_verdicts(r, n);
    if (r->failed_because) return "failed";
    if (n[VERDICT_FAIL]) return n[VERDICT_FAIL] > 1 ? "gates failed" : "a gate failed";
    if (r->invalid) return "invalid";
    if (n[VERDICT_NODATA]) return "inconclusive";
    if (!r->complete) return "incomplete";
    return r->gate_count ? "all gates passed" : "finished";
}

static void put_note(FILE *f, const char *word, const char *text)
{
    fprintf(f, "\n> **%s**: ", word);
    put_markdown(f, text);
    fputc('\n', f);
}

static void put_gates(FILE *f, const struct result *r)
{
    static const char *const marks[] = {"pass", "**fail**", "no data"};
    char value[FMT_BUF];
    if (!r->gate_count) return;
    fputs("\n| gate | condition | value | verdict |\n|---|---|--:|---|\n", f);
    for (size_t i = 0; i < r->gate_count; i++) {
        const struct result_gate *g = &r->gates[i];
        fputs("| ", f);
        put_markdown(f, g->name);
        fputs(" | ", f);
        put_markdown(f, g->condition);
        fprintf(f, " | %s | %s", g->verdict == VERDICT_NODATA ? "" : fmt_gate(value, g),
                marks[g->verdict]);
        if (g->why) {
            fputs(": ", f);
            put_markdown(f, g->why);
        }
        fputs(" |\n", f);
    }
}

static void put_row(FILE *f, const struct result *r, const char *name, const struct counts *c,
                    double planned, struct awaited a)
{
    char b[FMT_BUF], u[UNITS_BUF];
    fputs("| ", f);
    put_markdown(f, name);
    fprintf(f, " | %s", planned > 0 ? fmt_rate(b, planned) : "");
    fprintf(f, " | %s", fmt_rate(b, result_rate(r, c)));
    fprintf(f, " | %s", units_whole(u, c->offered));
    fprintf(f, " | %s", units_whole(u, c->sent));
    fprintf(f, " | %s", a.any ? units_whole(u, a.answered) : "");
    fprintf(f, " | %s", a.any ? units_whole(u, a.timed_out) : "");
    fprintf(f, " | %s", units_whole(u, c->shed + c->failed));
    fprintf(f, " | %s |\n",
            c->offered ? fmt_share(b, (double)counts_errors(c) / (double)c->offered) : "");
}

static void put_load(FILE *f, const struct result *r)
{
    fputs("\n| stream | planned | achieved | offered | sent | answered | timed out | not sent | "
          "errors |\n"
          "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
          f);
    for (size_t i = 0; i < r->n; i++)
        put_row(f, r, r->streams[i].name, &r->streams[i].counts, r->streams[i].planned_rate,
                awaited_in(&r->streams[i], &r->streams[i].counts));
    if (r->n != 1) put_row(f, r, "total", &r->totals, result_planned_rate(r), awaited_of(r));
}

static void put_latency(FILE *f, const struct result *r)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
    char b[FMT_BUF];
    fputs("\n| latency | mean | p50 | p90 | p99 | p99.9 | max |\n|---|--:|--:|--:|--:|--:|--:|\n",
          f);
    for (unsigned i = 0; i < LATENCY_COUNT; i++) {
        const struct hist *h = &r->totals.latency[i];
        if (!h->count) continue;
        fprintf(f, "| %s | %s", latency_names[i], fmt_time(b, hist_mean(h)));
        for (size_t k = 0; k < sizeof quantiles / sizeof *quantiles; k++)
            fprintf(f, " | %s", fmt_time(b, (double)hist_quantile(h, quantiles[k])));
        fprintf(f, " | %s |\n", fmt_time(b, (double)h->max));
    }
    if (r->wire_absent && !r->totals.latency[LATENCY_WIRE].count)
        put_note(f, "No wire latency", r->wire_absent);
    if (has_closed_loop(r)) put_note(f, "Closed loop", CLOSED_LOOP_NOTE);
}

static void put_errors(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!counts_errors(&r->totals)) return;
    fputs("\n| error | units | |\n|---|--:|---|\n", f);
    for (size_t i = 1; i < ERROR_COUNT; i++) {
        if (!r->totals.errors[i]) continue;
        fputs("| ", f);
        put_markdown(f, error_names[i]);
        fprintf(f, " | %s | %s |\n", units_whole(u, r->totals.errors[i]), error_help[i]);
    }
}

static void put_differences(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!r->totals.compared) return;
    fprintf(f, "\n| difference | of %s compared | |\n|---|--:|---|\n",
            units_whole(u, r->totals.compared));
    for (size_t i = 0; i < DIFFER_COUNT; i++)
        if (r->totals.differs[i])
            fprintf(f, "| %s | %s | %s |\n", differ_names[i], units_whole(u, r->totals.differs[i]),
                    differ_help[i]);
}

static void put_skipped(FILE *f, const struct result *r)
{
    char u[UNITS_BUF];
    if (!counts_skipped(&r->totals)) return;
    fputs("\n| skipped, by reason | units | |\n|---|--:|---|\n", f);
    for (size_t i = 1; i < ERROR_COUNT; i++) {
        if (!r->totals.skipped[i]) continue;
        fputs("| ", f);
        put_markdown(f, error_names[i]);
        fprintf(f, " | %s | %s |\n", units_whole(u, r->totals.skipped[i]), error_help[i]);
    }
}

/* How well gaps and duration of the plan were kept, stream by stream. */
static void put_timing(FILE *f, const struct result *r)
{
    char a[FMT_BUF], b[FMT_BUF], c[FMT_BUF], d[FMT_BUF];
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        const struct gaps *g = &r->streams[i].gaps;
        if (!g->error.count) continue;
        if (!any)
            fputs("\n| gap error | p50 | p99 | max | duration error |\n|---|--:|--:|--:|--:|\n", f);
        any = true;
        int64_t off = gaps_duration_error(g);
        fputs("| ", f);
        put_markdown(f, r->streams[i].name);
        fprintf(f, " | %s | %s | %s | %s%s |\n", fmt_time(a, (double)hist_quantile(&g->error, 0.5)),
                fmt_time(b, (double)hist_quantile(&g->error, 0.99)),
                fmt_time(c, (double)g->error.max), off < 0 ? "-" : "+",
                fmt_time(d, (double)(off < 0 ? -off : off)));
    }
}

static bool write_markdown(const struct result *r, const struct report_style *style, FILE *f)
{
    char b[FMT_BUF];
    (void)style;
    fputs("### spate: ", f);
    put_markdown(f, r->profile ? r->profile : "run");
    fprintf(f, ": %s\n\n", outcome(r));
    if (r->target) {
        put_markdown(f, r->target);
        fputs(", ", f);
    }
    fprintf(f, "%s measured, seed %llu, %u worker%s, spate ", fmt_span(b, r->duration_s),
            (unsigned long long)r->seed, r->workers, units_plural(r->workers));
    put_markdown(f, r->spate);
    fputc('\n', f);
    if (r->failed_because) put_note(f, "Failed", r->failed_because);
    if (!r->complete) put_note(f, "Incomplete", "the run was ended before its time");
    for (size_t i = 0; i < r->invalid; i++) put_note(f, "Invalid", r->invalid_because[i]);
    put_gates(f, r);
    put_load(f, r);
    put_latency(f, r);
    put_timing(f, r);
    put_errors(f, r);
    put_skipped(f, r);
    put_differences(f, r);
    return !ferror(f);
}

const struct report_class report_markdown = {
    .doc = {"markdown", "tables for pull requests and CI summaries", "markdown:summary.md", NULL},
    .extensions = (const char *const[]){"md", NULL},
    .write = write_markdown,
};
