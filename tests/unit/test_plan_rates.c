/* Rates in bits and percent, through whole profiles: what becomes of them as due times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan/plan.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct planned {
    struct arena arena;
    struct errs errs;
    struct plan *plan; /* NULL: errs tells why */
};

/* A stream with these keys, and packets. */
static struct planned *planned_try(const char *stream, const char *packets)
{
    struct planned *p = calloc(1, sizeof *p);
    const char *text = arena_printf(
        &p->arena, "[run]\nduration = 1s\n[stream s]\nwire = null\n%s\n%s\n", stream, packets);
    struct profile *profile = profile_parse(&p->arena, "test.ini", span_of(text), &p->errs);
    struct plan_opts opts = {.dry = true};
    if (profile) p->plan = plan_compile(&p->arena, profile, &opts, &p->errs);
    return p;
}

static struct planned *planned(const char *stream, const char *packets)
{
    struct planned *p = planned_try(stream, packets);
    if (!p->plan) {
        errs_print(&p->errs, stderr);
        fail_msg("'%s' does not compile", stream);
    }
    return p;
}

static void planned_free(struct planned *p)
{
    arena_free(&p->arena);
    free(p);
}

/* Unit n is due at ceil(n * num / den) ns, for some n far apart. */
static void check_dues(const char *stream, const char *packets, uint64_t num, uint64_t den)
{
    static const uint64_t unit[] = {0, 1, 2, 3, 20, 21, 22, 1000, 999999};
    struct planned *p = planned(stream, packets);
    const struct schedule *s = p->plan->streams[0].schedule;
    struct schedule_state *st = schedule_start(s, &p->arena);
    for (size_t i = 0; i < COUNT(unit); i++) {
        uint64_t due = 0;
        assert_int_equal(schedule_due(s, st, unit[i], 1, 1, &due), 1);
        assert_int_equal(due, (uint64_t)(((u128)unit[i] * num + den - 1) / den));
    }
    planned_free(p);
}

/* A test frame of 64 bytes (RFC 2544) has 60 without its check sequence. */
#define UDP_60 "[packet p]\nlayers = eth / ipv4 / udp / payload\nsize = 60\n"
#define UDP_SIZE(size) "[packet p]\nlayers = eth / ipv4 / udp / payload\nsize = " size "\n"

static void bits_become_due_times(void **state)
{
    (void)state;
    /* 84 bytes at layer 1: 672 ns each at 1 Gbit/s, which is 1,488,095.238 packets/s */
    check_dues("rate = 1Gbit/s\nrate_layer = 1", UDP_60, 672, 1);
    check_dues("rate = 1Gbit/s\nrate_layer = 2", UDP_60, 512, 1);
    check_dues("rate = 1Gbit/s", UDP_60, 512, 1);
    check_dues("rate = 1Gbit/s\nrate_layer = 3", UDP_60, 46 * 8, 1);
    check_dues("rate = 3Gbit/s\nrate_layer = 1", UDP_60, 224, 1);
    check_dues("rate = 700Mbit/s\nrate_layer = 1", UDP_60, 960, 1);
    check_dues("rate = 300Mbit/s", UDP_60, 5120, 3);
}

