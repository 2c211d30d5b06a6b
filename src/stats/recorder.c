#include "stats/recorder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

struct rec {
    struct counts *cells;
    size_t n_cells;
    uint32_t *stream_of;
    uint64_t *late_after;
    unit_hash *hashes; /* one for each stream */
    size_t n_streams;
    uint64_t measure_from;
    struct counts warmup;
    /* Slices in order of time, without gaps from 0; slot[n..SLICES_MAX) are empty and wait. */
    struct rec_slice *slot[SLICES_MAX], *slots;
    size_t n;
    struct rec_slice *now; /* the one last booked in: nearly always the one asked for next */
    uint64_t length;       /* of new slices */
    size_t pair;           /* the next two neighbours to be joined */
};

/* The two places that an event is booked in. During the warm-up both are the same counts, of
 * which only the first is used. */
struct booking {
    struct counts *v[2];
    unsigned n;
};

static void *zeroed(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p) abort();
    return p;
}

struct rec *rec_open(const struct rec_layout *l)
{
    struct rec *r = zeroed(1, sizeof *r);
    r->cells = zeroed(l->cells, sizeof *r->cells);
    r->stream_of = zeroed(l->cells, sizeof *r->stream_of);
    r->late_after = zeroed(l->cells, sizeof *r->late_after);
    r->hashes = zeroed(l->streams, sizeof *r->hashes);
    r->slots = zeroed(SLICES_MAX, sizeof *r->slots);
    r->n_cells = l->cells;
    r->n_streams = l->streams;
    r->measure_from = l->measure_from;
    r->length = l->slice_ns ? l->slice_ns : NS_PER_S;
    for (size_t i = 0; i < l->cells; i++) {
        counts_open(&r->cells[i]);
        r->stream_of[i] = l->stream_of[i];
        r->late_after[i] = l->late_after[i];
    }
    counts_open(&r->warmup);
    for (size_t i = 0; i < SLICES_MAX; i++) {
        r->slot[i] = &r->slots[i];
        counts_open_coarse(&r->slots[i].counts);
    }
    r->n = 1;
    r->now = r->slot[0];
    r->now->length = r->length;
    return r;
}

void rec_close(struct rec *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->n_cells; i++) counts_close(&r->cells[i]);
    for (size_t i = 0; i < SLICES_MAX; i++) counts_close(&r->slots[i].counts);
    counts_close(&r->warmup);
    free(r->cells);
    free(r->stream_of);
    free(r->late_after);
    free(r->hashes);
    free(r->slots);
    free(r);
}

void rec_slice_join(struct rec_slice *into, struct rec_slice *next)
{
    into->length += next->length;
    if (!next->used) return;
    counts_merge(&into->counts, &next->counts);
    counts_clear(&next->counts);
    into->used = true;
    next->used = false;
}

/* Joins the earliest two neighbours that have not been joined in this round, which frees a
 * slot. One pair for each new slice, so no moment of the run pays for all of them. A round
 * begins when all slices are of one length, and the slices it adds are twice as long; so when
 * it has joined SLICES_MAX / 2 pairs, all are of one length again. */
static void free_slot(struct rec *r)
{
    if (r->pair == 0) r->length *= 2;
    struct rec_slice *left = r->slot[r->pair], *right = r->slot[r->pair + 1];
    rec_slice_join(left, right);
    size_t behind = SLICES_MAX - (r->pair + 2);
    memmove(&r->slot[r->pair + 1], &r->slot[r->pair + 2], behind * sizeof r->slot[0]);
    r->slot[SLICES_MAX - 1] = right;
    r->n--;
    r->pair = r->pair + 1 == SLICES_MAX / 2 ? 0 : r->pair + 1;
}

static bool holds(const struct rec_slice *s, uint64_t at)
{
    return at >= s->start && at - s->start < s->length;
}

