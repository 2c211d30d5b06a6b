#include "stats/flow_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NS_BITS 40 /* 18 minutes; longer transits are kept as that */
#define NS_MOST (((uint64_t)1 << NS_BITS) - 1)

/* What arrived. 48 bytes. */
struct flow_row {
    uint64_t received, sum_ns;
    uint32_t duplicated, reordered, corrupted;
    float jitter_ns;
    struct {
        uint64_t least : NS_BITS, most : NS_BITS;
        uint64_t last : NS_BITS; /* of the packet before */
    } __attribute__((packed)) ns;
};
_Static_assert(sizeof(struct flow_row) == 48, "a flow takes 60 bytes with one worker");

struct flow_table {
    uint64_t flows, measure_from;
    unsigned workers;
    unsigned shares; /* rows of `sent` for each flow: one per worker, or one for all */
    size_t bytes;
    struct flow_row *row;
    uint64_t *sent; /* [share * flows + flow] */
    /* One more than the greatest turn that arrived, modulo 2^32: [worker * flows + flow]. NULL:
     * order is not told. */
    uint32_t *next;
    uint32_t *waiting; /* of each flow; NULL: no packet waits */
};

static size_t bytes_for(uint64_t flows, unsigned shares, unsigned orders)
{
    return flows *
           (sizeof(struct flow_row) + shares * sizeof(uint64_t) + orders * sizeof(uint32_t));
}

static void *zeroed(uint64_t n, size_t size)
{
    void *p = calloc(n, size);
    if (!p) abort();
    return p;
}

struct flow_table *flow_table_open(uint64_t flows, unsigned workers, bool ordered,
                                   uint64_t measure_from)
{
    if (flows > FLOW_TABLE_MOST) return NULL;
    struct flow_table *t = zeroed(1, sizeof *t);
    ordered = ordered && bytes_for(flows, 1, workers) <= FLOW_TABLE_BYTES;
    unsigned orders = ordered ? workers : 0;
    *t = (struct flow_table){.flows = flows, .measure_from = measure_from, .workers = workers};
    t->shares = bytes_for(flows, workers, orders) <= FLOW_TABLE_BYTES ? workers : 1;
    t->bytes = bytes_for(flows, t->shares, orders);
    t->row = zeroed(flows, sizeof *t->row);
    t->sent = zeroed(flows * t->shares, sizeof *t->sent);
    if (ordered) t->next = zeroed(flows * workers, sizeof *t->next);
    return t;
}

void flow_table_close(struct flow_table *t)
{
    if (!t) return;
    free(t->row);
    free(t->sent);
    free(t->next);
    free(t->waiting);
    free(t);
}

size_t flow_table_bytes(const struct flow_table *t)
{
    return t->bytes;
}

