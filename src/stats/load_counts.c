#include "stats/load.h"

#include <stdlib.h>
#include <string.h>

static size_t bin_of(const struct hist *h, uint64_t ns)
{
    return hist_bin_at(h->bits, ns);
}

void load_hist(struct load *l, json_t *o, const struct step *up, struct hist *h)
{
    json_t *hdr = json_object_get(o, "hdr");
    uint64_t count = load_count(l, o, up, "count"), min = load_count(l, o, up, "min_ns"),
             max = load_count(l, o, up, "max_ns");
    unsigned __int128 sum = load_wide(l, o, up, "sum_ns");
    if (!json_is_string(hdr) || !hist_decode(h, json_string_value(hdr))) {
        load_wrong_key(l, up, "hdr", "is not a histogram of this program");
        return;
    }
    bool fits = h->count && h->count == count && bin_of(h, min) == bin_of(h, h->min) &&
                bin_of(h, max) == bin_of(h, h->max) && min <= max &&
                sum >= (unsigned __int128)min * count && sum <= (unsigned __int128)max * count;
    if (!fits) {
        load_wrong(l, up, "does not agree with its histogram");
        hist_clear(h);
        return;
    }
    h->min = min;
    h->max = max;
    h->sum = sum;
}

void load_errors(struct load *l, json_t *o, const struct step *up, uint64_t *by_kind)
{
    const char *key;
    json_t *v;
    json_object_foreach(o, key, v)
    {
        unsigned i = 1;
        while (i < ERROR_COUNT && strcmp(error_names[i], key) != 0) i++;
        if (i < ERROR_COUNT)
            by_kind[i] = load_count(l, o, up, key);
        else
            load_wrong_key(l, up, key, "is no kind of error that is known");
    }
}

static void load_status(struct load *l, json_t *o, const struct step *up, struct counts *c)
{
    const char *key;
    json_t *v;
    json_object_foreach(o, key, v)
    {
        char *end;
        unsigned long code = strtoul(key, &end, 10);
        bool plain = key[0] >= '0' && key[0] <= '9' && (key[0] != '0' || !key[1]) && !*end;
        if (plain && code < STATUS_MAX)
            c->status[code] = load_count(l, o, up, key);
        else
            load_wrong_key(l, up, key, "is no status code, expected 0..999");
    }
}

static void load_latencies(struct load *l, json_t *o, const struct step *up, struct counts *c)
{
    const char *key;
    json_t *v;
    json_object_foreach(o, key, v)
    {
        struct step at = {up, key, 0};
        unsigned i = 0;
        while (i < LATENCY_COUNT && strcmp(latency_names[i], key) != 0) i++;
        if (i == LATENCY_COUNT)
            load_wrong(l, &at, "is no latency that is known");
        else if (!json_is_object(v))
            load_wrong(l, &at, "is not an object");
        else
            load_hist(l, v, &at, &c->latency[i]);
    }
}

static void load_differences(struct load *l, json_t *o, const struct step *up, struct counts *c)
{
    const char *key;
    json_t *v, *all = load_object(l, o, up, "differences");
    struct step at = {up, "differences", 0};
    c->compared = load_count(l, o, up, "compared");
    json_object_foreach(all, key, v)
    {
        unsigned i = 0;
        while (i < DIFFER_COUNT && strcmp(differ_names[i], key) != 0) i++;
        if (i < DIFFER_COUNT)
            c->differs[i] = load_count(l, all, &at, key);
        else
            load_wrong_key(l, &at, key, "is no difference that is known");
    }
}

/* Beyond the two laws: what is counted in detail cannot exceed the units it is about. */
static bool plausible(const struct counts *c)
{
    return c->latency[LATENCY_RESPONSE].count <= c->answered &&
           c->latency[LATENCY_SERVICE].count <= c->answered &&
           c->latency[LATENCY_LATENESS].count <= c->sent && c->late <= c->sent &&
           counts_errors(c) <= c->offered && counts_differences(c) <= c->compared &&
           counts_skipped(c) <= c->shed;
}

void load_counts(struct load *l, json_t *o, const struct step *at, struct counts *c, double *plan)
{
    size_t before = l->told;
    c->offered = load_count(l, o, at, "offered");
    c->sent = load_count(l, o, at, "sent");
    c->shed = load_count(l, o, at, "shed");
    c->failed = load_count(l, o, at, "failed");
    c->answered = load_count(l, o, at, "answered");
    c->timed_out = load_count(l, o, at, "timed_out");
    c->late = load_count(l, o, at, "late");
    c->duplicated = json_object_get(o, "duplicated") ? load_count(l, o, at, "duplicated") : 0;
    c->reordered = json_object_get(o, "reordered") ? load_count(l, o, at, "reordered") : 0;
    c->bytes_sent = load_count(l, o, at, "bytes_sent");
    c->bytes_received = load_count(l, o, at, "bytes_received");
    uint64_t in_flight = load_count(l, o, at, "in_flight");
    json_t *rate = load_object(l, o, at, "rate"), *errors = load_object(l, o, at, "errors"),
           *status = load_object(l, o, at, "status"), *latency = load_object(l, o, at, "latency");
    struct step in_rate = {at, "rate", 0};
    *plan = rate && json_is_number(json_object_get(rate, "planned"))
                ? load_real(l, rate, &in_rate, "planned")
                : 0;
    if (errors) load_errors(l, errors, &(struct step){at, "errors", 0}, c->errors);
    if (json_object_get(o, "skipped")) { /* only replays have it */
        json_t *skipped = load_object(l, o, at, "skipped");
        if (skipped) load_errors(l, skipped, &(struct step){at, "skipped", 0}, c->skipped);
    }
    if (json_object_get(o, "compared")) load_differences(l, o, at, c); /* only live replays */
    if (status) load_status(l, status, &(struct step){at, "status", 0}, c);
    if (latency) load_latencies(l, latency, &(struct step){at, "latency", 0}, c);
    if (l->told > before) return;
    if (!counts_lawful(c) || counts_in_flight(c) != in_flight)
        load_wrong(l, at,
                   "breaks a law: offered = sent + shed + failed, sent = answered + timed_out + "
                   "in_flight");
    else if (!plausible(c))
        load_wrong(l, at, "counts more errors or latencies than units");
}
