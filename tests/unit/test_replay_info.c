/* spate info's figures, and the walk over headers beneath them. */
#include "replay_rig.h"

#include "trace/destination.h"
#include "trace/flows.h"
#include "trace/info.h"
#include "trace/link.h"

#define A 0xc6120001u /* 198.18.0.1 */
#define B 0xc6120002u

static bool only_test_networks(const void *ctx, struct addr to)
{
    (void)ctx;
    return to.family == FAMILY_IP4 && to.v >> 17 == 0xc612u >> 1;
}
static struct info read_info(const struct bytes *b)
{
    struct errs errs = {0};
    struct info i;
    struct info_opts o = {.mtu = 1500, .allows = only_test_networks};
    assert_true(info_read(file_of(b->v, b->n), &o, &i, &errs));
    return i;
}

static void finds_headers(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    struct layout l;
    frame_eth(b, TYPE_QINQ);
    frame_tag(b, 5, TYPE_VLAN);
    frame_tag(b, 6, TYPE_IP6);
    frame_ip6(b, 0, "2001:2::1", "2001:2::2", 8 + 8 + 8 + 20);
    u64(b, 0x2b00000000000000); /* hop-by-hop, then a routing header with one segment left */
    u64(b, 0x2c00000100000000);
    u64(b, 0x0600000100000000); /* the first fragment */
    frame_tcp(b, 6, 22, 1, 2, 0x10, 0);
    struct span s = span_make(b->v, b->n);
    layout_ethernet(s, &l);
    assert_int_equal(l.tags, 2);
    assert_int_equal(l.net, 22);
    assert_int_equal(l.version, 6);
    assert_int_equal(l.proto, PROTO_TCP);
    assert_int_equal(l.up, 22 + 40 + 24);
    assert_int_equal(l.end, b->n);
    assert_true(l.fragment && l.routed && layout_whole(&l, b->n));
    for (size_t n = 0; n < b->n; n++) { /* cut anywhere: nothing is found that is not there */
        layout_ethernet(span_sub(s, 0, n), &l);
        assert_true(l.up == 0 && (l.version == 0 || n >= 62) && !layout_whole(&l, n));
    }
}

static void looks_through_labels_and_pppoe(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    struct layout l;
    frame_eth(b, TYPE_MPLS);
    u32(b, 0x00010040);
    u32(b, 0x00020140);
    frame_ip4(b, 17, A, B, 8, 0);
    frame_udp(b, 4, 22, 1, 2, 0);
    layout_ethernet(span_make(b->v, b->n), &l);
    assert_int_equal(l.net, 22);
    assert_int_equal(l.up, 42);
    b = frame_new();
    frame_eth(b, TYPE_PPPOE);
    add(b, "\x11\0\0\x01\0\x1e\0\x21", 8);
    frame_ip4(b, 17, A, B, 8, 0x2000);
    frame_udp(b, 4, 22, 1, 2, 0);
    layout_ethernet(span_make(b->v, b->n), &l);
    assert_int_equal(l.net, 22);
    assert_true(l.fragment && l.up == 42);
}

/* The target rules must see where a frame goes even when its header is not well formed. */
static void destinations_of_odd_headers(void **state)
{
    (void)state;
    static uint8_t copy[100];
    struct addr to;
    struct span s = frame_udp4(A, 0x08080808, 1, 2, 3);
    for (unsigned first = 0; first < 256; first++) {
        memcpy(copy, s.p, s.n);
        copy[14] = (uint8_t)first;
        assert_true(ethernet_destination(span_make(copy, s.n), &to));
        assert_true(to.v == 0x08080808);
    }
    for (size_t n = 0; n < s.n; n++)
        assert_int_equal(ethernet_destination(span_sub(s, 0, n), &to), n >= 34);
}

/* --- source routes ------------------------------------------------------------------------- */

#define SEGMENTS_MAX 4
/* Collects the last digits of whatever the rule is asked about; refuses *ctx. */
static char asked[SEGMENTS_MAX + 2];
static bool asking(const void *ctx, struct addr to)
{
    char digit = (char)('0' + (unsigned)(to.v & 15));
    size_t n = strlen(asked);
    assert_true(n < sizeof asked - 1);
    asked[n] = digit;
    return digit != *(const char *)ctx;
}
static bool judged(struct span s, const char *refused)
{
    struct layout l;
    layout_ethernet(s, &l);
    memset(asked, 0, sizeof asked);
    return destination_allowed(s, &l, asking, refused);
}

