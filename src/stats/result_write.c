/* A result as JSON, format 1. The keys are stable; result_read.c reads them back. */
#include "stats/result.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Text from a profile or the command line need not be UTF-8, which JSON demands. */
static json_t *text(const char *s)
{
    if (!s) return json_null();
    json_t *v = json_string(s);
    if (v) return v;
    char *plain = strdup(s);
    if (!plain) abort();
    for (char *p = plain; *p; p++)
        if (*p & 0x80) *p = '?';
    v = json_string(plain);
    free(plain);
    return v;
}

static json_t *whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

/* A rate without a plan is null. */
static json_t *planned(double v)
{
    return v > 0 ? real(v) : json_null();
}

/* JSON integers end at 2^63; what is beyond becomes a string of digits. */
static json_t *wide(unsigned __int128 v)
{
    if (v <= INT64_MAX) return whole((uint64_t)v);
    char digits[40], *p = digits + sizeof digits - 1;
    *p = 0;
    for (; v; v /= 10) *--p = (char)('0' + (int)(v % 10));
    return json_string(p);
}

static void set(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, value)) abort();
}

static json_t *latency(const struct hist *h)
{
    static const struct {
        const char *key;
        double q;
    } quantiles[] = {
        {"p50_ns", 0.5},     {"p90_ns", 0.9},       {"p99_ns", 0.99},
        {"p99.9_ns", 0.999}, {"p99.99_ns", 0.9999},
    };
    json_t *o = json_object();
    set(o, "count", whole(h->count));
    set(o, "min_ns", whole(h->min));
    set(o, "mean_ns", real(hist_mean(h)));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        set(o, quantiles[i].key, whole(hist_quantile(h, quantiles[i].q)));
    set(o, "max_ns", whole(h->max));
    set(o, "sum_ns", wide(h->sum));
    char *hdr = hist_encode(h);
    set(o, "hdr", json_string(hdr));
    free(hdr);
    return o;
}

/* Only live replays compare replies. */
static void set_differences(json_t *o, const struct counts *c)
{
    json_t *differences = json_object();
    set(o, "compared", whole(c->compared));
    for (size_t i = 0; i < DIFFER_COUNT; i++)
        if (c->differs[i]) set(differences, differ_names[i], whole(c->differs[i]));
    set(o, "differences", differences);
}

static json_t *by_kind(const uint64_t *n)
{
    json_t *o = json_object();
    for (size_t i = 1; i < ERROR_COUNT; i++)
        if (n[i]) set(o, error_names[i], whole(n[i]));
    return o;
}

static void set_counts(json_t *o, const struct counts *c, double plan, double achieved)
{
    set(o, "offered", whole(c->offered));
    set(o, "sent", whole(c->sent));
    set(o, "shed", whole(c->shed));
    set(o, "failed", whole(c->failed));
    set(o, "answered", whole(c->answered));
    set(o, "timed_out", whole(c->timed_out));
    set(o, "in_flight", whole(counts_in_flight(c)));
    set(o, "late", whole(c->late));
    set(o, "duplicated", whole(c->duplicated));
    set(o, "reordered", whole(c->reordered));
    set(o, "bytes_sent", whole(c->bytes_sent));
    set(o, "bytes_received", whole(c->bytes_received));
    json_t *rate = json_object(), *status = json_object();
    set(rate, "planned", planned(plan));
    set(rate, "achieved", real(achieved));
    set(o, "rate", rate);
    set(o, "errors", by_kind(c->errors));
    if (counts_skipped(c)) set(o, "skipped", by_kind(c->skipped));
    if (c->compared) set_differences(o, c);
    for (unsigned i = 0; i < STATUS_MAX; i++) {
        char code[8];
        snprintf(code, sizeof code, "%u", i);
        if (c->status[i]) set(status, code, whole(c->status[i]));
    }
    set(o, "status", status);
    json_t *all = json_object();
    for (size_t i = 0; i < LATENCY_COUNT; i++)
        if (c->latency[i].count) set(all, latency_names[i], latency(&c->latency[i]));
    set(o, "latency", all);
}

/* The plan of a kind or slice is not kept apart: what was due in it is what was offered. */
static double due_rate(const struct counts *c, bool has_plan, double seconds)
{
    return has_plan && seconds > 0 ? (double)c->offered / seconds : 0;
}

static json_t *gaps(const struct gaps *g)
{
    json_t *o = json_object();
    set(o, "count", whole(g->count));
    set(o, "back_to_back", whole(g->back_to_back));
    set(o, "within_1us", whole(g->within_1us));
    set(o, "within_5us", whole(g->within_5us));
    set(o, "within_50us", whole(g->within_50us));
    if (!g->error.count) return o;
    set(o, "error", latency(&g->error));
    set(o, "first_due_ns", whole(g->course.first_due));
    set(o, "last_due_ns", whole(g->course.last_due));
    set(o, "first_sent_ns", whole(g->course.first_sent));
    set(o, "last_sent_ns", whole(g->course.last_sent));
    set(o, "duration_error_ns", json_integer((json_int_t)gaps_duration_error(g)));
    return o;
}

