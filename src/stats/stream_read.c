/* The streams of a result read back: the counterpart of stream_write.c. */
#include <string.h>

#include "stats/load.h"
#include "stats/save.h"

#define STREAMS_MAX 1000
#define KINDS_MAX 10000 /* in all streams */

static void read_kinds(struct load *l, json_t *o, const struct step *up, struct result_stream *s)
{
    json_t *kinds = load_object(l, o, up, "kinds"), *v;
    if (!kinds) return;
    const struct step at = {up, "kinds", 0};
    const char *key;
    l->kinds += json_object_size(kinds);
    if (l->kinds > KINDS_MAX) {
        load_wrong(l, &at, "has too many entries");
        return;
    }
    s->kinds = arena_array(l->arena, struct result_kind, json_object_size(kinds));
    json_object_foreach(kinds, key, v)
    {
        struct result_kind *k = &s->kinds[s->n++];
        double plan;
        struct step here = {&at, key, 0};
        k->name = arena_strdup(l->arena, key);
        counts_open(&k->counts);
        if (json_is_object(v))
            load_counts(l, v, &here, &k->counts, &plan);
        else
            load_wrong(l, &here, "is not an object");
    }
}

static const char *known_loop(struct load *l, const struct step *at, const char *loop)
{
    static const char *const loops[] = {"open", "closed", "partly-open"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(loops[i], loop) == 0) return loops[i];
    load_wrong_key(l, at, "loop", "is not one of open, closed, partly-open");
    return "open";
}

static void read_gaps(struct load *l, json_t *stream, const struct step *up, struct gaps *g)
{
    if (!json_object_get(stream, "gaps")) return;
    json_t *o = load_object(l, stream, up, "gaps");
    const struct step at = {up, "gaps", 0};
    if (!o) return;
    g->count = load_count(l, o, &at, "count");
    g->back_to_back = load_count(l, o, &at, "back_to_back");
    g->within_1us = load_count(l, o, &at, "within_1us");
    g->within_5us = load_count(l, o, &at, "within_5us");
    g->within_50us = load_count(l, o, &at, "within_50us");
    json_t *error = json_object_get(o, "error") ? load_object(l, o, &at, "error") : NULL;
    if (error) {
        load_hist(l, error, &(struct step){&at, "error", 0}, &g->error);
        g->course.first_due = load_count(l, o, &at, "first_due_ns");
        g->course.last_due = load_count(l, o, &at, "last_due_ns");
        g->course.first_sent = load_count(l, o, &at, "first_sent_ns");
        g->course.last_sent = load_count(l, o, &at, "last_sent_ns");
    }
    if (!gaps_hold(g)) load_wrong(l, &at, "do not add up");
}

static void read_templates(struct load *l, json_t *stream, const struct step *up,
                           struct result_templates *t)
{
    if (!json_object_get(stream, "templates")) return;
    json_t *o = load_object(l, stream, up, "templates");
    const struct step at = {up, "templates", 0}, in_left_out = {&at, "left_out", 0};
    json_t *left_out = o ? load_object(l, o, &at, "left_out") : NULL;
    if (!left_out) return;
    t->conversations = load_count(l, o, &at, "conversations");
    t->frames = load_count(l, o, &at, "frames");
    for (size_t i = 0; i < LEFT_OUT_COUNT; i++) {
        const char *key = left_out_names[i].key;
        if (json_object_get(left_out, key))
            t->left_out[i] = load_count(l, left_out, &in_left_out, key);
    }
}

static void read_sides(struct load *l, json_t *stream, const struct step *up,
                       struct result_sides *s)
{
    if (!json_object_get(stream, "sides")) return;
    json_t *o = load_object(l, stream, up, "sides");
    const struct step at = {up, "sides", 0}, in_told = {&at, "told", 0};
    json_t *told = o ? load_object(l, o, &at, "told") : NULL;
    unsigned __int128 sum = 0;
    if (!told) return;
    for (size_t i = 0; i < SIDES; i++)
        sum += s->told.frames[i] = load_count(l, o, &at, side_names[i]);
    for (size_t i = 0; i < TOLD_WAYS; i++)
        sum -= s->told.told[i] = load_count(l, told, &in_told, told_names[i]);
    s->told.forgotten = load_count(l, o, &at, "forgotten");
    s->seen = load_count(l, o, &at, "seen");
    s->unseen = load_count(l, o, &at, "unseen");
    if (sum != 0) load_wrong(l, &at, "do not add up");
}

static void read_talks(struct load *l, json_t *stream, const struct step *up,
                       struct result_talks *t)
{
    if (!json_object_get(stream, "conversations")) return;
    json_t *o = load_object(l, stream, up, "conversations");
    const struct step at = {up, "conversations", 0};
    if (!o) return;
    t->started = load_count(l, o, &at, "started");
    t->completed = load_count(l, o, &at, "completed");
    t->cut_short = load_count(l, o, &at, "cut_short");
    t->shed = load_count(l, o, &at, "shed");
    if (t->started != t->completed + t->cut_short) load_wrong(l, &at, "do not add up");
}