static void append(struct rec *r)
{
    const struct rec_slice *last = r->slot[r->n - 1];
    uint64_t start = last->start + last->length;
    if (r->n == SLICES_MAX) free_slot(r);
    struct rec_slice *s = r->slot[r->n++];
    s->start = start;
    s->length = r->length;
}

static __attribute__((noinline)) struct rec_slice *find_slice(struct rec *r, uint64_t at)
{
    while (at >= r->slot[r->n - 1]->start && !holds(r->slot[r->n - 1], at)) append(r);
    size_t lo = 0, hi = r->n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->slot[mid]->start <= at)
            lo = mid;
        else
            hi = mid;
    }
    return r->now = r->slot[lo];
}

static inline struct booking book(struct rec *r, uint32_t cell, uint64_t due)
{
    assert(cell < r->n_cells);
    if (due < r->measure_from) return (struct booking){{&r->warmup, &r->warmup}, 1};
    uint64_t at = due - r->measure_from;
    struct rec_slice *s = holds(r->now, at) ? r->now : find_slice(r, at);
    s->used = true;
    return (struct booking){{&r->cells[cell], &s->counts}, 2};
}

/* Adds to a counter that rec_glance may read meanwhile. */
static inline void bump(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

void rec_offered(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) bump(&b.v[i]->offered, 1);
}

void rec_shed(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) b.v[i]->shed++;
}

void rec_skipped(struct rec *r, uint32_t cell, uint64_t due, enum error_kind why)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) {
        b.v[i]->shed++;
        b.v[i]->skipped[why]++;
    }
}

void rec_failed(struct rec *r, uint32_t cell, uint64_t due, enum error_kind why)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) {
        b.v[i]->failed++;
        bump(&b.v[i]->errors[why], 1);
    }
}

void rec_sent(struct rec *r, uint32_t cell, uint64_t due, uint64_t sent, uint64_t bytes)
{
    struct booking b = book(r, cell, due);
    uint64_t lateness = sent > due ? sent - due : 0;
    bool late = lateness > r->late_after[cell];
    for (unsigned i = 0; i < b.n; i++) {
        struct counts *c = b.v[i];
        bump(&c->sent, 1);
        c->late += late;
        c->bytes_sent += bytes;
        hist_add(&c->latency[LATENCY_LATENESS], lateness);
    }
}

void rec_sent_more(struct rec *r, uint32_t cell, uint64_t due, uint64_t bytes)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) b.v[i]->bytes_sent += bytes;
}

void rec_answered(struct rec *r, uint32_t cell, uint64_t due, uint64_t sent, uint64_t done,
                  uint64_t bytes, unsigned status, enum error_kind why)
{
    struct booking b = book(r, cell, due);
    uint64_t response = done > due ? done - due : 0, service = done > sent ? done - sent : 0;
    for (unsigned i = 0; i < b.n; i++) {
        struct counts *c = b.v[i];
        bump(&c->answered, 1);
        c->bytes_received += bytes;
        if (status < STATUS_MAX) c->status[status]++;
        if (why) {
            bump(&c->errors[why], 1);
            continue;
        }
        hist_add(&c->latency[LATENCY_RESPONSE], response);
        hist_add(&c->latency[LATENCY_SERVICE], service);
    }
}

void rec_left(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) bump(&b.v[i]->answered, 1);
}

void rec_timed_out(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) {
        bump(&b.v[i]->timed_out, 1);
        bump(&b.v[i]->errors[ERROR_TIMEOUT], 1);
    }
}

void rec_wire(struct rec *r, uint32_t cell, uint64_t due, uint64_t wire_ns)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) hist_add(&b.v[i]->latency[LATENCY_WIRE], wire_ns);
}

void rec_duplicated(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) b.v[i]->duplicated++;
}

void rec_reordered(struct rec *r, uint32_t cell, uint64_t due)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) b.v[i]->reordered++;
}

void rec_recorded(struct rec *r, uint32_t cell, uint64_t due, uint64_t recorded_ns)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) hist_add(&b.v[i]->latency[LATENCY_RECORDED], recorded_ns);
}

