/* What is special to the xdp wire, and when auto does without it; the rest is in test_wire_raw.c.
 */
#include "wire_rig.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#define LEFT ((struct wire_opts){.place = "left"})

static void opens(const char *class, const struct wire_opts *o, const char *really)
{
    struct wire *w = open_wire(class, o);
    assert_string_equal(w->class->doc.name, really);
    close_wire(w);
}

/* The frames of a send that failed are behind it in the ring. They never leave, neither with the
 * next ones nor in their place, and their memory comes back. */
static void what_failed_stays_behind(void **state)
{
    NEEDS_NAMESPACE;
    struct wire *w = open_wire("xdp", &LEFT);
    struct frame lost[400];
    for (size_t i = 0; i < 400; i++) lost[i] = frame(1000 + i);
    size_t expected = 0, done;
    send_frames(w, 0, 100);
    for (unsigned round = 0; round < 3; round++) {
        assert_true(run("ip link set right down"));
        enum sent r = SENT_AGAIN;
        for (int tries = 0; tries < 200 && r == SENT_AGAIN; tries++) {
            r = w->class->send(w, lost, 400, &done);
            assert_int_equal(done, 0);
            if (r == SENT_AGAIN) usleep(10000);
        }
        assert_int_equal(r, SENT_FAILED);
        assert_int_equal(w->error, ENETDOWN);
        assert_true(run("ip link set right up"));
        struct capture *c = open_capture("right", 65535, true);
        struct wire *link = open_wire("raw", &LEFT); /* waits until the link is there */
        close_wire(link);
        struct sight s = {.snaplen = 65535};
        /* Fewer than stayed behind, then many more. */
        send_frames(w, 0, 7);
        expected = 300 + 900 * round;
        send_frames(w, 7, expected);
        watch(c, expected, &s);
        if (round == 2) watch(c, expected + 1, &s);
        assert_int_equal(s.n, expected);
        assert_false(s.wrong);
        capture_close(c);
    }
    close_wire(w);
}

/* The system call of the wire, in place of the C library's: before the calls_left-th of them from
 * now something happens. */
ssize_t sending(int fd, const void *p, size_t n, int flags, const struct sockaddr *to,
                socklen_t len) __asm__("sendto");
static int calls_left;
static const char *happens;
ssize_t sending(int fd, const void *p, size_t n, int flags, const struct sockaddr *to,
                socklen_t len)
{
    if (calls_left > 0 && --calls_left == 0) assert_true(run(happens));
    return syscall(SYS_sendto, fd, p, n, flags, to, len);
}

/* The device goes down after the kernel took frames and before it told how many; some frames
 * stay behind these in the ring, so that it has more to go through. What has left is what was told,
 * neither less nor more, and in the end the wire is as good as new. */
static void goes_down_in_a_send(void **state)
{
    NEEDS_NAMESPACE;
    struct wire *w = open_wire("xdp", &LEFT);
    struct frame f[20];
    for (size_t i = 0; i < 20; i++) f[i] = frame(i);
    for (unsigned round = 0; round < 3; round++) {
        size_t done;
        happens = "ip link set left down", calls_left = 1;
        assert_int_equal(w->class->send(w, f, 20, &done), SENT_FAILED);
        assert_int_equal(done, 0);
        assert_true(run("ip link set left up"));
        struct capture *c = open_capture("right", 65535, true);
        close_wire(open_wire("raw", &LEFT)); /* waits until the link is there */
        calls_left = 2;
        enum sent r = w->class->send(w, f, 7, &done);
        assert_int_equal(calls_left, 0);
        assert_int_equal(r, SENT_OK);
        assert_int_equal(done, 7);
        assert_int_equal(w->class->send(w, f, 20, &done), SENT_FAILED);
        assert_int_equal(w->error, ENETDOWN);
        assert_int_equal(done, 0);
        assert_true(run("ip link set left up"));
        close_wire(open_wire("raw", &LEFT));
        send_frames(w, 7, 100);
        struct sight s = {.snaplen = 65535};
        watch(c, 100, &s);
        assert_int_equal(s.n, 100);
        assert_false(s.wrong);
        capture_close(c);
    }
    close_wire(w);
}