static json_t *sides(const struct result_sides *s)
{
    json_t *o = json_object(), *told = json_object();
    for (size_t i = 0; i < SIDES; i++) set(o, side_names[i], whole(s->told.frames[i]));
    for (size_t i = 0; i < TOLD_WAYS; i++) set(told, told_names[i], whole(s->told.told[i]));
    set(o, "told", told);
    set(o, "forgotten", whole(s->told.forgotten));
    set(o, "seen", whole(s->seen));
    set(o, "unseen", whole(s->unseen));
    return o;
}

/* Loops are numbered from 1 for people. */
static json_t *loops(const struct loops *l)
{
    json_t *all = json_array();
    for (size_t i = 0; i < loops_rows(l); i++) {
        const struct loop_row *r = &l->row[i];
        uint64_t last = (i + 1) * l->width;
        json_t *o = json_object();
        set(o, "first", whole(i * l->width + 1));
        set(o, "last", whole(last < l->begun ? last : l->begun));
        set(o, "offered", whole(r->offered));
        set(o, "sent", whole(r->sent));
        set(o, "shed", whole(r->shed));
        set(o, "failed", whole(r->failed));
        set(o, "skipped", by_kind(r->skipped));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *recorded(const struct result_recorded *x)
{
    json_t *o = json_object();
    set(o, "count", whole(x->count));
    set(o, "torn", whole(x->torn));
    set(o, "capped", json_boolean(x->capped));
    return o;
}

static json_t *answers(const struct result_stream *s)
{
    json_t *o = json_object();
    set(o, "arp", whole(s->answers.arp));
    set(o, "nd", whole(s->answers.nd));
    set(o, "echo", whole(s->answers.echo));
    return o;
}

static json_t *differing(const struct result_stream *s)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->differing_count; i++) {
        const struct result_difference *d = &s->differing[i];
        json_t *o = json_object();
        set(o, "connection", whole(d->connection));
        set(o, "message", whole(d->message));
        set(o, "differs", text(differ_names[d->differs]));
        set(o, "recorded", text(d->recorded));
        set(o, "came", text(d->came));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *flow(const struct flow_figures *f, const struct flow_summary *s)
{
    json_t *o = json_object();
    set(o, "flow", whole(f->flow));
    set(o, "sent", whole(f->sent));
    set(o, "received", whole(f->received));
    set(o, "lost", whole(f->lost));
    set(o, "in_flight", whole(f->in_flight));
    set(o, "duplicated", whole(f->duplicated));
    if (s->ordered) set(o, "reordered", whole(f->reordered));
    set(o, "corrupted", whole(f->corrupted));
    set(o, "min_ns", whole(f->min_ns));
    set(o, "mean_ns", real(f->mean_ns));
    set(o, "max_ns", whole(f->max_ns));
    set(o, "jitter_ns", real(f->jitter_ns));
    return o;
}

static json_t *flows(const struct flow_summary *s)
{
    json_t *o = json_object(), *worst = json_array();
    set(o, "number", whole(s->number));
    if (s->absent) {
        set(o, "absent", text(s->absent));
        json_decref(worst);
        return o;
    }
    set(o, "with_packets", whole(s->with_packets));
    set(o, "with_loss", whole(s->with_loss));
    set(o, "with_duplicates", whole(s->with_duplicates));
    if (s->ordered) set(o, "with_reordering", whole(s->with_reordering));
    if (s->order_absent) set(o, "order_absent", text(s->order_absent));
    set(o, "with_corruption", whole(s->with_corruption));
    set(o, "sent", whole(s->sum.sent));
    set(o, "received", whole(s->sum.received));
    set(o, "lost", whole(s->sum.lost));
    set(o, "in_flight", whole(s->sum.in_flight));
    set(o, "duplicated", whole(s->sum.duplicated));
    if (s->ordered) set(o, "reordered", whole(s->sum.reordered));
    set(o, "corrupted", whole(s->sum.corrupted));
    for (size_t i = 0; i < s->worst_n; i++) json_array_append_new(worst, flow(&s->worst[i], s));
    set(o, "worst", worst);
    return o;
}

static json_t *talks(const struct result_talks *t)
{
    json_t *o = json_object();
    set(o, "started", whole(t->started));
    set(o, "completed", whole(t->completed));
    set(o, "cut_short", whole(t->cut_short));
    set(o, "shed", whole(t->shed));
    return o;
}

static json_t *templates(const struct result_templates *t)
{
    json_t *o = json_object(), *left_out = json_object();
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++)
        if (t->left_out[i]) set(left_out, left_out_names[i].key, whole(t->left_out[i]));
    set(o, "conversations", whole(t->conversations));
    set(o, "frames", whole(t->frames));
    set(o, "left_out", left_out);
    return o;
}

static json_t *streams(const struct result *r)
{
    json_t *all = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const struct result_stream *s = &r->streams[i];
        json_t *o = json_object(), *kinds = json_object();
        char hash[33];
        set(o, "name", text(s->name));
        set(o, "loop", text(s->loop));
        if (s->flood) set(o, "flood", json_true());
        set(o, "planned", whole(s->planned));
        if (s->jitter_ns > 0) {
            set(o, "jitter_ns", real(s->jitter_ns));
            set(o, "reorder_extent", whole(s->reorder_extent));
        }
        if (s->unchecked) set(o, "unchecked", whole(s->unchecked));
        if (s->gaps.count) set(o, "gaps", gaps(&s->gaps));
        if (s->differing_count) set(o, "differing", differing(s));
        if (s->loops && s->loops->begun > 1) set(o, "loops", loops(s->loops));
        if (s->recorded.count) set(o, "recorded", recorded(&s->recorded));
        if (result_sides_count(&s->sides)) set(o, "sides", sides(&s->sides));
        if (s->answers.arp + s->answers.nd + s->answers.echo) set(o, "answers", answers(s));
        if (s->flows.number) set(o, "flows", flows(&s->flows));
        if (s->talks.started + s->talks.shed) set(o, "conversations", talks(&s->talks));
        if (s->templates.conversations) set(o, "templates", templates(&s->templates));
        set_counts(o, &s->counts, s->planned_rate, result_rate(r, &s->counts));
        for (size_t k = 0; k < s->n; k++) {
            const struct counts *c = &s->kinds[k].counts;
            json_t *kind = json_object();
            set_counts(kind, c, due_rate(c, s->planned_rate > 0, r->duration_s), result_rate(r, c));
            json_t *name = text(s->kinds[k].name);
            set(kinds, json_string_value(name), kind);
            json_decref(name);
        }
        set(o, "kinds", kinds);
        set(o, "hash", text(hash_format(hash, s->hash)));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *slices(const struct result *r)
{
    json_t *all = json_array();
    bool has_plan = result_planned_rate(r) > 0;
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        json_t *o = json_object();
        set(o, "start_s", real(s->start_s));
        set(o, "length_s", real(s->length_s));
        set_counts(o, &s->counts, due_rate(&s->counts, has_plan, s->length_s),
                   s->length_s > 0 ? (double)s->counts.sent / s->length_s : 0);
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *gates(const struct result *r)
{
    json_t *all = json_array();
    for (size_t i = 0; i < r->gate_count; i++) {
        const struct result_gate *g = &r->gates[i];
        json_t *o = json_object();
        set(o, "name", text(g->name));
        set(o, "condition", text(g->condition));
        set(o, "value", g->verdict == VERDICT_NODATA ? json_null() : real(g->value));
        set(o, "unit", text(g->unit));
        set(o, "verdict", text(verdict_names[g->verdict]));
        if (g->why) set(o, "why", text(g->why));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *head(const struct result *r)
{
    json_t *o = json_object(), *because = json_array();
    set(o, "spate", text(r->spate));
    set(o, "format", json_integer(1));
    set(o, "profile", text(r->profile));
    set(o, "profile_sha256", text(r->profile_sha256));
    set(o, "target", text(r->target));
    set(o, "seed", wide(r->seed));
    set(o, "workers", json_integer(r->workers));
    set(o, "start", text(r->start));
    set(o, "duration_s", real(r->duration_s));
    set(o, "planned_s", real(r->planned_s));
    set(o, "achieved_ns", whole(r->achieved_ns));
    set(o, "cpu_s", real(r->cpu_s));
    set(o, "complete", json_boolean(r->complete));
    set(o, "valid", json_boolean(r->invalid == 0));
    for (size_t i = 0; i < r->invalid; i++)
        json_array_append_new(because, text(r->invalid_because[i]));
    set(o, "invalid_because", because);
    if (r->failed_because) set(o, "failed_because", text(r->failed_because));
    if (r->wire_absent) set(o, "wire_absent", text(r->wire_absent));
    return o;
}

bool result_write(const struct result *r, FILE *f)
{
    json_t *root = head(r), *totals = json_object(), *warmup = json_object();
    set_counts(totals, &r->totals, result_planned_rate(r), result_rate(r, &r->totals));
    set(root, "totals", totals);
    set(root, "streams", streams(r));
    set(root, "slices", slices(r));
    set(root, "gates", gates(r));
    if (r->captured) {
        json_t *o = json_object();
        set(o, "seen", whole(r->capture.seen));
        set(o, "matched", whole(r->capture.matched));
        set(o, "foreign", whole(r->capture.foreign));
        set(o, "cut", whole(r->capture.cut));
        set(o, "dropped", whole(r->capture.dropped));
        set(root, "capture", o);
    }
    set_counts(warmup, &r->warmup, 0, 0);
    set(root, "warmup", warmup);
    bool ok =
        json_dumpf(root, f, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 && fputc('\n', f) != EOF;
    json_decref(root);
    return ok;
}
