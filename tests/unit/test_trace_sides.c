/* Which end of a conversation sent a packet: rules, handshakes, first speakers, and what has to be
 * told by its relations: errors, fragments, ARP, groups. */
#include "replay_rig.h"

#include "trace/link.h"
#include "trace/sides.h"

#define A 0xc6120001u /* 198.18.0.1 */
#define B 0xc6130002u /* 198.19.0.2 */
#define SYN 0x02
#define ACK 0x10

static const struct sides_rules none;

static enum side tell(struct sides *s, struct span frame)
{
    struct trace_frame f = {.bytes = frame, .wire_len = (uint32_t)frame.n, .link = LINK_ETHERNET};
    return sides_tell(s, &f);
}
static struct span tcp(uint32_t src, uint32_t dst, unsigned sport, unsigned dport, unsigned flags)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 6, src, dst, 20, 0);
    frame_tcp(b, 4, 14, sport, dport, flags, 0);
    return span_make(b->v, b->n);
}
/* The same frame from another link address. */
static struct span from_mac(struct span frame, uint8_t last)
{
    ((uint8_t *)frame.p)[11] = last;
    return frame;
}
static void counted(const struct sides *s, enum told how, uint64_t n)
{
    assert_int_equal(sides_counts(s)->told[how], n);
}

static void handshakes_decide(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    assert_int_equal(tell(s, tcp(A, B, 1000, 2000, SYN)), SIDE_CLIENT);
    assert_int_equal(tell(s, tcp(B, A, 2000, 1000, SYN | ACK)), SIDE_SERVER);
    assert_int_equal(tell(s, tcp(A, B, 1000, 2000, ACK)), SIDE_CLIENT);
    /* The capture began between SYN and SYN+ACK. */
    assert_int_equal(tell(s, tcp(A, B, 80, 3000, SYN | ACK)), SIDE_SERVER);
    assert_int_equal(tell(s, tcp(B, A, 3000, 80, ACK)), SIDE_CLIENT);
    /* Both ends open at a time: the first SYN stays right. */
    assert_int_equal(tell(s, tcp(A, B, 7, 8, SYN)), SIDE_CLIENT);
    assert_int_equal(tell(s, tcp(B, A, 8, 7, SYN)), SIDE_SERVER);
    counted(s, TOLD_BY_HANDSHAKE, 7);
    /* A conversation under way, of which a handshake shows later that it was told wrongly. */
    assert_int_equal(tell(s, tcp(A, B, 443, 5000, ACK)), SIDE_CLIENT);
    assert_int_equal(tell(s, tcp(B, A, 5000, 443, SYN)), SIDE_CLIENT);
    assert_int_equal(tell(s, tcp(A, B, 443, 5000, SYN | ACK)), SIDE_SERVER);
    counted(s, TOLD_BY_SPEAKER, 1);
    sides_close(s);
}

static void an_init_is_a_handshake(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    for (unsigned chunk = 2; chunk > 0; chunk--) {
        struct bytes *b = frame_new();
        frame_eth(b, TYPE_IP4);
        frame_ip4(b, 132, chunk == 1 ? A : B, chunk == 1 ? B : A, 16, 0);
        u16(b, 5);
        u16(b, 5);
        u64(b, 0);
        u32(b, chunk << 24);
        assert_int_equal(tell(s, span_make(b->v, b->n)), chunk == 1 ? SIDE_CLIENT : SIDE_SERVER);
    }
    counted(s, TOLD_BY_HANDSHAKE, 2);
    sides_close(s);
}

static void the_first_speaker_is_the_client(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    assert_int_equal(tell(s, frame_udp4(B, A, 53, 53, 4)), SIDE_CLIENT);
    assert_int_equal(tell(s, frame_udp4(A, B, 53, 53, 4)), SIDE_SERVER);
    assert_int_equal(tell(s, frame_udp4(A, B, 54, 53, 4)), SIDE_CLIENT); /* another one */
    counted(s, TOLD_BY_SPEAKER, 3);
    assert_int_equal(sides_counts(s)->frames[SIDE_CLIENT], 2);
    assert_int_equal(sides_counts(s)->frames[SIDE_SERVER], 1);
    sides_close(s);
}

