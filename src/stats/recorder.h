/* recorder: what one worker writes down. One per worker, no locks.
 *
 * Every event of a unit is booked under the slice in which the unit was due, so the laws hold
 * in each slice, however late an answer comes. Units due before `measure_from` (warm-up) are
 * booked apart and appear in no figure but `warmup`. Slices start one second long and at most
 * SLICES_MAX of them are kept: in a longer run the earliest neighbours are joined, pair by
 * pair as new slices come, and new slices are twice as long, so memory does not grow with the
 * run and no moment pays for all pairs. Written by run/ only; a reader in another thread may
 * take rec_glance. */
#ifndef STATS_RECORDER_H
#define STATS_RECORDER_H

#include "stats/counts.h"
#include "stats/hash.h"

#define SLICES_MAX 240

/* A cell is a (stream, kind) pair; they are numbered through the plan: stream after stream,
 * kind after kind. */
struct rec_layout {
    size_t cells;
    const uint32_t *stream_of;  /* stream number of each cell */
    const uint64_t *late_after; /* ns, of each cell's stream */
    size_t streams;
    uint64_t measure_from; /* ns since the start: the end of the warm-up */
    uint64_t slice_ns;     /* 0: one second */
};
struct rec;

struct rec *rec_open(const struct rec_layout *l);
void rec_close(struct rec *r);

/* Times are ns since the start of the run. A unit is offered once; then sent, shed or failed;
 * once sent, answered or timed out, or it stays in flight. */
void rec_offered(struct rec *r, uint32_t cell, uint64_t due);
void rec_shed(struct rec *r, uint32_t cell, uint64_t due);
/* Shed because the profile says that such units stay behind: no error. */
void rec_skipped(struct rec *r, uint32_t cell, uint64_t due, enum error_kind why);
void rec_failed(struct rec *r, uint32_t cell, uint64_t due, enum error_kind why);
void rec_sent(struct rec *r, uint32_t cell, uint64_t due, uint64_t sent, uint64_t bytes);
/* More bytes of a unit that was sent before. */
void rec_sent_more(struct rec *r, uint32_t cell, uint64_t due, uint64_t bytes);
/* `why` ERROR_NONE: as expected; else the reply is kept out of the latencies. `status`: of the
 * reply, or STATUS_NONE. */
void rec_answered(struct rec *r, uint32_t cell, uint64_t due, uint64_t sent, uint64_t done,
                  uint64_t bytes, unsigned status, enum error_kind why);
/* For a unit that expects no reply, after rec_sent: answered, without response or service. */
void rec_left(struct rec *r, uint32_t cell, uint64_t due);
void rec_timed_out(struct rec *r, uint32_t cell, uint64_t due);
void rec_wire(struct rec *r, uint32_t cell, uint64_t due, uint64_t wire_ns);
void rec_duplicated(struct rec *r, uint32_t cell, uint64_t due);
void rec_reordered(struct rec *r, uint32_t cell, uint64_t due);
/* Live replay: how long the recorded reply took, and how the one that came compares to it: differs
 * DIFFER_COUNT when it does not. */
void rec_recorded(struct rec *r, uint32_t cell, uint64_t due, uint64_t recorded_ns);
void rec_compared(struct rec *r, uint32_t cell, uint64_t due, enum differ differs);
/* For columns of units that expect no reply: offered, sent and answered in one go. due[] and
 * cell common to all. */
void rec_sent_column(struct rec *r, uint32_t cell, const uint64_t *due, const uint64_t *bytes,
                     size_t n, uint64_t sent, bool answered);
/* Adds a unit's bytes to its stream's hash (stats/hash.h). */
void rec_hash(struct rec *r, uint32_t cell, uint64_t index, const void *p, size_t n);

/* A few totals for the progress line; safe from another thread, may be slightly torn. */
struct rec_glance {
    uint64_t offered, sent, answered, timed_out, errors;
};
struct rec_glance rec_glance(const struct rec *r);

/* For result_add, after the worker has stopped: what was written down. The slice number i of
 * rec_slice_count, in order of time, without gaps; `start` counts from the end of the warm-up. */
const struct counts *rec_cell(const struct rec *r, size_t cell);
const struct counts *rec_warmup(const struct rec *r);
unit_hash rec_stream_hash(const struct rec *r, size_t stream);
struct rec_slice {
    uint64_t start, length; /* ns; the length is slice_ns times a power of two */
    bool used;              /* anything at all is booked */
    struct counts counts;
};
size_t rec_slice_count(const struct rec *r);
const struct rec_slice *rec_slice(const struct rec *r, size_t i);
/* Gives the memory of a slice back. Nothing can be recorded after that. */
void rec_drop_slice(struct rec *r, size_t i);
size_t rec_cell_count(const struct rec *r);
/* The rule by which slices grow, which the result follows too: `into` takes in `next`, its
 * neighbour in time, which is left empty. */
void rec_slice_join(struct rec_slice *into, struct rec_slice *next);

#endif
