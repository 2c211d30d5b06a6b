/* A frame in one line. */
#include "replay_rig.h"

#include "trace/line.h"

#define A 0xc6120001u
#define B 0xc6130002u

static void is(struct span frame, const char *text)
{
    char buf[LINE_BUF];
    assert_string_equal(frame_line(buf, frame), text);
}

static void tells_packets(void **state)
{
    (void)state;
    is(frame_tcp4(A, B, 4000, 80, 10),
       "IPv4 198.18.0.1:4000 > 198.19.0.2:80 TCP PSH ACK, 64 bytes");
    is(frame_udp4(A, B, 9, 53, 0), "IPv4 198.18.0.1:9 > 198.19.0.2:53 UDP, 42 bytes");
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_VLAN);
    frame_tag(b, 5, TYPE_IP6);
    frame_ip6(b, 17, "2001:2::1", "2001:2::2", 8);
    frame_udp(b, 6, 18, 9, 53, 0);
    is(span_make(b->v, b->n), "VLAN 5 IPv6 [2001:2::1]:9 > [2001:2::2]:53 UDP, 66 bytes");
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 8, 0x2000);
    frame_udp(b, 4, 14, 1, 2, 0);
    is(span_make(b->v, b->n), "IPv4 198.18.0.1 > 198.19.0.2 UDP fragment, 42 bytes");
    b = frame_new();
    frame_eth(b, TYPE_ARP);
    is(span_make(b->v, b->n), "ARP, 14 bytes");
}

static void bears_cuts_and_any_number_of_tags(void **state)
{
    (void)state;
    char buf[LINE_BUF];
    struct span f = frame_tcp4(A, B, 4000, 80, 10);
    for (size_t n = 0; n <= f.n; n++) assert_true(strlen(frame_line(buf, span_sub(f, 0, n))) > 8);
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_VLAN);
    for (int i = 0; i < 300; i++) frame_tag(b, 4095, TYPE_VLAN);
    assert_true(strlen(frame_line(buf, span_make(b->v, b->n))) == LINE_BUF - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_packets),
        cmocka_unit_test(bears_cuts_and_any_number_of_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
