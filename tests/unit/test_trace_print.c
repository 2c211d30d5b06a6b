/* A frame in one line. */
#include "replay_rig.h"

#include "trace/print.h"

#define A 0xc6120001u
#define B 0xc6130002u

/* What is printed; until the next call. */
static const char *printed(struct span frame)
{
    static char buf[512];
    FILE *f = fmemopen(buf, sizeof buf, "w");
    frame_print_text(frame, f);
    fclose(f);
    return buf;
}
static void is(struct span frame, const char *text)
{
    assert_string_equal(printed(frame), text);
}

static void tells_packets(void **state)
{
    (void)state;
    is(frame_tcp4(A, B, 4000, 80, 10),
       "198.18.0.1:4000 > 198.19.0.2:80 tcp PA seq 1000 ack 2000, 64 bytes");
    is(frame_udp4(A, B, 9, 53, 0), "198.18.0.1:9 > 198.19.0.2:53 udp, 42 bytes");
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_VLAN);
    frame_tag(b, 5, TYPE_IP6);
    frame_ip6(b, 17, "2001:2::1", "2001:2::2", 8);
    frame_udp(b, 6, 18, 9, 53, 0);
    is(span_make(b->v, b->n), "[2001:2::1]:9 > [2001:2::2]:53 udp, 66 bytes");
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 8, 0x2000);
    frame_udp(b, 4, 14, 1, 2, 0);
    is(span_make(b->v, b->n), "198.18.0.1 > 198.19.0.2 udp, 42 bytes");
    b = frame_new();
    frame_eth(b, TYPE_ARP);
    is(span_make(b->v, b->n), "type 0x0806, 14 bytes");
}

static void bears_cuts(void **state)
{
    (void)state;
    struct span f = frame_tcp4(A, B, 4000, 80, 10);
    for (size_t n = 0; n <= f.n; n++) assert_true(strlen(printed(span_sub(f, 0, n))) > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_packets),
        cmocka_unit_test(bears_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
