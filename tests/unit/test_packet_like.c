/* Packets made like another, or its reverse; and what a conversation hands in. */
#include "packet_rig.h"

#include <string.h>

#define BASE                                                                                       \
    "[packet q]\nlayers = eth / vlan / ipv4 / udp / dns\neth.src = mac()\nvlan.id = 1..4094\n"     \
    "ipv4.src = permute(198.18.0.0/16)\nipv4.dst = 198.19.0.0/24\nudp.sport = 1024..65535\n"       \
    "dns.id = 0..65535\ndns.qname = ${word(3..20)}.example\n"
#define ETH 0
#define IP 18
#define UDP 38
#define DNS 46

/* Another section of the same text. */
static struct packet *other(struct rig *r, const char *sections, const char *name)
{
    struct profile *p = profile_parse(&r->arena, "test.ini", span_of(sections), &r->errs);
    assert_non_null(p);
    struct gen_env env = {.arena = &r->arena, .errs = &r->errs, .profile = p, .seed = 42};
    env.vars = gen_vars_new(&env, profile_section(p, "vars", ""));
    struct packet *k = packet_compile(&env, profile_section(p, "packet", name), false);
    if (!k) errs_print(&r->errs, stderr);
    assert_non_null(k);
    return k;
}

static struct frame unit(struct rig *r, const struct packet *p, uint64_t index)
{
    uint64_t due = 0;
    struct frame f;
    struct draw d = {.index = &index, .due_ns = &due, .scratch = &r->scratch};
    packet_fill(p, packet_room_new(p, &r->arena), &d, 1, &f);
    return f;
}

/* With nothing else said it is the same packet, though its name differs. */
static void test_like_is_the_same(void **state)
{
    (void)state;
    struct rig *r = rig_new("like = q\n" BASE);
    struct packet *q = other(r, BASE, "q");
    for (uint64_t i = 0; i < 50; i++) {
        struct frame f = unit(r, q, i);
        struct span s = rig_unit(r, i);
        assert_int_equal(s.n, f.len);
        assert_memory_equal(s.p, f.p, f.len);
    }
    rig_free(r);
}

static void same_bytes(const uint8_t *a, const uint8_t *b, size_t at_a, size_t at_b, size_t n)
{
    assert_memory_equal(a + at_a, b + at_b, n);
}

/* Addresses and ports change places; what is no address stays. */
static void test_reverse_changes_sides(void **state)
{
    (void)state;
    struct rig *r = rig_new("reverse = q\ndns.response = 1\n" BASE);
    struct packet *q = other(r, BASE, "q");
    for (uint64_t i = 0; i < 50; i++) {
        struct frame f = unit(r, q, i);
        struct span s = rig_unit(r, i);
        check_frame(s);
        assert_int_equal(s.n, f.len);
        same_bytes(s.p, f.p, ETH, ETH + 6, 6);
        same_bytes(s.p, f.p, ETH + 6, ETH, 6);
        same_bytes(s.p, f.p, 14, 14, 2); /* the VLAN */
        same_bytes(s.p, f.p, IP + 12, IP + 16, 4);
        same_bytes(s.p, f.p, IP + 16, IP + 12, 4);
        same_bytes(s.p, f.p, UDP, UDP + 2, 2);
        same_bytes(s.p, f.p, UDP + 2, UDP, 2);
        assert_int_equal(get_u16(s.p + UDP), 53); /* it came from DNS, though nobody said so */
        assert_int_equal(s.p[DNS + 2] ^ f.p[DNS + 2], 0x80);
        same_bytes(s.p, f.p, DNS, DNS, 2);
        same_bytes(s.p, f.p, DNS + 3, DNS + 3, f.len - DNS - 3);
    }
    rig_free(r);
}

/* The reverse of the reverse, also where a layer stands there a varying number of times and
 * where the profile leaves fields open. */
static void test_reverse_twice(void **state)
{
    static const char *const bases[] = {
        BASE,
        ("[packet q]\nlayers = eth / mpls * 1..4 / ipv6 / tcp\nipv6.src = 2001:2::/64\n"
         "tcp.sport = 1..9999\nmpls.label = 16..1000\nsize = 200..300\n"),
        "[packet q]\nlayers = eth / ipv4 * 2 / udp\nipv4.src = 198.18.0.0/16\nsize = 100\n",
        "[packet q]\nlayers = eth / arp\narp.sender = 198.18.0.0/24\n",
    };
    (void)state;
    for (size_t b = 0; b < sizeof bases / sizeof *bases; b++) {
        char text[1024];
        snprintf(text, sizeof text, "reverse = back\n[packet back]\nreverse = q\n%s", bases[b]);
        struct rig *r = rig_new(text);
        struct packet *q = other(r, bases[b], "q");
        for (uint64_t i = 0; i < 50; i++) {
            struct frame f = unit(r, q, i);
            struct span s = rig_unit(r, i);
            check_frame(s);
            assert_int_equal(s.n, f.len);
            assert_memory_equal(s.p, f.p, f.len);
        }
        rig_free(r);
    }
}

