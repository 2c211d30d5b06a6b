/* Rewriting: every rule, and after it checksums that an independent sum agrees with. */
#include "replay_rig.h"

#include "gen/population.h"
#include "trace/rewrite.h"
#include "trace/sums.h"

#define A 0x0a010203u /* 10.1.2.3 */
#define B 0x0a010204u

static uint8_t room[70000];
static struct scratch scratch;

static struct draft draft_of(struct span s)
{
    assert_true(s.n + DRAFT_HEADROOM <= sizeof room);
    memcpy(room + DRAFT_HEADROOM, s.p, s.n);
    struct draft d = {.p = room + DRAFT_HEADROOM, .n = (uint32_t)s.n, .wire_len = (uint32_t)s.n};
    layout_ethernet(span_make(d.p, d.n), &d.at);
    return d;
}
static struct draft rewritten(const struct rewrite *w, struct span s)
{
    struct draft d = draft_of(s);
    rewrite_batch(w, &scratch, &d, 1);
    return d;
}
static struct prefix net(const char *text)
{
    struct prefix p;
    bool bits;
    assert_true(prefix_parse(span_of(text), &p, &bits));
    return p;
}

/* The transport's checksum of a whole packet, in place, must come out as 0 over everything. */
static void assert_sums(const struct draft *d)
{
    const struct layout *l = &d->at;
    if (l->version == 4) {
        uint32_t sum = 0;
        for (unsigned i = 0; i < 20; i += 2) sum += get_u16(d->p + l->net + i);
        while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
        assert_int_equal(sum, 0xffff);
    }
    if (l->proto == PROTO_ICMP)
        assert_int_equal(sum_final(sum_bytes(d->p + l->up, l->end - l->up)), 0);
    else
        assert_int_equal(
            whole_sum(d->p + l->net, l->version, d->p + l->up, l->end - l->up, l->proto), 0);
}

static void maps_keep_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        uint32_t was, is;
    } cases[] = {
        {"10.0.0.0/8", "198.18.0.0/16", 0x0a010203, 0xc6120203},
        {"10.0.0.0/8", "198.0.0.0/8", 0x0a010203, 0xc6010203},
        {"10.1.0.0/16", "198.0.0.0/8", 0x0a010203, 0xc6000203},
        {"10.1.2.3/32", "198.18.0.9/32", 0x0a010203, 0xc6120009},
        {"10.1.2.3/32", "198.0.0.0/8", 0x0a010203, 0xc6000000},
        {"0.0.0.0/0", "198.18.0.0/15", 0xffffffff, 0xc613ffff},
        {"11.0.0.0/8", "198.18.0.0/16", 0x0a010203, 0x0a010203},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rewrite_net m = {net(cases[i].from), net(cases[i].to)};
        struct rewrite w = {.nets = &m, .n_nets = 1};
        struct draft d = rewritten(&w, frame_tcp4(cases[i].was, 0x7f000001, 1000, 80, 33));
        if (get_u32(d.p + 26) != cases[i].is) fail_msg("case %zu: %x", i, get_u32(d.p + 26));
        assert_sums(&d);
        d = rewritten(&w, frame_udp4(0x7f000001, cases[i].was, 1000, 80, 33));
        assert_int_equal(get_u32(d.p + 30), cases[i].is);
        assert_sums(&d);
    }
}

