#include "stats/result.h"

#include <assert.h>
#include <string.h>
#include "base/clock.h"

const char *const verdict_names[VERDICTS] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "fail",
    [VERDICT_NODATA] = "nodata",
};

struct result *result_open(struct arena *a, const struct rec_layout *l,
                           const char *const *stream_names, const char *const *kind_names)
{
    struct result *r = arena_new(a, struct result);
    r->arena = a;
    r->spate = SPATE_VERSION;
    r->workers = 1;
    r->n = l->streams;
    r->streams = arena_array(a, struct result_stream, l->streams);
    for (size_t i = 0; i < l->cells; i++) r->streams[l->stream_of[i]].n++;
    for (size_t s = 0, cell = 0; s < r->n; s++) {
        struct result_stream *st = &r->streams[s];
        st->name = arena_strdup(a, stream_names[s]);
        st->loop = "open";
        st->kinds = arena_array(a, struct result_kind, st->n);
        counts_open(&st->counts);
        gaps_open(&st->gaps);
        for (size_t k = 0; k < st->n; k++, cell++) {
            assert(l->stream_of[cell] == s);
            st->kinds[k].name = arena_strdup(a, kind_names[cell]);
            counts_open(&st->kinds[k].counts);
        }
    }
    counts_open(&r->totals);
    counts_open(&r->warmup);
    return r;
}

void result_close(struct result *r)
{
    if (!r) return;
    counts_close(&r->totals);
    counts_close(&r->warmup);
    for (size_t s = 0; s < r->n; s++) {
        counts_close(&r->streams[s].counts);
        flow_table_close(r->streams[s].flows.table);
        gaps_close(&r->streams[s].gaps);
        for (size_t k = 0; k < r->streams[s].n; k++) counts_close(&r->streams[s].kinds[k].counts);
    }
    for (size_t i = 0; i < r->slice_count; i++) counts_close(&r->slices[i].counts);
}

static uint64_t slice_length(const struct result *r)
{
    return r->slice_count ? (uint64_t)(r->slices[0].length_s * 1e9 + 0.5) : 0;
}

/* Makes room for `n` slices of `length` ns; what is there is moved into the longer slices. */
static void regrid(struct result *r, size_t n, uint64_t length)
{
    uint64_t old_length = slice_length(r);
    struct result_slice *v = arena_array(r->arena, struct result_slice, n);
    for (size_t i = 0; i < n; i++) {
        v[i].start_s = (double)i * (double)length / 1e9;
        v[i].length_s = (double)length / 1e9;
        if (old_length == length && i < r->slice_count)
            v[i].counts = r->slices[i].counts;
        else
            counts_open_coarse(&v[i].counts);
    }
    for (size_t i = 0; old_length != length && i < r->slice_count; i++) {
        counts_merge(&v[i * old_length / length].counts, &r->slices[i].counts);
        counts_close(&r->slices[i].counts);
    }
    r->slices = v;
    r->slice_count = n;
}

/* All slices of a result are of one length: the greatest of any recorder. Lengths are the
 * first length times powers of two, and starts are multiples of them. */
static void add_slices(struct result *r, struct rec *rec)
{
    uint64_t length = slice_length(r), end = length * r->slice_count;
    for (size_t i = 0; i < rec_slice_count(rec); i++) {
        const struct rec_slice *s = rec_slice(rec, i);
        if (s->length > length) length = s->length;
        if (s->start + s->length > end) end = s->start + s->length;
    }
    size_t n = (size_t)((end + length - 1) / length);
    if (n != r->slice_count || length != slice_length(r)) regrid(r, n, length);
    for (size_t i = 0; i < rec_slice_count(rec); i++) {
        const struct rec_slice *s = rec_slice(rec, i);
        if (s->used) counts_merge(&r->slices[s->start / length].counts, &s->counts);
        rec_drop_slice(rec, i);
    }
}

void result_add(struct result *r, struct rec *rec)
{
    size_t cell = 0;
    for (size_t s = 0; s < r->n; s++) {
        struct result_stream *st = &r->streams[s];
        st->hash += rec_stream_hash(rec, s);
        for (size_t k = 0; k < st->n; k++, cell++) {
            counts_merge(&st->kinds[k].counts, rec_cell(rec, cell));
            counts_merge(&st->counts, rec_cell(rec, cell));
            counts_merge(&r->totals, rec_cell(rec, cell));
        }
    }
    assert(cell == rec_cell_count(rec));
    counts_merge(&r->warmup, rec_warmup(rec));
    add_slices(r, rec);
}

void result_cut(struct result *r)
{
    while (r->slice_count && r->slices[r->slice_count - 1].start_s >= r->duration_s &&
           r->slices[r->slice_count - 1].counts.offered == 0)
        counts_close(&r->slices[--r->slice_count].counts);
    if (!r->slice_count) return;
    struct result_slice *last = &r->slices[r->slice_count - 1];
    if (last->start_s < r->duration_s && last->start_s + last->length_s > r->duration_s)
        last->length_s = r->duration_s - last->start_s;
}

void result_talks_merge(struct result_talks *into, const struct result_talks *from)
{
    into->started += from->started;
    into->completed += from->completed;
    into->cut_short += from->cut_short;
    into->shed += from->shed;
}

void result_invalid(struct result *r, const char *why)
{
    size_t room = sizeof r->invalid_because / sizeof *r->invalid_because;
    for (size_t i = 0; i < r->invalid; i++)
        if (strcmp(r->invalid_because[i], why) == 0) return;
    if (r->invalid < room) r->invalid_because[r->invalid++] = arena_strdup(r->arena, why);
}

void result_sides_merge(struct result_sides *into, const struct result_sides *from)
{
    for (size_t i = 0; i < SIDES; i++) into->told.frames[i] += from->told.frames[i];
    for (size_t i = 0; i < TOLD_WAYS; i++) into->told.told[i] += from->told.told[i];
    into->told.forgotten += from->told.forgotten;
    into->seen += from->seen;
    into->unseen += from->unseen;
}

double result_seconds(const struct result *r)
{
    return r->achieved_ns ? (double)r->achieved_ns / (double)NS_PER_S : r->duration_s;
}

double result_rate(const struct result *r, const struct counts *c)
{
    double s = result_seconds(r);
    return s > 0 ? (double)c->sent / s : 0;
}

double result_planned_rate(const struct result *r)
{
    double sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->streams[i].planned_rate <= 0) return 0;
        sum += r->streams[i].planned_rate;
    }
    return sum;
}
