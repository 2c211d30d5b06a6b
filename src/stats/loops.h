/* loops: what became of the frames of a replay, loop by loop, in bounded memory.
 *
 * A row stands for one loop; when there are more than LOOPS_ROWS, neighbours are joined in pairs,
 * so a row stands for two loops, then for four. Warm-up included. Written by a lane, told by
 * reports. */
#ifndef STATS_LOOPS_H
#define STATS_LOOPS_H

#include "stats/counts.h"

#define LOOPS_ROWS 64

/* offered = sent + shed + failed; those skipped are among the shed. */
struct loop_row {
    uint64_t offered, sent, shed, failed;
    uint64_t skipped[ERROR_COUNT];
};
struct loops {
    uint64_t width; /* loops in a row: a power of two */
    uint64_t begun; /* loops of which a frame is in the books */
    struct loop_row row[LOOPS_ROWS];
};

void loops_start(struct loops *l);
/* The row of loop number `loop`, from 0 on, for the caller to count in. */
struct loop_row *loops_row(struct loops *l, uint64_t loop);
/* Adds what another lane counted. */
void loops_merge(struct loops *to, const struct loops *from);
/* Rows in use. */
size_t loops_rows(const struct loops *l);
/* Frames of a row that did not leave. */
static inline uint64_t loop_row_missing(const struct loop_row *r)
{
    return r->offered - r->sent;
}

#endif