static void means_are_exact(void **state)
{
    (void)state;
    /* 60..1514 without the check sequence: 791 bytes at layer 2 */
    check_dues("rate = 1Gbit/s", UDP_SIZE("60..1514"), 791 * 8, 1);
    check_dues("rate = 1Gbit/s", UDP_SIZE("60..1514 step 727"), 791 * 8, 1);
    check_dues("rate = 1Gbit/s", UDP_SIZE("seq(60..1514)"), 791 * 8, 1);
    check_dues("rate = 1Gbit/s", UDP_SIZE("60:3, 1514:1, 200..300"),
               (3 * 60 + 1514 + 250 + 5 * 4) * 8, 5);
    /* 7 of 64, 4 of 594, 1 of 1518, each with its check sequence */
    check_dues("rate = 1Gbit/s", UDP_SIZE("imix(simple)"), (7 * 64 + 4 * 594 + 1518) * 8, 12);
    check_dues("rate = 1Gbit/s\nrate_layer = 3", UDP_SIZE("imix(simple)"),
               (7 * 64 + 4 * 594 + 1518 - 12 * 18) * 8, 12);
    /* the payload's size varies: 42 bytes of headers */
    check_dues("rate = 1Gbit/s",
               "[packet p]\nlayers = eth / ipv4 / udp / payload\npayload.size = 10..20\n",
               (42 + 15 + 4) * 8, 1);
    /* padding behind a DNS message is no part of its packet: 20 + 8 + 12 + 17 bytes */
    check_dues("rate = 1Gbit/s\nrate_layer = 3",
               "[packet p]\nlayers = eth / ipv4 / udp / dns\nsize = 80..100\n", 57 * 8, 1);
    /* one to three labels of four bytes, two on average */
    check_dues("rate = 1Gbit/s", "[packet p]\nlayers = eth / mpls * 1..3 / ipv4 / udp\n",
               (42 + 8 + 4) * 8, 1);
    check_dues("rate = 1Gbit/s\nrate_layer = 3",
               "[packet p]\nlayers = eth / mpls * 1..3 / ipv4 / udp\n", 28 * 8, 1);
    check_dues("rate = 1Gbit/s\nsend = p:3, q:1",
               UDP_60 "[packet q]\nlayers = eth / ipv4 / udp / payload\nsize = 1514\n",
               (3 * 64 + 1518) * 8, 4);
}

static void phases_take_bits_too(void **state)
{
    (void)state;
    struct planned *p =
        planned("rate = ramp(0bit/s..512Mbit/s) for 500ms, 512Mbit/s for 250ms, 1000/s", UDP_60);
    assert_int_equal(stream_units(&p->plan->streams[0], 500000000), 250000);
    assert_int_equal(stream_units(&p->plan->streams[0], 750000000), 500000);
    assert_int_equal(stream_units(&p->plan->streams[0], 1000000000), 500250);
    planned_free(p);
    p = planned("rate = sine(0bit/s..1024Mbit/s, period=1s)", UDP_60);
    assert_int_equal(stream_units(&p->plan->streams[0], 1000000000), 1000000);
    planned_free(p);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *stream, *packets, *text;
    } cases[] = {
        {"rate = 1Gbit/s", UDP_SIZE("zipf(60..1514)"),
         "rate is 1Gbit/s, but the mean size of the packets is not known; expected a rate such as "
         "2000/s"},
        {"rate = 1Gbit/s\nrate_layer = 3", "[packet p]\nlayers = eth / arp\n",
         "rate is 1Gbit/s, but the mean size of the IP packets is not known; expected a rate such "
         "as 2000/s"},
        {"rate = 40%", UDP_60,
         "rate is 40%, but the stream has no interface whose link speed could be meant; expected a "
         "rate such as "
         "2000/s"},
        {"rate = 101%", UDP_60, "rate is 101%, expected at most 100% of the link"},
        {"rate = 0bit/s", UDP_60,
         "rate is 0bit/s, expected above 0/s; leave the stream out to send nothing"},
        {"rate = 100000Gbit/s", UDP_60, "rate is 100000Gbit/s, expected at most 10G/s"},
        {"rate = 1Gbit/s\nrate_layer = 4", UDP_60, "rate_layer is '4', expected one of 1, 2, 3"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct planned *p = planned_try(cases[i].stream, cases[i].packets);
        assert_null(p->plan);
        if (p->errs.n != 1 || strcmp(p->errs.v[0].text, cases[i].text) != 0)
            errs_print(&p->errs, stderr);
        assert_int_equal(p->errs.n, 1);
        assert_string_equal(p->errs.v[0].text, cases[i].text);
        planned_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_become_due_times),
        cmocka_unit_test(means_are_exact),
        cmocka_unit_test(phases_take_bits_too),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
