/* measured: the time that a run's rates are taken over.
 *
 * Units are due from the end of the warm-up until the last one has had its time: one gap behind
 * it, so that n units at a rate last n gaps. Called by run/outcome.c when all workers have ended.
 */
#ifndef RUN_MEASURED_H
#define RUN_MEASURED_H

#include "run/outcome.h"

/* Times are ns since the start of the run. */

/* The end of the time in which units were due: that of the longest stream. What no schedule
 * says is over when the last unit has left, or else when the duration or the user says so. */
uint64_t measured_end(const struct outcome *o, struct arena *a);
/* When the last unit left whose time counts for a rate. */
uint64_t measured_last(const struct outcome *o);
/* How many units of a stream, by its schedule, were due behind the warm-up and before `end`. */
uint64_t measured_units(const struct outcome *o, size_t stream, uint64_t end, struct arena *a);

#endif