static void maps_reach_ipv6_and_arp(void **state)
{
    (void)state;
    struct rewrite_net m[] = {{net("2001:db8::/32"), net("2001:2::/48")},
                              {net("10.0.0.0/8"), net("198.18.0.0/16")}};
    struct rewrite w = {.nets = m, .n_nets = 2};
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 58, "2001:db8:1:2:3:4:5:6", "fe80::1", 9);
    u16(b, 0x8000);
    u16(b, 0);
    add_row(b, 1, 5);
    put_u16(b->v + 56, whole_sum(b->v + 14, 6, b->v + 54, 9, 58));
    struct draft d = rewritten(&w, span_make(b->v, b->n));
    static const uint8_t to[16] = {0x20, 0x01, 0, 2, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
    assert_memory_equal(d.p + 22, to, 16);
    assert_sums(&d);

    b = frame_new();
    frame_eth(b, TYPE_ARP);
    add(b, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\x0a\1\2\3\0\0\0\0\0\0\x0a\1\2\4", 28);
    d = rewritten(&w, span_make(b->v, b->n));
    assert_int_equal(get_u32(d.p + 28), 0xc6120203);
    assert_int_equal(get_u32(d.p + 38), 0xc6120204);
}

static void maps_reach_neighbour_discovery(void **state)
{
    (void)state;
    struct rewrite_net m = {net("2001:db8::/32"), net("2001:2::/32")};
    struct rewrite w = {.nets = &m, .n_nets = 1};
    for (unsigned type = 135; type < 138; type++) {
        struct bytes *b = frame_new();
        unsigned addresses = type == 137 ? 2 : 1, length = 8 + 16 * addresses + 8;
        frame_eth(b, TYPE_IP6);
        frame_ip6(b, 58, "2001:db8::1", "ff02::1:ff00:2", length);
        u32(b, type << 24);
        u32(b, 0);
        for (unsigned i = 0; i < addresses; i++)
            add(b, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
        add(b, "\1\1\2\0\0\0\0\1", 8);
        put_u16(b->v + 56, whole_sum(b->v + 14, 6, b->v + 54, length, 58));
        struct draft d = rewritten(&w, span_make(b->v, b->n));
        for (unsigned i = 0; i < addresses; i++)
            assert_int_equal(get_u32(d.p + 54 + 8 + 16 * i), 0x20010002);
        assert_memory_equal(d.p + d.n - 8, b->v + b->n - 8, 8);
        assert_sums(&d);
        uint8_t cut[80];
        memcpy(cut, b->v, 77); /* the target is not all there: it stays */
        d = rewritten(&w, span_make(cut, 77));
        assert_memory_equal(d.p + 62, cut + 62, 15);
    }
}

/* The sums over a routed packet as it will arrive: with the last hop as destination. */
static void settle_routed(uint8_t *p, const struct layout *l, bool check)
{
    static uint8_t ip[40];
    uint32_t n = layout_address_size(l), dst = n == 4 ? 16 : 24;
    size_t length = l->end - l->up, header = l->up - l->net;
    memcpy(ip, p + l->net, n == 4 ? 20 : 40);
    if (l->last) memcpy(ip + dst, p + l->last, n);
    if (!check && n == 4) {
        put_u16(p + l->net + 10, 0);
        put_u16(p + l->net + 10, sum_final(sum_bytes(p + l->net, header)));
    }
    if (!check) put_u16(p + l->up + 6, whole_sum(ip, l->version, p + l->up, length, 17));
    if (n == 4) assert_int_equal(sum_final(sum_bytes(p + l->net, header)), 0);
    assert_int_equal(whole_sum(ip, l->version, p + l->up, length, 17), 0);
}

static void maps_reach_source_routes(void **state)
{
    (void)state;
    struct rewrite_net m[] = {{net("2001:2::/96"), net("2001:db8:5555::/96")},
                              {net("198.18.0.0/24"), net("10.99.1.0/24")}};
    static const unsigned lefts[] = {0, 1, 2}, types[] = {0, 4};
    for (unsigned k = 0; k < 21; k++) {
        bool six = k < 6;
        struct span s = six ? frame_routed6(types[k / 3], lefts[k % 3], "34", "2001:2::2")
                            : frame_routed4(131, 4 + 4 * (k % 3), (k - 6) / 3, "34");
        struct rewrite w = {.nets = m, .n_nets = 2};
        struct draft d = draft_of(s);
        settle_routed(d.p, &d.at, false);
        assert_int_equal(d.at.n_hops, 2);
        rewrite_batch(&w, &scratch, &d, 1);
        for (unsigned i = 0; i < 2; i++) {
            const uint8_t *hop = d.p + d.at.hops + i * layout_address_size(&d.at);
            assert_int_equal(get_u32(hop), six ? 0x20010db8 : 0x0a630103 + i);
            if (six) assert_int_equal(get_u32(hop + 4), 0x55550000);
        }
        settle_routed(d.p, &d.at, true);
        uint8_t fixed[200]; /* and anew they are the same */
        memcpy(fixed, d.p, d.n);
        sums_make(d.p, d.n, &d.at);
        assert_memory_equal(d.p, fixed, d.n);
    }
    for (size_t cut = 62; cut < 94; cut++) { /* hops that are not all there stay */
        struct span s = frame_routed6(0, 1, "34", "2001:2::2");
        struct rewrite w = {.nets = m, .n_nets = 2};
        struct draft d = rewritten(&w, span_sub(s, 0, cut));
        size_t kept = 62 + (cut - 62) / 16 * 16;
        assert_memory_equal(d.p + kept, s.p + kept, cut - kept);
    }
}

/* Link addresses in messages of neighbour and router discovery. */
static void macs_reach_neighbour_discovery(void **state)
{
    (void)state;
    static const unsigned offset[] = {8, 16, 24, 24, 40};
    struct rewrite_mac m = {.to = {2, 8, 8, 8, 8, 8}, .any = true};
    struct rewrite w = {.macs = &m, .n_macs = 1};
    for (unsigned type = 133; type < 138; type++) {
        struct bytes *b = frame_new();
        unsigned n = offset[type - 133], length = n + 8 + 8 + 8;
        frame_eth(b, TYPE_IP6);
        frame_ip6(b, 58, "fe80::1", "ff02::1", length);
        u32(b, type << 24);
        add_row(b, 7, n - 4);
        u64(b, 0x0101020000000001); /* the source's */
        u64(b, 0x05010000000005dc); /* an MTU */
        u64(b, 0x0201020000000002); /* the target's */
        put_u16(b->v + 56, whole_sum(b->v + 14, 6, b->v + 54, length, 58));
        struct span s = span_make(b->v, b->n);
        struct draft d = rewritten(&w, s);
        const uint8_t *o = d.p + 54 + n;
        assert_memory_equal(o, "\1\1\2\x8\x8\x8\x8\x8\5\1\0\0\0\0\5\xdc\2\1\2\x8\x8\x8\x8\x8", 24);
        assert_memory_equal(d.p + 54 + 4, s.p + 54 + 4, n - 4);
        assert_sums(&d);
        for (size_t cut = 58; cut < s.n; cut++) { /* what is not all there stays */
            d = rewritten(&w, span_sub(s, 0, cut));
            size_t kept = cut < 54 + n + 8 ? 54 + 4 : 54 + n + 8;
            assert_memory_equal(d.p + kept, s.p + kept, cut - kept);
        }
    }
}

static void ports_move_in_both_directions(void **state)
{
    (void)state;
    struct rewrite_port m[] = {{80, 80, 8080}, {1000, 1999, 3000}};
    struct rewrite w = {.ports = m, .n_ports = 2};
    struct draft d = rewritten(&w, frame_tcp4(A, B, 1234, 80, 7));
    assert_int_equal(get_u16(d.p + 34), 3234);
    assert_int_equal(get_u16(d.p + 36), 8080);
    assert_sums(&d);
    d = rewritten(&w, frame_udp4(A, B, 80, 2000, 7));
    assert_int_equal(get_u16(d.p + 34), 8080);
    assert_int_equal(get_u16(d.p + 36), 2000);
    assert_sums(&d);
}

static void sctp_ports_get_a_new_crc(void **state)
{
    (void)state;
    struct rewrite_port m = {80, 80, 8080};
    struct rewrite_net n = {net("10.0.0.0/8"), net("198.18.0.0/16")};
    struct rewrite w = {.ports = &m, .n_ports = 1};
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 132, A, B, 16, 0);
    u16(b, 80);
    u16(b, 9);
    u32(b, 7);
    u32(b, 0xdeadbeef); /* wrong: it stays when no port changes */
    u32(b, 1);
    struct draft d = rewritten(&w, span_make(b->v, b->n));
    uint32_t found = get_u32(d.p + 42);
    put_u32(d.p + 42, 0);
    assert_int_equal(__builtin_bswap32(crc32c(d.p + 34, 16)), found);
    w = (struct rewrite){.nets = &n, .n_nets = 1};
    d = rewritten(&w, span_make(b->v, b->n));
    assert_int_equal(get_u32(d.p + 42), 0xdeadbeef);
    assert_int_equal(get_u32(d.p + 26), 0xc6120203);
}

static void macs_and_tags(void **state)
{
    (void)state;
    struct rewrite_mac m[] = {{{2, 0, 0, 0, 0, 2}, {2, 9, 9, 9, 9, 9}, false},
                              {{0}, {2, 8, 8, 8, 8, 8}, true}};
    struct rewrite_vlan v[] = {{.how = VLAN_PUSH, .to = 5, .type = TYPE_VLAN},
                               {.how = VLAN_PUSH, .to = 6, .type = TYPE_QINQ},
                               {.how = VLAN_RETAG, .from = 5, .to = 7},
                               {.how = VLAN_POP}};
    struct rewrite w = {.macs = m, .n_macs = 2, .vlans = v, .n_vlans = 4};
    struct span s = frame_udp4(A, B, 1, 2, 10);
    struct draft d = rewritten(&w, s);
    assert_int_equal(d.n, s.n + 4);
    assert_int_equal(d.at.tags, 1);
    assert_memory_equal(d.p, "\x02\x09\x09\x09\x09\x09\x02\x08\x08\x08\x08\x08\x81\0\0\7\x08\0\x45",
                        19);
    assert_sums(&d);
    d = rewritten(&(struct rewrite){.vlans = v, .n_vlans = 3}, s); /* as before the last one */
    assert_int_equal(d.at.tags, 2);
    assert_memory_equal(d.p + 12, "\x88\xa8\0\6\x81\0\0\7\x08\0\x45", 11);
    struct rewrite pop = {.vlans = v + 3, .n_vlans = 1};
    struct draft again = draft_of(s);
    rewrite_batch(&(struct rewrite){.vlans = v, .n_vlans = 1}, &scratch, &again, 1);
    rewrite_batch(&pop, &scratch, &again, 1);
    assert_int_equal(again.n, s.n);
    assert_memory_equal(again.p, s.p, s.n);
    rewrite_batch(&pop, &scratch, &again, 1); /* there is none left */
    assert_memory_equal(again.p, s.p, s.n);
}

/* An IPv4 UDP checksum of zero means none, and a computed zero is sent as 0xffff. */
static void udp_zero_checksums(void **state)
{
    (void)state;
    struct rewrite_port m = {1, 1, 2};
    struct rewrite w = {.ports = &m, .n_ports = 1};
    struct span s = frame_udp4(A, B, 1, 9, 4);
    static uint8_t copy[100];
    memcpy(copy, s.p, s.n);
    put_u16(copy + 40, 0);
    struct draft d = rewritten(&w, span_make(copy, s.n));
    assert_int_equal(get_u16(d.p + 34), 2);
    assert_int_equal(get_u16(d.p + 40), 0);
    for (unsigned port = 1; port < 65536; port++) { /* one of them comes out as zero */
        m = (struct rewrite_port){1, 1, (uint16_t)port};
        d = rewritten(&w, s);
        assert_int_not_equal(get_u16(d.p + 40), 0);
        if (port % 257 == 0 || get_u16(d.p + 40) == 0xffff) assert_sums(&d);
    }
}

static void wrong_checksums_stay_wrong_unless_asked(void **state)
{
    (void)state;
    struct rewrite_port m = {1, 1, 2};
    struct span s = frame_tcp4(A, B, 1, 9, 4);
    static uint8_t copy[100];
    memcpy(copy, s.p, s.n);
    uint16_t right = get_u16(copy + 50);
    put_u16(copy + 50, (uint16_t)(right - 5));
    struct rewrite w = {.ports = &m, .n_ports = 1};
    struct draft d = rewritten(&w, span_make(copy, s.n));
    assert_int_equal(get_u16(d.p + 50), right - 6); /* as wrong as before */
    w.checksums = CHECKSUMS_KEEP;
    d = rewritten(&w, span_make(copy, s.n));
    assert_int_equal(get_u16(d.p + 50), right - 5);
    w.checksums = CHECKSUMS_ALWAYS;
    d = rewritten(&w, span_make(copy, s.n));
    assert_sums(&d);
    assert_int_equal(get_u16(d.p + 50), right - 1);
    w.n_ports = 0;
    d = rewritten(&w, span_make(copy, s.n));
    assert_int_equal(get_u16(d.p + 50), right);
}

/* The checksum in a first fragment covers what follows in others: only a difference can mend it. */
static void fragments_are_updated(void **state)
{
    (void)state;
    struct rewrite_net n = {net("10.0.0.0/8"), net("198.18.0.0/16")};
    struct rewrite w = {.nets = &n, .n_nets = 1, .checksums = CHECKSUMS_ALWAYS};
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 17, A, B, 8 + 32, 0);
    frame_udp(b, 4, 14, 5, 6, 32);
    struct bytes whole = *b;
    struct draft d = rewritten(&w, span_make(whole.v, whole.n));
    uint16_t right = get_u16(d.p + 40);
    put_u16(whole.v + 16, 20 + 16); /* the first 16 bytes of it, more to follow */
    put_u16(whole.v + 20, 0x2000);
    d = rewritten(&w, span_make(whole.v, 14 + 36));
    assert_int_equal(get_u16(d.p + 40), right);
    put_u16(whole.v + 20, 0x0002); /* a later one has no header to change */
    d = rewritten(&w, span_make(whole.v, 14 + 36));
    assert_memory_equal(d.p + 34, whole.v + 34, 16);
    assert_int_equal(get_u32(d.p + 26), 0xc6120203);
}

