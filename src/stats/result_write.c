/* A result as JSON, format 1. The keys are stable; result_read.c reads them back. */
#include "stats/save.h"

static json_t *slices(const struct result *r)
{
    json_t *all = json_array();
    bool has_plan = result_planned_rate(r) > 0;
    for (size_t i = 0; i < r->slice_count; i++) {
        const struct result_slice *s = &r->slices[i];
        json_t *o = json_object();
        save_set(o, "start_s", save_real(s->start_s));
        save_set(o, "length_s", save_real(s->length_s));
        save_counts(o, &s->counts, save_due_rate(&s->counts, has_plan, s->length_s),
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
        save_set(o, "name", save_text(g->name));
        save_set(o, "condition", save_text(g->condition));
        save_set(o, "value", g->verdict == VERDICT_NODATA ? json_null() : save_real(g->value));
        save_set(o, "unit", save_text(g->unit));
        save_set(o, "verdict", save_text(verdict_names[g->verdict]));
        if (g->why) save_set(o, "why", save_text(g->why));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *head(const struct result *r)
{
    json_t *o = json_object(), *because = json_array();
    save_set(o, "spate", save_text(r->spate));
    save_set(o, "format", json_integer(1));
    save_set(o, "profile", save_text(r->profile));
    save_set(o, "profile_sha256", save_text(r->profile_sha256));
    save_set(o, "target", save_text(r->target));
    save_set(o, "seed", save_wide(r->seed));
    save_set(o, "workers", json_integer(r->workers));
    save_set(o, "start", save_text(r->start));
    save_set(o, "duration_s", save_real(r->duration_s));
    save_set(o, "planned_s", save_real(r->planned_s));
    save_set(o, "achieved_ns", save_whole(r->achieved_ns));
    save_set(o, "cpu_s", save_real(r->cpu_s));
    save_set(o, "complete", json_boolean(r->complete));
    save_set(o, "valid", json_boolean(r->invalid == 0));
    for (size_t i = 0; i < r->invalid; i++)
        json_array_append_new(because, save_text(r->invalid_because[i]));
    save_set(o, "invalid_because", because);
    if (r->failed_because) save_set(o, "failed_because", save_text(r->failed_because));
    if (r->wire_absent) save_set(o, "wire_absent", save_text(r->wire_absent));
    return o;
}

bool result_write(const struct result *r, FILE *f)
{
    json_t *root = head(r), *totals = json_object(), *warmup = json_object();
    save_counts(totals, &r->totals, result_planned_rate(r), result_rate(r, &r->totals));
    save_set(root, "totals", totals);
    save_set(root, "streams", save_streams(r));
    save_set(root, "slices", slices(r));
    save_set(root, "gates", gates(r));
    if (r->captured) {
        json_t *o = json_object();
        save_set(o, "seen", save_whole(r->capture.seen));
        save_set(o, "matched", save_whole(r->capture.matched));
        save_set(o, "foreign", save_whole(r->capture.foreign));
        save_set(o, "cut", save_whole(r->capture.cut));
        save_set(o, "dropped", save_whole(r->capture.dropped));
        save_set(root, "capture", o);
    }
    save_counts(warmup, &r->warmup, 0, 0);
    save_set(root, "warmup", warmup);
    bool ok =
        json_dumpf(root, f, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0 && fputc('\n', f) != EOF;
    json_decref(root);
    return ok;
}
