/* Whole runs, short ones, on wires and sockets that need no rights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profile/profile.h"
#include "run/run.h"
#include "wire/sock.h"

#define PACKET                                                                                     \
    "[packet q]\nlayers = eth / ipv4 / udp / payload\nipv4.src = 198.18.0.1\n"                     \
    "ipv4.dst = 198.19.0.1\nsize = 100\n"

struct ran {
    struct arena arena;
    struct errs errs;
    struct result *r;
};

static void run_text(struct ran *x, const char *text, const struct run_opts *o)
{
    static const struct run_opts none;
    memset(x, 0, sizeof *x);
    struct profile *p = profile_parse(&x->arena, "test", span_of(text), &x->errs);
    struct plan *plan = p ? plan_compile(&x->arena, p, NULL, &x->errs) : NULL;
    if (!plan) errs_print(&x->errs, stderr);
    assert_non_null(plan);
    x->r = run_plan(plan, o ? o : &none, &x->arena, &x->errs);
    assert_non_null(x->r);
    assert_true(counts_lawful(&x->r->totals));
}

static void ran_free(struct ran *x)
{
    result_close(x->r);
    arena_free(&x->arena);
}

/* A listener that never accepts: connections succeed, requests leave, nothing comes back. */
static int silent_target(uint16_t *port)
{
    struct sock_addr at = {.port = 0};
    struct errs errs = {0};
    assert_true(addr_parse(span_of("127.0.0.1"), &at.ip));
    int fd = sock_listen(&at, true, false, &errs);
    assert_true(fd >= 0);
    *port = sock_local_port(fd);
    return fd;
}

/* A count that is reached early ends the measured time, whatever the duration allowed. */
static void test_a_count_ends_the_measured_time(void **state)
{
    static const char *const streams[] = {"rate = max\ncount = 1000",
                                          "rate = 100k/s\ncount = 1000"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ran x;
        char text[1024];
        snprintf(
            text, sizeof text,
            "[run]\nduration = 20s\nworkers = 2\n[stream s]\nwire = null\nsend = q\n%s\n" PACKET,
            streams[i]);
        run_text(&x, text, NULL);
        assert_int_equal(x.r->totals.sent, 1000);
        assert_int_equal(x.r->totals.answered, 1000);
        assert_true(x.r->duration_s > 0 && x.r->duration_s < 10);
        assert_true(x.r->complete);
        ran_free(&x);
    }
}

static volatile sig_atomic_t interrupted;
static void interrupt(void *ctx, const struct run_progress *p)
{
    (void)ctx, (void)p;
    interrupted = SIGINT;
}

/* Interrupted while it waits for replies: units were due until the duration was over, no longer. */
static void test_an_interrupted_drain_adds_nothing(void **state)
{
    (void)state;
    uint16_t port;
    int fd = silent_target(&port);
    struct ran x;
    char text[1024];
    snprintf(text, sizeof text,
             "[run]\nduration = 100ms\ncapture = off\n[target]\nurl = http://127.0.0.1:%u/\n"
             "[stream s]\nrate = 100/s\nsend = g\ntimeout = 500ms\n[request g]\npath = /\n",
             port);
    struct run_opts o = {.interrupted = &interrupted, .progress = interrupt};
    interrupted = 0;
    run_text(&x, text, &o);
    assert_int_equal(x.r->totals.offered, 10);
    assert_int_equal(x.r->totals.sent, 10);
    assert_int_equal(x.r->streams[0].planned, 10);
    assert_true(x.r->duration_s == 0.1);
    ran_free(&x);
    close(fd);
}

/* `drain = 0s` is not the same as leaving it out. */
static void test_no_drain_leaves_units_in_flight(void **state)
{
    (void)state;
    uint16_t port;
    int fd = silent_target(&port);
    struct ran x;
    char text[1024];
    snprintf(text, sizeof text,
             "[run]\nduration = 100ms\ndrain = 0s\ncapture = off\n[target]\n"
             "url = http://127.0.0.1:%u/\n[stream s]\nrate = 100/s\nsend = g\n"
             "timeout = 2s\n[request g]\npath = /\n",
             port);
    run_text(&x, text, NULL);
    assert_int_equal(x.r->totals.sent, 10);
    assert_int_equal(x.r->totals.timed_out, 0);
    assert_int_equal(counts_in_flight(&x.r->totals), 10);
    ran_free(&x);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_count_ends_the_measured_time),
        cmocka_unit_test(test_an_interrupted_drain_adds_nothing),
        cmocka_unit_test(test_no_drain_leaves_units_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
