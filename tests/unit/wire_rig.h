/* Wires and captures over a veth pair, left and right, in a network namespace of the test's own.
 * Tests are skipped with the reason where namespaces are not permitted. */
#ifndef TESTS_WIRE_RIG_H
#define TESTS_WIRE_RIG_H

#include "base/clock.h"
#include "wire/capture.h"
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define FILTER "ether proto 0x88b5" /* for local experiments: nobody else speaks it */
static const char *skip_reason;

static inline bool run(const char *command)
{
    return system(command) == 0;
}

static inline void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0) return;
    ssize_t n = write(fd, text, strlen(text));
    (void)n;
    close(fd);
}

/* Until Linux 6.4 a processor that is busy with what it received lets more of that wait. A sender
 * that moves to another one meanwhile has its next frames received before those. */
static inline void stay_on_this_processor(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* A namespace of our own, as root or, where that is allowed, as somebody who becomes root in it. */
static inline const char *make_namespace(void)
{
    char map[40];
    unsigned uid = getuid();
    stay_on_this_processor();
    if (unshare(CLONE_NEWNET) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return "no network namespaces permitted";
        snprintf(map, sizeof map, "0 %u 1", uid);
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", map);
    }
    if (!run("ip link set lo up 2>/dev/null")) return "`ip link` does not work";
    if (!run("ip link add left address 02:00:00:00:00:01 type veth peer name right "
             "address 02:00:00:00:00:02 2>/dev/null"))
        return "no veth devices";
    return NULL;
}

static inline int fresh_pair(void **state)
{
    (void)state;
    if (skip_reason) return 0;
    run("ip link del left 2>/dev/null");
    return !run("ip link add left address 02:00:00:00:00:01 type veth peer name right "
                "address 02:00:00:00:00:02 && ip link set left up && ip link set right up");
}
#define NEEDS_NAMESPACE                                                                            \
    (void)state;                                                                                   \
    if (skip_reason) skip()

static inline struct wire *open_wire(const char *class, const struct wire_opts *o)
{
    struct errs errs = {0};
    struct wire *w = wire_class_named(class)->open(o, (struct where){0}, &errs);
    if (!w) errs_print(&errs, stderr);
    assert_non_null(w);
    return w;
}
static inline void close_wire(struct wire *w)
{
    struct errs errs = {0};
    assert_true(w->class->close(w, &errs));
}
static inline struct capture *open_capture(const char *name, uint32_t snaplen, bool incoming)
{
    struct errs errs = {0};
    struct capture_opts o = {
        .interface = name, .filter = FILTER, .snaplen = snaplen, .incoming = incoming};
    struct capture *c = capture_open(&o, (struct where){0}, &errs);
    if (!c) errs_print(&errs, stderr);
    assert_non_null(c);
    return c;
}

/* Frame i: its number in the first payload bytes, and a length of its own. */
#define MOST 3000
static uint8_t content[MOST][1514];
static inline uint32_t length(size_t i)
{
    return 60 + (uint32_t)(i * 31 % 1455);
}
static inline struct frame frame(size_t i)
{
    static const uint8_t head[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    memset(content[i], (int)i, sizeof content[i]);
    memcpy(content[i], head, sizeof head);
    put_u32(content[i] + 14, (uint32_t)i);
    return (struct frame){.p = content[i], .len = length(i), .wire_len = length(i)};
}

struct sight {
    size_t n;
    uint64_t first_ns, last_ns;
    uint32_t snaplen;
    uint32_t longest; /* frames were cut to this length before they left; 0: they were not */
    bool wrong;
};
static inline void see(void *ctx, uint64_t at_ns, struct span got, uint32_t len)
{
    struct sight *s = ctx;
    size_t i = s->n++;
    if (i == 0) s->first_ns = at_ns;
    if (at_ns < s->last_ns) s->wrong = true;
    s->last_ns = at_ns;
    uint32_t full = s->longest && length(i) > s->longest ? s->longest : length(i);
    size_t kept = full < s->snaplen ? full : s->snaplen;
    if (len != full || got.n != kept || memcmp(got.p, content[i], kept) != 0) s->wrong = true;
}

/* Reads until n frames were seen or nothing more comes. */
static inline void watch(struct capture *c, size_t n, struct sight *s)
{
    struct pollfd p = {capture_fd(c), POLLIN, 0};
    int got = 1;
    while (got >= 0 && s->n < n && poll(&p, 1, 1000) == 1) {
        got = capture_read(c, 7, see, s);
        assert_true(got <= 7);
    }
}

/* Sends frames [from, to), whatever the device says in between. */
static inline void send_frames(struct wire *w, size_t from, size_t to)
{
    static struct frame f[MOST];
    for (size_t i = from; i < to; i++) f[i] = frame(i);
    while (from < to) {
        size_t done;
        enum sent r = w->class->send(w, f + from, to - from, &done);
        assert_true(r != SENT_FAILED);
        assert_true(r == SENT_OK ? done == to - from : done < to - from);
        from += done;
    }
}

static inline void wire_fails(const char *class, const struct wire_opts *o, const char *text)
{
    struct errs errs = {0};
    assert_null(wire_class_named(class)->open(o, (struct where){"p.ini", 2}, &errs));
    assert_int_equal(errs.n, 1);
    assert_int_equal(errs.v[0].at.line, 2);
    if (!strstr(errs.v[0].text, text)) fail_msg("'%s' lacks '%s'", errs.v[0].text, text);
}

#endif
