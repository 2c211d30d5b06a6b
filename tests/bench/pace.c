/* What one due time costs, by kind of schedule, for one worker and as one of four; and what
 * going to a random unit costs. Prints ns; asserts nothing. */
#include <stdio.h>

#include "base/clock.h"
#include "pace/pace.h"

#define UNITS (4u << 20)

static double step_through(const struct schedule *s, struct arena *a, uint64_t step)
{
    static uint64_t t[BATCH];
    struct schedule_state *st = schedule_start(s, a);
    uint64_t begin = clock_thread_cpu(), n = 0;
    for (; n < UNITS; n += BATCH)
        if (schedule_due(s, st, n * step, step, BATCH, t) < BATCH) break;
    return (double)(clock_thread_cpu() - begin) / (double)(n ? n : 1);
}

static double seek(const struct schedule *s, struct arena *a)
{
    struct schedule_state *st = schedule_start(s, a);
    uint64_t begin = clock_thread_cpu(), t;
    for (uint64_t i = 0; i < 1000; i++) schedule_due(s, st, rng_mix(i) >> 24, 1, 1, &t);
    return (double)(clock_thread_cpu() - begin) / 1000;
}

int main(void)
{
    static const char *const cases[][2] = {
        {"1M/s", "constant"},
        {"999999937/s", "constant"},
        {"ramp(0/s..2M/s) for 30s", "constant"},
        {"sine(1M/s..5M/s, period=60s)", "constant"},
        {"burst(100, every=1ms)", "constant"},
        {"1M/s", "uniform"},
        {"1M/s", "poisson"},
        {"ramp(0/s..2M/s) for 30s", "poisson"},
        {"1M/s", "pareto"},
    };
    printf("%-32s %-10s %10s %10s %12s\n", "rate", "arrival", "ns/due", "of four", "ns/seek");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct gen_env env = {.arena = &a, .errs = &errs, .seed = 42};
        struct entry rate = {.key = "rate", .value = span_of(cases[i][0])};
        struct entry arrival = {.key = "arrival", .value = span_of(cases[i][1])};
        const struct schedule *s = schedule_compile(&env, &rate, &arrival, "stream x");
        if (!s) {
            errs_print(&errs, stderr);
            return 1;
        }
        printf("%-32s %-10s %10.1f %10.1f", cases[i][0], cases[i][1], step_through(s, &a, 1),
               step_through(s, &a, 4));
        if (strcmp(cases[i][1], "pareto"))
            printf(" %12.0f\n", seek(s, &a));
        else
            puts("            -"); /* it walks */
        arena_free(&a);
    }
    return 0;
}
