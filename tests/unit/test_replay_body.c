/* Payloads, sizes and what tunnels carry: changed, with checksums and lengths that an independent
 * reading agrees with, in every packet within the packet. */
#include "replay_rig.h"

#include "trace/rewrite.h"

#define A 0x0a010203u /* 10.1.2.3 */
#define B 0x0a010204u
#define HOSTS 0xc0000201u /* 192.0.2.1: ends of tunnels */

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

/* --- packets within packets --------------------------------------------------------------- */

static const char *const tunnels[] = {"none",      "ipip",   "gre",  "gre sum", "vxlan",
                                      "vxlan sum", "geneve", "6in4", "mpls"};
#define TUNNELS (sizeof tunnels / sizeof *tunnels)

static void add_ip4(struct bytes *b, unsigned proto, struct span body)
{
    frame_ip4(b, proto, HOSTS, HOSTS + 1, (unsigned)body.n, 0);
    add(b, body.p, body.n);
}
static void add_udp(struct bytes *b, unsigned port, bool sum, struct span body)
{
    struct bytes u = {.big = true};
    u16(&u, 50000);
    u16(&u, port);
    u16(&u, (unsigned)(8 + body.n));
    u16(&u, 0);
    add(&u, body.p, body.n);
    size_t net = b->n;
    add_ip4(b, 17, span_make(u.v, u.n));
    if (sum) put_u16(b->v + net + 26, whole_sum(b->v + net, 4, b->v + net + 20, u.n, 17));
}

/* An Ethernet frame that carries the IP packet `in` through the tunnel. */
static struct span through(const char *tunnel, struct span in)
{
    static struct bytes b;
    struct bytes t = {.big = true};
    bool sum = strstr(tunnel, " sum");
    b = (struct bytes){.big = true};
    unsigned type = in.p[0] >> 4 == 4 ? TYPE_IP4 : TYPE_IP6;
    frame_eth(&b, strcmp(tunnel, "mpls") == 0   ? TYPE_MPLS
                  : strcmp(tunnel, "none") == 0 ? type
                                                : TYPE_IP4);
    if (strcmp(tunnel, "none") == 0) {
        add(&b, in.p, in.n);
    } else if (strcmp(tunnel, "mpls") == 0) {
        u32(&b, 0x00010040);
        u32(&b, 0x00020140);
        add(&b, in.p, in.n);
    } else if (strcmp(tunnel, "ipip") == 0 || strcmp(tunnel, "6in4") == 0) {
        add_ip4(&b, type == TYPE_IP4 ? 4 : 41, in);
    } else if (strncmp(tunnel, "gre", 3) == 0) {
        u16(&t, sum ? 0xa000 : 0x2000); /* with a key */
        u16(&t, type);
        if (sum) u32(&t, 0);
        u32(&t, 77);
        add(&t, in.p, in.n);
        if (sum) put_u16(t.v + 4, sum_final(sum_bytes(t.v, t.n)));
        add_ip4(&b, 47, span_make(t.v, t.n));
    } else if (strncmp(tunnel, "vxlan", 5) == 0) {
        u64(&t, 0x0800000000000500);
        frame_eth(&t, TYPE_VLAN);
        frame_tag(&t, 5, type);
        add(&t, in.p, in.n);
        add_udp(&b, 4789, sum, span_make(t.v, t.n));
    } else {
        u64(&t, 0x0200655800000500); /* two words of options */
        u64(&t, 0x1122334455667788);
        frame_eth(&t, type);
        add(&t, in.p, in.n);
        add_udp(&b, 6081, true, span_make(t.v, t.n));
    }
    return span_make(b.v, b.n);
}

/* --- an independent reading ---------------------------------------------------------------- */

static size_t packets_read; /* within each other */

static void check_ip(const uint8_t *p, size_t n);

