/* Frames over the MTU in parts: segments of TCP, also within tunnels, and IP fragments. */
#include "tunnel_rig.h"

#include "trace/fragment.h"
#include "trace/segment.h"

static uint8_t room[70000], parts[200000];

/* Splits and checks each part against the whole: headers by RFC 793 and RFC 791, data in order,
 * checksums by an independent sum. */
static void assert_split(struct draft *d, uint32_t limit, size_t expected)
{
    static struct frame out[256];
    layout_ethernet(span_make(d->p, d->n), &d->at);
    const struct layout *l = &d->at;
    size_t header = l->up + 20, at = 0;
    assert_int_equal(segment_count(d, limit), expected);
    assert_true(segment_room(d, limit) <= sizeof parts);
    segment_split(d, limit, parts, out);
    for (size_t i = 0; i < expected; i++) {
        const uint8_t *p = out[i].p;
        size_t data = out[i].len - header;
        bool last = i == expected - 1;
        assert_true(out[i].len <= limit && (last || out[i].len == limit));
        assert_memory_equal(p, d->p, l->net);
        assert_int_equal(get_u32(p + l->up + 4), get_u32(d->p + l->up + 4) + at);
        assert_memory_equal(p + header, d->p + header + at, data);
        assert_int_equal(p[l->up + 13], last ? 0x19 : i == 0 ? 0x90 : 0x10);
        if (l->version == 4) {
            assert_int_equal(get_u16(p + l->net + 2), out[i].len - l->net);
            assert_int_equal(get_u16(p + l->net + 4), 0x1234 + i);
            assert_int_equal(sum_final(sum_bytes(p + l->net, 20)), 0);
        } else {
            assert_int_equal(get_u16(p + l->net + 4), out[i].len - l->net - 40);
        }
        assert_int_equal(whole_sum(p + l->net, l->version, p + l->up, out[i].len - l->up, 6), 0);
        at += data;
    }
    assert_int_equal(at, l->end - header);
}

static void splits_tcp(void **state)
{
    (void)state;
    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned tags = 0; tags < 2; tags++) {
            struct bytes *b = frame_new();
            unsigned type = version == 4 ? TYPE_IP4 : TYPE_IP6;
            frame_eth(b, tags ? TYPE_VLAN : type);
            if (tags) frame_tag(b, 9, type);
            size_t net = b->n, data = 4 * 1460 + 1;
            if (version == 4)
                frame_ip4(b, 6, HOSTS, HOSTS + 1, (unsigned)(20 + data), 0);
            else
                frame_ip6(b, 6, "2001:2::1", "2001:2::2", (unsigned)(20 + data));
            frame_tcp(b, version, net, 1, 2, 0x99, data); /* CWR, ACK, PSH, FIN */
            put_u16(b->v + b->n - data - 4, 0);           /* offloading leaves no right checksum */
            struct draft d = {.p = b->v, .n = (uint32_t)b->n};
            assert_split(&d, 1514 + 4 * tags, version == 4 ? 5 : 5);
            assert_split(&d, (uint32_t)b->n - 1, 2);
            if (version == 4) { /* the length that does not fit, as a card's driver writes it */
                put_u16(b->v + net + 2, 0);
                assert_split(&d, 1514 + 4 * tags, 5);
            }
        }
}

/* One frame split into three of 1000 bytes of data each; p[i] are the IP headers. */
static void split_in_three(struct bytes *b, const uint8_t *p[3], struct layout *l)
{
    static struct frame out[3];
    struct draft d = {.p = b->v, .n = (uint32_t)b->n};
    layout_ethernet(span_make(b->v, b->n), &d.at);
    uint32_t limit = d.at.up + 20 + 1000;
    assert_int_equal(segment_count(&d, limit), 3);
    segment_split(&d, limit, parts, out);
    *l = d.at;
    for (int i = 0; i < 3; i++) p[i] = out[i].p + l->net;
}