/* A tunnel is entered by the same port from both sides; what it carries turns round. */
static void test_reverse_of_a_tunnel(void **state)
{
    static const char text[] =
        "reverse = q\n[packet q]\nlayers = eth / ipv4 / udp / vxlan / eth as in / ipv4 as inner / "
        "tcp\n"
        "udp.sport = 50000\ntcp.sport = 5000\ntcp.dport = 80\ninner.src = 198.18.7.7\n";
    (void)state;
    struct rig *r = rig_new(text);
    struct span s = rig_unit(r, 0);
    check_frame(s);
    assert_int_equal(get_u16(s.p + 34), 50000);
    assert_int_equal(get_u16(s.p + 36), 4789);
    assert_int_equal(get_u16(s.p + 84), 80);
    assert_int_equal(get_u16(s.p + 86), 5000);
    assert_int_equal(get_u32(s.p + 80), 0xc6120707); /* inner.dst */
    rig_free(r);
}

/* What is said on top counts, whoever said it first; a payload may be new. */
static void test_own_fields_come_on_top(void **state)
{
    (void)state;
    struct rig *r =
        rig_new("reverse = q\ntcp.flags = syn+ack\ntcp.dport = 7\nipv4.src = 198.19.9.9\n"
                "payload.text = hello\n"
                "[packet q]\nlayers = eth / ipv4 / tcp\ntcp.flags = syn\n"
                "tcp.sport = 1000\ntcp.dport = 80\n");
    struct span s = rig_unit(r, 3);
    check_frame(s);
    assert_int_equal(s.n, 14 + 20 + 20 + 5);
    assert_int_equal(get_u32(s.p + 26), 0xc6130909);
    assert_int_equal(get_u16(s.p + 34), 80);
    assert_int_equal(get_u16(s.p + 36), 7);
    assert_int_equal(s.p[47], 0x12);
    assert_memory_equal(s.p + 54, "hello", 5);
    rig_free(r);
}

/* The copies of a repeated layer follow the first, also where that is set on top. */
static void test_copies_follow(void **state)
{
    (void)state;
    struct rig *r = rig_new("like = q\nvlan.id = 7\n[packet q]\nlayers = eth / vlan * 3 / arp\n"
                            "vlan.id = 5\nvlan.2.id = 6\n");
    struct span s = rig_unit(r, 0);
    assert_int_equal(get_u16(s.p + 14), 7);
    assert_int_equal(get_u16(s.p + 18), 6);
    assert_int_equal(get_u16(s.p + 22), 7);
    rig_free(r);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *body, *said;
    } cases[] = {
        {"like = r\n[packet q]\nlayers = eth", "like names 'r', expected a [packet r] section"},
        {"reverse = quary\n[packet query]\nlayers = eth",
         "reverse names 'quary', expected a [packet quary] section, did you mean 'query'?"},
        {"like = p", "[packet p] is made like itself"},
        {"like = q\n[packet q]\nreverse = p", "[packet p] is made like itself"},
        {"like = q\n[packet q]\nsize = 64", "the packet has no layers"},
        {"like = q\nreverse = q\n[packet q]\nlayers = eth", "like and reverse are both set"},
        {"like = q\nlayers = eth\n[packet q]\nlayers = eth",
         "layers come from the packet that like names, expected no others"},
        {"like = q\nudp.sport = 1\n[packet q]\nlayers = eth / ipv4",
         "'udp' is not among the packet's layers"},
        {"like = q\n[packet q]\nlayers = eth / ipv4\nipv4.tll = 1", "ipv4 has no field 'tll'"},
        {"like = q\nliek = q\n[packet q]\nlayers = eth", "did you mean 'like'?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig *r = rig_try(cases[i].body, false);
        assert_null(r->packet);
        assert_int_equal(r->errs.n, 1);
        if (!strstr(r->errs.v[0].text, cases[i].said)) fail_msg("%s", r->errs.v[0].text);
        assert_true(r->errs.v[0].at.line > 0);
        rig_free(r);
    }
}