static void lists_come_first(void **state)
{
    (void)state;
    struct prefix nets[2];
    bool bits;
    assert_true(prefix_parse(span_of("198.19.0.0/24"), &nets[0], &bits));
    assert_true(prefix_parse(span_of("2001:2::/64"), &nets[1], &bits));
    struct sides_ports ports[] = {{80, 80}, {1000, 1999}};
    struct sides_rules r = {nets, 2, ports, 2};
    struct sides *s = sides_open(&r);
    assert_int_equal(tell(s, tcp(A, B, 1000, 2000, SYN)), SIDE_SERVER);
    assert_int_equal(tell(s, tcp(B, A, 1000, 2000, SYN | ACK)), SIDE_CLIENT);
    counted(s, TOLD_BY_RULE, 2);
    /* Both are no clients, so ports decide; both are servers' ports, so the handshake does. */
    assert_int_equal(tell(s, tcp(A, A + 1, 80, 2000, SYN)), SIDE_SERVER);
    assert_int_equal(tell(s, tcp(A, A + 1, 2000, 1999, SYN | ACK)), SIDE_CLIENT);
    counted(s, TOLD_BY_RULE, 4);
    assert_int_equal(tell(s, tcp(A, A + 1, 80, 1000, SYN)), SIDE_CLIENT);
    counted(s, TOLD_BY_HANDSHAKE, 1);
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 17, "2001:2:0:1::1", "2001:2::1", 8);
    frame_udp(b, 6, 14, 1, 2, 0);
    assert_int_equal(tell(s, span_make(b->v, b->n)), SIDE_SERVER);
    counted(s, TOLD_BY_RULE, 5);
    sides_close(s);
}

/* An ICMP packet with `n` bytes of what it quotes. */
static struct span icmp(uint32_t src, uint32_t dst, unsigned type, const uint8_t *quote, size_t n)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 1, src, dst, (unsigned)(8 + n), 0);
    u16(b, type << 8);
    u16(b, 0);
    u32(b, 0);
    add(b, quote, n);
    return span_make(b->v, b->n);
}

static void errors_come_from_the_other_side(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    uint8_t to_server[64], to_client[64];
    uint32_t router = 0xc6120909u;
    memcpy(to_server, frame_udp4(A, B, 9, 53, 8).p + 14, 36);
    memcpy(to_client, frame_udp4(B, A, 53, 9, 8).p + 14, 36);
    tell(s, frame_udp4(A, B, 9, 53, 8));
    for (size_t n = 24; n <= 36; n += 4) { /* the header and eight bytes are enough */
        assert_int_equal(tell(s, icmp(router, A, 3, to_server, n)), SIDE_SERVER);
        assert_int_equal(tell(s, icmp(router, B, 11, to_client, n)), SIDE_CLIENT);
    }
    counted(s, TOLD_BY_SPEAKER, 9);
    /* Of a conversation that was not seen: whom the error is for spoke first. */
    memcpy(to_server, frame_udp4(A, B, 10, 53, 8).p + 14, 36);
    assert_int_equal(tell(s, icmp(router, A, 3, to_server, 28)), SIDE_SERVER);
    assert_int_equal(tell(s, frame_udp4(A, B, 10, 53, 8)), SIDE_CLIENT);
    assert_int_equal(tell(s, icmp(B, A, 0, to_server, 4)), SIDE_SERVER);
    assert_int_equal(tell(s, icmp(B, A, 8, to_server, 4)), SIDE_CLIENT);
    counted(s, TOLD_BY_HANDSHAKE, 2);
    sides_close(s);
}

static struct span fragment(uint32_t src, uint32_t dst, unsigned at)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, src, dst, 16, at ? at / 8 : 0x2000);
    if (!at)
        frame_udp(b, 4, 14, src == A ? 9 : 53, src == A ? 53 : 9, 8);
    else
        add_row(b, 9, 16);
    return span_make(b->v, b->n);
}

static void later_fragments_follow_the_first(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    assert_int_equal(tell(s, fragment(B, A, 16)), SIDE_CLIENT);
    counted(s, TOLD_NOT, 1);
    tell(s, frame_udp4(A, B, 9, 53, 8));
    assert_int_equal(tell(s, fragment(B, A, 0)), SIDE_SERVER);
    assert_int_equal(tell(s, fragment(B, A, 16)), SIDE_SERVER);
    assert_int_equal(tell(s, fragment(A, B, 0)), SIDE_CLIENT);
    assert_int_equal(tell(s, fragment(A, B, 16)), SIDE_CLIENT);
    counted(s, TOLD_BY_SPEAKER, 5);
    sides_close(s);
}

static struct span arp(uint32_t from, uint32_t to, uint8_t mac)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_ARP);
    add(b, "\0\1\x08\0\6\4\0\1\x02\0\0\0\0", 13);
    add(b, &mac, 1);
    u32(b, from);
    add_row(b, 0, 6);
    u32(b, to);
    return from_mac(span_make(b->v, b->n), mac);
}

