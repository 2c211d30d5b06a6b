/* Replies recognised by their token, and nothing else taken for one. */
#include "packet_rig.h"

#include <pcap/pcap.h>
#include "packet/template.h"

#define NEWEST 1000000

struct bytes {
    uint8_t b[2048];
    size_t n;
};

static struct span span_bytes(const struct bytes *x)
{
    return span_make(x->b, x->n);
}

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

/* What an echo server makes of a frame: everything turned round. Only untagged frames. */
static struct bytes echo(struct span s)
{
    struct bytes x = {.n = s.n};
    memcpy(x.b, s.p, s.n);
    swap(x.b, x.b + 6, 6);
    bool v6 = get_u16(x.b + 12) == 0x86dd;
    size_t l4 = v6 ? 54 : 34;
    swap(x.b + (v6 ? 22 : 26), x.b + (v6 ? 38 : 30), v6 ? 16 : 4);
    uint8_t protocol = x.b[v6 ? 20 : 23];
    if (protocol == 17 || protocol == 6) swap(x.b + l4, x.b + l4 + 2, 2);
    if (protocol == 1) x.b[l4] = 0;
    if (protocol == 58) x.b[l4] = 129;
    return x;
}

/* A SYN-ACK or a reset for a SYN. */
static struct bytes answer_syn(struct span s, uint8_t flags, uint32_t carried)
{
    struct bytes x = echo(s);
    size_t l4 = get_u16(x.b + 12) == 0x86dd ? 54 : 34;
    put_u32(x.b + l4 + 8, get_u32(x.b + l4 + 4) + 1 + carried);
    put_u32(x.b + l4 + 4, 0x12345678);
    x.b[l4 + 13] = flags;
    x.n = l4 + 20;
    put_u16(x.b + 16, 40);
    return x;
}

static void tag(struct bytes *x, uint16_t type)
{
    memmove(x->b + 16, x->b + 12, x->n - 12);
    put_u16(x->b + 12, type);
    put_u16(x->b + 14, 0x0123);
    x->n += 4;
}

static void pad(struct bytes *x)
{
    for (; x->n < 60; x->n++) x->b[x->n] = 0x55;
}

static void expect(struct rig *r, const struct bytes *x, uint64_t want)
{
    uint64_t got = ~want;
    assert_true(packet_match(r->packet, &r->scratch, span_bytes(x), NEWEST, &got));
    assert_int_equal(got, want);
}
static void expect_foreign(struct rig *r, struct span s)
{
    uint64_t got;
    assert_false(packet_match(r->packet, &r->scratch, s, NEWEST, &got));
}

static const char udp4[] = "layers = eth / ipv4 / udp\nipv4.src = 198.18.0.0/16\n"
                           "ipv4.dst = 198.19.0.0/28\nudp.sport = 1024..65535\nudp.dport = 7\n";
static const char *const echoed[] = {"size = 64", "size = 58..300", "payload.size = 16..17",
                                     "payload.text = ${0..999}\nsize = 64",
                                     "payload.text = ${0..99999}\nsize = 80..90"};

static void test_udp_echo(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof echoed / sizeof *echoed; k++) {
        char body[512];
        snprintf(body, sizeof body, "%s%s", udp4, echoed[k]);
        struct rig *r = rig_token(body, true);
        assert_int_equal(packet_token(r->packet), TOKEN_TRAILER);
        for (uint64_t i = 0; i < 500; i++) {
            uint64_t index = i * 2003;
            struct span sent = rig_unit(r, index);
            check_frame(sent);
            expect_foreign(r, sent); /* our own packet is no reply */
            struct bytes x = echo(sent);
            expect(r, &x, index);
            pad(&x);
            expect(r, &x, index);
            tag(&x, 0x8100);
            tag(&x, 0x88a8);
            expect(r, &x, index);
        }
        rig_free(r);
    }
}

