/* The streams of a result as JSON: what each way of sending tells of its own. */
#include "stats/save.h"

static json_t *gaps(const struct gaps *g)
{
    json_t *o = json_object();
    save_set(o, "count", save_whole(g->count));
    save_set(o, "back_to_back", save_whole(g->back_to_back));
    save_set(o, "within_1us", save_whole(g->within_1us));
    save_set(o, "within_5us", save_whole(g->within_5us));
    save_set(o, "within_50us", save_whole(g->within_50us));
    if (!g->error.count) return o;
    save_set(o, "error", save_hist(&g->error));
    save_set(o, "first_due_ns", save_whole(g->course.first_due));
    save_set(o, "last_due_ns", save_whole(g->course.last_due));
    save_set(o, "first_sent_ns", save_whole(g->course.first_sent));
    save_set(o, "last_sent_ns", save_whole(g->course.last_sent));
    save_set(o, "duration_error_ns", json_integer((json_int_t)gaps_duration_error(g)));
    return o;
}

static json_t *sides(const struct result_sides *s)
{
    json_t *o = json_object(), *told = json_object();
    for (size_t i = 0; i < SIDES; i++) save_set(o, side_names[i], save_whole(s->told.frames[i]));
    for (size_t i = 0; i < TOLD_WAYS; i++)
        save_set(told, told_names[i], save_whole(s->told.told[i]));
    save_set(o, "told", told);
    save_set(o, "forgotten", save_whole(s->told.forgotten));
    save_set(o, "seen", save_whole(s->seen));
    save_set(o, "unseen", save_whole(s->unseen));
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
        save_set(o, "first", save_whole(i * l->width + 1));
        save_set(o, "last", save_whole(last < l->begun ? last : l->begun));
        save_set(o, "offered", save_whole(r->offered));
        save_set(o, "sent", save_whole(r->sent));
        save_set(o, "shed", save_whole(r->shed));
        save_set(o, "failed", save_whole(r->failed));
        save_set(o, "skipped", save_by_kind(r->skipped));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *recorded(const struct result_recorded *x)
{
    json_t *o = json_object();
    save_set(o, "count", save_whole(x->count));
    save_set(o, "torn", save_whole(x->torn));
    save_set(o, "capped", json_boolean(x->capped));
    return o;
}

static json_t *answers(const struct result_stream *s)
{
    json_t *o = json_object();
    save_set(o, "arp", save_whole(s->answers.arp));
    save_set(o, "nd", save_whole(s->answers.nd));
    save_set(o, "echo", save_whole(s->answers.echo));
    return o;
}

static json_t *differing(const struct result_stream *s)
{
    json_t *all = json_array();
    for (size_t i = 0; i < s->differing_count; i++) {
        const struct result_difference *d = &s->differing[i];
        json_t *o = json_object();
        save_set(o, "connection", save_whole(d->connection));
        save_set(o, "message", save_whole(d->message));
        save_set(o, "differs", save_text(differ_names[d->differs]));
        save_set(o, "recorded", save_text(d->recorded));
        save_set(o, "came", save_text(d->came));
        json_array_append_new(all, o);
    }
    return all;
}

static json_t *flow(const struct flow_figures *f, const struct flow_summary *s)
{
    json_t *o = json_object();
    save_set(o, "flow", save_whole(f->flow));
    save_set(o, "sent", save_whole(f->sent));
    save_set(o, "received", save_whole(f->received));
    save_set(o, "lost", save_whole(f->lost));
    save_set(o, "in_flight", save_whole(f->in_flight));
    save_set(o, "duplicated", save_whole(f->duplicated));
    if (s->ordered) save_set(o, "reordered", save_whole(f->reordered));
    save_set(o, "corrupted", save_whole(f->corrupted));
    save_set(o, "min_ns", save_whole(f->min_ns));
    save_set(o, "mean_ns", save_real(f->mean_ns));
    save_set(o, "max_ns", save_whole(f->max_ns));
    save_set(o, "jitter_ns", save_real(f->jitter_ns));
    return o;
}

static json_t *flows(const struct flow_summary *s)
{
    json_t *o = json_object(), *worst = json_array();
    save_set(o, "number", save_whole(s->number));
    if (s->absent) {
        save_set(o, "absent", save_text(s->absent));
        json_decref(worst);
        return o;
    }
    save_set(o, "with_packets", save_whole(s->with_packets));
    save_set(o, "with_loss", save_whole(s->with_loss));
    save_set(o, "with_duplicates", save_whole(s->with_duplicates));
    if (s->ordered) save_set(o, "with_reordering", save_whole(s->with_reordering));
    if (s->order_absent) save_set(o, "order_absent", save_text(s->order_absent));
    save_set(o, "with_corruption", save_whole(s->with_corruption));
    save_set(o, "sent", save_whole(s->sum.sent));
    save_set(o, "received", save_whole(s->sum.received));
    save_set(o, "lost", save_whole(s->sum.lost));
    save_set(o, "in_flight", save_whole(s->sum.in_flight));
    save_set(o, "duplicated", save_whole(s->sum.duplicated));
    if (s->ordered) save_set(o, "reordered", save_whole(s->sum.reordered));
    save_set(o, "corrupted", save_whole(s->sum.corrupted));
    for (size_t i = 0; i < s->worst_n; i++) json_array_append_new(worst, flow(&s->worst[i], s));
    save_set(o, "worst", worst);
    return o;
}

static json_t *talks(const struct result_talks *t)
{
    json_t *o = json_object();
    save_set(o, "started", save_whole(t->started));
    save_set(o, "completed", save_whole(t->completed));
    save_set(o, "cut_short", save_whole(t->cut_short));
    save_set(o, "shed", save_whole(t->shed));
    return o;
}

static json_t *templates(const struct result_templates *t)
{
    json_t *o = json_object(), *left_out = json_object();
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++)
        if (t->left_out[i]) save_set(left_out, left_out_names[i].key, save_whole(t->left_out[i]));
    save_set(o, "conversations", save_whole(t->conversations));
    save_set(o, "frames", save_whole(t->frames));
    save_set(o, "left_out", left_out);
    return o;
}