static void read_row(struct load *l, json_t *o, const struct step *at, struct loop_row *r)
{
    uint64_t skipped = 0;
    r->offered = load_count(l, o, at, "offered");
    r->sent = load_count(l, o, at, "sent");
    r->shed = load_count(l, o, at, "shed");
    r->failed = load_count(l, o, at, "failed");
    json_t *by_kind = load_object(l, o, at, "skipped");
    if (by_kind) load_errors(l, by_kind, &(struct step){at, "skipped", 0}, r->skipped);
    for (size_t i = 0; i < ERROR_COUNT; i++)
        if (__builtin_add_overflow(skipped, r->skipped[i], &skipped)) skipped = UINT64_MAX;
    bool lawful = r->sent <= r->offered && r->shed <= r->offered - r->sent &&
                  r->failed == r->offered - r->sent - r->shed && skipped <= r->shed;
    if (!lawful) load_wrong(l, at, "breaks the law: offered = sent + shed + failed");
}

/* Rows of equal width in a row, but for the last. */
static void read_loops(struct load *l, json_t *stream, const struct step *up,
                       struct result_stream *s)
{
    if (!json_object_get(stream, "loops")) return;
    json_t *all = load_array(l, stream, up, "loops", LOOPS_ROWS);
    const struct step at = {up, "loops", 0};
    struct loops *x = arena_new(l->arena, struct loops);
    loops_start(x);
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct step here = {&at, NULL, i};
        json_t *o = json_array_get(all, i);
        if (!json_is_object(o)) {
            load_wrong(l, &here, "is not an object");
            continue;
        }
        uint64_t first = load_count(l, o, &here, "first"), last = load_count(l, o, &here, "last");
        if (i == 0) x->width = last && last <= UINT64_MAX / LOOPS_ROWS ? last : 1;
        if (first != i * x->width + 1 || last < first || last > (i + 1) * x->width)
            load_wrong(l, &here, "is out of place");
        x->begun = last;
        read_row(l, o, &here, &x->row[i]);
    }
    s->loops = x;
}

static void read_recorded(struct load *l, json_t *stream, const struct step *up,
                          struct result_recorded *x)
{
    if (!json_object_get(stream, "recorded")) return;
    json_t *o = load_object(l, stream, up, "recorded");
    const struct step at = {up, "recorded", 0};
    if (!o) return;
    x->count = load_count(l, o, &at, "count");
    x->torn = load_count(l, o, &at, "torn");
    x->capped = load_bool(l, o, &at, "capped");
    if (x->torn > x->count) load_wrong(l, &at, "do not add up");
}

static void read_answers(struct load *l, json_t *o, const struct step *up, struct result_stream *s)
{
    json_t *all = json_object_get(o, "answers");
    struct step at = {up, "answers", 0};
    if (!all) return;
    if (!json_is_object(all)) {
        load_wrong(l, &at, "is not an object");
        return;
    }
    s->answers.arp = load_count(l, all, &at, "arp");
    s->answers.nd = load_count(l, all, &at, "nd");
    s->answers.echo = load_count(l, all, &at, "echo");
}

static void read_difference(struct load *l, json_t *o, const struct step *at,
                            struct result_difference *d)
{
    unsigned i = 0;
    d->connection = load_count(l, o, at, "connection");
    d->message = load_count(l, o, at, "message");
    d->recorded = load_text(l, o, at, "recorded", true);
    d->came = load_text(l, o, at, "came", true);
    const char *differs = load_text(l, o, at, "differs", true);
    while (i < DIFFER_COUNT && strcmp(differ_names[i], differs) != 0) i++;
    if (i == DIFFER_COUNT) load_wrong_key(l, at, "differs", "is no difference that is known");
    d->differs = i < DIFFER_COUNT ? (enum differ)i : DIFFER_MISSING;
}

static void read_differing(struct load *l, json_t *stream, const struct step *up,
                           struct result_stream *s)
{
    if (!json_object_get(stream, "differing")) return;
    json_t *all = load_array(l, stream, up, "differing", DIFFERENCES_MAX);
    const struct step in = {up, "differing", 0};
    s->differing = arena_array(l->arena, struct result_difference, json_array_size(all));
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct step at = {&in, NULL, i};
        if (json_is_object(json_array_get(all, i)))
            read_difference(l, json_array_get(all, i), &at, &s->differing[s->differing_count++]);
        else
            load_wrong(l, &at, "is not an object");
    }
}

static bool told(json_t *o, const char *key)
{
    return json_object_get(o, key) != NULL;
}

