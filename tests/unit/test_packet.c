/* Frames from templates: lengths, checksums, batches, link addresses. */
#include "packet_rig.h"

#include <stdio.h>

#include "packet/checksum.h"
#include "packet/template.h"

/* Sections whose frames check_frame understands: fields of odd widths, every size, text. */
static const char *const bodies[] = {
    "layers = eth / ipv4 / udp\nsize = 64\nipv4.src = 198.18.0.0/16\nipv4.dst = 198.19.0.0/24\n"
    "udp.sport = 1024..65535\nudp.dport = 1..65535",
    "layers = eth / ipv4 / udp\nsize = 42..1518\nipv4.src = 198.18.0.0/16",
    "layers = eth / ipv4 / udp / payload\npayload.text = ${0..1000000} and ${0..99}\n",
    "layers = eth / ipv4 / udp / payload\npayload.text = ${0..1000000}\nsize = 42..80\n"
    "payload.fill = 01 02 03",
    "layers = eth / ipv4 / udp / payload\npayload.size = 0..33\npayload.fill = random",
    "layers = eth / ipv4 / udp / payload\npayload.size = 0..33\npayload.fill = count\n"
    "payload.text = constant content",
    "layers = eth / vlan / ipv6 / udp\nipv6.src = 2001:2::/64\nipv6.dst = 2001:2:1::/100\n"
    "ipv6.flow = 0..0xfffff\nipv6.dscp = 0..63\nsize = 66..90\nvlan.id = 0..4095",
    "layers = eth / ipv6 / tcp / payload\nipv6.src = 2001:2::/32\ntcp.flags = 0..511\n"
    "tcp.tsval = 0..0xffffffff\ntcp.reserved = 0..7\npayload.text = ${0..100000}",
    "layers = eth / ipv4 / icmp / payload\nicmp.code = 0..255\npayload.size = 0..9\n"
    "payload.fill = count",
    "layers = eth / ipv6 / icmpv6\nicmpv6.type = 0..255\nicmpv6.seq = 0..65535",
    "layers = eth / ipv4 / ipv6 / ipv4 as inner / udp\ninner.src = 198.18.0.0/15\n"
    "inner.dscp = 0..63\ninner.ecn = 0..3\nipv6.dst = 2001:2::/64\nipv4.offset = 0..8191\n"
    "inner.flags = 0..7\nsize = 102..140\nipv4.ttl = 0..255",
    "layers = eth / vlan as tag * 0..3 / ipv4 / udp\ntag.id = 0..4095\ntag.2.priority = 0..7\n"
    "size = 60..99\nipv4.src = 198.18.0.0/16",
    "layers = eth / vlan * (1:3, 2, 4) / ipv6 / udp / payload\npayload.text = ${0..99999}",
    "layers = eth / ipv4 / tcp\ntcp.mss = 0..65535\ntcp.wscale = 0..14\ntcp.sack_left = 1..9\n"
    "ipv4.options = \"\\x94\\x04\\x00\\x00\\x01\"\ntcp.seq = 0..0xffffffff",
};
#define BODIES (sizeof bodies / sizeof *bodies)

static void test_frames_are_right(void **state)
{
    (void)state;
    for (size_t b = 0; b < BODIES; b++) {
        struct rig *r = rig_new(bodies[b]);
        for (uint64_t first = 0; first < 8; first++) {
            rig_batch(r, first * 1000003, 1, BATCH);
            for (size_t i = 0; i < BATCH; i++) {
                struct span s = span_make(r->frame[i].p, r->frame[i].len);
                assert_true(s.n >= packet_min_len(r->packet) && s.n <= packet_max_len(r->packet));
                assert_int_equal(r->frame[i].wire_len, s.n);
                check_frame(s);
            }
        }
        rig_free(r);
    }
}

