#include "stats/loops.h"

void loops_start(struct loops *l)
{
    *l = (struct loops){.width = 1};
}

static void join(struct loop_row *into, const struct loop_row *from)
{
    into->offered += from->offered;
    into->sent += from->sent;
    into->shed += from->shed;
    into->failed += from->failed;
    for (size_t i = 0; i < ERROR_COUNT; i++) into->skipped[i] += from->skipped[i];
}

/* Twice as many loops in half as many rows. */
static void join_pairs(struct loops *l)
{
    for (size_t i = 0; i < LOOPS_ROWS; i++) {
        struct loop_row row = l->row[i];
        l->row[i] = (struct loop_row){0};
        join(&l->row[i / 2], &row);
    }
    l->width *= 2;
}

struct loop_row *loops_row(struct loops *l, uint64_t loop)
{
    while (loop / l->width >= LOOPS_ROWS) join_pairs(l);
    if (loop >= l->begun) l->begun = loop + 1;
    return &l->row[loop / l->width];
}

void loops_merge(struct loops *to, const struct loops *from)
{
    while (to->width < from->width) join_pairs(to);
    for (size_t i = 0; i < loops_rows(from); i++)
        join(loops_row(to, i * from->width), &from->row[i]);
    if (from->begun > to->begun) to->begun = from->begun;
}

size_t loops_rows(const struct loops *l)
{
    return (size_t)((l->begun + l->width - 1) / l->width);
}