static void read_flow(struct load *l, json_t *o, const struct step *at,
                      const struct flow_summary *s, struct flow_figures *f)
{
    f->flow = load_count(l, o, at, "flow");
    f->sent = load_count(l, o, at, "sent");
    f->received = load_count(l, o, at, "received");
    f->lost = load_count(l, o, at, "lost");
    f->in_flight = load_count(l, o, at, "in_flight");
    f->duplicated = load_count(l, o, at, "duplicated");
    if (s->ordered) f->reordered = load_count(l, o, at, "reordered");
    f->corrupted = load_count(l, o, at, "corrupted");
    f->min_ns = load_count(l, o, at, "min_ns");
    f->mean_ns = load_real(l, o, at, "mean_ns");
    f->max_ns = load_count(l, o, at, "max_ns");
    f->jitter_ns = load_real(l, o, at, "jitter_ns");
}

static void read_flow_sum(struct load *l, json_t *o, const struct step *at, struct flow_summary *s)
{
    s->with_packets = load_count(l, o, at, "with_packets");
    s->with_loss = load_count(l, o, at, "with_loss");
    s->with_duplicates = load_count(l, o, at, "with_duplicates");
    if (s->ordered) s->with_reordering = load_count(l, o, at, "with_reordering");
    s->with_corruption = load_count(l, o, at, "with_corruption");
    s->sum.sent = load_count(l, o, at, "sent");
    s->sum.received = load_count(l, o, at, "received");
    s->sum.lost = load_count(l, o, at, "lost");
    s->sum.in_flight = load_count(l, o, at, "in_flight");
    s->sum.duplicated = load_count(l, o, at, "duplicated");
    if (s->ordered) s->sum.reordered = load_count(l, o, at, "reordered");
    s->sum.corrupted = load_count(l, o, at, "corrupted");
}

static void read_flows(struct load *l, json_t *stream, const struct step *up,
                       struct flow_summary *s)
{
    if (!told(stream, "flows")) return;
    json_t *o = load_object(l, stream, up, "flows");
    const struct step at = {up, "flows", 0}, list = {&at, "worst", 0};
    if (!o) return;
    s->number = load_count(l, o, &at, "number");
    s->absent = load_text(l, o, &at, "absent", false);
    if (s->absent) return;
    s->ordered = told(o, "with_reordering");
    s->order_absent = load_text(l, o, &at, "order_absent", false);
    read_flow_sum(l, o, &at, s);
    json_t *worst = load_array(l, o, &at, "worst", FLOWS_WORST);
    for (size_t i = 0; i < json_array_size(worst); i++) {
        const struct step here = {&list, NULL, i};
        json_t *one = json_array_get(worst, i);
        if (json_is_object(one))
            read_flow(l, one, &here, s, &s->worst[s->worst_n++]);
        else
            load_wrong(l, &here, "is not an object");
    }
    if (!flow_summary_holds(s)) load_wrong(l, &at, "do not add up");
}

static void read_stream(struct load *l, json_t *o, const struct step *at, struct result_stream *s)
{
    s->name = load_text(l, o, at, "name", true);
    s->loop = known_loop(l, at, load_text(l, o, at, "loop", true));
    s->wire = load_text(l, o, at, "wire", false);
    s->flood = json_object_get(o, "flood") && load_bool(l, o, at, "flood");
    s->silent = json_object_get(o, "replies") && !load_bool(l, o, at, "replies");
    s->planned = json_object_get(o, "planned") ? load_count(l, o, at, "planned") : 0;
    s->jitter_ns = json_object_get(o, "jitter_ns") ? load_real(l, o, at, "jitter_ns") : 0;
    s->reorder_extent =
        json_object_get(o, "reorder_extent") ? load_count(l, o, at, "reorder_extent") : 0;
    s->unchecked = json_object_get(o, "unchecked") ? load_count(l, o, at, "unchecked") : 0;
    read_gaps(l, o, at, &s->gaps);
    read_templates(l, o, at, &s->templates);
    read_sides(l, o, at, &s->sides);
    read_talks(l, o, at, &s->talks);
    read_loops(l, o, at, s);
    read_recorded(l, o, at, &s->recorded);
    read_answers(l, o, at, s);
    read_differing(l, o, at, s);
    read_flows(l, o, at, &s->flows);
    load_counts(l, o, at, &s->counts, &s->planned_rate);
    read_kinds(l, o, at, s);
    if (hash_parse(load_text(l, o, at, "hash", true), &s->hash))
        load_wrong_key(l, at, "hash", "is not 32 hexadecimal digits");
}

void load_streams(struct load *l, json_t *root, struct result *r)
{
    json_t *all = load_array(l, root, NULL, "streams", STREAMS_MAX);
    const struct step up = {NULL, "streams", 0};
    r->streams = arena_array(l->arena, struct result_stream, json_array_size(all));
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct result_stream *s = &r->streams[r->n++];
        struct step at = {&up, NULL, i};
        counts_open(&s->counts);
        gaps_open(&s->gaps);
        if (json_is_object(json_array_get(all, i)))
            read_stream(l, json_array_get(all, i), &at, s);
        else
            load_wrong(l, &at, "is not an object");
    }
}
