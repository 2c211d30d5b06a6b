/* The parts of the text report that appear only when they have something to tell. */
#include "report/page.h"

#include <stdlib.h>
#include <string.h>
#include "base/units.h"
#include "report/fmt.h"

/* "200 with loss", among those terms that are not 0. */
static void add_term(FILE *f, bool *any, uint64_t n, const char *what)
{
    char u[UNITS_BUF];
    if (n) fprintf(f, "%s%s with %s", *any ? ", " : "", units_whole(u, n), what);
    *any = *any || n;
}

/* A stream's flows in a line; whether anything went wrong. */
static bool tell_flows(FILE *f, const struct flow_summary *s)
{
    char a[UNITS_BUF], b[UNITS_BUF];
    bool any = false;
    if (s->absent) {
        fprintf(f, "%s, no figures for each: %s", units_whole(a, s->number), s->absent);
        return false;
    }
    fprintf(f, "%s of %s had packets: ", units_whole(a, s->with_packets),
            units_whole(b, s->number));
    add_term(f, &any, s->with_loss, "loss");
    add_term(f, &any, s->with_duplicates, "duplicates");
    add_term(f, &any, s->with_reordering, "reordering");
    add_term(f, &any, s->with_corruption, "corruption");
    if (!any) fputs("all without fault", f);
    if (s->order_absent) fprintf(f, "; order is not told: %s", s->order_absent);
    return any;
}

void part_flows(const struct page *p)
{
    for (size_t i = 0; i < p->r->n; i++) {
        const struct result_stream *s = &p->r->streams[i];
        char *line = NULL;
        size_t n;
        if (!s->flows.number) continue;
        FILE *f = open_memstream(&line, &n);
        if (!f) abort();
        if (p->r->n > 1) fprintf(f, "%s: ", s->name);
        bool any = tell_flows(f, &s->flows);
        if (fclose(f) != 0) abort();
        page_label(p, "flows");
        page_wrap(p, any ? INK_WARN : INK_PLAIN, PAGE_LABEL, line);
        free(line);
    }
}

#define KIND_LINES 12 /* more would push the rest off the screen; the JSON has all */

/* Of a file whose path is too long, its name says more than its folders. */
static const char *fitting(const char *name, size_t room)
{
    const char *slash = page_length(name) > room ? strrchr(name, '/') : NULL;
    return slash && slash[1] ? slash + 1 : name;
}

static void put_row(const struct page *p, const char *indent, const char *name,
                    const struct counts *c)
{
    const struct hist *h = &c->latency[LATENCY_RESPONSE];
    uint64_t bad = counts_errors(c);
    char b[FMT_BUF], u[UNITS_BUF];
    size_t room = 22 - strlen(indent);
    fputs(indent, p->f);
    page_cell(p, INK_PLAIN, (int)room, fitting(name, room));
    page_cell(p, INK_PLAIN, -13, units_whole(u, c->sent));
    page_cell(p, bad ? INK_BAD : INK_PLAIN, -10,
              fmt_share(b, c->offered ? (double)bad / (double)c->offered : 0));
    for (size_t i = 0; h->count && i < 3; i++) {
        const double at[] = {hist_mean(h), (double)hist_quantile(h, 0.99), (double)h->max};
        page_cell(p, INK_PLAIN, -11, fmt_time_column(b, at[i]));
    }
    fputc('\n', p->f);
}

/* A stream's own line, when there are several; its kinds, when they say more than that. */
static bool shows_stream(const struct result *r)
{
    return r->n > 1;
}
static bool shows_kinds(const struct result *r, const struct result_stream *s)
{
    return s->n > 1 || !shows_stream(r);
}

void part_kinds(const struct page *p)
{
    const struct result *r = p->r;
    size_t rows = 0;
    if (r->n == 0 || (r->n == 1 && r->streams[0].n <= 1)) return;
    fputc('\n', p->f);
    page_cell(p, INK_BOLD, 22, r->n > 1 ? "streams" : "kinds");
    page_ink(p, INK_DIM, "%13s%10s%s", "sent", "errors",
             r->totals.latency[LATENCY_RESPONSE].count ? "       mean        p99        max" : "");
    fputc('\n', p->f);
    for (size_t i = 0; i < r->n; i++) {
        const struct result_stream *s = &r->streams[i];
        if (shows_stream(r) && rows++ < KIND_LINES) put_row(p, "", s->name, &s->counts);
        for (size_t k = 0; shows_kinds(r, s) && k < s->n; k++)
            if (rows++ < KIND_LINES)
                put_row(p, shows_stream(r) ? "  " : "", s->kinds[k].name, &s->kinds[k].counts);
    }
    if (rows > KIND_LINES)
        fprintf(p->f, "and %zu more, which -o result.json has\n", rows - KIND_LINES);
}

/* n units of that kind, among those offered. */
static void put_error(const struct page *p, enum error_kind kind, uint64_t n, enum ink ink)
{
    const struct counts *c = &p->r->totals;
    char b[FMT_BUF], u[UNITS_BUF];
    page_cell(p, ink, -11, units_whole(u, n));
    page_cell(p, INK_PLAIN, -8, fmt_share(b, c->offered ? (double)n / (double)c->offered : 0));
    fputs("  ", p->f);
    page_cell(p, INK_PLAIN, 19, error_names[kind]);
    page_wrap(p, INK_DIM, 40, error_help[kind]);
}