/* A unit alone equals the unit in a batch, whatever its neighbours and the slot's past. */
static void test_alone_and_in_batches(void **state)
{
    (void)state;
    for (size_t b = 0; b < BODIES; b++) {
        struct rig *all = rig_new(bodies[b]), *one = rig_new(bodies[b]);
        uint64_t orders[][2] = {{0, 1}, {255, (uint64_t)-1}, {7, 12345}};
        for (size_t o = 0; o < 3; o++) {
            rig_batch(all, orders[o][0], orders[o][1], BATCH);
            for (size_t i = 0; i < BATCH; i++) {
                struct span alone = rig_unit(one, all->index[i]);
                assert_true(span_eq(alone, span_make(all->frame[i].p, all->frame[i].len)));
            }
        }
        rig_batch(all, 3, 5, 77); /* a smaller batch */
        assert_true(
            span_eq(rig_unit(one, 3 + 5 * 76), span_make(all->frame[76].p, all->frame[76].len)));
        rig_free(all);
        rig_free(one);
    }
}

/* The fast path against fields written one bit at a time. */
static void test_columns_against_bits(void **state)
{
    (void)state;
    for (size_t b = 0; b < BODIES; b++) {
        struct rig *r = rig_new(bodies[b]);
        for (uint64_t index = 0; index < 50; index++) {
            struct span s = rig_unit(r, index);
            const struct packet *p = variant_of(r->packet, s);
            for (size_t i = 0; i < p->layers; i++) {
                const struct layer *l = &p->layer[i];
                for (size_t f = 0; f < l->n; f++) {
                    const struct value *v = &l->v[f];
                    if (!v->gen || !v->field->width || v->moves) continue;
                    u128 want = packet_value(p, v, index, &r->scratch);
                    assert_true(want == get_bits(s.p, v->bit, v->field->width));
                }
            }
        }
        rig_free(r);
    }
}

static void test_all_sizes(void **state)
{
    (void)state;
    struct rig *r = rig_new("layers = eth / ipv4 / udp\nsize = 42..1518");
    bool seen[1519] = {false};
    for (uint64_t first = 0; first < 80; first++) {
        rig_batch(r, first * BATCH, 1, BATCH);
        for (size_t i = 0; i < BATCH; i++) seen[r->frame[i].len] = true;
    }
    for (size_t n = 42; n <= 1518; n++) assert_true(seen[n]);
    rig_free(r);
    r = rig_new("layers = eth / ipv4 / udp\nsize = 65535");
    check_frame(rig_unit(r, 0));
    rig_free(r);
}

/* What the profile sets, it gets. */
static void test_set_values_stay(void **state)
{
    (void)state;
    struct rig *r = rig_new("layers = eth / ipv4 / udp\nipv4.checksum = 0xdead\nipv4.length = 9\n"
                            "udp.checksum = 0\nudp.length = 0..7\neth.type = 0x1234\n"
                            "ipv4.protocol = 99\nipv4.ihl = 15\nsize = 60");
    struct span s = rig_unit(r, 0);
    assert_int_equal(get_u16(s.p + 24), 0xdead);
    assert_int_equal(get_u16(s.p + 16), 9);
    assert_int_equal(get_u16(s.p + 40), 0);
    assert_int_equal(get_u16(s.p + 12), 0x1234);
    assert_true(get_u16(s.p + 38) <= 7);
    assert_int_equal(s.p[23], 99);
    assert_int_equal(s.p[14], 0x4f);
    rig_free(r);
}

/* A sum that comes out as 0 is sent as 0xffff, for 0 means that there is none (RFC 768). */
static void test_udp_never_zero(void **state)
{
    (void)state;
    struct rig *r = rig_new("layers = eth / ipv4 / udp\nudp.sport = 0..65535");
    bool found = false;
    for (uint64_t n = 0; n < 4096 && !found; n++) {
        rig_batch(r, n * BATCH, 1, BATCH);
        for (size_t i = 0; i < BATCH; i++) {
            assert_int_not_equal(get_u16(r->frame[i].p + 40), 0);
            found |= get_u16(r->frame[i].p + 40) == 0xffff;
        }
    }
    assert_true(found);
    rig_free(r);
}