static void routes_are_judged_by_every_hop_left(void **state)
{
    (void)state;
    static const struct {
        unsigned type, left;
        const char *list, *asked; /* 2 is the packet's destination */
        bool known;
    } six[] =
        {
            {0, 3, "345", "2345", true}, {0, 1, "345", "25", true}, {0, 0, "345", "2", true},
            {2, 1, "3", "23", true},     {4, 1, "32", "23", true},  {4, 3, "3456", "2345", true},
            {4, 0, "34", "2", true},     {0, 4, "345", "2", false}, {3, 1, "34", "2", false},
            {3, 0, "34", "2", true},
        },
      four[] = {
          {131, 4, "345", "2345", true}, {137, 12, "345", "25", true}, {131, 16, "345", "2", true},
          {137, 5, "345", "2", false},   {131, 0, "345", "2", false},  {7, 4, "345", "2", true},
          {131, 255, "34", "2", true},
      };
    char digit[2] = "";
    for (size_t i = 0; i < sizeof six / sizeof *six; i++) {
        struct span s = frame_routed6(six[i].type, six[i].left, six[i].list, "2001:2::2");
        assert_int_equal(judged(s, "x"), six[i].known);
        assert_string_equal(asked, six[i].asked);
        for (const char *p = six[i].asked; *p; p++) { /* each of them counts */
            *digit = *p;
            assert_false(judged(s, digit));
        }
    }
    for (size_t i = 0; i < sizeof four / sizeof *four; i++)
        for (unsigned ahead = 0; ahead < 5; ahead++) {
            struct span s = frame_routed4(four[i].type, four[i].left, ahead, four[i].list);
            assert_int_equal(judged(s, "x"), four[i].known);
            assert_string_equal(asked, four[i].asked);
        }
}

/* Behind however many other extension headers, cut anywhere, and with a second one. */
static void routes_do_not_hide(void **state)
{
    (void)state;
    struct span s = frame_routed6(0, 1, "9", "2001:2::2");
    struct bytes b = {.big = true};
    struct layout l;
    add(&b, s.p, 54);
    b.v[20] = 60;
    for (unsigned i = 0; i < 40; i++) u64(&b, i == 39 ? 0x2b00000000000000 : 0x3c00000000000000);
    add(&b, s.p + 54, s.n - 54);
    put_u16(b.v + 18, (uint16_t)(b.n - 54));
    assert_false(judged(span_make(b.v, b.n), "9"));
    for (size_t n = 54 + 320 + 8; n < b.n - 8; n++) { /* the route is there, but not all of it */
        bool whole = n >= 54 + 320 + 24;
        assert_int_equal(judged(span_make(b.v, n), "x"), whole);
    }
    s = frame_routed6(4, 1, "32", "2001:2::2");
    b = (struct bytes){.big = true};
    add(&b, s.p, 94);
    b.v[54] = 43;
    add(&b, s.p + 54, s.n - 54);
    layout_ethernet(span_make(b.v, b.n), &l);
    assert_true(l.routed && !l.last);
    assert_false(judged(span_make(b.v, b.n), "x"));
}

