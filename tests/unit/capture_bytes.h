/* Capture files made by hand in memory, for the tests of trace/. */
#ifndef CAPTURE_BYTES_H
#define CAPTURE_BYTES_H

#include "trace/trace.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define BYTES_MAX 65536

/* A file under construction; integers go in in its byte order. */
struct bytes {
    bool big;
    size_t n;
    uint8_t v[BYTES_MAX];
};

static inline void add(struct bytes *b, const void *p, size_t n)
{
    assert_true(b->n + n <= BYTES_MAX);
    memcpy(b->v + b->n, p, n);
    b->n += n;
}
static inline void add_uint(struct bytes *b, uint64_t v, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t c = (uint8_t)(v >> 8 * (b->big ? size - 1 - i : i));
        add(b, &c, 1);
    }
}
static inline void u16(struct bytes *b, unsigned v)
{
    add_uint(b, v, 2);
}
static inline void u32(struct bytes *b, uint32_t v)
{
    add_uint(b, v, 4);
}
static inline void u64(struct bytes *b, uint64_t v)
{
    add_uint(b, v, 8);
}
/* n bytes first, first + 1, ... */
static inline void add_row(struct bytes *b, unsigned first, size_t n)
{
    for (size_t i = 0; i < n; i++) add_uint(b, (uint8_t)(first + i), 1);
}
static inline void assert_row(struct span s, unsigned first, size_t n)
{
    assert_int_equal(s.n, n);
    for (size_t i = 0; i < n; i++) assert_int_equal(s.p[i], (uint8_t)(first + i));
}

/* A nameless file that trace_open can open by a path; one at a time. */
static int file_fd = -1;
static inline const char *file_of(const void *p, size_t n)
{
    static char path[40];
    if (file_fd < 0) file_fd = memfd_create("capture", MFD_CLOEXEC);
    assert_return_code(ftruncate(file_fd, 0), 0);
    assert_int_equal(pwrite(file_fd, p, n, 0), n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file_fd);
    return path;
}

static inline struct trace *open_ok(const void *p, size_t n)
{
    struct errs errs = {0};
    struct trace *t = trace_open(file_of(p, n), (struct where){0}, &errs);
    if (!t) errs_print(&errs, stderr);
    assert_non_null(t);
    return t;
}

/* Opening must fail with a message that holds `text`. */
static inline void open_fails(const void *p, size_t n, const char *text)
{
    struct errs errs = {0};
    assert_null(trace_open(file_of(p, n), (struct where){0}, &errs));
    assert_int_equal(errs.n, 1);
    if (!strstr(errs.v[0].text, text)) fail_msg("'%s' lacks '%s'", errs.v[0].text, text);
}

static inline struct trace_frame next_ok(struct trace *t)
{
    struct trace_frame f = {0};
    enum trace_next r = trace_next(t, &f);
    if (r != TRACE_FRAME) fail_msg("no frame: %s", trace_problem(t) ? trace_problem(t) : "end");
    return f;
}
static inline void next_ends(struct trace *t)
{
    struct trace_frame f;
    for (int i = 0; i < 2; i++) assert_int_equal(trace_next(t, &f), TRACE_END);
    assert_null(trace_problem(t));
    trace_close(t);
}
static inline void next_damaged(struct trace *t, const char *text)
{
    struct trace_frame f;
    for (int i = 0; i < 2; i++) assert_int_equal(trace_next(t, &f), TRACE_DAMAGED);
    if (!strstr(trace_problem(t), text)) fail_msg("'%s' lacks '%s'", trace_problem(t), text);
    trace_close(t);
}

/* Reads a file that comes byte by byte through a pipe, behind the first `header` bytes: frame i is
 * there as soon as ends[i] bytes are, and before that TRACE_LATER is. Without `ends` only the
 * number of frames in all is known. */
static inline void come_late(const uint8_t *p, size_t all, size_t header, const size_t *ends,
                             size_t frames)
{
    char path[40];
    int pipes[2];
    struct errs errs = {0};
    struct trace_frame f;
    enum trace_next how;
    size_t got = 0;
    assert_return_code(pipe(pipes), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", pipes[0]);
    assert_int_equal(write(pipes[1], p, header), header);
    struct trace *t = trace_open(path, (struct where){0}, &errs);
    assert_non_null(t);
    trace_hurry(t);
    for (size_t n = header;; n++) {
        while ((how = trace_next(t, &f)) == TRACE_FRAME) got++;
        assert_int_equal(how, TRACE_LATER);
        assert_null(trace_problem(t));
        size_t expected = 0;
        while (ends && expected < frames && ends[expected] <= n) expected++;
        if (ends) assert_int_equal(got, expected);
        if (n == all) break;
        assert_int_equal(write(pipes[1], p + n, 1), 1);
    }
    assert_int_equal(got, frames);
    close(pipes[1]);
    next_ends(t);
    close(pipes[0]);
}

/* Reads the first n bytes of a file, n from 0 to all: whatever is cut off, opening fails with a
 * reason or the frames that end before the cut are read (ends[i] is where frame i ends) and a
 * reason is told, unless the cut is at a boundary, where `clean` says so. The same bytes through a
 * pipe one by one are no damage. */
static inline void cut_everywhere(const uint8_t *p, size_t all, size_t header, const size_t *ends,
                                  size_t frames, bool (*clean)(size_t n))
{
    for (size_t n = 0; n <= all; n++) {
        struct errs errs = {0};
        struct trace *t = trace_open(file_of(p, n), (struct where){0}, &errs);
        if (n < header) {
            assert_null(t);
            assert_int_equal(errs.n, 1);
            continue;
        }
        assert_non_null(t);
        size_t expected = 0;
        while (expected < frames && ends[expected] <= n) expected++;
        struct trace_frame f;
        enum trace_next r;
        size_t got = 0;
        while ((r = trace_next(t, &f)) == TRACE_FRAME) got++;
        assert_int_equal(got, expected);
        assert_int_equal(r, clean(n) ? TRACE_END : TRACE_DAMAGED);
        assert_int_equal(trace_problem(t) == NULL, r == TRACE_END);
        trace_close(t);
    }
    if (clean(all)) come_late(p, all, header, ends, frames);
}

#endif
