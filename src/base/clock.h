/* clock: the run's time, in nanoseconds, monotonic; and the wall clock beside it.
 *
 * All times in a run are on CLOCK_MONOTONIC. Time stamps of captures are on the wall clock;
 * they are converted here before they meet any other time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S 1000000000ull

static inline uint64_t clock_read(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}
static inline uint64_t clock_now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}
static inline uint64_t clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}
/* CPU time of the calling thread, and of the process. */
static inline uint64_t clock_thread_cpu(void)
{
    return clock_read(CLOCK_THREAD_CPUTIME_ID);
}
static inline uint64_t clock_process_cpu(void)
{
    return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

/* What to add to a wall-clock time to get a monotonic one, measured now: the reading with the
 * shortest bracket of several. It drifts as the wall clock is slewed; measure again each
 * second or so in a long run. */
int64_t clock_wall_offset(void);

#endif