/* Behind a device that tags, translates addresses and ports, or damages the content. */
static void test_arrivals(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof echoed / sizeof *echoed; k++) {
        char body[512];
        snprintf(body, sizeof body, "%s%s", udp4, echoed[k]);
        struct rig *r = rig_token(body, true);
        struct packet_room *room = packet_room_new(r->packet, &r->arena);
        for (uint64_t index = 0; index < 90000; index += 997) {
            struct span sent = rig_unit(r, index);
            struct bytes x = {.n = sent.n};
            uint64_t got;
            enum content content;
            memcpy(x.b, sent.p, sent.n);
            x.b[29] ^= 0x55; /* source address */
            x.b[35] ^= 0x55; /* source port */
            tag(&x, 0x8100);
            assert_true(packet_arrived(r->packet, room, &r->scratch, span_bytes(&x), NEWEST, &got,
                                       &content));
            assert_int_equal(got, index);
            assert_int_equal(content, CONTENT_SAME);
            if (x.n > 14 + 4 + 28 + 16) { /* a content besides the token */
                x.b[14 + 4 + 28] ^= 1;
                assert_true(packet_arrived(r->packet, room, &r->scratch, span_bytes(&x), NEWEST,
                                           &got, &content));
                assert_int_equal(content, CONTENT_CHANGED);
            }
            x.b[x.n - 1] ^= 1; /* the token */
            assert_false(packet_arrived(r->packet, room, &r->scratch, span_bytes(&x), NEWEST, &got,
                                        &content));
        }
        rig_free(r);
    }
}

/* A template whose number of tags varies has one token for all of them. */
static void test_varying_number(void **state)
{
    (void)state;
    struct rig *r = rig_token("layers = eth / vlan * 0..1 / ipv4 / udp\nsize = 64..90\n"
                              "ipv4.src = 198.18.0.0/16",
                              true);
    unsigned untagged = 0;
    for (uint64_t index = 0; index < 200; index++) {
        struct span sent = rig_unit(r, index);
        struct bytes x = {.n = 0};
        if (get_u16(sent.p + 12) == 0x8100) {
            memcpy(x.b, sent.p, 12);
            memcpy(x.b + 12, sent.p + 16, sent.n - 16);
            x.n = sent.n - 4;
            x = echo(span_bytes(&x));
        } else {
            x = echo(sent);
            untagged++;
        }
        expect(r, &x, index);
    }
    assert_in_range(untagged, 50, 150);
    rig_free(r);
}

static void test_changed_bytes_are_foreign(void **state)
{
    (void)state;
    char body[512];
    snprintf(body, sizeof body, "%ssize = 64", udp4);
    struct rig *r = rig_token(body, true), *other;
    struct bytes x = echo(rig_unit(r, 77));
    /* Every bit of addresses, ports and token counts. */
    for (size_t bit = 26 * 8; bit < x.n * 8; bit++) {
        bool counts = bit < 38 * 8 || bit >= 48 * 8;
        struct bytes y = x;
        y.b[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        if (counts) expect_foreign(r, span_bytes(&y));
    }
    for (size_t n = 0; n < x.n; n++) expect_foreign(r, span_make(x.b, n));
    other = rig_token("layers = eth / ipv4 / udp\nipv4.dst = 198.19.0.9\nsize = 64", true);
    expect_foreign(other, span_bytes(&x));
    rig_free(other);
    rig_free(r);
}

static void test_tcp(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "layers = eth / ipv4 / tcp\nipv4.src = 198.18.0.0/15\ntcp.sport = 1024..65535",
        "layers = eth / ipv4 / tcp\ntcp.mss = 1460\ntcp.dport = 1..1024",
        "layers = eth / ipv4 / tcp / payload\npayload.size = 10\ntcp.sport = 9..99"};
    for (size_t k = 0; k < 3; k++) {
        struct rig *r = rig_token(bodies[k], true);
        assert_int_equal(packet_token(r->packet), TOKEN_TCP_SEQ);
        for (uint64_t i = 0; i < 500; i++) {
            uint64_t index = NEWEST - i * 1999;
            struct span sent = rig_unit(r, index);
            check_frame(sent);
            struct bytes x = answer_syn(sent, 0x12, 0);
            expect(r, &x, index);
            x = answer_syn(sent, 0x14, k == 2 ? 10 : 0);
            pad(&x);
            expect(r, &x, index);
            x = answer_syn(sent, 0x10, 0); /* an acknowledgement only */
            expect_foreign(r, span_bytes(&x));
            x = answer_syn(sent, 0x12, 1); /* of another connection */
            if (k != 1) expect_foreign(r, span_bytes(&x));
        }
        rig_free(r);
    }
    struct rig *r = rig_token("layers = eth / ipv4 / tcp\ntcp.seq = 1", true);
    assert_int_equal(packet_token(r->packet), TOKEN_NONE);
    expect_foreign(r, rig_unit(r, 0));
    rig_free(r);
}