void rec_compared(struct rec *r, uint32_t cell, uint64_t due, enum differ differs)
{
    struct booking b = book(r, cell, due);
    for (unsigned i = 0; i < b.n; i++) {
        b.v[i]->compared++;
        if (differs < DIFFER_COUNT) b.v[i]->differs[differs]++;
    }
}

/* What a run of units of one slice adds beside the bins. */
struct column_sum {
    uint64_t bytes, late, min, max;
    unsigned __int128 lateness;
};

static void book_column(struct counts *c, const struct column_sum *s, uint64_t n, bool answered)
{
    struct hist *h = &c->latency[LATENCY_LATENESS];
    bump(&c->offered, n);
    bump(&c->sent, n);
    if (answered) bump(&c->answered, n);
    c->bytes_sent += s->bytes;
    c->late += s->late;
    h->sum += s->lateness;
    if (s->min < h->min) h->min = s->min;
    if (s->max > h->max) h->max = s->max;
    bump(&h->count, n);
}

void rec_sent_column(struct rec *r, uint32_t cell, const uint64_t *due, const uint64_t *bytes,
                     size_t n, uint64_t sent, bool answered)
{
    uint64_t late_after = r->late_after[cell];
    for (size_t i = 0; i < n;) {
        struct booking b = book(r, cell, due[i]);
        bool measured = b.n == 2;
        uint64_t from = measured ? r->measure_from + r->now->start : 0;
        uint64_t length = measured ? r->now->length : r->measure_from;
        uint64_t *bin[2];
        for (unsigned k = 0; k < 2; k++) bin[k] = b.v[k]->latency[LATENCY_LATENESS].bin;
        unsigned coarse = b.v[1]->latency[LATENCY_LATENESS].bits;
        struct column_sum s = {.min = UINT64_MAX};
        size_t first = i;
        for (; i < n && due[i] - from < length; i++) {
            uint64_t lateness = sent > due[i] ? sent - due[i] : 0;
            bin[0][hist_bin(lateness)]++;
            if (measured) bin[1][hist_bin_at(coarse, lateness)]++;
            s.lateness += lateness;
            s.late += lateness > late_after;
            s.bytes += bytes[i];
            if (lateness < s.min) s.min = lateness;
            if (lateness > s.max) s.max = lateness;
        }
        for (unsigned k = 0; k < b.n; k++) book_column(b.v[k], &s, i - first, answered);
    }
}

void rec_hash(struct rec *r, uint32_t cell, uint64_t index, const void *p, size_t n)
{
    r->hashes[r->stream_of[cell]] += hash_unit(index, p, n);
}

static uint64_t peek(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void glance_at(struct rec_glance *g, const struct counts *c)
{
    g->offered += peek(&c->offered);
    g->sent += peek(&c->sent);
    g->answered += peek(&c->answered);
    g->timed_out += peek(&c->timed_out);
    for (size_t i = 1; i < ERROR_COUNT; i++) g->errors += peek(&c->errors[i]);
}

struct rec_glance rec_glance(const struct rec *r)
{
    struct rec_glance g = {0};
    glance_at(&g, &r->warmup);
    for (size_t i = 0; i < r->n_cells; i++) glance_at(&g, &r->cells[i]);
    return g;
}

const struct counts *rec_cell(const struct rec *r, size_t cell)
{
    return &r->cells[cell];
}
const struct counts *rec_warmup(const struct rec *r)
{
    return &r->warmup;
}
unit_hash rec_stream_hash(const struct rec *r, size_t stream)
{
    return r->hashes[stream];
}
size_t rec_cell_count(const struct rec *r)
{
    return r->n_cells;
}
size_t rec_slice_count(const struct rec *r)
{
    return r->n;
}
const struct rec_slice *rec_slice(const struct rec *r, size_t i)
{
    return r->slot[i];
}

void rec_drop_slice(struct rec *r, size_t i)
{
    counts_close(&r->slot[i]->counts);
}