static void splits_what_is_urgent_or_opens(void **state)
{
    (void)state;
    static const struct {
        unsigned flags, urgent, flag[3], pointer[3], number[3];
    } cases[] = {
        {0x38, 1500, {0x30, 0x30, 0x18}, {1500, 500, 0}, {0, 1000, 2000}},
        {0x30, 2000, {0x30, 0x30, 0x30}, {2000, 1000, 0}, {0, 1000, 2000}},
        {0x0a, 0, {0x02, 0, 0x08}, {0, 0, 0}, {0, 1001, 2001}}, /* data on a SYN (RFC 7413) */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct bytes *b = frame_new();
        const uint8_t *p[3];
        struct layout l;
        frame_eth(b, TYPE_IP4);
        frame_ip4(b, 6, HOSTS, HOSTS + 1, 20 + 3000, 0);
        frame_tcp(b, 4, 14, 1, 2, cases[k].flags, 3000);
        put_u16(b->v + 14 + 20 + 18, (uint16_t)cases[k].urgent);
        split_in_three(b, p, &l);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(get_u32(p[i] + 24), 1000 + cases[k].number[i]);
            assert_int_equal(p[i][33], cases[k].flag[i]);
            assert_int_equal(get_u16(p[i] + 38), cases[k].pointer[i]);
            assert_int_equal(whole_sum(p[i], 4, p[i] + 20, 1020, 6), 0);
        }
    }
}

static void splits_sessions_and_routed_packets(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    const uint8_t *p[3];
    struct layout l;
    frame_eth(b, TYPE_PPPOE);
    add(b, "\x11\0\0\x01\x0b\xe2\0\x21", 8);
    frame_ip4(b, 6, HOSTS, HOSTS + 1, 20 + 3000, 0);
    frame_tcp(b, 4, 22, 1, 2, 0x18, 3000);
    split_in_three(b, p, &l);
    for (int i = 0; i < 3; i++) assert_int_equal(get_u16(p[i] - 4), 20 + 20 + 1000 + 2);
    b = frame_new();
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 43, "2001:2::1", "2001:2::2", 24 + 20 + 3000);
    u64(b, 0x0602000100000000); /* one segment left: the packet will arrive at 2001:2::9 */
    u64(b, 0x2001000200000000);
    u64(b, 9);
    frame_tcp(b, 6, 14, 1, 2, 0x18, 3000);
    split_in_three(b, p, &l);
    for (int i = 0; i < 3; i++) {
        uint8_t arrived[40];
        memcpy(arrived, p[i], 24);
        memcpy(arrived + 24, p[i] + 48, 16);
        assert_int_equal(whole_sum(arrived, 6, p[i] + 64, 1020, 6), 0);
    }
}

static void refuses_what_it_cannot_split(void **state)
{
    (void)state;
    struct span s = frame_udp4(HOSTS, HOSTS + 1, 1, 2, 3000);
    struct draft d = {.p = room, .n = (uint32_t)s.n};
    memcpy(room, s.p, s.n);
    layout_ethernet(s, &d.at);
    assert_int_equal(segment_count(&d, 1514), 0);
    s = frame_tcp4(HOSTS, HOSTS + 1, 1, 2, 3000);
    memcpy(room, s.p, s.n);
    for (size_t n = 0; n < s.n; n++) { /* cut anywhere */
        d.n = (uint32_t)n;
        layout_ethernet(span_make(room, n), &d.at);
        assert_int_equal(segment_count(&d, 1514), 0);
    }
    d.n = (uint32_t)s.n;
    layout_ethernet(s, &d.at);
    assert_int_equal(segment_count(&d, 1514), 3);
    assert_int_equal(segment_count(&d, 54 + 7), 0); /* no room for data */
    room[46] = 0x40;                                /* a header shorter than it can be */
    assert_int_equal(segment_count(&d, 1514), 0);
    room[46] = 0xf0;
    assert_int_equal(segment_count(&d, 1514), 3);
    room[20] = 0x20; /* a fragment */
    layout_ethernet(span_make(room, d.n), &d.at);
    assert_int_equal(segment_count(&d, 1514), 0);
}

