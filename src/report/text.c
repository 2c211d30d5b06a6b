/* The report for people: one screen, verdicts first. */
#include "report/report.h"

#include <string.h>
#include "base/units.h"
#include "report/fmt.h"
#include "report/page.h"

static void put_whole(const struct page *p, uint64_t n)
{
    char b[UNITS_BUF];
    fputs(units_whole(b, n), p->f);
}

/* What the streams have in common. */
static const char *loop_of(const struct result *r)
{
    static const struct result_stream none = {.loop = "no"};
    const struct result_stream *s = r->n ? &r->streams[0] : &none;
    for (size_t i = 1; i < r->n; i++)
        if (r->streams[i].flood != s->flood || strcmp(r->streams[i].loop, s->loop) != 0)
            return "mixed loops";
    if (s->flood) return "as fast as the wire takes it";
    return arena_printf(r->arena, "%s loop", s->loop);
}

static void part_head(const struct page *p)
{
    const struct result *r = p->r;
    char line[256];
    snprintf(line, sizeof line, "spate %s  %s%s%s", r->spate, r->profile ? r->profile : "",
             r->target ? " → " : "", r->target ? r->target : "");
    page_cell(p, INK_BOLD, page_length(line) > p->width ? (int)p->width : 0, line);
    fputc('\n', p->f);
    int n =
        snprintf(line, sizeof line, "%.4g s measured, %s, seed %llu, %u worker%s", r->duration_s,
                 loop_of(r), (unsigned long long)r->seed, r->workers, r->workers == 1 ? "" : "s");
    if (r->cpu_s > 0 && r->duration_s > 0)
        snprintf(line + n, sizeof line - (size_t)n, ", %.2f cores busy", r->cpu_s / r->duration_s);
    page_wrap(p, INK_PLAIN, 0, line);
}

static void part_alarms(const struct page *p)
{
    const struct result *r = p->r;
    if (r->failed_because || !r->complete || r->invalid) fputc('\n', p->f);
    if (r->failed_because) {
        page_ink(p, INK_ALARM, " FAILED ");
        fputc(' ', p->f);
        page_wrap(p, INK_BAD, 9, r->failed_because);
    }
    if (!r->complete) {
        page_ink(p, INK_ALARM, " INCOMPLETE ");
        fprintf(p->f, " the run ended after %.4g s", r->duration_s);
        if (r->planned_s > 0) fprintf(p->f, " of %.4g s", r->planned_s);
        fputc('\n', p->f);
    }
    if (!r->invalid) return;
    page_ink(p, INK_ALARM, " INVALID ");
    fputs(" these figures cannot be vouched for:\n", p->f);
    for (size_t i = 0; i < r->invalid; i++) {
        fputs("  - ", p->f);
        page_wrap(p, INK_BAD, 4, r->invalid_because[i]);
    }
}

static void put_gate(const struct page *p, const struct result_gate *g, int name, int condition)
{
    static const struct {
        enum ink ink;
        const char *word;
    } marks[] = {
        [VERDICT_PASS] = {INK_GOOD, "PASS"},
        [VERDICT_FAIL] = {INK_BAD, "FAIL"},
        [VERDICT_NODATA] = {INK_WARN, "NO DATA"},
    };
    char value[FMT_BUF];
    page_cell(p, marks[g->verdict].ink, 9, marks[g->verdict].word);
    page_cell(p, INK_PLAIN, name, g->name);
    fputs("  ", p->f);
    if (g->verdict != VERDICT_NODATA) {
        page_cell(p, INK_PLAIN, condition, g->condition);
        page_cell(p, marks[g->verdict].ink, -12, fmt_gate(value, g));
        fputc('\n', p->f);
        return;
    }
    page_cell(p, INK_PLAIN, 0, g->condition);
    fprintf(p->f, "\n%9s", "");
    page_wrap(p, INK_DIM, 9, g->why ? g->why : "no data");
}

static void part_gates(const struct page *p)
{
    const struct result *r = p->r;
    size_t name = 0, condition = 0;
    for (size_t i = 0; i < r->gate_count; i++) {
        size_t a = page_length(r->gates[i].name), b = page_length(r->gates[i].condition);
        if (a > name) name = a;
        if (b > condition) condition = b;
    }
    size_t room = p->width - 9 - 2 - 12;
    if (name + condition > room) name = name > room / 2 ? room / 2 : name;
    if (name + condition > room) condition = room - name;
    if (r->gate_count) fputc('\n', p->f);
    for (size_t i = 0; i < r->gate_count; i++) put_gate(p, &r->gates[i], (int)name, (int)condition);
}