/* The codes in one line, as far as it reaches. */
static void put_status(const struct page *p)
{
    unsigned column = PAGE_LABEL;
    char cell[FMT_BUF], u[UNITS_BUF];
    for (unsigned i = 0; i < STATUS_MAX; i++) {
        if (!p->r->totals.status[i]) continue;
        if (column == PAGE_LABEL) page_label(p, "status");
        int n = snprintf(cell, sizeof cell, "%s%u: %s", column > PAGE_LABEL ? "   " : "", i,
                         units_whole(u, p->r->totals.status[i]));
        column += (unsigned)n;
        if (column + 4 > p->width) {
            fputs(" ...", p->f);
            break;
        }
        page_ink(p, i >= 400 ? INK_WARN : INK_PLAIN, "%s", cell);
    }
    if (column > PAGE_LABEL) fputc('\n', p->f);
}

void part_errors(const struct page *p)
{
    bool any = counts_errors(&p->r->totals) + counts_skipped(&p->r->totals) > 0;
    for (unsigned i = 0; i < STATUS_MAX && !any; i++) any = p->r->totals.status[i] > 0;
    if (any) fputc('\n', p->f);
    put_status(p);
    if (counts_errors(&p->r->totals)) page_ink(p, INK_BOLD, "errors\n");
    for (unsigned i = 1; i < ERROR_COUNT; i++)
        if (p->r->totals.errors[i]) put_error(p, i, p->r->totals.errors[i], INK_BAD);
    if (!counts_skipped(&p->r->totals)) return;
    page_ink(p, INK_BOLD, "skipped, by reason\n");
    for (unsigned i = 1; i < ERROR_COUNT; i++)
        if (p->r->totals.skipped[i]) put_error(p, i, p->r->totals.skipped[i], INK_WARN);
}

#define DIFFERENCE_LINES 5 /* of each stream; the JSON has more */

/* The first that were not as recorded, one by one. */
static void put_differing(const struct page *p, const struct result_stream *s)
{
    char line[256];
    size_t n = s->differing_count < DIFFERENCE_LINES ? s->differing_count : DIFFERENCE_LINES;
    for (size_t i = 0; i < n; i++) {
        const struct result_difference *d = &s->differing[i];
        fputs("  ", p->f);
        snprintf(line, sizeof line, "connection %llu, message %llu: %s %s, came %s",
                 (unsigned long long)d->connection, (unsigned long long)d->message,
                 differ_names[d->differs], d->recorded, d->came);
        page_wrap(p, INK_DIM, 2, line);
    }
}

/* What a live replay found when it set replies against the recorded ones. */
void part_differences(const struct page *p)
{
    const struct counts *c = &p->r->totals;
    uint64_t n = counts_differences(c);
    char b[FMT_BUF], u[UNITS_BUF];
    if (!c->compared) return;
    fputc('\n', p->f);
    page_label(p, "compared");
    fprintf(p->f, "%s %s with the recorded: ", units_whole(u, c->compared),
            c->compared == 1 ? "reply" : "replies");
    page_ink(p, n ? INK_WARN : INK_GOOD, "%s differ%s", n ? units_whole(u, n) : "none",
             n > 1 ? "" : "s");
    fputc('\n', p->f);
    for (unsigned i = 0; i < DIFFER_COUNT; i++) {
        if (!c->differs[i]) continue;
        page_cell(p, INK_WARN, -11, units_whole(u, c->differs[i]));
        page_cell(p, INK_PLAIN, -8, fmt_share(b, (double)c->differs[i] / (double)c->compared));
        fputs("  ", p->f);
        page_cell(p, INK_PLAIN, 19, differ_names[i]);
        page_wrap(p, INK_DIM, 40, differ_help[i]);
    }
    for (size_t i = 0; i < p->r->n; i++) put_differing(p, &p->r->streams[i]);
}

#define SPARKS 40

/* A line of small bars; zero is the lowest. */
static void put_sparks(const struct page *p, const double *v, size_t n)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double top = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i] > top) top = v[i];
    for (size_t i = 0; i < n; i++) fputs(bars[top > 0 ? (int)(v[i] / top * 7 + 0.5) : 0], p->f);
}

/* The slices as at most SPARKS columns: the lowest rate and the highest p99 of each. */
void part_slices(const struct page *p)
{
    const struct result *r = p->r;
    double rate[SPARKS], p99[SPARKS], lowest = -1, highest = -1;
    size_t n = r->slice_count < SPARKS ? r->slice_count : SPARKS;
    double lowest_at = 0, highest_at = 0;
    char b[FMT_BUF], at[FMT_BUF];
    if (n < 4) return;
    for (size_t i = 0; i < n; i++) rate[i] = -1, p99[i] = 0;
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        size_t k = i * n / r->slice_count;
        double x = s->length_s > 0 ? (double)s->counts.sent / s->length_s : 0;
        double q = (double)hist_quantile(&s->counts.latency[LATENCY_RESPONSE], 0.99);
        if (rate[k] < 0 || x < rate[k]) rate[k] = x;
        if (q > p99[k]) p99[k] = q;
        if (lowest < 0 || x < lowest) lowest = x, lowest_at = s->start_s;
        if (q > highest) highest = q, highest_at = s->start_s;
    }
    fputc('\n', p->f);
    page_label(p, "sent/s");
    put_sparks(p, rate, n);
    fprintf(p->f, "  low %s at %s\n", fmt_rate(b, lowest), fmt_span(at, lowest_at));
    if (highest <= 0) return;
    page_label(p, "p99");
    put_sparks(p, p99, n);
    fprintf(p->f, "  top %s at %s\n", fmt_time(b, highest), fmt_span(at, highest_at));
}