static void test_icmp(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "layers = eth / ipv4 / icmp\nipv4.dst = 198.19.0.0/16",
        "layers = eth / ipv6 / icmpv6 / payload\nipv6.dst = 2001:2::/112\npayload.size = 0..90"};
    for (size_t k = 0; k < 2; k++) {
        struct rig *r = rig_token(bodies[k], true);
        assert_int_equal(packet_token(r->packet), TOKEN_ICMP_ID);
        for (uint64_t index = 0; index < 500; index++) {
            struct span sent = rig_unit(r, index);
            check_frame(sent);
            expect_foreign(r, sent);
            struct bytes x = echo(sent);
            expect(r, &x, index);
        }
        rig_free(r);
    }
    struct rig *r = rig_token("layers = eth / ipv4 / icmp\nicmp.id = 7\nsize = 98", true);
    assert_int_equal(packet_token(r->packet), TOKEN_TRAILER);
    struct bytes x = echo(rig_unit(r, 4242));
    expect(r, &x, 4242);
    rig_free(r);
}

/* Labels and sessions between Ethernet and IP, which a device may add, swap or take away. */
static void test_arrivals_below_labels(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "layers = eth / mpls * 1..3 / ipv4 / udp\nsize = 90",
        "layers = eth / vlan / mpls * 2 / ipv6 / udp\nsize = 120",
        "layers = eth / pppoe / ipv4 / tcp\npppoe.session = 0..65535",
        "layers = eth / vlan / pppoe / ipv6 / icmpv6 / payload\npayload.size = 20"};
    for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
        struct rig *r = rig_token(bodies[k], true);
        for (uint64_t i = 0; i < 100; i++) {
            uint64_t index = NEWEST - i * 61, got = 0;
            enum content content = CONTENT_CHANGED;
            struct span s = rig_unit(r, index);
            assert_true(packet_arrived(r->packet, r->room, &r->scratch, s, NEWEST, &got, &content));
            assert_true(got == index && content == CONTENT_SAME);
        }
        struct bytes x = {.n = rig_unit(r, 1).n};
        assert_false(packet_is_cut(rig_unit(r, 1)));
        assert_true(packet_is_cut(span_sub(rig_unit(r, 1), 0, x.n - 1)));
        memcpy(x.b, rig_unit(r, 1).p, x.n);
        for (size_t n = 0; n < x.n; n++) { /* cut anywhere, it is read within its bounds */
            uint64_t got;
            enum content content;
            uint8_t *exact = malloc(n);
            if (n) memcpy(exact, x.b, n);
            packet_arrived(r->packet, r->room, &r->scratch, span_make(exact, n), NEWEST, &got,
                           &content);
            free(exact);
        }
        rig_free(r);
    }
}

