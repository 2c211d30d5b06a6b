/* The raw wire and the capture. What holds for every wire into an interface is tried with each. */
#include "wire_rig.h"

static void frames_arrive(void **state)
{
    NEEDS_NAMESPACE;
    static const uint32_t snaplens[] = {65535, 96};
    for (int qdisc = 0; qdisc < 2; qdisc++) {
        const char *class = qdisc ? "auto" : *state; /* auto knows that xdp has no queueing */
        struct wire *w = open_wire(class, &(struct wire_opts){.place = "left", .qdisc = qdisc});
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
        close_wire(w);
    }
}

static void knows_its_device(void **state)
{
    NEEDS_NAMESPACE;
    struct wire *w = open_wire(*state, &(struct wire_opts){.place = "left"});
    assert_memory_equal(w->mac, "\2\0\0\0\0\1", 6);
    assert_int_equal(w->mtu, 1518);
    close_wire(w);
}

static void refuses_single_frames(void **state)
{
    NEEDS_NAMESPACE;
    static uint8_t plain[1600] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5},
                   tagged[1600] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 1};
    struct frame f[] = {{plain, 60, 60, 0},      {plain, 1515, 1515, 0}, {tagged, 1518, 1518, 0},
                        {tagged, 1519, 1519, 0}, {plain, 13, 13, 0},     {plain, 1514, 1514, 0}};
    static const int why[] = {0, EMSGSIZE, 0, EMSGSIZE, EINVAL, 0};
    struct wire *w = open_wire(*state, &(struct wire_opts){.place = "left"});
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
    close_wire(w);
}

/* The peer drops frames longer than its own MTU, which the device tells as being busy: those before
 * have left, those behind have not, wherever in a batch it happens. */
static void stops_where_the_device_does(void **state)
{
    NEEDS_NAMESPACE;
    static uint8_t giant[1000] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    static const size_t places[] = {0, 1, 31, 32, 33, 63, 64, 99};
    assert_true(run("ip link set right mtu 900"));
    struct wire *w = open_wire(*state, &(struct wire_opts){.place = "left"});
    struct capture *c = open_capture("right", 65535, true);
    struct sight s = {.snaplen = 65535, .longest = 500};
    struct frame f[100];
    size_t done, number = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (size_t k = 0; k < 100; k++) {
            if (k == places[i]) {
                f[k] = (struct frame){giant, 1000, 1000, 0};
                continue;
            }
            f[k] = frame(number++);
            if (f[k].len > s.longest) f[k].len = s.longest;
        }
        if (w->class->send(w, f, 100, &done) == SENT_OK) skip(); /* an old kernel: told by nobody */
        assert_int_equal(done, places[i]);
        assert_int_equal(w->class->send(w, f + done, 100 - done, &done), SENT_AGAIN);
        assert_int_equal(done, 0);
        size_t next = places[i] + 1;
        assert_int_equal(w->class->send(w, f + next, 100 - next, &done), SENT_OK);
        watch(c, number, &s);
    }
    watch(c, number + 1, &s);
    assert_int_equal(s.n, number);
    assert_false(s.wrong);
    capture_close(c);
    close_wire(w);
}

/* A cable pulled, and a device switched off, in the middle of a run. */
static void tells_a_lost_link(void **state)
{
    NEEDS_NAMESPACE;
    static const char *const commands[] = {"ip link set right down", "ip link set left down"};
    for (int i = 0; i < 2; i++) {
        fresh_pair(NULL);
        struct wire *w = open_wire(*state, &(struct wire_opts){.place = "left"});
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
        close_wire(w);
    }
}

static void capture_fails(const char *name, const char *filter, const char *text)
{
    struct errs errs = {0};
    struct capture_opts o = {.interface = name, .filter = filter, .snaplen = 100};
    assert_null(capture_open(&o, (struct where){0}, &errs));
    assert_int_equal(errs.n, 1);
    if (!strstr(errs.v[0].text, text)) fail_msg("'%s' lacks '%s'", errs.v[0].text, text);
}

static void fails(const char *class, const char *name, const char *text)
{
    wire_fails(class, &(struct wire_opts){.place = name}, text);
}

static void tells_what_is_wrong(void **state)
{
    NEEDS_NAMESPACE;
    fails(*state, "lefd", "no network interface 'lefd', did you mean 'left'?");
    fails(*state, "an-interface-with-a-long-name", "no network interface");
    fails(*state, "", "no network interface ''");
    capture_fails("rihgt", "", "no network interface 'rihgt', did you mean 'right'?");
    capture_fails("right", "udp porrt 5", "filter 'udp porrt 5': ");
    run("ip link set right down");
    fails(*state, "right", "interface 'right' is down: `ip link set right up`");
    capture_fails("right", "", "interface 'right' is down: `ip link set right up`");
    fails(*state, "left", "interface 'left' has no link");
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
        wire_class_named(*state)->open(&w, (struct where){0}, &errs);
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
    struct wire *w = open_wire("raw", &(struct wire_opts){.place = "left", .qdisc = true});
    send_frames(w, 0, 20);
    struct sight a = {.snaplen = 65535}, b = a;
    watch(all, 20, &a);
    watch(in, 1, &b);
    assert_int_equal(a.n, 20);
    assert_int_equal(b.n, 0);
    assert_int_equal(capture_stats(in).seen, 0);
    close_wire(w);
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
    struct wire *w = open_wire(*state, &(struct wire_opts){.place = "left"});
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
    close_wire(w);
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

#define WITH_EACH(test)                                                                            \
    {#test " (raw)", test, fresh_pair, NULL, raw},                                                 \
    {                                                                                              \
#test " (xdp)", test, fresh_pair, NULL, xdp                                                \
    }

int main(void)
{
    static char raw[] = "raw", xdp[] = "xdp";
    const struct CMUnitTest tests[] = {
        WITH_EACH(frames_arrive),
        WITH_EACH(knows_its_device),
        WITH_EACH(refuses_single_frames),
        WITH_EACH(stops_where_the_device_does),
        WITH_EACH(tells_a_lost_link),
        WITH_EACH(names_the_missing_right),
        {"tells_what_is_wrong", tells_what_is_wrong, fresh_pair, NULL, raw},
        {"counts_what_it_loses", counts_what_it_loses, fresh_pair, NULL, raw},
        cmocka_unit_test_setup(hides_own_frames, fresh_pair),
        cmocka_unit_test_setup(tells_a_lost_device, fresh_pair),
    };
    skip_reason = make_namespace();
    if (skip_reason) print_message("wire: raw: skipped: %s\n", skip_reason);
    return cmocka_run_group_tests_name("wire: raw", tests, NULL, NULL);
}