/* Found by fuzzing: options that the header announces and the frame does not have. */
static void options_cut_off_are_left_alone(void **state)
{
    (void)state;
    struct rewrite w = {.checksums = CHECKSUMS_ALWAYS};
    struct span s = frame_udp4(A, B, 1, 2, 3);
    uint8_t *copy = malloc(DRAFT_HEADROOM + s.n);
    memcpy(copy + DRAFT_HEADROOM, s.p, s.n);
    copy[DRAFT_HEADROOM + 14] = 0x4f;
    put_u16(copy + DRAFT_HEADROOM + 16, 100);
    struct draft d = {.p = copy + DRAFT_HEADROOM, .n = (uint32_t)s.n};
    layout_ethernet(span_make(d.p, d.n), &d.at);
    rewrite_batch(&w, &scratch, &d, 1);
    assert_memory_equal(d.p + 18, s.p + 18, s.n - 18);
    free(copy);
}

/* A node for a field, as plan/ makes them. */
static const struct gen *gen_of(struct arena *a, const char *text, enum gen_type type,
                                enum gen_format format, uint64_t hi)
{
    static struct errs errs;
    static const struct population flows = {.count = 1};
    struct gen_env env = {.arena = a, .errs = &errs, .seed = 7, .population = &flows};
    struct entry e = {.key = "field", .value = span_of(text)};
    const struct gen *g =
        gen_entry(&env, &e, text,
                  &(struct gen_want){.what = "a field", .type = type, .format = format, .hi = hi});
    if (!g) errs_print(&errs, stderr);
    assert_non_null(g);
    return g;
}