static void part_rate(const struct page *p)
{
    const struct result *r = p->r;
    double plan = result_planned_rate(r), rate = result_rate(r, &r->totals);
    char b[FMT_BUF];
    page_label(p, "rate");
    if (plan > 0) fprintf(p->f, "%s planned, ", fmt_rate(b, plan));
    fprintf(p->f, "%s achieved", fmt_rate(b, rate));
    if (plan > 0) fprintf(p->f, " (%s)", fmt_share(b, rate / plan));
    fputc('\n', p->f);
}

static void part_bytes(const struct page *p)
{
    const struct counts *c = &p->r->totals;
    double s = result_seconds(p->r);
    char bytes[FMT_BUF], b[FMT_BUF];
    if (!c->bytes_sent || s <= 0) return;
    page_label(p, "bytes");
    fprintf(p->f, "%s sent (%s)", fmt_bytes(bytes, (double)c->bytes_sent),
            fmt_bitrate(b, 8 * (double)c->bytes_sent / s));
    if (c->bytes_received)
        fprintf(p->f, ", %s received (%s)", fmt_bytes(bytes, (double)c->bytes_received),
                fmt_bitrate(b, 8 * (double)c->bytes_received / s));
    fputc('\n', p->f);
}

/* "12 shed": plain when none, so that only what happened catches the eye. */
static void put_term(const struct page *p, const char *before, uint64_t n, const char *name,
                     enum ink when_any)
{
    char b[UNITS_BUF];
    page_ink(p, INK_PLAIN, "%s", before);
    page_ink(p, n ? when_any : INK_PLAIN, "%s %s", units_whole(b, n), name);
}

/* A line for some of the units sent or answered; nothing when there are none. */
static void put_part(const struct page *p, const char *label, uint64_t n, const char *whole,
                     uint64_t of)
{
    char b[FMT_BUF], u[UNITS_BUF];
    if (!n) return;
    page_label(p, label);
    page_ink(p, INK_WARN, "%s", units_whole(u, n));
    fprintf(p->f, " of those %s (%s)\n", whole, fmt_share(b, of ? (double)n / (double)of : 0));
}

/* The two laws, as sums. */
static void part_units(const struct page *p)
{
    const struct counts *c = &p->r->totals;
    page_label(p, "offered");
    put_whole(p, c->offered);
    put_term(p, " = ", c->sent, "sent", INK_PLAIN);
    put_term(p, " + ", c->shed, "shed", INK_WARN);
    put_term(p, " + ", c->failed, "failed", INK_BAD);
    fputc('\n', p->f);
    page_label(p, "sent");
    put_whole(p, c->sent);
    put_term(p, " = ", c->answered, "answered", INK_PLAIN);
    put_term(p, " + ", c->timed_out, "timed out", INK_BAD);
    put_term(p, " + ", counts_in_flight(c), "in flight", INK_PLAIN);
    fputc('\n', p->f);
    put_part(p, "late", c->late, "sent", c->sent);
    put_part(p, "duplicated", c->duplicated, "answered", c->answered);
    put_part(p, "reordered", c->reordered, "answered", c->answered);
    if (!p->r->captured) return;
    page_label(p, "captured");
    put_whole(p, p->r->capture.seen);
    put_term(p, " packets: ", p->r->capture.matched, "matched", INK_PLAIN);
    put_term(p, ", ", p->r->capture.foreign, "foreign", INK_PLAIN);
    if (p->r->capture.cut) put_term(p, ", ", p->r->capture.cut, "cut short", INK_WARN);
    put_term(p, ", ", p->r->capture.dropped, "dropped", INK_BAD);
    fputc('\n', p->f);
}

/* How long a stream took from its first packet to its last, beside its plan. */
static void put_course(const struct page *p, const struct gaps *g)
{
    const struct gaps_course *c = &g->course;
    int64_t off = gaps_duration_error(g);
    char a[FMT_BUF], b[FMT_BUF], d[FMT_BUF];
    page_label(p, "duration");
    fprintf(p->f, "%s of %s planned, %s %s\n", fmt_time(a, (double)(c->last_sent - c->first_sent)),
            fmt_time(b, (double)(c->last_due - c->first_due)),
            fmt_time(d, (double)(off < 0 ? -off : off)), off < 0 ? "less" : "more");
}

