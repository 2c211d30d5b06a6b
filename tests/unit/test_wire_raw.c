/* The raw wire and the capture, over a veth pair in a network namespace of this test's own.
 * Skipped with the reason where namespaces are not permitted. */
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

static bool run(const char *command)
{
    return system(command) == 0;
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0) return;
    ssize_t n = write(fd, text, strlen(text));
    (void)n;
    close(fd);
}

/* A namespace of our own, as root or, where that is allowed, as somebody who becomes root in it. */
static const char *make_namespace(void)
{
    char map[40];
    unsigned uid = getuid();
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

static int fresh_pair(void **state)
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

static struct wire *open_raw(const char *name, bool qdisc)
{
    struct errs errs = {0};
    struct wire_opts o = {.place = name, .qdisc = qdisc};
    struct wire *w = wire_class_named("raw")->open(&o, (struct where){0}, &errs);
    if (!w) errs_print(&errs, stderr);
    assert_non_null(w);
    return w;
}
static void close_raw(struct wire *w)
{
    struct errs errs = {0};
    assert_true(w->class->close(w, &errs));
}
static struct capture *open_capture(const char *name, uint32_t snaplen, bool incoming)
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
static uint32_t length(size_t i)
{
    return 60 + (uint32_t)(i * 31 % 1455);
}
static struct frame frame(size_t i)
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
    bool wrong;
};
static void see(void *ctx, uint64_t at_ns, struct span got, uint32_t len)
{
    struct sight *s = ctx;
    size_t i = s->n++;
    if (i == 0) s->first_ns = at_ns;
    if (at_ns < s->last_ns) s->wrong = true;
    s->last_ns = at_ns;
    size_t kept = length(i) < s->snaplen ? length(i) : s->snaplen;
    if (len != length(i) || got.n != kept || memcmp(got.p, content[i], kept) != 0) s->wrong = true;
}

/* Reads until n frames were seen or nothing more comes. */
static void watch(struct capture *c, size_t n, struct sight *s)
{
    struct pollfd p = {capture_fd(c), POLLIN, 0};
    int got = 1;
    while (got >= 0 && s->n < n && poll(&p, 1, 1000) == 1) {
        got = capture_read(c, 7, see, s);
        assert_true(got <= 7);
    }
}

/* Sends frames [from, to), whatever the device says in between. */
static void send_frames(struct wire *w, size_t from, size_t to)
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

static void frames_arrive(void **state)
{
    NEEDS_NAMESPACE;
    static const uint32_t snaplens[] = {65535, 96};
    for (int qdisc = 0; qdisc < 2; qdisc++) {
        struct wire *w = open_raw("left", qdisc);
        struct sight s = {.snaplen = snaplens[qdisc]};
        struct capture *c = open_capture("right", s.snaplen, true);
        assert_int_equal(capture_link(c), 1);
        uint64_t before = clock_now();
        for (size_t i = 0; i < MOST; i += 300) {
            send_frames(w, i, i + 300);
            watch(c, i + 300, &s);
        }
        assert_int_equal(s.n, MOST);
        assert_false(s.wrong);
        /* The conversion from wall clock may be off by what a clock reading takes. */
        assert_true(s.first_ns + 1000000 > before && s.last_ns < clock_now() + 1000000);
        assert_int_equal(capture_stats(c).seen, MOST);
        assert_int_equal(capture_stats(c).dropped, 0);
        capture_close(c);
        close_raw(w);
    }
}

static void knows_its_device(void **state)
{
    NEEDS_NAMESPACE;
    struct wire *w = open_raw("left", false);
    assert_memory_equal(w->mac, "\2\0\0\0\0\1", 6);
    assert_int_equal(w->mtu, 1518);
    assert_true(w->fd >= 0);
    close_raw(w);
}

static void refuses_single_frames(void **state)
{
    NEEDS_NAMESPACE;
    static uint8_t plain[1600] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5},
                   tagged[1600] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 1};
    struct frame f[] = {{plain, 60, 60, 0},      {plain, 1515, 1515, 0}, {tagged, 1518, 1518, 0},
                        {tagged, 1519, 1519, 0}, {plain, 13, 13, 0},     {plain, 1514, 1514, 0}};
    static const int why[] = {0, EMSGSIZE, 0, EMSGSIZE, EINVAL, 0};
    struct wire *w = open_raw("left", false);
    size_t at = 0, done;
    for (size_t i = 0; i < 6; i++) {
        if (why[i] == 0) continue;
        assert_int_equal(w->class->send(w, f + at, 6 - at, &done), SENT_FAILED);
        assert_int_equal(at + done, i);
        assert_int_equal(w->error, why[i]);
        at = i + 1;
    }
    assert_int_equal(w->class->send(w, f + at, 6 - at, &done), SENT_OK);
    assert_int_equal(done, 6 - at);
    close_raw(w);
}

/* A cable pulled, and a device switched off, in the middle of a run. */
static void tells_a_lost_link(void **state)
{
    NEEDS_NAMESPACE;
    static const char *const commands[] = {"ip link set right down", "ip link set left down"};
    for (int i = 0; i < 2; i++) {
        fresh_pair(NULL);
        struct wire *w = open_raw("left", false);
        send_frames(w, 0, 10);
        assert_true(run(commands[i]));
        struct frame f = frame(0);
        size_t done;
        enum sent r = SENT_AGAIN;
        /* The kernel may take a second to notice. */
        for (int tries = 0; tries < 200 && r == SENT_AGAIN; tries++) {
            r = w->class->send(w, &f, 1, &done);
            assert_int_equal(done, 0);
            if (r == SENT_AGAIN) usleep(10000);
        }
        assert_int_equal(r, SENT_FAILED);
        assert_int_equal(w->error, ENETDOWN);
        close_raw(w);
    }
}

