/* flows: how many different numbers were seen, exactly up to a limit, and of how many something was
 * missing. For trace/info.c and run/replay.c. */
#ifndef TRACE_FLOWS_H
#define TRACE_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

#define FLOWS_MAX 393216u /* in a table of 4 MiB, three quarters full */

struct flows;

struct flows *flows_open(void); /* NULL without memory */
/* A number other than 0. */
void flows_add(struct flows *f, uint64_t number);
/* *capped: there were more than FLOWS_MAX, which is what is returned. */
uint64_t flows_count(const struct flows *f, bool *capped);
/* Something of this number is missing; it has been added, or found no room. */
void flows_tear(struct flows *f, uint64_t number);
uint64_t flows_torn(const struct flows *f);
void flows_close(struct flows *f);

#endif