static void check_frame(const uint8_t *p, size_t n)
{
    size_t at = 12;
    while (get_u16(p + at) == TYPE_VLAN) at += 4;
    if (get_u16(p + at) == TYPE_MPLS) {
        at += 2;
        while (!(p[at + 2] & 1)) at += 4;
        at += 2;
    }
    check_ip(p + at + 2, n - at - 2);
}
static void check_udp(const uint8_t *u, size_t n)
{
    assert_int_equal(get_u16(u + 4), n);
    if (get_u16(u + 2) == 4789) check_frame(u + 16, n - 16);
    if (get_u16(u + 2) == 6081) check_frame(u + 24, n - 24);
}
static void check_ip(const uint8_t *p, size_t n)
{
    unsigned version = p[0] >> 4, header = version == 4 ? 20 : 40;
    unsigned proto = version == 4 ? p[9] : p[6];
    size_t total = version == 4 ? get_u16(p + 2) : get_u16(p + 4) + 40u;
    const uint8_t *up = p + header;
    assert_int_equal(total, n);
    if (version == 4) assert_int_equal(sum_final(sum_bytes(p, 20)), 0);
    packets_read++;
    n -= header;
    if (proto == 6 || (proto == 17 && get_u16(up + 6)) || proto == 58)
        assert_int_equal(whole_sum(p, version, up, n, proto), 0);
    if (proto == 1) assert_int_equal(sum_final(sum_bytes(up, n)), 0);
    if (proto == 17) check_udp(up, n);
    if (proto == 4 || proto == 41) check_ip(up, n);
    if (proto != 47) return;
    bool sum = up[0] & 0x80;
    if (sum) assert_int_equal(sum_final(sum_bytes(up, n)), 0);
    check_ip(up + (sum ? 12 : 8), n - (sum ? 12 : 8));
}
static void check_all(const struct draft *d, const char *tunnel)
{
    packets_read = 0;
    check_frame(d->p, d->n);
    bool one = strcmp(tunnel, "none") == 0 || strcmp(tunnel, "mpls") == 0;
    assert_int_equal(packets_read, one ? 1 : 2);
}

/* An IP packet: TCP, UDP or an echo, over IPv4 or IPv6, `n` bytes of payload; they are its last. */
static struct span packet(unsigned kind, size_t n)
{
    static uint8_t copy[4096];
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    unsigned proto = kind / 2 == 0 ? 6 : kind / 2 == 1 ? 17 : kind & 1 ? 58 : 1;
    unsigned header = proto == 6 ? 20 : 8, version = kind & 1 ? 6 : 4;
    if (version == 4)
        frame_ip4(b, proto, A, B, (unsigned)(header + n), 0);
    else
        frame_ip6(b, proto, "2001:db8::1", "2001:db8::2", (unsigned)(header + n));
    size_t at = b->n;
    if (proto == 6) frame_tcp(b, version, 14, 1000, 80, 0x18, n);
    if (proto == 17) frame_udp(b, version, 14, 1000, 53, n);
    if (proto == 1 || proto == 58) {
        u16(b, proto == 1 ? 0x0800 : 0x8000);
        u16(b, 0);
        u32(b, 0x12340001);
        add_row(b, 1, n);
        put_u16(b->v + at + 2, proto == 1 ? sum_final(sum_bytes(b->v + at, b->n - at))
                                          : whole_sum(b->v + 14, 6, b->v + at, b->n - at, 58));
    }
    memcpy(copy, b->v + 14, b->n - 14);
    return span_make(copy, b->n - 14);
}
#define KINDS 6

static bool fits(const char *tunnel, unsigned kind)
{
    return strcmp(tunnel, "6in4") == 0   ? kind & 1
           : strcmp(tunnel, "ipip") == 0 ? !(kind & 1)
                                         : true;
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
    b = frame_new();             /* no payload is known of, but a header */
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 1, A, B, 40, 0);
    u16(b, 3 << 8);
    add_row(b, 1, 38);
    w.size = generator("14", false);
    d = rewritten(&w, span_make(b->v, b->n));
    assert_true(d.at.up && d.at.up + 8 <= d.n && d.n < b->n);
    w.size = generator("100", false);
    struct span whole = frame_udp4(A, B, 1, 2, 200);
    d = rewritten(&w, span_sub(whole, 0, 150));
    assert_int_equal(d.n, 150); /* cut */
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
        cmocka_unit_test(dscp_is_set_in_both),
        cmocka_unit_test(bears_fragments_and_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
