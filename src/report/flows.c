/* One line for each flow that had packets, for spreadsheets and scripts. */
#include "report/report.h"

#include <string.h>

/* RFC 4180: quoted where a comma, a quote or a line end stands in it. */
static void put_name(FILE *f, const char *name)
{
    if (!strpbrk(name, ",\"\r\n")) {
        fputs(name, f);
        return;
    }
    fputc('"', f);
    for (; *name; name++) fprintf(f, *name == '"' ? "\"\"" : "%c", *name);
    fputc('"', f);
}

static void put_row(FILE *f, const struct result_stream *s, const struct flow_figures *x)
{
    const uint64_t counts[] = {x->flow,      x->sent,       x->received,  x->lost,
                               x->in_flight, x->duplicated, x->corrupted, x->min_ns};
    put_name(f, s->name);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        fprintf(f, ",%llu", (unsigned long long)counts[i]);
    fprintf(f, ",%.0f,%llu,%.0f,", x->mean_ns, (unsigned long long)x->max_ns, x->jitter_ns);
    if (s->flows.ordered) fprintf(f, "%llu", (unsigned long long)x->reordered);
    fputc('\n', f);
}

static void put_flows(FILE *f, const struct result_stream *s)
{
    const struct flow_summary *all = &s->flows;
    struct flow_figures x;
    for (uint64_t i = 0; all->table && i < all->number; i++) {
        flow_table_row(all->table, i, &x);
        if (x.sent) put_row(f, s, &x);
    }
    for (size_t i = 0; !all->table && i < all->worst_n; i++) put_row(f, s, &all->worst[i]);
}

/* On one line, whatever it holds. */
static void put_plain(FILE *f, const char *text)
{
    for (; *text; text++) fputc((unsigned char)*text < 0x20 ? '?' : *text, f);
}

static void put_remark(FILE *f, const struct result_stream *s, const char *what, const char *why)
{
    fputs("# ", f);
    put_plain(f, s->name);
    fprintf(f, ": %s: ", what);
    put_plain(f, why);
    fputc('\n', f);
}

/* What is not there, as remarks before the header. */
static void put_remarks(FILE *f, const struct result_stream *s)
{
    const struct flow_summary *all = &s->flows;
    if (!all->number) return;
    if (all->absent) put_remark(f, s, "no figures by flow", all->absent);
    if (all->order_absent) put_remark(f, s, "no figures of order", all->order_absent);
    if (!all->absent && !all->table)
        put_remark(f, s, "not all of its flows", "a saved result keeps the worst only");
}

static bool write_flows(const struct result *r, const struct report_style *style, FILE *f)
{
    (void)style;
    for (size_t i = 0; i < r->n; i++) put_remarks(f, &r->streams[i]);
    fputs("stream,flow,sent,received,lost,in_flight,duplicated,corrupted,min_ns,mean_ns,max_ns,"
          "jitter_ns,reordered\n",
          f);
    for (size_t i = 0; i < r->n; i++) put_flows(f, &r->streams[i]);
    return !ferror(f);
}

const struct report_class report_flows = {
    .doc = {"flows",
            "a line for each flow with packets, of streams with flows and replies or receive",
            "flows:run.flows", NULL},
    .extensions = (const char *const[]){"flows", NULL},
    .write = write_flows,
};