static void test_names_and_flags(void **state)
{
    (void)state;
    struct rig *r = rig_new("layers = eth / ipv4 / tcp\ntcp.flags = syn+ack");
    assert_int_equal(rig_unit(r, 0).p[47], 0x12);
    rig_free(r);
    r = rig_new("layers = eth / ipv4 / tcp\ntcp.flags = syn:3, FIN + psh + urg, 0x1ff");
    unsigned seen[512] = {0};
    rig_batch(r, 0, 1, BATCH);
    for (size_t i = 0; i < BATCH; i++) seen[get_u16(r->frame[i].p + 46) & 0x1ff]++;
    assert_int_equal(seen[2] + seen[0x29] + seen[0x1ff], BATCH);
    assert_true(seen[2] > 110 && seen[0x29] > 20 && seen[0x1ff] > 20);
    rig_free(r);
    r = rig_new("layers = eth / arp\narp.op = reply\nsize = 60");
    assert_int_equal(get_u16(rig_unit(r, 0).p + 20), 2);
    assert_int_equal(rig_unit(r, 0).n, 60);
    rig_free(r);
}

static void test_link(void **state)
{
    (void)state;
    static const uint8_t src[6] = {2, 1, 1, 1, 1, 1}, dst[6] = {2, 9, 9, 9, 9, 9};
    struct addr hop;
    struct rig *r =
        rig_try("layers = eth / ipv4 / udp\nipv4.dst = 198.19.0.7\neth.type = 0..9", false);
    assert_true(packet_next_hop(r->packet, &hop));
    assert_true(hop.v == 0xC6130007 && hop.family == FAMILY_IP4);
    packet_set_link(r->packet, src, dst);
    r->room = packet_room_new(r->packet, &r->arena);
    struct span s = rig_unit(r, 5);
    assert_memory_equal(s.p, dst, 6);
    assert_memory_equal(s.p + 6, src, 6);
    rig_free(r);

    r = rig_try("layers = eth / ipv6 / udp\nipv6.dst = 2001:2::/120\neth.dst = 02:00:00:00:00:77",
                false);
    struct addr lo, hi;
    assert_false(packet_next_hop(r->packet, &hop));
    packet_set_link(r->packet, src, dst);
    r->room = packet_room_new(r->packet, &r->arena);
    assert_int_equal(rig_unit(r, 5).p[5], 0x77);
    assert_memory_equal(rig_unit(r, 5).p + 6, src, 6);
    assert_true(packet_destinations(r->packet, &lo, &hi));
    assert_true(lo.family == FAMILY_IP6 && hi.v - lo.v == 255 && (uint64_t)lo.v == 0);
    rig_free(r);
    r = rig_new("layers = eth / ipv4 / ipv4 as inner / udp\nipv4.src = 198.18.64.0/18\ninner.src = "
                "10.0.0.1");
    assert_true(packet_sources(r->packet, &lo, &hi));
    assert_true(lo.family == FAMILY_IP4 && lo.v == 0xc6124000 && hi.v == 0xc6127fff);
    rig_free(r);
    r = rig_new("layers = eth / arp");
    assert_false(packet_destinations(r->packet, &lo, &hi));
    assert_false(packet_sources(r->packet, &lo, &hi));
    assert_false(packet_next_hop(r->packet, &hop));
    rig_free(r);
}

/* A layer a varying number of times: every number occurs, each copy draws for itself, and the
 * printers know which it was. */
static void test_varying_number(void **state)
{
    (void)state;
    struct rig *r = rig_token("layers = eth / vlan * 0..2 / ipv4 / udp\nvlan.id = 0..4095\n"
                              "size = 80",
                              true);
    assert_int_equal(packet_token(r->packet), TOKEN_TRAILER);
    unsigned seen[3] = {0}, same = 0;
    rig_batch(r, 0, 1, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        const uint8_t *p = r->frame[i].p;
        size_t tags = 0;
        while (get_u16(p + 12 + 4 * tags) == 0x8100) tags++;
        assert_in_range(tags, 0, 2);
        seen[tags]++;
        same += tags == 2 && get_u16(p + 14) == get_u16(p + 18);
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);
        packet_print_text(r->packet, span_make(p, r->frame[i].len), f);
        fclose(f);
        assert_true((strstr(text, "vlan.2 id") != NULL) == (tags == 2));
        assert_true((strstr(text, "vlan id") != NULL) == (tags > 0));
        free(text);
    }
    assert_true(seen[0] > 50 && seen[1] > 50 && seen[2] > 50 && same < 3);
    rig_free(r);
}

