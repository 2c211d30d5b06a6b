/* gaps: how well a copy of a capture kept its times, both seen by the kernel.
 *
 *   gaps COPY RECORDING     against the recorded gaps
 *   gaps COPY RATE          against one gap of 1/RATE s
 *
 * Prints: frames, error of the duration in ppm, and of the gaps the p50 and the p99 of the error
 * in ns; and the rate in frames per second. Frames are compared by their place, so nothing may be
 * missing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/trace.h"

struct times {
    int64_t *v;
    size_t n, cap;
};

static bool read_times(const char *path, struct times *t)
{
    struct errs errs = {0};
    struct trace_frame f;
    struct trace *trace = trace_open(path, (struct where){0}, &errs);
    if (!trace) {
        errs_print(&errs, stderr);
        return false;
    }
    while (trace_next(trace, &f) == TRACE_FRAME) {
        if (t->n == t->cap) {
            t->cap = t->cap ? t->cap * 2 : 1024;
            t->v = realloc(t->v, t->cap * sizeof *t->v);
            if (!t->v) return false;
        }
        t->v[t->n++] = f.at_ns;
    }
    trace_close(trace);
    return t->n > 1;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    struct times copy = {0}, recording = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: gaps COPY RECORDING|RATE\n");
        return 2;
    }
    double rate = atof(argv[2]);
    if (!read_times(argv[1], &copy) || (rate <= 0 && !read_times(argv[2], &recording))) return 1;
    if (rate <= 0 && recording.n != copy.n) {
        fprintf(stderr, "%zu frames of %zu\n", copy.n, recording.n);
        return 1;
    }
    size_t n = copy.n - 1;
    double *error = malloc(n * sizeof *error), planned = 0;
    if (!error) return 1;
    for (size_t i = 0; i < n; i++) {
        double gap = rate > 0 ? 1e9 / rate : (double)(recording.v[i + 1] - recording.v[i]);
        planned += gap;
        error[i] = fabs((double)(copy.v[i + 1] - copy.v[i]) - gap);
    }
    qsort(error, n, sizeof *error, ascending);
    double took = (double)(copy.v[n] - copy.v[0]);
    printf("%zu %.1f %.0f %.0f %.3f\n", copy.n, fabs(took / planned - 1) * 1e6, error[n / 2],
           error[n * 99 / 100], (double)n * 1e9 / took);
    return 0;
}
