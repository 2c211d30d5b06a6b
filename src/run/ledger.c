#include "run/ledger.h"

bool ledger_open(struct ledger *g)
{
    loops_start(&g->loops);
    g->flows = flows_open();
    return g->flows;
}

static struct loop_row *offered(struct ledger *g, const struct part_of *of)
{
    struct loop_row *row = loops_row(&g->loops, of->loop);
    if (of->flow && of->loop == 0) flows_add(g->flows, of->flow);
    row->offered++;
    return row;
}

static struct loop_row *missing(struct ledger *g, const struct part_of *of)
{
    struct loop_row *row = offered(g, of);
    if (of->flow) flows_tear(g->flows, of->flow);
    return row;
}

void ledger_sent(struct ledger *g, const struct part_of *of)
{
    offered(g, of)->sent++;
}

void ledger_shed(struct ledger *g, const struct part_of *of)
{
    missing(g, of)->shed++;
}

void ledger_failed(struct ledger *g, const struct part_of *of)
{
    missing(g, of)->failed++;
}

void ledger_skipped(struct ledger *g, const struct part_of *of, enum error_kind why)
{
    struct loop_row *row = missing(g, of);
    row->shed++;
    row->skipped[why]++;
}

struct result_recorded ledger_recorded(const struct ledger *g)
{
    struct result_recorded r = {.torn = flows_torn(g->flows)};
    r.count = flows_count(g->flows, &r.capped);
    return r;
}

void ledger_close(struct ledger *g)
{
    flows_close(g->flows);
}