static struct draft draft_of(struct span s)
{
    memcpy(room, s.p, s.n);
    struct draft d = {.p = room, .n = (uint32_t)s.n, .wire_len = (uint32_t)s.n};
    layout_ethernet(span_make(d.p, d.n), &d.at);
    return d;
}

/* Every tunnel: the parts are whole packets within packets, their data is that of the whole, and so
 * are all headers but lengths, numbers and checksums. */
static void split_through(const char *tunnel, unsigned version, size_t n)
{
    static struct frame out[256];
    struct span s = through(tunnel, packet(version == 4 ? 0 : 1, n));
    struct draft d = draft_of(s);
    size_t header = s.n - n, tcp = header - 20, count = segment_count(&d, 1500), at = 0;
    assert_int_equal(count, (n + 1500 - header - 1) / (1500 - header));
    assert_true(segment_room(&d, 1500) <= sizeof parts);
    segment_split(&d, 1500, parts, out);
    for (size_t i = 0; i < count; i++) {
        struct draft part = {.p = (uint8_t *)out[i].p, .n = out[i].len};
        const uint8_t *p = out[i].p;
        size_t data = out[i].len - header;
        assert_true(out[i].len <= 1500);
        check_all(&part, tunnel);
        assert_int_equal(get_u32(p + tcp + 4), get_u32(s.p + tcp + 4) + at);
        assert_memory_equal(p + header, s.p + header + at, data);
        if (s.p[14] == 0x45) assert_int_equal(get_u16(p + 18), 0x1234 + i);
        if (version == 4) assert_int_equal(get_u16(p + tcp - 16), 0x1234 + i);
        at += data;
    }
    assert_int_equal(at, n);
}

static void splits_within_tunnels(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 1400, 1401, 2999, 9000};
    for (size_t t = 0; t < TUNNELS; t++)
        for (unsigned version = 4; version <= 6; version += 2)
            for (size_t k = 0; k < 5; k++)
                if (fits(tunnels[t], version == 6)) split_through(tunnels[t], version, sizes[k]);
}

static void refuses_tunnels_it_cannot_split(void **state)
{
    (void)state;
    struct span s = through("gre", packet(0, 3000));
    struct draft d = draft_of(s);
    assert_int_equal(segment_count(&d, 1500), 3);
    d.p[34] |= 0x10; /* the key is the key still, and what follows a number */
    memmove(d.p + 46, d.p + 42, d.n - 46);
    layout_ethernet(span_make(d.p, d.n), &d.at);
    assert_int_equal(segment_count(&d, 1500), 0);
    s = through("vxlan", packet(2, 3000)); /* it carries UDP */
    d = draft_of(s);
    assert_int_equal(segment_count(&d, 1500), 0);
    s = through("vxlan sum", packet(1, 3000));
    for (size_t n = 0; n < s.n; n++) { /* cut anywhere */
        d = draft_of(span_sub(s, 0, n));
        assert_int_equal(segment_count(&d, 1500), 0);
    }
    d = draft_of(s);
    d.p[20] = 0x20; /* the outer one is a fragment, the inner one then another */
    layout_ethernet(span_make(d.p, d.n), &d.at);
    assert_int_equal(segment_count(&d, 1500), 0);
    s = through("ipip", packet(0, 3000));
    d = draft_of(s);
    d.p[14 + 20 + 6] = 0x20;
    layout_ethernet(span_make(d.p, d.n), &d.at);
    assert_int_equal(segment_count(&d, 1500), 0);
}

/* --- fragments ------------------------------------------------------------------------------ */

/* Puts the fragments together by RFC 791 and RFC 8200, section 4.5, and compares with the packet at
 * `net` of s, whose data begins at `from`; `base` is where a fragment's data was in its whole. */