/* The bounds of IPv6 destinations, which the target rules judge, are never too narrow. */
static void test_destinations(void **state)
{
    (void)state;
    static const struct {
        const char *dst;
        uint64_t span; /* last address less the first; 0: any address at all */
    } cases[] = {
        {"2001:2::/120", 255},
        {"2001:2::1..2001:2::9", 8},
        {"permute(2001:2::/112)", 65535},
        {"2001:2::/120, 2001:2::1:0:4", 0x100000004},
        {"there", 0},
        {"2001:2::1, there", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[256];
        struct addr lo, hi;
        snprintf(body, sizeof body,
                 "layers = eth / ipv6 / udp\nipv6.dst = %s\n[vars]\nthere = "
                 "2001:2::/64",
                 cases[i].dst);
        struct rig *r = rig_new(body);
        assert_true(packet_destinations(r->packet, &lo, &hi));
        if (cases[i].span) {
            assert_true(hi.v - lo.v == cases[i].span);
        } else {
            assert_true(lo.v == 0 && hi.v == ~(u128)0);
        }
        rig_free(r);
    }
}

/* Broadcast and multicast need no next hop. */
static void test_group_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        uint8_t mac[6];
    } groups[] = {
        {"layers = eth / arp", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
        {"layers = eth / ipv4 / udp\nipv4.dst = 255.255.255.255",
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
        {"layers = eth / ipv4 / igmp\nipv4.dst = 239.255.1.2", {1, 0, 0x5e, 0x7f, 1, 2}},
        {"layers = eth / ipv6 / nd\nipv6.dst = ff02::1:ff00:2", {0x33, 0x33, 0xff, 0, 0, 2}},
    };
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        struct rig *r = rig_new(groups[i].body);
        struct addr hop;
        assert_false(packet_next_hop(r->packet, &hop));
        assert_memory_equal(rig_unit(r, 1).p, groups[i].mac, 6);
        rig_free(r);
    }
}

/* CRC32c: the check value of the catalogue, and the examples of RFC 3720, B.4. */
static void test_crc32c(void **state)
{
    (void)state;
    uint8_t b[32] = {0};
    assert_int_equal(crc32c((const uint8_t *)"123456789", 9), 0xE3069283);
    assert_int_equal(crc32c(b, 32), 0x8A9136AA);
    memset(b, 0xff, 32);
    assert_int_equal(crc32c(b, 32), 0x62A8AB43);
    for (int i = 0; i < 32; i++) b[i] = (uint8_t)i;
    assert_int_equal(crc32c(b, 32), 0x46DD794E);
}

static void test_sum_bytes(void **state)
{
    (void)state;
    uint8_t b[300];
    for (size_t i = 0; i < sizeof b; i++) b[i] = (uint8_t)(rng_at(1, i) | 0x80);
    for (size_t n = 0; n <= sizeof b; n++) {
        assert_int_equal(sum_final(sum_bytes(b, n)), slow_sum(0, span_make(b, n)));
    }
    static const uint8_t rfc1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    assert_int_equal(sum_bytes(rfc1071, 8), 0xddf2);
}

static void test_bits(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 16; bit++) {
        for (unsigned width = 1; width <= 128; width++) {
            uint8_t b[20], before[20];
            for (size_t i = 0; i < sizeof b; i++) before[i] = b[i] = (uint8_t)rng_at(2, i);
            u128 v = (u128)rng_at(3, width) << 64 | rng_at(4, width);
            if (width < 128) v &= ((u128)1 << width) - 1;
            put_bits(b, bit, width, v);
            assert_true(get_bits(b, bit, width) == v);
            assert_true(get_bits(b, 0, bit) == get_bits(before, 0, bit));
            uint32_t end = bit + width;
            assert_true(get_bits(b, end, 160 - end) == get_bits(before, end, 160 - end));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_are_right),
        cmocka_unit_test(test_alone_and_in_batches),
        cmocka_unit_test(test_columns_against_bits),
        cmocka_unit_test(test_all_sizes),
        cmocka_unit_test(test_set_values_stay),
        cmocka_unit_test(test_udp_never_zero),
        cmocka_unit_test(test_names_and_flags),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_crc32c),
        cmocka_unit_test(test_sum_bytes),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_group_addresses),
        cmocka_unit_test(test_destinations),
        cmocka_unit_test(test_varying_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
