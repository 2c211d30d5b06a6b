/* Keys that mean nothing for a stream of this sort are mistakes, not silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "plan/plan.h"
#include "profile/profile.h"

#define WEB "[target]\nurl = http://127.0.0.1:80/\n[request g]\n[stream s]\n"
#define PACKET                                                                                     \
    "[packet p]\nlayers = eth / ipv4 / udp / payload\nsize = 100\nipv4.dst = 198.18.0.1\n"         \
    "[stream s]\nrate = 5/s\n"

static const struct {
    const char *text, *message;
} cases[] = {
    {WEB "users = 2\nlate = drop\n", "the key 'late' has no use in this [stream s]"},
    {WEB "rate = 5/s\nreplies = yes\n", "replies is for packets, expected it to be left out"},
    {WEB "rate = 5/s\nreceive = lo\n", "receive is for packets, expected it to be left out"},
    {PACKET "wire = null\nreplies = yes\n",
     "replies are captured from a network, but wire is null; expected wire = auto"},
    {PACKET "wire = pcapfile(x.pcap)\nreceive = lo\n",
     "arrivals are captured from a network, but wire is pcapfile; expected wire = auto"},
};

static void test_useless_keys_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct profile *p = profile_parse(&a, "p.ini", span_of(cases[i].text), &errs);
        assert_non_null(p);
        assert_null(plan_compile(&a, p, NULL, &errs));
        assert_int_equal(errs.n, 1);
        assert_string_equal(errs.v[0].text, cases[i].message);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_useless_keys_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