static void assert_fragments(struct span s, uint32_t limit, size_t expected, size_t from,
                             size_t base, bool more_behind)
{
    static struct frame out[256];
    struct draft d = draft_of(s);
    unsigned version = d.at.version;
    size_t net = d.at.net, extra = version == 6 ? 8 : 0, at = 0;
    assert_int_equal(fragment_count(&d, limit), expected);
    assert_true(fragment_room(&d, limit) <= sizeof parts);
    fragment_split(&d, limit, 0xabcd1234, parts, out);
    for (size_t i = 0; i < expected; i++) {
        const uint8_t *p = out[i].p;
        size_t data = out[i].len - from - extra;
        bool last = i == expected - 1, more = !last || more_behind;
        assert_true(out[i].len <= limit && (last || (out[i].len + 8 > limit && data % 8 == 0)));
        assert_memory_equal(p, s.p, net);
        assert_memory_equal(p + from + extra, d.p + from + at, data);
        if (version == 4) {
            assert_int_equal(get_u16(p + net + 2), out[i].len - net);
            assert_int_equal(get_u16(p + net + 4), 0x1234);
            assert_int_equal(get_u16(p + net + 6), (more ? 0x2000u : 0) + (base + at) / 8);
            assert_int_equal(sum_final(sum_bytes(p + net, from - net)), 0);
            assert_memory_equal(p + net + 8, s.p + net + 8, 2);
            assert_memory_equal(p + net + 12, s.p + net + 12, 8);
        } else {
            assert_int_equal(get_u16(p + net + 4), out[i].len - net - 40);
            assert_int_equal(get_u16(p + from + 2), at + (last ? 0 : 1));
            assert_int_equal(get_u32(p + from + 4), 0xabcd1234);
        }
        at += data;
    }
    assert_int_equal(at, d.at.end - from);
}

static void fragments_udp(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 1471, 1472, 1473, 2952, 2953, 9000};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k] + 8;
        struct span s = through("none", packet(2, sizes[k]));
        assert_fragments(s, 1514, (n + 1479) / 1480, 34, 0, false);
        s = through("none", packet(3, sizes[k]));
        assert_fragments(s, 1514, (n + 1447) / 1448, 54, 0, false);
        const uint8_t *header = parts + 54; /* of the first */
        assert_int_equal(parts[20], 44);
        assert_int_equal(header[0], 17);
        assert_int_equal(header[1], 0);
    }
    /* what offloading left of the checksum is made right, for the whole */
    struct span s = through("none", packet(2, 3000));
    uint8_t wrong[4000];
    memcpy(wrong, s.p, s.n);
    put_u16(wrong + 40, 0x1111);
    assert_fragments(span_make(wrong, s.n), 1514, 3, 34, 0, false);
    assert_int_equal(get_u16(parts + 40), get_u16(s.p + 40));
    s = through("vxlan sum", packet(0, 3000));
    assert_fragments(s, 1514, 3, 34, 0, false);
}

static void fragments_fragments(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 3000, 0x2000 | 100);
    add_row(b, 1, 3000);
    assert_fragments(span_make(b->v, b->n), 1514, 3, 34, 800, true);
    put_u16(b->v + 20, 100);
    assert_fragments(span_make(b->v, b->n), 1514, 3, 34, 800, false);
}

/* Options: the first fragment has all, later ones those with the copied bit. */
static void fragments_with_options(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 3000, 0);
    b->n = 34;
    u32(b, 0x07070400); /* record route, not copied */
    u32(b, 0x00000001);
    u32(b, 0x83070400); /* loose source route, copied, with nothing left */
    u32(b, 0x00000001);
    b->v[14] = 0x49;
    b->v[48] = 8;
    put_u16(b->v + 16, 36 + 3000);
    add_row(b, 1, 3000);
    struct span s = span_make(b->v, b->n);
    struct draft d = draft_of(s);
    struct frame out[3];
    assert_int_equal(fragment_count(&d, 1514), 3);
    fragment_split(&d, 1514, 0, parts, out);
    assert_memory_equal(out[0].p + 34, s.p + 34, 16);
    for (int i = 1; i < 3; i++) {
        assert_memory_equal(out[i].p + 34, "\1\1\1\1\1\1\1", 7);
        assert_memory_equal(out[i].p + 41, s.p + 41, 9);
        assert_int_equal(sum_final(sum_bytes(out[i].p + 14, 36)), 0);
    }
}

