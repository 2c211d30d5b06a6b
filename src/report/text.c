/* The report for people: one screen, verdicts first. */
#include "report/report.h"

#include <string.h>
#include "base/units.h"
#include "report/fmt.h"
#include "report/page.h"

#define BUSY_S 0.01 /* a shorter run's processor time is that of its start and end */

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
    char line[256], b[FMT_BUF];
    snprintf(line, sizeof line, "spate %s  %s%s%s", r->spate, r->profile ? r->profile : "",
             r->target ? " → " : "", r->target ? r->target : "");
    page_cell(p, INK_BOLD, page_length(line) > p->width ? (int)p->width : 0, line);
    fputc('\n', p->f);
    int n = snprintf(line, sizeof line, "%s measured, %s, seed %llu, %u worker%s",
                     fmt_span(b, r->duration_s), loop_of(r), (unsigned long long)r->seed,
                     r->workers, units_plural(r->workers));
    if (r->cpu_s > 0 && r->duration_s >= BUSY_S)
        snprintf(line + n, sizeof line - (size_t)n, ", %.2f cores busy", r->cpu_s / r->duration_s);
    page_wrap(p, INK_PLAIN, 0, line);
}

static void part_alarms(const struct page *p)
{
    const struct result *r = p->r;
    char b[FMT_BUF];
    if (r->failed_because || !r->complete || r->invalid) fputc('\n', p->f);
    if (r->failed_because) {
        page_ink(p, INK_ALARM, " FAILED ");
        fputc(' ', p->f);
        page_wrap(p, INK_BAD, 9, r->failed_because);
    }
    if (!r->complete) {
        page_ink(p, INK_ALARM, " INCOMPLETE ");
        fprintf(p->f, " the run ended after %s", fmt_span(b, r->duration_s));
        if (r->planned_s > 0) fprintf(p->f, " of %s", fmt_span(b, r->planned_s));
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

static bool all_flood(const struct result *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->streams[i].flood) return false;
    return true;
}

static void part_rate(const struct page *p)
{
    const struct result *r = p->r;
    /* At full speed what left is all that was planned. */
    double plan = all_flood(r) ? 0 : result_planned_rate(r), rate = result_rate(r, &r->totals);
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

static void put_captured(const struct page *p)
{
    const struct result *r = p->r;
    const struct term t[] = {
        {"", r->capture.seen, "packet:", "packets:", INK_PLAIN},
        {" ", r->capture.matched, "matched", NULL, INK_PLAIN},
        {", ", r->capture.foreign, "foreign", NULL, INK_PLAIN},
        {", ", r->capture.dropped, "dropped", NULL, INK_BAD},
        {", ", r->capture.cut, "cut short", NULL, INK_WARN},
    };
    page_terms(p, "captured", t, r->capture.cut ? 5 : 4);
}

/* The two laws, as sums; the second where replies are expected. */
static void part_units(const struct page *p)
{
    const struct result *r = p->r;
    const struct counts *c = &r->totals;
    const struct awaited a = awaited_of(r);
    PAGE_TERMS(p, "offered", {"", c->offered, "", NULL, INK_PLAIN},
               {" = ", c->sent, "sent", NULL, INK_PLAIN}, {" + ", c->shed, "shed", NULL, INK_WARN},
               {" + ", c->failed, "failed", NULL, INK_BAD});
    if (a.any)
        PAGE_TERMS(p, a.sent == c->sent ? "sent" : "replies to", {"", a.sent, "", NULL, INK_PLAIN},
                   {" = ", a.answered, "answered", NULL, INK_PLAIN},
                   {" + ", a.timed_out, "timed out", NULL, INK_BAD},
                   {" + ", a.in_flight, "in flight", NULL, INK_PLAIN});
    put_part(p, "late", c->late, "sent", c->sent);
    put_part(p, "duplicated", c->duplicated, "answered", a.answered);
    put_part(p, "reordered", c->reordered, "answered", a.answered);
    if (r->captured) put_captured(p);
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
    char b[FMT_BUF], within_1us[FMT_BUF], within_5us[FMT_BUF], within_50us[FMT_BUF], line[160];
    double n = (double)g->count;
    snprintf(line, sizeof line, "within 1us %s, 5us %s, 50us %s of plan; %s back to back",
             fmt_share(within_1us, (double)g->within_1us / n),
             fmt_share(within_5us, (double)g->within_5us / n),
             fmt_share(within_50us, (double)g->within_50us / n),
             fmt_share(b, (double)g->back_to_back / n));
    page_label(p, "gaps");
    page_wrap(p, INK_PLAIN, PAGE_LABEL, line);
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
/* The loops of a row, counted from 1: "7", or "9..16". */
static int name_loops(char *buf, size_t size, const struct loops *l, size_t row)
{
    uint64_t first = row * l->width + 1, last = (row + 1) * l->width;
    if (last > l->begun) last = l->begun;
    if (first == last) return snprintf(buf, size, "%llu", (unsigned long long)first);
    return snprintf(buf, size, "%llu..%llu", (unsigned long long)first, (unsigned long long)last);
}

/* Replays: which loops lack a frame. */
static void part_loops(const struct page *p, const struct result_stream *s)
{
    const struct loops *l = s->loops;
    char text[256], line[320], u[UNITS_BUF];
    int n = 0;
    size_t missing = 0;
    if (!l || l->begun < 2) return;
    for (size_t i = 0; i < loops_rows(l); i++) {
        if (!loop_row_missing(&l->row[i]) || missing++ >= 3) continue;
        if (n) n += snprintf(text + n, sizeof text - (size_t)n, ", ");
        n += name_loops(text + n, sizeof text - (size_t)n, l, i);
    }
    if (missing)
        snprintf(line, sizeof line, "%s; frames are missing in %s%s", units_whole(u, l->begun),
                 text, missing > 3 ? ", ..." : "");
    else
        snprintf(line, sizeof line, "%s, each whole", units_whole(u, l->begun));
    page_label(p, "loops");
    page_wrap(p, missing ? INK_WARN : INK_PLAIN, PAGE_LABEL, line);
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
    PAGE_TERMS(p, "recorded",
               {"", count, capped ? "conversation and more" : "conversation",
                capped ? "conversations and more" : "conversations", INK_PLAIN},
               {", ", torn, "with frames missing", NULL, INK_WARN});
}

/* Of replays through two interfaces. */
static void part_sides(const struct page *p)
{
    struct result_sides all = {0};
    for (size_t i = 0; i < p->r->n; i++) result_sides_merge(&all, &p->r->streams[i].sides);
    if (!result_sides_count(&all)) return;
    PAGE_TERMS(
        p, "sides", {"", all.told.frames[SIDE_CLIENT], "of clients", NULL, INK_PLAIN},
        {", ", all.told.frames[SIDE_SERVER], "of servers", NULL, INK_PLAIN},
        {"; ", all.told.told[TOLD_NOT], "not told", NULL, INK_WARN},
        {", ", all.told.forgotten, "conversation forgotten", "conversations forgotten", INK_WARN});
    if (!all.seen && !all.unseen) return;
    PAGE_TERMS(p, "passed", {"", all.seen, "seen on the other side", NULL, INK_PLAIN},
               {", ", all.unseen, "not seen in time", NULL, INK_WARN});
}

/* Of streams of conversations. */
static void part_talks(const struct page *p)
{
    struct result_talks all = {0};
    for (size_t i = 0; i < p->r->n; i++) result_talks_merge(&all, &p->r->streams[i].talks);
    if (!all.started && !all.shed) return;
    PAGE_TERMS(p, "talks", {"", all.started, "conversation", "conversations", INK_PLAIN},
               {" = ", all.completed, "completed", NULL, INK_GOOD},
               {" + ", all.cut_short, "cut short", NULL, INK_WARN},
               {"; ", all.shed, "not begun", NULL, INK_WARN});
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
    PAGE_TERMS(
        p, "copies of",
        {"", all.conversations, "recorded conversation", "recorded conversations", INK_PLAIN},
        {", ", all.frames, "frame", "frames", INK_PLAIN},
        {"; ", left_out, "left out", NULL, INK_WARN});
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
    PAGE_TERMS(p, "answers", {"to ", arp, "ARP", NULL, INK_PLAIN},
               {", ", nd, "neighbour discovery", NULL, INK_PLAIN},
               {", ", echo, "echo request", "echo requests", INK_PLAIN});
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
