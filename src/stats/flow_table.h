/* flow_table: what happened to the packets of each flow of a stream, exactly.
 *
 * One table for a stream, written by all of its workers and by the catcher without locks: what
 * left is counted by the workers, in rows of their own as long as these fit, and what arrived by
 * the catcher alone. A flow takes 60 bytes with one worker, and the whole table 64 MiB at most;
 * pages that no packet touches take no memory. Times are ns; packets due before the end of the
 * warm-up are left out. Opened by run/, which hands it to the result.
 *
 * Latency is from sent to arrived; its jitter is that of RFC 3550, section 6.4.1. A packet is
 * reordered when one of its flow that the same worker sent later arrived before it (RFC 4737,
 * section 3.3). Counters of duplicated, reordered and corrupted packets stop at 2^32 - 1. */
#ifndef STATS_FLOW_TABLE_H
#define STATS_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOW_TABLE_MOST ((uint64_t)1 << 20)
#define FLOW_TABLE_BYTES ((size_t)64 << 20)

struct flow_table;

/* NULL when there are more than FLOW_TABLE_MOST flows. */
struct flow_table *flow_table_open(uint64_t flows, unsigned workers, bool ordered,
                                   uint64_t measure_from);
void flow_table_close(struct flow_table *t);
size_t flow_table_bytes(const struct flow_table *t);

/* A worker's side. */
void flow_table_sent(struct flow_table *t, unsigned worker, uint64_t flow, uint64_t due);
/* The catcher's side: a packet arrived for the first time, or once more. `turn` is the packet's
 * place among those of its flow. */
struct flow_arrival {
    uint64_t flow, turn, due, transit_ns;
    unsigned worker;
    bool intact; /* else it is corrupted, and kept out of the latency */
};
void flow_table_arrived(struct flow_table *t, const struct flow_arrival *a);
void flow_table_duplicated(struct flow_table *t, uint64_t flow, uint64_t due);
/* After all of them have ended: a packet that nobody waits for any more, though its timeout has
 * not passed. What did neither arrive nor wait was lost. */
void flow_table_waits(struct flow_table *t, uint64_t flow, uint64_t due);

struct flow_figures {
    uint64_t flow, sent, received, lost, in_flight; /* sent = received + lost + in_flight */
    uint64_t duplicated, reordered, corrupted;      /* corrupted: of those received */
    uint64_t min_ns, max_ns;
    double mean_ns, jitter_ns; /* all four 0 when none arrived intact */
};
void flow_table_row(const struct flow_table *t, uint64_t flow, struct flow_figures *out);

#define FLOWS_WORST 10
/* A whole table in short. */
struct flow_summary {
    uint64_t number;    /* of flows; 0: the stream has none */
    const char *absent; /* why there are no figures; NULL: there are */
    bool ordered;       /* order is told: it was asked for, and the numbers of all workers fit */
    const char *order_absent; /* why it is not though it was asked for; NULL otherwise */
    /* Flows with any packet, with any lost, and so on. */
    uint64_t with_packets, with_loss, with_duplicates, with_reordering, with_corruption;
    struct flow_figures sum;                /* counts only */
    struct flow_figures worst[FLOWS_WORST]; /* by loss, then by what else went wrong */
    size_t worst_n;
    struct flow_table *table; /* NULL: read from a file, which keeps the worst only */
};
struct flow_summary flow_table_sum(struct flow_table *t);
/* What every summary keeps, in sum and in each of the worst. */
bool flow_summary_holds(const struct flow_summary *s);

#endif