static void every_field_is_set(void **state)
{
    (void)state;
    struct arena a = {0};
    for (unsigned f = 0; f < REWRITE_FIELDS; f++) {
        const struct rewrite_target *t = &rewrite_targets[f];
        bool ip6 = t->header == IN_IP6;
        struct bytes *b = frame_new();
        frame_eth(b, TYPE_VLAN);
        frame_tag(b, 0xffff, ip6 ? TYPE_IP6 : TYPE_IP4);
        if (ip6)
            frame_ip6(b, 17, "2001:2::1", "2001:2::2", 18);
        else
            frame_ip4(b,
                      t->header == IN_TCP    ? 6
                      : t->header == IN_SCTP ? 132
                                             : 17,
                      A, B, t->header == IN_TCP ? 30 : 18, 0);
        if (t->header == IN_TCP)
            frame_tcp(b, 4, 18, 0xffff, 0xffff, 0x10, 10);
        else
            frame_udp(b, ip6 ? 6 : 4, 18, 0xffff, 0xffff, 10);
        const struct gen *g =
            t->type == VALUE_IP6   ? gen_of(&a, "2001:db8::5", GEN_IP6, FORMAT_NUMBER, UINT64_MAX)
            : t->type == VALUE_IP4 ? gen_of(&a, "1.2.3.4", GEN_U64, FORMAT_IP4, 0xffffffff)
            : t->type == VALUE_MAC
                ? gen_of(&a, "02:03:04:05:06:07", GEN_U64, FORMAT_MAC, (1ull << 48) - 1)
                : gen_of(&a, "2", GEN_U64, FORMAT_NUMBER, 255);
        struct rewrite_draw x = {.field = (enum rewrite_field)f, .gen = g};
        struct rewrite w = {.draws = &x, .n_draws = 1};
        struct draft d = rewritten(&w, span_make(b->v, b->n));
        size_t base = t->header == IN_LINK  ? 0
                      : t->header == IN_TAG ? 14
                      : t->header <= IN_IP6 ? 18
                                            : d.at.up;
        u128 value = 0;
        for (unsigned i = 0; i < t->bits; i++) {
            unsigned bit = t->bit + i;
            value = value << 1 | (d.p[base + bit / 8] >> (7 - bit % 8) & 1);
        }
        struct addr v6;
        addr_parse(span_of("2001:db8::5"), &v6);
        assert_true(value == (t->type == VALUE_IP6   ? v6.v
                              : t->type == VALUE_IP4 ? 0x01020304
                              : t->type == VALUE_MAC ? 0x020304050607
                                                     : 2));
        if (d.at.proto != PROTO_SCTP) assert_sums(&d);
        unsigned same = 0; /* nothing else has changed but checksums */
        for (size_t i = 0; i < d.n; i++) same += (unsigned)(d.p[i] == b->v[i]);
        assert_true(same + (t->bits + 14u) / 8 + 4 >= d.n);
    }
    arena_free(&a);
}