static void conversations_have_two_directions(void **state)
{
    (void)state;
    struct layout l;
    struct span s = frame_tcp4(A, B, 40000, 80, 1);
    layout_ethernet(s, &l);
    uint64_t there = layout_flow(s, &l);
    assert_true(layout_from_client(s, &l));
    s = frame_tcp4(B, A, 80, 40000, 1);
    layout_ethernet(s, &l);
    assert_true(layout_flow(s, &l) == there && !layout_from_client(s, &l));
    s = frame_tcp4(A, B, 80, 40000, 1);
    layout_ethernet(s, &l);
    assert_true(layout_flow(s, &l) != there);
    s = frame_udp4(A, B, 40000, 80, 1);
    layout_ethernet(s, &l);
    assert_true(layout_flow(s, &l) != there);
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Neighbours that count their ports up at the same time are not mistaken for each other. */
static void conversations_of_neighbours_differ(void **state)
{
    (void)state;
    uint64_t flow[64 * 64];
    struct layout l;
    for (uint32_t i = 0; i < 64 * 64; i++) {
        struct span s = frame_udp4(A + i % 64, B, 40000 + i / 64, 53, 1);
        layout_ethernet(s, &l);
        flow[i] = layout_flow(s, &l);
    }
    qsort(flow, 64 * 64, sizeof *flow, ascending);
    for (size_t i = 1; i < 64 * 64; i++) assert_true(flow[i] != flow[i - 1]);
}

static void counts_what_is_there(void **state)
{
    (void)state;
    static struct bytes b;
    uint64_t t = 1700000000000000000u;
    capture_begin(&b, 1);
    capture_add(&b, t, frame_tcp4(A, B, 40000, 80, 100), 0);
    capture_add(&b, t + 500000000, frame_tcp4(B, A, 80, 40000, 1446), 0);
    capture_add(&b, t + 400000000, frame_tcp4(B, A, 80, 40000, 1447), 0); /* back, over the MTU */
    capture_add(&b, t + 2400000000, frame_udp4(A, 0x08080808, 5000, 53, 10), 0);
    capture_add(&b, t + 2400000000, frame_udp4(A, B, 5000, 53, 10), 1000);
    struct info i = read_info(&b);
    assert_string_equal(i.format, "pcap, nanoseconds, little-endian");
    assert_int_equal(i.frames, 5);
    assert_int_equal(i.flows, 3);
    assert_false(i.flows_capped);
    assert_int_equal(i.shortest, 52);
    assert_int_equal(i.longest, 1501);
    assert_int_equal(i.cut, 1);
    assert_int_equal(i.backwards, 1);
    assert_int_equal(i.max_back_ns, 100000000);
    assert_int_equal(i.max_gap_ns, 2000000000);
    assert_int_equal(i.peak_frames, 3);
    assert_int_equal(i.last_ns - i.first_ns, 2400000000);
    assert_int_equal(i.protocols.n, 3);
    assert_int_equal(i.protocols.row[0].frames, 5);
    assert_int_equal(i.protocols.row[1].key, INFO_IP + 6);
    assert_int_equal(i.protocols.row[1].frames, 3);
    assert_int_equal(i.fate[FATE_LEAVES], 3);
    assert_int_equal(i.fate[FATE_CUT], 1);
    assert_int_equal(i.fate[FATE_NOT_ALLOWED], 1);
    assert_int_equal(i.problem[0], 0);
    assert_int_equal(i.tcp, 1);
    assert_int_equal(i.udp, 2);
    assert_int_equal(i.talk.midway, 1);
    assert_int_equal(i.said[TALK_CLIENT], 100 + 10 + 10);
    assert_int_equal(i.said[TALK_SERVER], 1447); /* the shorter one again, and a byte more */
    assert_int_equal(i.talk.repeated_bytes, 1446);
}

static void counts_frames_over_the_mtu(void **state)
{
    (void)state;
    static struct bytes b;
    capture_begin(&b, 1);
    capture_add(&b, 0, frame_tcp4(A, B, 1, 2, 1460), 0);
    capture_add(&b, 0, frame_tcp4(A, B, 1, 2, 1461), 0);
    capture_add(&b, 0, frame_udp4(A, B, 1, 2, 1473), 0);
    struct info i = read_info(&b);
    assert_int_equal(i.over_mtu, 2);
    assert_int_equal(i.segmentable, 1);
    assert_int_equal(i.segments, 2);
    assert_int_equal(i.fate[FATE_TOO_BIG], 2);
    assert_int_equal(i.fate[FATE_LEAVES], 1);
}

/* Each kind once right and once with a bit turned, in any byte that it covers. */
static void counts_wrong_checksums(void **state)
{
    (void)state;
    static struct bytes b;
    uint8_t copy[4][200], sctp[46] = {0};
    size_t n[4];
    struct bytes *x = frame_new();
    frame_eth(x, TYPE_IP4);
    frame_ip4(x, 1, A, B, 12, 0);
    u32(x, 0x08000000);
    u64(x, 0x0102030405060708);
    put_u16(x->v + 36, sum_final(sum_bytes(x->v + 34, 12)));
    memcpy(copy[2], x->v, n[2] = x->n);
    x = frame_new();
    frame_eth(x, TYPE_IP4);
    frame_ip4(x, 132, A, B, 12, 0);
    memcpy(sctp, x->v, x->n);
    put_u32(sctp + 42, __builtin_bswap32(crc32c(sctp + 34, 12)));
    memcpy(copy[3], sctp, n[3] = 46);
    struct span s = frame_tcp4(A, B, 1, 2, 11);
    memcpy(copy[0], s.p, n[0] = s.n);
    s = frame_udp4(A, B, 1, 2, 11);
    memcpy(copy[1], s.p, n[1] = s.n);
    static const enum sum_kind kinds[] = {SUM_TCP, SUM_UDP, SUM_ICMP, SUM_SCTP};
    for (size_t k = 0; k < 4; k++) {
        uint64_t wrong = 0;
        capture_begin(&b, 1);
        capture_add(&b, 0, span_make(copy[k], n[k]), 0);
        for (size_t i = 14; i < n[k]; i++) {
            /* Not what says where things are. */
            if (i == 14 || i == 16 || i == 17 || i == 20 || i == 21 || i == 23) continue;
            copy[k][i] ^= 0x10;
            capture_add(&b, 0, span_make(copy[k], n[k]), 0);
            copy[k][i] ^= 0x10;
            /* Addresses are in a pseudo header, ICMP and SCTP have none. */
            wrong += i >= 34 || (i >= 26 && k < 2);
        }
        struct info i = read_info(&b);
        assert_int_equal(i.sums[SUM_IP4], i.frames);
        assert_int_equal(i.sums_wrong[SUM_IP4], 20 - 6);
        assert_int_equal(i.sums[kinds[k]], i.frames);
        assert_int_equal(i.sums_wrong[kinds[k]], wrong);
    }
    /* None, cut off, and a fragment: nothing to be verified but the header. */
    capture_begin(&b, 1);
    put_u16(copy[1] + 40, 0);
    capture_add(&b, 0, span_make(copy[1], n[1]), 0);
    capture_add(&b, 0, span_make(copy[0], 60), 100);
    put_u16(copy[0] + 20, 0x2000);
    capture_add(&b, 0, span_make(copy[0], n[0]), 0);
    struct info i = read_info(&b);
    assert_int_equal(i.sums[SUM_IP4], 3);
    assert_int_equal(i.sums[SUM_TCP] + i.sums[SUM_UDP], 0);
    assert_int_equal(i.sums_wrong[SUM_IP4], 1);
}

static void tells_damage_at_every_cut(void **state)
{
    (void)state;
    static struct bytes b;
    capture_begin(&b, 1);
    size_t ends[] = {24, 0, 0};
    for (int k = 1; k < 3; k++) {
        capture_add(&b, 0, frame_udp4(A, B, 1, 2, 3), 0);
        ends[k] = b.n;
    }
    for (size_t n = 24; n <= b.n; n++) {
        struct bytes cut = b;
        cut.n = n;
        struct info i = read_info(&cut);
        bool clean = n == ends[0] || n == ends[1] || n == ends[2];
        assert_int_equal(i.problem[0] == 0, clean);
        assert_int_equal(i.frames, (n >= ends[1]) + (n >= ends[2]));
    }
}

static void other_link_types_are_looked_into(void **state)
{
    (void)state;
    static struct bytes b;
    capture_begin(&b, 101);
    capture_add(&b, 0, span_from(frame_udp4(A, B, 1, 2, 3), 14), 0);
    capture_add(&b, 0, span_of("\x11 is no packet"), 0);
    struct info i = read_info(&b);
    assert_int_equal(i.fate[FATE_FOREIGN], 2);
    assert_int_equal(i.convertible, 1);
    assert_int_equal(i.flows, 1);
    assert_int_equal(i.protocols.row[1].key, INFO_IP + 17);
}

/* Beside labels, what they lead to. */
static void packets_behind_labels_are_told(void **state)
{
    (void)state;
    static struct bytes b;
    struct bytes *f = frame_new();
    frame_eth(f, TYPE_MPLS);
    u32(f, 0x00010140);
    frame_ip4(f, 17, A, B, 8, 0);
    frame_udp(f, 4, 18, 1, 2, 0);
    capture_begin(&b, 1);
    capture_add(&b, 0, span_make(f->v, f->n), 0);
    struct info i = read_info(&b);
    assert_int_equal(i.protocols.n, 3);
    assert_int_equal(i.protocols.row[0].key, TYPE_MPLS);
    assert_int_equal(i.protocols.row[1].key, TYPE_IP4);
    assert_int_equal(i.protocols.row[2].key, INFO_IP + 17);
}

static void flows_are_capped(void **state)
{
    (void)state;
    struct flows *f = flows_open();
    bool capped;
    for (uint64_t k = 1; k <= FLOWS_MAX; k++) flows_add(f, rng_mix(k));
    for (uint64_t k = 1; k <= 1000; k++) flows_add(f, rng_mix(k));
    assert_int_equal(flows_count(f, &capped), FLOWS_MAX);
    assert_false(capped);
    flows_add(f, 1);
    assert_int_equal(flows_count(f, &capped), FLOWS_MAX);
    assert_true(capped);
    for (uint64_t k = 1; k <= 10; k++) flows_tear(f, rng_mix(k % 5 + 1)); /* each counts once */
    flows_tear(f, 1);                                                     /* found no room */
    assert_int_equal(flows_torn(f), 5);
    for (uint64_t k = 1; k <= 10; k++) flows_add(f, rng_mix(k));
    assert_int_equal(flows_count(f, &capped), FLOWS_MAX);
    flows_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_headers),
        cmocka_unit_test(looks_through_labels_and_pppoe),
        cmocka_unit_test(destinations_of_odd_headers),
        cmocka_unit_test(routes_are_judged_by_every_hop_left),
        cmocka_unit_test(routes_do_not_hide),
        cmocka_unit_test(conversations_have_two_directions),
        cmocka_unit_test(conversations_of_neighbours_differ),
        cmocka_unit_test(counts_what_is_there),
        cmocka_unit_test(counts_frames_over_the_mtu),
        cmocka_unit_test(counts_wrong_checksums),
        cmocka_unit_test(tells_damage_at_every_cut),
        cmocka_unit_test(other_link_types_are_looked_into),
        cmocka_unit_test(packets_behind_labels_are_told),
        cmocka_unit_test(flows_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
