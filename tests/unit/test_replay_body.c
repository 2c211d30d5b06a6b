/* Payloads, sizes and what tunnels carry: changed, with checksums and lengths that an independent
 * reading agrees with, in every packet within the packet. */
#include "tunnel_rig.h"

#include "trace/rewrite.h"

static uint8_t room[70000];
static struct scratch scratch;

static struct draft rewritten(const struct rewrite *w, struct span s)
{
    memcpy(room + DRAFT_HEADROOM, s.p, s.n);
    struct draft d = {.p = room + DRAFT_HEADROOM, .n = (uint32_t)s.n, .wire_len = (uint32_t)s.n};
    layout_ethernet(span_make(d.p, d.n), &d.at);
    rewrite_batch(w, &scratch, &d, 1);
    assert_int_equal(d.n, d.wire_len);
    return d;
}

/* Every packet through every tunnel, with odd and even payloads. */
static void each(void (*test)(const char *tunnel, unsigned kind, size_t n))
{
    static const size_t payloads[] = {0, 1, 2, 33, 1000, 1001};
    for (size_t t = 0; t < TUNNELS; t++)
        for (unsigned kind = 0; kind < KINDS; kind++)
            for (size_t i = 0; i < 6 && fits(tunnels[t], kind); i++)
                test(tunnels[t], kind, payloads[i]);
}

/* --- tests ----------------------------------------------------------------------------------- */

static const struct gen *generator(const char *text, bool template)
{
    static struct arena arena;
    static struct errs errs;
    struct gen_env env = {.arena = &arena, .errs = &errs, .seed = 1};
    struct entry *e = arena_new(&arena, struct entry);
    *e = (struct entry){.key = "f", .value = span_of(text)};
    const struct gen *g =
        template ? gen_template(&env, e, "f")
                 : gen_entry(&env, e, "f",
                             &(struct gen_want){.what = "f", .type = GEN_U64, .hi = 65535});
    assert_non_null(g);
    return g;
}

static void zero_one(const char *tunnel, unsigned kind, size_t n)
{
    struct span s = through(tunnel, packet(kind, n));
    struct rewrite w = {.payload = PAYLOAD_ZERO};
    struct draft d = rewritten(&w, s);
    assert_int_equal(d.n, s.n);
    assert_memory_equal(d.p, s.p, 14);
    for (size_t i = s.n - n; i < s.n; i++) assert_int_equal(d.p[i], 0);
    check_all(&d, tunnel);
}
static void zeroes_every_payload(void **state)
{
    (void)state;
    each(zero_one);
}

static void random_one(const char *tunnel, unsigned kind, size_t n)
{
    static uint8_t before[4096];
    struct span s = through(tunnel, packet(kind, n));
    struct rewrite w = {.payload = PAYLOAD_RANDOM, .payload_key = 7};
    struct draft d = rewritten(&w, s);
    check_all(&d, tunnel);
    memcpy(before, d.p, d.n);
    d = rewritten(&w, s);
    assert_memory_equal(d.p, before, d.n); /* the same for the same frame */
    if (n < 33) return;
    assert_memory_not_equal(d.p + s.n - n, s.p + s.n - n, n);
    w.payload_key = 8;
    d = rewritten(&w, s);
    assert_memory_not_equal(d.p + s.n - n, before + s.n - n, n);
}
static void draws_every_payload(void **state)
{
    (void)state;
    each(random_one);
}

static void texts_are_repeated(void **state)
{
    (void)state;
    struct rewrite w = {.payload = PAYLOAD_TEXT, .text = generator("ab${1..1}", true)};
    struct draft d = rewritten(&w, through("vxlan sum", packet(2, 8)));
    assert_memory_equal(d.p + d.n - 8, "ab1ab1ab", 8);
    check_all(&d, "vxlan sum");
    w.text = generator("", true);
    d = rewritten(&w, through("none", packet(2, 3)));
    assert_memory_equal(d.p + d.n - 3, "\0\0\0", 3);
}