json_t *save_streams(const struct result *r)
{
    json_t *all = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const struct result_stream *s = &r->streams[i];
        json_t *o = json_object(), *kinds = json_object();
        char hash[33];
        save_set(o, "name", save_text(s->name));
        save_set(o, "loop", save_text(s->loop));
        if (s->wire) save_set(o, "wire", save_text(s->wire));
        if (s->flood) save_set(o, "flood", json_true());
        save_set(o, "replies", json_boolean(!s->silent));
        save_set(o, "planned", save_whole(s->planned));
        if (s->jitter_ns > 0) {
            save_set(o, "jitter_ns", save_real(s->jitter_ns));
            save_set(o, "reorder_extent", save_whole(s->reorder_extent));
        }
        if (s->unchecked) save_set(o, "unchecked", save_whole(s->unchecked));
        if (s->gaps.count) save_set(o, "gaps", gaps(&s->gaps));
        if (s->differing_count) save_set(o, "differing", differing(s));
        if (s->loops && s->loops->begun > 1) save_set(o, "loops", loops(s->loops));
        if (s->recorded.count) save_set(o, "recorded", recorded(&s->recorded));
        if (result_sides_count(&s->sides)) save_set(o, "sides", sides(&s->sides));
        if (s->answers.arp + s->answers.nd + s->answers.echo) save_set(o, "answers", answers(s));
        if (s->flows.number) save_set(o, "flows", flows(&s->flows));
        if (s->talks.started + s->talks.shed) save_set(o, "conversations", talks(&s->talks));
        if (s->templates.conversations) save_set(o, "templates", templates(&s->templates));
        save_counts(o, &s->counts, s->planned_rate, result_rate(r, &s->counts));
        for (size_t k = 0; k < s->n; k++) {
            const struct counts *c = &s->kinds[k].counts;
            json_t *kind = json_object();
            save_counts(kind, c, save_due_rate(c, s->planned_rate > 0, r->duration_s),
                        result_rate(r, c));
            json_t *name = save_text(s->kinds[k].name);
            save_set(kinds, json_string_value(name), kind);
            json_decref(name);
        }
        save_set(o, "kinds", kinds);
        save_set(o, "hash", save_text(hash_format(hash, s->hash)));
        json_array_append_new(all, o);
    }
    return all;
}