static void draws_follow_frame_flow_and_loop(void **state)
{
    (void)state;
    struct arena a = {0};
    struct rewrite_draw x[] = {
        {.field = REWRITE_IP4_SRC,
         .gen = gen_of(&a, "198.18.0.0/16", GEN_U64, FORMAT_IP4, 0xffffffff)},
        {.field = REWRITE_TCP_SPORT,
         .gen = gen_of(&a, "2000..60000", GEN_U64, FORMAT_NUMBER, 65535)}};
    struct rewrite w = {.draws = x, .n_draws = 2, .per = PER_FLOW};
    struct draft d = rewritten(&w, frame_tcp4(A, B, 40000, 80, 3));
    uint32_t client = get_u32(d.p + 26), port = get_u16(d.p + 34);
    assert_true(client >> 16 == 0xc612 && get_u32(d.p + 30) == B && get_u16(d.p + 36) == 80);
    d = rewritten(&w, frame_tcp4(B, A, 80, 40000, 9)); /* the reply */
    assert_int_equal(get_u32(d.p + 30), client);
    assert_int_equal(get_u16(d.p + 36), port);
    assert_true(get_u32(d.p + 26) == B && get_u16(d.p + 34) == 80);
    assert_sums(&d);
    d = rewritten(&w, frame_tcp4(A, B, 40001, 80, 3)); /* another one */
    assert_int_not_equal(get_u32(d.p + 26), client);

    uint32_t seen[2][3];
    static const int pers[] = {PER_LOOP, PER_FLOW_AND_LOOP};
    for (size_t p = 0; p < 2; p++)
        for (uint64_t loop = 0; loop < 3; loop++) {
            w.per = p ? PER_FLOW_AND_LOOP : PER_LOOP;
            assert_int_equal(w.per, pers[p]);
            d = draft_of(frame_tcp4(A, B, 40000, 80, 3));
            d.loop = loop;
            d.index = 1000 * loop;
            rewrite_batch(&w, &scratch, &d, 1);
            seen[p][loop] = get_u32(d.p + 26);
            assert_true(loop == 0 || seen[p][loop] != seen[p][loop - 1]);
        }
    arena_free(&a);
}