void flow_table_sent(struct flow_table *t, unsigned worker, uint64_t flow, uint64_t due)
{
    assert(flow < t->flows);
    if (due < t->measure_from) return;
    uint64_t *n = &t->sent[worker % t->shares * t->flows + flow];
    __atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static void count(uint32_t *n)
{
    *n += *n < UINT32_MAX;
}

static void take_transit(struct flow_row *r, uint64_t ns)
{
    bool first = r->received == r->corrupted;
    if (ns > NS_MOST) ns = NS_MOST;
    if (!first) {
        float d = (float)(ns > r->ns.last ? ns - r->ns.last : r->ns.last - ns);
        r->jitter_ns += (d - r->jitter_ns) / 16;
    }
    if (first || ns < r->ns.least) r->ns.least = ns & NS_MOST;
    if (first || ns > r->ns.most) r->ns.most = ns & NS_MOST;
    r->ns.last = ns & NS_MOST;
    r->sum_ns += ns;
}

/* Order counts across the end of the warm-up. */
static bool out_of_order(struct flow_table *t, const struct flow_arrival *a)
{
    if (!t->next) return false;
    uint32_t *next = &t->next[a->worker * t->flows + a->flow], turn = (uint32_t)a->turn;
    if ((int32_t)(turn - *next) < 0) return true;
    *next = turn + 1;
    return false;
}

void flow_table_arrived(struct flow_table *t, const struct flow_arrival *a)
{
    assert(a->flow < t->flows && a->worker < t->workers);
    struct flow_row *r = &t->row[a->flow];
    bool reordered = out_of_order(t, a);
    if (a->due < t->measure_from) return;
    if (a->intact)
        take_transit(r, a->transit_ns);
    else
        count(&r->corrupted);
    r->received++;
    if (reordered) count(&r->reordered);
}

void flow_table_duplicated(struct flow_table *t, uint64_t flow, uint64_t due)
{
    assert(flow < t->flows);
    if (due >= t->measure_from) count(&t->row[flow].duplicated);
}

void flow_table_waits(struct flow_table *t, uint64_t flow, uint64_t due)
{
    assert(flow < t->flows);
    if (due < t->measure_from) return;
    if (!t->waiting) t->waiting = zeroed(t->flows, sizeof *t->waiting);
    t->waiting[flow]++;
}

void flow_table_row(const struct flow_table *t, uint64_t flow, struct flow_figures *out)
{
    const struct flow_row *r = &t->row[flow];
    uint64_t sent = 0, intact = r->received - r->corrupted;
    for (unsigned s = 0; s < t->shares; s++) sent += t->sent[s * t->flows + flow];
    uint64_t waiting = t->waiting ? t->waiting[flow] : 0;
    *out = (struct flow_figures){
        .flow = flow,
        .sent = sent,
        .received = r->received,
        .lost = sent - r->received - waiting,
        .in_flight = waiting,
        .duplicated = r->duplicated,
        .reordered = r->reordered,
        .corrupted = r->corrupted,
        .min_ns = r->ns.least,
        .max_ns = r->ns.most,
        .mean_ns = intact ? (double)r->sum_ns / (double)intact : 0,
        .jitter_ns = (double)r->jitter_ns,
    };
}

/* Whether a did worse than b; of equals the one with the lower number. */
static bool is_worse(const struct flow_figures *a, const struct flow_figures *b)
{
    const uint64_t x[] = {a->lost, a->corrupted, a->reordered, a->duplicated};
    const uint64_t y[] = {b->lost, b->corrupted, b->reordered, b->duplicated};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        if (x[i] != y[i]) return x[i] > y[i];
    return a->flow < b->flow;
}

static void keep_worst(struct flow_summary *s, const struct flow_figures *f)
{
    size_t at = s->worst_n;
    if (!(f->lost + f->corrupted + f->reordered + f->duplicated)) return;
    while (at && is_worse(f, &s->worst[at - 1])) at--;
    if (at == FLOWS_WORST) return;
    if (s->worst_n < FLOWS_WORST) s->worst_n++;
    memmove(&s->worst[at + 1], &s->worst[at], (s->worst_n - at - 1) * sizeof *f);
    s->worst[at] = *f;
}

static void add_row(struct flow_summary *s, const struct flow_figures *f)
{
    if (!f->sent) return;
    s->with_packets++;
    s->with_loss += f->lost > 0;
    s->with_duplicates += f->duplicated > 0;
    s->with_reordering += f->reordered > 0;
    s->with_corruption += f->corrupted > 0;
    s->sum.sent += f->sent;
    s->sum.received += f->received;
    s->sum.lost += f->lost;
    s->sum.in_flight += f->in_flight;
    s->sum.duplicated += f->duplicated;
    s->sum.reordered += f->reordered;
    s->sum.corrupted += f->corrupted;
    keep_worst(s, f);
}

struct flow_summary flow_table_sum(struct flow_table *t)
{
    struct flow_summary s = {.number = t->flows, .ordered = t->next, .table = t};
    struct flow_figures f;
    for (uint64_t i = 0; i < t->flows; i++) {
        flow_table_row(t, i, &f);
        add_row(&s, &f);
    }
    return s;
}

static bool holds(const struct flow_figures *f)
{
    uint64_t left = f->sent;
    if (f->received > left || f->corrupted > f->received || f->reordered > f->received)
        return false;
    left -= f->received;
    return f->lost <= left && f->in_flight == left - f->lost;
}

bool flow_summary_holds(const struct flow_summary *s)
{
    const uint64_t with[] = {s->with_loss, s->with_duplicates, s->with_reordering,
                             s->with_corruption};
    for (size_t i = 0; i < s->worst_n; i++)
        if (!holds(&s->worst[i]) || s->worst[i].flow >= s->number) return false;
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        if (with[i] > s->with_packets) return false;
    return s->with_packets <= s->number && holds(&s->sum);
}