static void raw_fails(const char *name, const char *text)
{
    struct errs errs = {0};
    struct wire_opts o = {.place = name};
    assert_null(wire_class_named("raw")->open(&o, (struct where){"p.ini", 2}, &errs));
    assert_int_equal(errs.n, 1);
    assert_int_equal(errs.v[0].at.line, 2);
    if (!strstr(errs.v[0].text, text)) fail_msg("'%s' lacks '%s'", errs.v[0].text, text);
}
static void capture_fails(const char *name, const char *filter, const char *text)
{
    struct errs errs = {0};
    struct capture_opts o = {.interface = name, .filter = filter, .snaplen = 100};
    assert_null(capture_open(&o, (struct where){0}, &errs));
    assert_int_equal(errs.n, 1);
    if (!strstr(errs.v[0].text, text)) fail_msg("'%s' lacks '%s'", errs.v[0].text, text);
}

static void tells_what_is_wrong(void **state)
{
    NEEDS_NAMESPACE;
    raw_fails("lefd", "no network interface 'lefd', did you mean 'left'?");
    raw_fails("an-interface-with-a-long-name", "no network interface");
    raw_fails("", "no network interface ''");
    capture_fails("rihgt", "", "no network interface 'rihgt', did you mean 'right'?");
    capture_fails("right", "udp porrt 5", "filter 'udp porrt 5': ");
    run("ip link set right down");
    raw_fails("right", "interface 'right' is down: `ip link set right up`");
    capture_fails("right", "", "interface 'right' is down: `ip link set right up`");
    raw_fails("left", "interface 'left' has no link");
}

static void names_the_missing_right(void **state)
{
    NEEDS_NAMESPACE;
    pid_t child = fork();
    if (child == 0) {
        struct errs errs = {0};
        struct wire_opts w = {.place = "left"};
        struct capture_opts c = {.interface = "left", .snaplen = 100};
        if (setgid(65534) || setuid(65534)) _exit(77);
        wire_class_named("raw")->open(&w, (struct where){0}, &errs);
        capture_open(&c, (struct where){0}, &errs);
        _exit(errs.n == 2 && strstr(errs.v[0].text, "sending on 'left' is not permitted") &&
                      strstr(errs.v[0].text, "CAP_NET_RAW") &&
                      strstr(errs.v[1].text, "capturing on 'left' is not permitted") &&
                      strstr(errs.v[1].text, "CAP_NET_RAW")
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
}

/* Frames that go through the queueing discipline are seen where they leave, unless only what
 * arrives is wanted. */
static void hides_own_frames(void **state)
{
    NEEDS_NAMESPACE;
    struct capture *all = open_capture("left", 65535, false);
    struct capture *in = open_capture("left", 65535, true);
    struct wire *w = open_raw("left", true);
    send_frames(w, 0, 20);
    struct sight a = {.snaplen = 65535}, b = a;
    watch(all, 20, &a);
    watch(in, 1, &b);
    assert_int_equal(a.n, 20);
    assert_int_equal(b.n, 0);
    assert_int_equal(capture_stats(in).seen, 0);
    close_raw(w);
    capture_close(all);
    capture_close(in);
}

static void counts_what_it_loses(void **state)
{
    NEEDS_NAMESPACE;
    struct errs errs = {0};
    struct capture_opts o = {.interface = "right",
                             .filter = FILTER,
                             .snaplen = 65535,
                             .buffer = 1 << 19,
                             .incoming = true};
    struct capture *c = capture_open(&o, (struct where){0}, &errs);
    struct wire *w = open_raw("left", false);
    assert_non_null(c);
    send_frames(w, 0, MOST); /* 2.3 MB, and nobody reads */
    struct sight s = {.snaplen = 65535};
    watch(c, MOST, &s);
    struct capture_stats stats = capture_stats(c);
    assert_true(s.n < MOST);
    assert_int_equal(stats.seen, s.n);
    assert_int_equal(stats.seen + stats.dropped, MOST);
    assert_int_equal(capture_stats(c).dropped, stats.dropped);
    capture_close(c);
    close_raw(w);
}

static void tells_a_lost_device(void **state)
{
    NEEDS_NAMESPACE;
    struct capture *c = open_capture("right", 100, true);
    struct sight s = {.snaplen = 100};
    assert_int_equal(capture_read(c, 10, see, &s), 0);
    assert_true(run("ip link del left"));
    int got = 0;
    for (int tries = 0; tries < 100 && got == 0; tries++) {
        struct pollfd p = {capture_fd(c), POLLIN, 0};
        poll(&p, 1, 10);
        got = capture_read(c, 10, see, &s);
    }
    assert_int_equal(got, -1);
    capture_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_arrive, fresh_pair),
        cmocka_unit_test_setup(knows_its_device, fresh_pair),
        cmocka_unit_test_setup(refuses_single_frames, fresh_pair),
        cmocka_unit_test_setup(tells_a_lost_link, fresh_pair),
        cmocka_unit_test_setup(tells_what_is_wrong, fresh_pair),
        cmocka_unit_test_setup(names_the_missing_right, fresh_pair),
        cmocka_unit_test_setup(hides_own_frames, fresh_pair),
        cmocka_unit_test_setup(counts_what_it_loses, fresh_pair),
        cmocka_unit_test_setup(tells_a_lost_device, fresh_pair),
    };
    skip_reason = make_namespace();
    if (skip_reason) print_message("wire: raw: skipped: %s\n", skip_reason);
    return cmocka_run_group_tests_name("wire: raw", tests, NULL, NULL);
}