static void frames_without_ip_follow_their_neighbour(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    assert_int_equal(tell(s, arp(A, B, 7)), SIDE_CLIENT); /* the first speaker */
    assert_int_equal(tell(s, arp(B, A, 8)), SIDE_SERVER);
    counted(s, TOLD_BY_SPEAKER, 2);
    tell(s, from_mac(tcp(A, B, 1, 2, SYN), 7));
    tell(s, from_mac(tcp(B, A, 2, 1, SYN | ACK), 8));
    assert_int_equal(tell(s, arp(B, A + 5, 8)), SIDE_SERVER);
    struct bytes *b = frame_new();
    frame_eth(b, 0x88cc);
    add_row(b, 0, 30);
    struct span lldp = span_make(b->v, b->n);
    assert_int_equal(tell(s, from_mac(lldp, 8)), SIDE_SERVER);
    assert_int_equal(tell(s, from_mac(lldp, 7)), SIDE_CLIENT);
    counted(s, TOLD_BY_NEIGHBOUR, 3);
    /* Seen on both sides it says nothing; neither does one that was never seen. */
    tell(s, from_mac(tcp(A, B, 3, 4, SYN), 8));
    b = frame_new();
    frame_eth(b, 0x88cc);
    add_row(b, 0, 30);
    assert_int_equal(tell(s, from_mac(span_make(b->v, b->n), 8)), SIDE_CLIENT);
    assert_int_equal(tell(s, from_mac(span_make(b->v, b->n), 9)), SIDE_CLIENT);
    counted(s, TOLD_NOT, 2);
    sides_close(s);
}

static void what_is_sent_to_a_group_follows_its_neighbour(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    tell(s, from_mac(tcp(B, A, 2, 1, SYN | ACK), 8));
    struct span mdns = from_mac(frame_udp4(B, 0xe00000fbu, 5353, 5353, 4), 8);
    ((uint8_t *)mdns.p)[0] = 1;
    assert_int_equal(tell(s, mdns), SIDE_SERVER);
    counted(s, TOLD_BY_NEIGHBOUR, 1);
    sides_close(s);
}

/* Every loop of a replay is told alike, whatever was learnt at the end of the one before. */
static void rounds_are_alike(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    for (int round = 1; round <= 3; round++) {
        assert_int_equal(tell(s, tcp(A, B, 443, 5000, ACK)), SIDE_CLIENT);
        assert_int_equal(tell(s, tcp(B, A, 5000, 443, SYN)), SIDE_CLIENT);
        counted(s, TOLD_BY_SPEAKER, (uint64_t)round);
        sides_rewind(s);
    }
    assert_int_equal(sides_counts(s)->forgotten, 0);
    for (uint32_t i = 0; i < 1u << 25; i++) sides_rewind(s); /* beyond the counter of rounds */
    assert_int_equal(tell(s, tcp(A, B, 443, 5000, ACK)), SIDE_CLIENT);
    assert_int_equal(tell(s, tcp(B, A, 5000, 443, ACK)), SIDE_SERVER);
    sides_close(s);
}

/* Twice as many conversations as there is room for: those that still speak are kept, memory
 * is what it was, and each that was forgotten is counted. */
static void forgets_the_silent_ones(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    uint32_t n = 2 * SIDES_FLOWS;
    tell(s, tcp(B, A, 80, 7777, SYN | ACK));
    for (uint32_t i = 0; i < n; i++) {
        tell(s, frame_udp4(0x0a000000 + i, B, 9, 53, 0));
        if (i % 1000 == 0) assert_int_equal(tell(s, tcp(A, B, 7777, 80, ACK)), SIDE_CLIENT);
    }
    assert_in_range(sides_counts(s)->forgotten, n - SIDES_FLOWS, n);
    assert_int_equal(tell(s, frame_udp4(B, 0x0a000000 + n - 1, 53, 9, 0)), SIDE_SERVER);
    counted(s, TOLD_NOT, 0);
    sides_close(s);
}

static void other_link_types_and_cuts(void **state)
{
    (void)state;
    struct sides *s = sides_open(&none);
    struct span syn = tcp(A, B, 1, 2, SYN);
    struct trace_frame raw = {.bytes = span_from(syn, 14), .link = 101};
    assert_int_equal(sides_tell(s, &raw), SIDE_CLIENT);
    counted(s, TOLD_BY_HANDSHAKE, 1);
    uint64_t told = 1;
    for (size_t n = 0; n <= syn.n; n++, told++) tell(s, span_sub(syn, 0, n));
    uint8_t quote[64];
    memcpy(quote, syn.p + 14, 40);
    struct span error = icmp(B, A, 3, quote, 40);
    for (size_t n = 0; n <= error.n; n++, told++) tell(s, span_sub(error, 0, n));
    assert_int_equal(sides_counts(s)->frames[0] + sides_counts(s)->frames[1], told);
    sides_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_decide),
        cmocka_unit_test(an_init_is_a_handshake),
        cmocka_unit_test(the_first_speaker_is_the_client),
        cmocka_unit_test(lists_come_first),
        cmocka_unit_test(errors_come_from_the_other_side),
        cmocka_unit_test(later_fragments_follow_the_first),
        cmocka_unit_test(frames_without_ip_follow_their_neighbour),
        cmocka_unit_test(what_is_sent_to_a_group_follows_its_neighbour),
        cmocka_unit_test(rounds_are_alike),
        cmocka_unit_test(forgets_the_silent_ones),
        cmocka_unit_test(other_link_types_and_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