static void map_one(const char *tunnel, unsigned kind, size_t n)
{
    struct rewrite_net nets[2] = {
        {.from = {{A & 0xff000000, FAMILY_IP4}, 8}, .to = {{0xc6120000, FAMILY_IP4}, 16}},
        {.from = {{(u128)0x20010db8 << 96, FAMILY_IP6}, 32},
         .to = {{(u128)0x20010002 << 96, FAMILY_IP6}, 48}}};
    struct rewrite_port ports[] = {{1000, 1000, 2000}};
    struct rewrite w = {.nets = nets, .n_nets = 2, .ports = ports, .n_ports = 1, .inside = true};
    struct span in = packet(kind, n), s = through(tunnel, in);
    struct draft d = rewritten(&w, s);
    const uint8_t *p = d.p + (s.n - in.n);
    if (kind & 1) {
        assert_memory_equal(p + 8, "\x20\x01\0\2\0\0", 6);
    } else {
        assert_int_equal(get_u32(p + 12), 0xc6120203);
        assert_int_equal(get_u32(p + 16), 0xc6120204);
    }
    if (kind < 4) assert_int_equal(get_u16(p + (kind & 1 ? 40 : 20)), 2000);
    check_all(&d, tunnel);
    bool carried = strcmp(tunnel, "none") != 0 && strcmp(tunnel, "mpls") != 0;
    w.inside = false;
    d = rewritten(&w, s);
    if (carried) assert_memory_equal(d.p + (s.n - in.n), s.p + (s.n - in.n), in.n);
}
static void maps_reach_inside(void **state)
{
    (void)state;
    each(map_one);
}

/* Whatever is in them, all checksums are made anew where that is asked for, and stay as wrong as
 * they were where it is not. */
static void anew_one(const char *tunnel, unsigned kind, size_t n)
{
    static uint8_t wrong[8192];
    struct span in = packet(kind, n), s = through(tunnel, in);
    size_t at = s.n - in.n + (kind & 1 ? 40 : 20);
    static const uint8_t offset[] = {16, 16, 6, 6, 2, 2};
    memcpy(wrong, s.p, s.n);
    uint16_t off = (uint16_t)(get_u16(wrong + at + offset[kind]) ^ 0x5555);
    if (off == 0) return; /* which means none in UDP */
    put_u16(wrong + at + offset[kind], off);
    struct rewrite w = {.checksums = CHECKSUMS_ALWAYS};
    struct draft d = rewritten(&w, span_make(wrong, s.n));
    check_all(&d, tunnel);
    assert_memory_equal(d.p, s.p, s.n);
    w.checksums = CHECKSUMS_FIX;
    d = rewritten(&w, span_make(wrong, s.n));
    assert_memory_equal(d.p, wrong, s.n);
}
static void makes_all_checksums_anew(void **state)
{
    (void)state;
    each(anew_one);
}

static void size_one(const char *tunnel, unsigned kind, size_t n)
{
    static const char *const sizes[] = {"14", "60", "200", "1514", "4000"};
    for (size_t i = 0; i < 5; i++) {
        struct span in = packet(kind, n), s = through(tunnel, in);
        struct rewrite w = {.size = generator(sizes[i], false)};
        struct draft d = rewritten(&w, s);
        size_t want = (size_t)atoi(sizes[i]), least = s.n - n;
        assert_int_equal(d.n, want > least ? want : least);
        check_all(&d, tunnel);
        size_t kept = d.n < s.n ? d.n : s.n;
        for (size_t k = least; k < kept; k++) assert_int_equal(d.p[k], s.p[k]);
        for (size_t k = kept; k < d.n; k++) assert_int_equal(d.p[k], 0);
    }
}
static void sizes_keep_packets_whole(void **state)
{
    (void)state;
    each(size_one);
}

