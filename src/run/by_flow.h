/* by_flow: the figures of a run by flow, for streams of packets that have flows and are to come
 * back or to arrive. One table for each such stream, shared by its lanes and the catcher; it ends
 * up in the result. Opened and told by run.c. */
#ifndef RUN_BY_FLOW_H
#define RUN_BY_FLOW_H

#include "plan/plan.h"
#include "run/lane.h"
#include "stats/result.h"

/* A table for each stream of the plan, NULL where there are no figures. */
struct flow_table **by_flow_open(const struct plan *p);
void by_flow_close(const struct plan *p, struct flow_table **tables);
/* A lane's packets have left: units index[0..n), n <= BATCH. */
void by_flow_sent(const struct lane *l, const uint64_t *index, const uint64_t *due, size_t n,
                  struct scratch *scratch);
/* After the run: the tables become the result's. matchers[worker][stream] tell what still waits. */
void by_flow_tell(const struct plan *p, struct flow_table **tables, struct matcher **matchers,
                  struct result *r);

#endif
