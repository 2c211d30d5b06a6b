/* Capture files of any content: no crash, no endless loop, and what is promised of each frame. */
#include "require.h"
#include "trace/trace.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Reads to the end; the sum of all frames' bytes, so that each is touched. */
static uint64_t read_all(struct trace *t, size_t *frames)
{
    uint64_t sum = 0;
    struct trace_frame f;
    enum trace_next r;
    for (*frames = 0; (r = trace_next(t, &f)) == TRACE_FRAME; ++*frames) {
        REQUIRE(f.bytes.n <= f.wire_len);
        REQUIRE(f.has_time || f.at_ns == 0);
        for (size_t i = 0; i < f.bytes.n; i++) sum = sum * 31 + f.bytes.p[i];
    }
    REQUIRE((trace_problem(t) != NULL) == (r == TRACE_DAMAGED));
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, n, 0) != (ssize_t)n) abort();
    struct errs errs = {0};
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    REQUIRE((t == NULL) == errs_any(&errs));
    if (!t) return 0;
    size_t once, again;
    uint64_t sum = read_all(t, &once);
    REQUIRE(trace_rewind(t));
    REQUIRE(read_all(t, &again) == sum && again == once);
    trace_close(t);
    return 0;
}
