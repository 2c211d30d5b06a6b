#include "stats/save.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *save_text(const char *s)
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

json_t *save_whole(uint64_t n)
{
    return json_integer((json_int_t)n);
}

json_t *save_real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

/* A rate without a plan is null. */
static json_t *planned(double v)
{
    return v > 0 ? save_real(v) : json_null();
}

/* JSON integers end at 2^63; what is beyond becomes a string of digits. */
json_t *save_wide(unsigned __int128 v)
{
    if (v <= INT64_MAX) return save_whole((uint64_t)v);
    char digits[40], *p = digits + sizeof digits - 1;
    *p = 0;
    for (; v; v /= 10) *--p = (char)('0' + (int)(v % 10));
    return json_string(p);
}

void save_set(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, value)) abort();
}

json_t *save_hist(const struct hist *h)
{
    static const struct {
        const char *key;
        double q;
    } quantiles[] = {
        {"p50_ns", 0.5},     {"p90_ns", 0.9},       {"p99_ns", 0.99},
        {"p99.9_ns", 0.999}, {"p99.99_ns", 0.9999},
    };
    json_t *o = json_object();
    save_set(o, "count", save_whole(h->count));
    save_set(o, "min_ns", save_whole(h->min));
    save_set(o, "mean_ns", save_real(hist_mean(h)));
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        save_set(o, quantiles[i].key, save_whole(hist_quantile(h, quantiles[i].q)));
    save_set(o, "max_ns", save_whole(h->max));
    save_set(o, "sum_ns", save_wide(h->sum));
    char *hdr = hist_encode(h);
    save_set(o, "hdr", json_string(hdr));
    free(hdr);
    return o;
}

/* Only live replays compare replies. */
static void set_differences(json_t *o, const struct counts *c)
{
    json_t *differences = json_object();
    save_set(o, "compared", save_whole(c->compared));
    for (size_t i = 0; i < DIFFER_COUNT; i++)
        if (c->differs[i]) save_set(differences, differ_names[i], save_whole(c->differs[i]));
    save_set(o, "differences", differences);
}

json_t *save_by_kind(const uint64_t *n)
{
    json_t *o = json_object();
    for (size_t i = 1; i < ERROR_COUNT; i++)
        if (n[i]) save_set(o, error_names[i], save_whole(n[i]));
    return o;
}

void save_counts(json_t *o, const struct counts *c, double plan, double achieved)
{
    save_set(o, "offered", save_whole(c->offered));
    save_set(o, "sent", save_whole(c->sent));
    save_set(o, "shed", save_whole(c->shed));
    save_set(o, "failed", save_whole(c->failed));
    save_set(o, "answered", save_whole(c->answered));
    save_set(o, "timed_out", save_whole(c->timed_out));
    save_set(o, "in_flight", save_whole(counts_in_flight(c)));
    save_set(o, "late", save_whole(c->late));
    save_set(o, "duplicated", save_whole(c->duplicated));
    save_set(o, "reordered", save_whole(c->reordered));
    save_set(o, "bytes_sent", save_whole(c->bytes_sent));
    save_set(o, "bytes_received", save_whole(c->bytes_received));
    json_t *rate = json_object(), *status = json_object();
    save_set(rate, "planned", planned(plan));
    save_set(rate, "achieved", save_real(achieved));
    save_set(o, "rate", rate);
    save_set(o, "errors", save_by_kind(c->errors));
    if (counts_skipped(c)) save_set(o, "skipped", save_by_kind(c->skipped));
    if (c->compared) set_differences(o, c);
    for (unsigned i = 0; i < STATUS_MAX; i++) {
        char code[8];
        snprintf(code, sizeof code, "%u", i);
        if (c->status[i]) save_set(status, code, save_whole(c->status[i]));
    }
    save_set(o, "status", status);
    json_t *all = json_object();
    for (size_t i = 0; i < LATENCY_COUNT; i++)
        if (c->latency[i].count) save_set(all, latency_names[i], save_hist(&c->latency[i]));
    save_set(o, "latency", all);
}

double save_due_rate(const struct counts *c, bool has_plan, double seconds)
{
    return has_plan && seconds > 0 ? (double)c->offered / seconds : 0;
}