static void sizes_of_what_is_no_whole_packet(void **state)
{
    (void)state;
    struct rewrite w = {.size = generator("100", false)};
    struct bytes *b = frame_new();
    frame_eth(b, 0x88cc);
    add_row(b, 1, 20);
    struct draft d = rewritten(&w, span_make(b->v, b->n));
    assert_int_equal(d.n, 100);
    assert_int_equal(d.p[33], 20);
    assert_int_equal(d.p[34], 0);
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 16, 0x2000);
    frame_udp(b, 4, 14, 1, 2, 8);
    d = rewritten(&w, span_make(b->v, b->n));
    assert_int_equal(d.n, b->n); /* a fragment */
    struct span whole = frame_udp4(A, B, 1, 2, 200);
    d = rewritten(&w, span_sub(whole, 0, 150));
    assert_int_equal(d.n, 150); /* cut */
}

/* An error, a solicitation and ARP say themselves how long they are: padding follows them. */
static void sizes_pad_what_has_no_payload(void **state)
{
    (void)state;
    static const char *const sizes[] = {"14", "60", "90", "300"};
    for (unsigned kind = 0; kind < 3; kind++)
        for (size_t i = 0; i < 4; i++) {
            struct rewrite w = {.size = generator(sizes[i], false)};
            struct bytes *b = frame_new();
            frame_eth(b, kind == 0 ? TYPE_IP4 : kind == 1 ? TYPE_IP6 : TYPE_ARP);
            if (kind == 0) frame_ip4(b, 1, A, B, 40, 0);
            if (kind == 1) frame_ip6(b, 58, "fe80::1", "ff02::1:ff00:2", 32);
            if (kind < 2) u16(b, kind == 0 ? 3 << 8 : 135 << 8);
            add_row(b, 1, kind == 0 ? 38 : kind == 1 ? 30 : 28);
            size_t end = b->n, want = (size_t)atoi(sizes[i]);
            struct draft d = rewritten(&w, span_make(b->v, b->n));
            assert_int_equal(d.n, want > end ? want : end);
            assert_memory_equal(d.p, b->v, end);
            for (size_t k = end; k < d.n; k++) assert_int_equal(d.p[k], 0);
        }
}

static void dscp_is_set_in_both(void **state)
{
    (void)state;
    struct rewrite w = {.dscp = generator("46", false)};
    struct draft d = rewritten(&w, through("none", packet(2, 5)));
    assert_int_equal(d.p[15], 46 << 2);
    check_all(&d, "none");
    d = rewritten(&w, through("none", packet(3, 5)));
    assert_int_equal(get_u16(d.p + 14), 0x6000 | 46 << 6);
    check_all(&d, "none");
}

/* Later fragments are payload from end to end; what is cut or lies about its lengths is borne. */
static void bears_fragments_and_cuts(void **state)
{
    (void)state;
    struct rewrite w = {.payload = PAYLOAD_ZERO, .inside = true, .checksums = CHECKSUMS_ALWAYS};
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 16, 0x2005);
    add_row(b, 1, 16);
    struct draft d = rewritten(&w, span_make(b->v, b->n));
    for (size_t i = 34; i < 50; i++) assert_int_equal(d.p[i], 0);
    w.size = generator("77", false);
    for (size_t t = 0; t < TUNNELS; t++) {
        static uint8_t copy[8192];
        struct span s = through(tunnels[t], packet(fits(tunnels[t], 1) ? 1 : 2, 40));
        memcpy(copy, s.p, s.n);
        for (size_t n = 0; n <= s.n; n++) rewritten(&w, span_make(copy, n));
        for (size_t i = 14; i < s.n; i++) { /* any byte is another */
            copy[i] ^= 0xff;
            rewritten(&w, span_make(copy, s.n));
            copy[i] ^= 0xff;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroes_every_payload),
        cmocka_unit_test(draws_every_payload),
        cmocka_unit_test(texts_are_repeated),
        cmocka_unit_test(maps_reach_inside),
        cmocka_unit_test(makes_all_checksums_anew),
        cmocka_unit_test(sizes_keep_packets_whole),
        cmocka_unit_test(sizes_of_what_is_no_whole_packet),
        cmocka_unit_test(sizes_pad_what_has_no_payload),
        cmocka_unit_test(dscp_is_set_in_both),
        cmocka_unit_test(bears_fragments_and_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