/* IPv6: hop-by-hop options and a routing header are in each fragment, others in the first. */
static void fragments_behind_extensions(void **state)
{
    (void)state;
    static const struct {
        uint8_t chain[6];
        size_t shared;
    } cases[] = {{{0, 17}, 1},         {{0, 43, 17}, 2}, {{60, 17}, 0}, {{60, 43, 60, 17}, 2},
                 {{0, 60, 43, 17}, 3}, {{51, 17}, 0},    {{17}, 0}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const uint8_t *chain = cases[k].chain;
        struct bytes *b = frame_new();
        size_t headers = strlen((const char *)chain + 1);
        frame_eth(b, TYPE_IP6);
        frame_ip6(b, chain[0], "2001:2::1", "2001:2::2", (unsigned)(8 * headers + 3008));
        for (size_t i = 0; i < headers; i++) u64(b, (uint64_t)chain[i + 1] << 56);
        frame_udp(b, 6, 14, 1, 2, 3000);
        struct span s = span_make(b->v, b->n);
        size_t from = 54 + 8 * cases[k].shared, room_each = (1514 - from - 8) / 8 * 8;
        size_t data = s.n - from;
        assert_fragments(s, 1514, (data + room_each - 1) / room_each, from, 0, false);
        size_t number = cases[k].shared ? from - 8 : 20;
        assert_int_equal(parts[number], 44);
        assert_int_equal(parts[from], chain[cases[k].shared]);
    }
}

static void refuses_what_it_cannot_fragment(void **state)
{
    (void)state;
    struct draft d = draft_of(through("none", packet(2, 3000)));
    assert_int_equal(fragment_count(&d, 1514), 3);
    assert_int_equal(fragment_count(&d, 34 + 8), 376);
    assert_int_equal(fragment_count(&d, 34 + 7), 0);
    d.p[20] = 0x40; /* do not */
    layout_ethernet(span_make(d.p, d.n), &d.at);
    assert_int_equal(fragment_count(&d, 1514), 0);
    struct span s = through("none", packet(3, 3000));
    for (size_t n = 0; n < s.n; n++) { /* cut anywhere */
        d = draft_of(span_sub(s, 0, n));
        assert_int_equal(fragment_count(&d, 1514), 0);
    }
    d = draft_of(s);
    assert_int_equal(fragment_count(&d, 54 + 8 + 24), 126);
    assert_int_equal(fragment_count(&d, 54 + 8 + 16), 0); /* no room for the transport's header */
    d.p[20] = 44;
    layout_ethernet(span_make(d.p, d.n), &d.at);
    assert_int_equal(fragment_count(&d, 1514), 0);
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_ARP);
    add_row(b, 1, 3000);
    d = draft_of(span_make(b->v, b->n));
    assert_int_equal(fragment_count(&d, 1514), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_tcp),
        cmocka_unit_test(splits_what_is_urgent_or_opens),
        cmocka_unit_test(splits_sessions_and_routed_packets),
        cmocka_unit_test(refuses_what_it_cannot_split),
        cmocka_unit_test(splits_within_tunnels),
        cmocka_unit_test(refuses_tunnels_it_cannot_split),
        cmocka_unit_test(fragments_udp),
        cmocka_unit_test(fragments_fragments),
        cmocka_unit_test(fragments_with_options),
        cmocka_unit_test(fragments_behind_extensions),
        cmocka_unit_test(refuses_what_it_cannot_fragment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