/* A value per flow belongs to the conversation and to the client's side, while the others are drawn
 * for each frame and go where they say. */
static void values_per_flow_stay_with_the_client(void **state)
{
    (void)state;
    struct arena a = {0};
    struct rewrite_draw x[] = {
        {REWRITE_IP4_SRC, gen_of(&a, "198.18.0.0/16 per flow", GEN_U64, FORMAT_IP4, 0xffffffff),
         true},
        {REWRITE_TCP_SPORT, gen_of(&a, "2000..60000", GEN_U64, FORMAT_NUMBER, 65535), false}};
    struct rewrite w = {.draws = x,
                        .n_draws = 2,
                        .flows = true,
                        .ttl = gen_of(&a, "1..255 per flow", GEN_U64, FORMAT_NUMBER, 255)};
    struct draft there = rewritten(&w, frame_tcp4(A, B, 40000, 80, 3));
    uint32_t client = get_u32(there.p + 26), ttl = there.p[22], port = get_u16(there.p + 34);
    assert_true(client >> 16 == 0xc612 && get_u32(there.p + 30) == B);
    struct draft back = draft_of(frame_tcp4(B, A, 80, 40000, 9));
    back.index = 1;
    rewrite_batch(&w, &scratch, &back, 1);
    assert_int_equal(get_u32(back.p + 30), client);
    assert_int_equal(get_u32(back.p + 26), B);
    assert_int_equal(back.p[22], ttl);
    assert_int_equal(get_u16(back.p + 36), 40000);
    assert_true(get_u16(back.p + 34) >= 2000 && get_u16(back.p + 34) != port);
    assert_sums(&back);
    arena_free(&a);
}