/* Two streams that send the same packet, to the same place: each knows its own replies. */
static void test_shares_never_meet(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "layers = eth / ipv4 / tcp", "layers = eth / ipv4 / icmp / payload\npayload.size = 8",
        "layers = eth / ipv4 / udp\nsize = 64", "layers = eth / ipv4 / udp\nsize = 64..99",
        "layers = eth / mpls * 0..1 / ipv4 / udp\nsize = 80"};
    for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
        unsigned of = k % 2 ? 3 : 2;
        struct rig *one = rig_token(bodies[k], true), *two = rig_token(bodies[k], true);
        packet_share_tokens(one->packet, 0, of);
        packet_share_tokens(two->packet, of - 1, of);
        for (uint64_t i = 0; i < 2000; i++) {
            uint64_t index = NEWEST - i * 61, got;
            struct span sent = rig_unit(one, index);
            enum content content;
            assert_true(packet_arrived(one->packet, one->room, &one->scratch, sent, NEWEST, &got,
                                       &content));
            assert_true(got == index && content == CONTENT_SAME);
            assert_false(packet_arrived(two->packet, two->room, &two->scratch, sent, NEWEST, &got,
                                        &content));
            if (k == 4) continue; /* echo() knows untagged frames */
            struct bytes x = k == 0 ? answer_syn(sent, 0x12, 0) : echo(sent);
            expect(one, &x, index);
            expect_foreign(two, span_bytes(&x));
        }
        rig_free(one);
        rig_free(two);
    }
}

static void test_permutation_inverts(void **state)
{
    (void)state;
    unsigned fixed = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        uint32_t x = (uint32_t)rng_at(5, i);
        uint64_t key = rng_at(6, i / 1000);
        assert_int_equal(token_invert(key, token_permute(key, x)), x);
        fixed += token_permute(key, x) == x;
    }
    assert_true(fixed < 5);
}

static bool filter_takes(struct bpf_program *f, const struct bytes *x)
{
    struct pcap_pkthdr h = {.caplen = (bpf_u_int32)x->n, .len = (bpf_u_int32)x->n};
    return pcap_offline_filter(f, &h, x->b) != 0;
}

static void test_filter(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "layers = eth / ipv4 / udp\nsize = 64\nipv4.src = 198.18.0.0/16\nudp.sport = 1024..2000",
        "layers = eth / ipv6 / udp\nsize = 90\nipv6.src = 2001:2::/64\nudp.dport = 7",
        "layers = eth / ipv4 / tcp\ntcp.dport = 80",
        "layers = eth / ipv6 / tcp",
        "layers = eth / ipv4 / icmp",
        "layers = eth / ipv6 / icmpv6"};
    pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
    for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
        struct rig *r = rig_token(bodies[k], true);
        char text[2048];
        struct bpf_program f;
        assert_true(packet_reply_filter(r->packet, text, sizeof text));
        assert_false(packet_reply_filter(r->packet, text + 1000, 20));
        if (pcap_compile(p, &f, text, 1, PCAP_NETMASK_UNKNOWN)) {
            fail_msg("%s: %s", text, pcap_geterr(p));
        }
        for (uint64_t index = 0; index < 300; index++) {
            struct span sent = rig_unit(r, index);
            bool tcp = k == 2 || k == 3;
            struct bytes x = tcp ? answer_syn(sent, 0x12, 0) : echo(sent), own = {.n = sent.n};
            memcpy(own.b, sent.p, sent.n);
            assert_true(filter_takes(&f, &x));
            assert_false(filter_takes(&f, &own));
        }
        pcap_freecode(&f);
        rig_free(r);
    }
    pcap_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrivals),
        cmocka_unit_test(test_varying_number),
        cmocka_unit_test(test_udp_echo),
        cmocka_unit_test(test_changed_bytes_are_foreign),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_icmp),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_permutation_inverts),
        cmocka_unit_test(test_shares_never_meet),
        cmocka_unit_test(test_arrivals_below_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