static void is_closed_at_once(void **state)
{
    NEEDS_NAMESPACE;
    for (int i = 0; i < 5; i++) {
        struct wire *w = open_wire("auto", &LEFT);
        assert_string_equal(w->class->doc.name, "xdp");
        assert_int_equal(w->fd, -1);
        send_frames(w, 0, 50);
        close_wire(w);
    }
}

static void has_a_queue_of_its_own(void **state)
{
    NEEDS_NAMESPACE;
    struct wire *first = open_wire("xdp", &LEFT);
    wire_fails("xdp", &LEFT, "another AF_XDP socket has queue 0 of 'left', expected wire = raw");
    close_wire(first);
    opens("auto", &LEFT, "xdp");
}

/* Two senders want two queues, and without them neither is faster than the other. */
static void needs_a_queue_for_each(void **state)
{
    NEEDS_NAMESPACE;
    struct wire_opts a = {.place = "left", .sender = 0, .senders = 2}, b = a;
    b.sender = 1;
    opens("auto", &a, "raw");
    opens("auto", &b, "raw");
    wire_fails("xdp", &b, "'left' has 1 queue, but xdp needs one for each of 2 workers");
    run("ip link del left");
    if (!run("ip link add left numtxqueues 2 numrxqueues 2 type veth peer name right "
             "numtxqueues 2 numrxqueues 2 && ip link set left up && ip link set right up"))
        skip();
    struct wire *w = open_wire("auto", &a);
    opens("auto", &b, "xdp");
    assert_string_equal(w->class->doc.name, "xdp");
    close_wire(w);
}

static void takes_devices_that_suit_it(void **state)
{
    NEEDS_NAMESPACE;
    struct wire_opts queued = {.place = "left", .qdisc = true}, lo = {.place = "lo"};
    opens("auto", &queued, "raw");
    wire_fails("xdp", &queued, "expected wire = raw");
    opens("auto", &lo, "raw");
    wire_fails("xdp", &lo, "frames of 'lo' are up to 65554 bytes long, xdp takes ");
    struct wire_opts bridge = {.place = "bridge"};
    if (!run("ip link add bridge type bridge 2>/dev/null")) return;
    assert_true(run("ip link set left master bridge && ip link set bridge up"));
    opens("auto", &bridge, "raw");
    run("ip link del bridge");
}

static void takes_the_frames_of_its_device(void **state)
{
    NEEDS_NAMESPACE;
    long page = sysconf(_SC_PAGESIZE);
    assert_true(run("ip link set left mtu 4078"));
    opens("auto", &LEFT, "xdp");
    assert_true(run("ip link set left mtu 9000"));
    opens("auto", &LEFT, page < 9018 ? "raw" : "xdp");
    if (page < 9018) wire_fails("xdp", &LEFT, "frames of 'left' are up to 9018 bytes long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_failed_stays_behind, fresh_pair),
        cmocka_unit_test_setup(goes_down_in_a_send, fresh_pair),
        cmocka_unit_test_setup(is_closed_at_once, fresh_pair),
        cmocka_unit_test_setup(has_a_queue_of_its_own, fresh_pair),
        cmocka_unit_test_setup(needs_a_queue_for_each, fresh_pair),
        cmocka_unit_test_setup(takes_devices_that_suit_it, fresh_pair),
        cmocka_unit_test_setup(takes_the_frames_of_its_device, fresh_pair),
    };
    skip_reason = make_namespace();
    if (skip_reason) print_message("wire: xdp: skipped: %s\n", skip_reason);
    return cmocka_run_group_tests_name("wire: xdp", tests, NULL, NULL);
}