static void put_gaps(const struct page *p, const struct gaps *g)
{
    char b[FMT_BUF];
    double n = (double)g->count;
    page_label(p, "gaps");
    fprintf(p->f, "within 1us %s", fmt_share(b, (double)g->within_1us / n));
    fprintf(p->f, ", 5us %s", fmt_share(b, (double)g->within_5us / n));
    fprintf(p->f, ", 50us %s of plan; ", fmt_share(b, (double)g->within_50us / n));
    fprintf(p->f, "%s back to back\n", fmt_share(b, (double)g->back_to_back / n));
    if (!g->error.count) return;
    page_label(p, "gap error");
    fprintf(p->f, "p50 %s, ", fmt_time(b, (double)hist_quantile(&g->error, 0.5)));
    fprintf(p->f, "p99 %s, ", fmt_time(b, (double)hist_quantile(&g->error, 0.99)));
    fprintf(p->f, "max %s\n", fmt_time(b, (double)g->error.max));
    put_course(p, g);
}

/* Of all streams that have a plan for their gaps. */
static void part_gaps(const struct page *p)
{
    struct gaps all;
    gaps_open(&all);
    for (size_t i = 0; i < p->r->n; i++) gaps_merge(&all, &p->r->streams[i].gaps);
    if (all.count) put_gaps(p, &all);
    gaps_close(&all);
}
/* Replays: which loops lack a frame, and how many conversations. */
static void part_loops(const struct page *p, const struct result_stream *s)
{
    const struct loops *l = s->loops;
    char text[256];
    int n = 0;
    size_t missing = 0;
    if (!l || l->begun < 2) return;
    page_label(p, "loops");
    put_whole(p, l->begun);
    for (size_t i = 0; i < loops_rows(l); i++) {
        uint64_t last = (i + 1) * l->width;
        if (!loop_row_missing(&l->row[i]) || missing++ >= 3) continue;
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%llu..%llu", n ? ", " : "",
                      (unsigned long long)(i * l->width + 1),
                      (unsigned long long)(last < l->begun ? last : l->begun));
    }
    if (missing)
        page_ink(p, INK_WARN, "; frames are missing in %s%s\n", text, missing > 3 ? ", ..." : "");
    else
        fputs(", each whole\n", p->f);
}

static void part_recorded(const struct page *p)
{
    uint64_t count = 0, torn = 0;
    bool capped = false;
    for (size_t i = 0; i < p->r->n; i++) {
        const struct result_stream *s = &p->r->streams[i];
        part_loops(p, s);
        count += s->recorded.count;
        torn += s->recorded.torn;
        capped = capped || s->recorded.capped;
    }
    if (!count) return;
    page_label(p, "recorded");
    put_whole(p, count);
    fputs(capped ? " conversations and more" : " conversations", p->f);
    put_term(p, ", ", torn, "with frames missing\n", INK_WARN);
}

/* Of replays through two interfaces. */
static void part_sides(const struct page *p)
{
    struct result_sides all = {0};
    for (size_t i = 0; i < p->r->n; i++) result_sides_merge(&all, &p->r->streams[i].sides);
    if (!result_sides_count(&all)) return;
    page_label(p, "sides");
    put_term(p, "", all.told.frames[SIDE_CLIENT], "of clients", INK_PLAIN);
    put_term(p, ", ", all.told.frames[SIDE_SERVER], "of servers", INK_PLAIN);
    put_term(p, "; ", all.told.told[TOLD_NOT], "not told", INK_WARN);
    put_term(p, ", ", all.told.forgotten, "conversations forgotten\n", INK_WARN);
    if (!all.seen && !all.unseen) return;
    page_label(p, "passed");
    put_term(p, "", all.seen, "seen on the other side", INK_PLAIN);
    put_term(p, ", ", all.unseen, "not seen in time\n", INK_WARN);
}