/* A column of a batch gives each frame what it would have got alone. */
static void batches_do_not_matter(void **state)
{
    (void)state;
    struct arena a = {0};
    static uint8_t rooms[BATCH][200];
    struct draft d[BATCH];
    struct rewrite_draw x = {
        .field = REWRITE_IP4_SRC,
        .gen = gen_of(&a, "permute(198.18.0.0/16)", GEN_U64, FORMAT_IP4, 0xffffffff)};
    struct rewrite w = {
        .draws = &x, .n_draws = 1, .ttl = gen_of(&a, "1..255", GEN_U64, FORMAT_NUMBER, 255)};
    for (size_t i = 0; i < BATCH; i++) {
        struct span s = frame_udp4(A, B, (unsigned)i, 53, 20);
        memcpy(rooms[i] + DRAFT_HEADROOM, s.p, s.n);
        d[i] =
            (struct draft){.p = rooms[i] + DRAFT_HEADROOM, .n = (uint32_t)s.n, .index = 1000 + i};
        layout_ethernet(s, &d[i].at);
    }
    rewrite_batch(&w, &scratch, d, BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        struct draft one = draft_of(frame_udp4(A, B, (unsigned)i, 53, 20));
        one.index = 1000 + i;
        rewrite_batch(&w, &scratch, &one, 1);
        assert_memory_equal(one.p, d[i].p, one.n);
        assert_sums(&d[i]);
    }
    arena_free(&a);
}

static int close_scratch(void **state)
{
    (void)state;
    scratch_free(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_keep_prefixes),
        cmocka_unit_test(maps_reach_ipv6_and_arp),
        cmocka_unit_test(maps_reach_neighbour_discovery),
        cmocka_unit_test(maps_reach_source_routes),
        cmocka_unit_test(macs_reach_neighbour_discovery),
        cmocka_unit_test(ports_move_in_both_directions),
        cmocka_unit_test(sctp_ports_get_a_new_crc),
        cmocka_unit_test(macs_and_tags),
        cmocka_unit_test(udp_zero_checksums),
        cmocka_unit_test(wrong_checksums_stay_wrong_unless_asked),
        cmocka_unit_test(fragments_are_updated),
        cmocka_unit_test(options_cut_off_are_left_alone),
        cmocka_unit_test(every_field_is_set),
        cmocka_unit_test(draws_follow_frame_flow_and_loop),
        cmocka_unit_test(values_per_flow_stay_with_the_client),
        cmocka_unit_test(batches_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, close_scratch);
}