static struct packet *turn_of(struct rig *r, const char *body)
{
    const char *text = arena_printf(&r->arena, "[packet t]\n%s\n", body);
    struct profile *p = profile_parse(&r->arena, "t.ini", span_of(text), &r->errs);
    struct gen_env env = {.arena = &r->arena, .errs = &r->errs, .profile = p, .seed = 42};
    return packet_compile_turn(&env, profile_section(p, "packet", "t"));
}

/* Numbers that are left open are handed in, also to packets of several layouts. */
static void test_numbers_are_handed_in(void **state)
{
    static const char *const bodies[] = {
        "layers = eth / ipv4 / tcp\ntcp.flags = ack",
        "layers = eth / ipv4 * 1..3 / tcp\ntcp.flags = ack\nsize = 400",
        "layers = eth / ipv4 / tcp\ntcp.flags = ack\ntcp.ack = 77",
        "layers = eth / ipv4 / tcp\ntcp.flags = syn",
    };
    static const uint32_t ack[] = {0, 0, 77, 0}; /* 0: handed in, with the ack flag */
    (void)state;
    for (size_t b = 0; b < 4; b++) {
        struct rig *r = rig_new("layers = eth");
        struct packet *p = turn_of(r, bodies[b]);
        struct packet_room *room = packet_room_new(p, &r->arena);
        uint64_t index[64], seq[64], acks[64];
        struct frame f[64];
        const uint64_t *given[GIVEN_COUNT] = {[GIVEN_SEQ] = seq, [GIVEN_ACK] = acks};
        for (uint64_t i = 0; i < 64; i++) {
            index[i] = i;
            seq[i] = (0xfffffff0 + i) & 0xffffffff;
            acks[i] = 1000000007 * i & 0xffffffff;
        }
        struct draw d = {.index = index, .given = given, .scratch = &r->scratch};
        packet_fill(p, room, &d, 64, f);
        for (size_t i = 0; i < 64; i++) {
            size_t tcp = 14;
            while (f[i].p[tcp + 9] == 4) tcp += 20;
            tcp += 20;
            check_frame(span_make(f[i].p, f[i].len));
            assert_int_equal(get_u32(f[i].p + tcp + 4), seq[i]);
            assert_int_equal(get_u32(f[i].p + tcp + 8), b == 3 ? 0 : ack[b] ? ack[b] : acks[i]);
        }
        rig_free(r);
    }
}

static void test_how_far_a_turn_counts(void **state)
{
    static const struct {
        const char *body;
        bool tcp;
        struct packet_turn turn;
    } cases[] = {
        {"layers = eth / ipv4 / udp", false, {0}},
        {"layers = eth / ipv4 / tcp", true, {true, false, true, 1}},
        {"layers = eth / ipv4 / tcp\ntcp.mss = 1460", true, {true, false, true, 1}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = ack", true, {true, true, true, 0}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = fin+ack\npayload.size = 10",
         true,
         {true, true, true, 11}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = ack\nsize = 100", true, {true, true, true, 46}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = ack\nsize = 100..200",
         true,
         {true, true, false, 0}},
        {"layers = eth / vlan * 0..2 / ipv4 / tcp\ntcp.flags = ack\npayload.size = 9",
         true,
         {true, true, true, 9}},
        {"layers = eth / vlan * 0..2 / ipv4 / tcp\ntcp.flags = ack\nsize = 90",
         true,
         {true, true, false, 36}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = syn, ack", true, {true, true, false, 0}},
        {"layers = eth / ipv4 / tcp\ntcp.flags = ack\ntcp.seq = 7\ntcp.ack = 8",
         true,
         {false, false, true, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig *r = rig_new("layers = eth");
        struct packet_turn t, want = cases[i].turn;
        assert_int_equal(packet_turn(turn_of(r, cases[i].body), &t), cases[i].tcp);
        assert_int_equal(t.seq, want.seq);
        assert_int_equal(t.ack, want.ack);
        assert_int_equal(t.counted, want.counted);
        if (want.counted) assert_int_equal(t.advance, want.advance);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_is_the_same),
        cmocka_unit_test(test_reverse_changes_sides),
        cmocka_unit_test(test_reverse_twice),
        cmocka_unit_test(test_reverse_of_a_tunnel),
        cmocka_unit_test(test_own_fields_come_on_top),
        cmocka_unit_test(test_copies_follow),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_numbers_are_handed_in),
        cmocka_unit_test(test_how_far_a_turn_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