/* Of streams of conversations. */
static void part_talks(const struct page *p)
{
    struct result_talks all = {0};
    for (size_t i = 0; i < p->r->n; i++) result_talks_merge(&all, &p->r->streams[i].talks);
    if (!all.started && !all.shed) return;
    page_label(p, "talks");
    put_term(p, "", all.started, "conversations", INK_PLAIN);
    put_term(p, " = ", all.completed, "completed", INK_GOOD);
    put_term(p, " + ", all.cut_short, "cut short", INK_WARN);
    put_term(p, "; ", all.shed, "not begun\n", INK_WARN);
}

/* Of streams of copies: what they are copies of. */
static void part_templates(const struct page *p)
{
    struct result_templates all = {0};
    uint64_t left_out = 0;
    for (size_t i = 0; i < p->r->n; i++) {
        const struct result_templates *t = &p->r->streams[i].templates;
        all.conversations += t->conversations;
        all.frames += t->frames;
        for (size_t k = 0; k < LEFT_OUT_COUNT; k++) left_out += t->left_out[k];
    }
    if (!all.conversations) return;
    page_label(p, "copies of");
    put_term(p, "", all.conversations, "recorded conversations", INK_PLAIN);
    put_term(p, ", ", all.frames, "frames", INK_PLAIN);
    put_term(p, "; ", left_out, "left out\n", INK_WARN);
}

/* Requests for made-up addresses, which somebody must answer for replies to come. */
static void part_answers(const struct page *p)
{
    uint64_t arp = 0, nd = 0, echo = 0;
    for (size_t i = 0; i < p->r->n; i++) {
        arp += p->r->streams[i].answers.arp;
        nd += p->r->streams[i].answers.nd;
        echo += p->r->streams[i].answers.echo;
    }
    if (arp + nd + echo == 0) return;
    page_label(p, "answers");
    put_term(p, "to ", arp, "ARP", INK_PLAIN);
    put_term(p, ", ", nd, "neighbour discovery", INK_PLAIN);
    put_term(p, ", ", echo, "echo requests", INK_PLAIN);
    fputc('\n', p->f);
}

static void put_latency(const struct page *p, enum latency kind)
{
    static const double quantiles[] = {0.5, 0.9, 0.99, 0.999};
    const struct hist *h = &p->r->totals.latency[kind];
    char b[FMT_BUF];
    if (!h->count && !(kind == LATENCY_WIRE && p->r->wire_absent)) return;
    page_cell(p, INK_PLAIN, PAGE_LABEL, latency_names[kind]);
    if (!h->count) {
        page_wrap(p, INK_DIM, PAGE_LABEL, p->r->wire_absent);
        return;
    }
    page_cell(p, INK_PLAIN, -9, fmt_time_column(b, hist_mean(h)));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        page_cell(p, INK_PLAIN, -11, fmt_time_column(b, (double)hist_quantile(h, quantiles[i])));
    page_cell(p, INK_PLAIN, -11, fmt_time_column(b, (double)h->max));
    fputc('\n', p->f);
}

static void part_latency(const struct page *p)
{
    if (!p->r->totals.sent) return;
    fputc('\n', p->f);
    page_label(p, "latency");
    page_ink(p, INK_DIM, "%9s%11s%11s%11s%11s%11s", "mean", "p50", "p90", "p99", "p99.9", "max");
    fputc('\n', p->f);
    for (unsigned i = 0; i < LATENCY_COUNT; i++) put_latency(p, i);
    if (has_closed_loop(p->r)) page_wrap(p, INK_DIM, 0, "closed loop: " CLOSED_LOOP_NOTE);
}

static bool write_text(const struct result *r, const struct report_style *style, FILE *f)
{
    unsigned width = style->width ? style->width : 80;
    const struct page p = {f, style->colour, width < 60 ? 60 : width > 120 ? 120 : width, r};
    part_head(&p);
    part_alarms(&p);
    part_gates(&p);
    fputc('\n', f);
    part_rate(&p);
    part_units(&p);
    part_flows(&p);
    part_recorded(&p);
    part_sides(&p);
    part_talks(&p);
    part_templates(&p);
    part_answers(&p);
    part_bytes(&p);
    part_gaps(&p);
    part_latency(&p);
    part_kinds(&p);
    part_errors(&p);
    part_differences(&p);
    part_slices(&p);
    return !ferror(f);
}

const struct report_class report_text = {
    .doc = {"text", "one screen for people, verdicts first", "text:summary.txt", NULL},
    .extensions = (const char *const[]){"txt", NULL},
    .write = write_text,
};
