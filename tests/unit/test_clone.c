/* Copies of recorded conversations: ends of their own, recorded gaps, right checksums, each a
 * function of its number alone. */
#include "replay_rig.h"

#include "plan/clone.h"

#define A 0x0a010203u
#define B 0x0a010204u
#define MS 1000000ull
#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct bytes file;
static struct arena arena;
static struct errs errs;
static struct script *script;
static const struct stream *stream;

static int fresh(void **state)
{
    (void)state;
    capture_begin(&file, 1);
    return 0;
}
static int tidy(void **state)
{
    (void)state;
    if (script) script->class->close(script);
    script = NULL;
    arena_free(&arena);
    arena = (struct arena){0};
    return 0;
}
static void put(uint64_t at_ns, struct span frame)
{
    capture_add(&file, at_ns, frame, 0);
}

static struct plan *compile(const char *keys, bool dry)
{
    static const char *const nothing[] = {NULL};
    char *text =
        arena_printf(&arena, "[stream s]\nreplay = %s\n%s\n", file_of(file.v, file.n), keys);
    errs = (struct errs){0};
    struct profile *p = profile_parse(&arena, "p.ini", span_of(text), &errs);
    assert_non_null(p);
    return plan_compile(&arena, p, &(struct plan_opts){.allow = nothing, .dry = dry}, &errs);
}
/* Opens the script of a stream with these keys. */
static void open_script(const char *keys)
{
    struct plan *p = compile(keys, true);
    if (!p) errs_print(&errs, stderr);
    assert_non_null(p);
    stream = &p->streams[0];
    script = script_open(stream, &arena);
}

static struct cue begin(uint64_t unit)
{
    struct cue c = {.unit = unit, .due = unit * 10};
    script->class->begin(script, &c);
    return c;
}
static bool next(struct cue *c)
{
    return script->class->next(script, c);
}
/* The packet of one cue; its bytes stay until the next one. */
static struct line make(struct cue c)
{
    struct line l;
    script->class->make(script, &c, 1, &l);
    return l;
}

struct seen {
    struct layout at;
    struct addr src, dst;
    uint16_t sport, dport;
    const uint8_t *p;
};
/* Looks at a frame, whose checksums must be right. */
static struct seen look(struct line l)
{
    struct span s = span_make(l.frame.p, l.frame.len);
    struct layout_ends ends;
    struct seen x = {.p = s.p};
    layout_ethernet(s, &x.at);
    layout_find_ends(s, &x.at, &ends);
    enum family family = x.at.version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    x.src = addr_from_bytes(family, ends.src.p);
    x.dst = addr_from_bytes(family, ends.dst.p);
    x.sport = ends.sport;
    x.dport = ends.dport;
    const uint8_t *up = s.p + x.at.up;
    size_t n = x.at.end - x.at.up;
    if (x.at.version == 4) assert_int_equal(sum_final(sum_bytes(s.p + x.at.net, 20)), 0);
    if (x.at.proto == PROTO_ICMP)
        assert_int_equal(sum_final(sum_bytes(up, n)), 0);
    else
        assert_int_equal(whole_sum(s.p + x.at.net, x.at.version, up, n, x.at.proto), 0);
    return x;
}

static void copies_keep_gaps_and_get_ends(void **state)
{
    (void)state;
    put(5 * MS, frame_udp4(A, B, 1000, 53, 10));
    put(6 * MS, frame_tcp4(A, B, 2000, 80, 20));
    put(8 * MS, frame_udp4(B, A, 53, 1000, 30));
    put(9 * MS, frame_tcp4(B, A, 80, 2000, 40));
    put(15 * MS, frame_udp4(A, B, 1000, 53, 50));
    open_script("clone = 1000/s");
    static const uint64_t at[2][3] = {{0, 3 * MS, 10 * MS}, {0, 3 * MS}};
    static const unsigned frames[] = {3, 2}, port[] = {53, 80};
    for (uint64_t unit = 1000000; unit < 1000100; unit++) {
        unsigned which = unit % 2, k = 0;
        struct cue c = begin(unit);
        struct seen first = look(make(c));
        assert_int_equal(c.plot, which);
        do {
            struct line l = make(c);
            struct seen x = look(l);
            bool back = k == 1;
            assert_int_equal(c.due, unit * 10 + at[which][k]);
            assert_int_equal(c.step, k);
            assert_int_equal(l.side, back ? SIDE_SERVER : SIDE_CLIENT);
            assert_int_equal(l.kind, 0);
            assert_true((back ? x.dst : x.src).v == first.src.v);
            assert_true((back ? x.src : x.dst).v == B);
            assert_int_equal(back ? x.dport : x.sport, first.sport);
            assert_int_equal(back ? x.sport : x.dport, port[which]);
            k++;
        } while (next(&c));
        assert_int_equal(k, frames[which]);
        assert_true((uint64_t)first.src.v >> 16 == IP(198, 18, 0, 0) >> 16);
        assert_true(first.sport >= 1024);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}
/* How many of the ends of so many copies from one on were there before. */
static size_t repeated(uint64_t from, size_t n)
{
    uint64_t *ends = malloc(n * sizeof *ends);
    size_t again = 0;
    struct cue c[BATCH];
    struct line l[BATCH];
    for (size_t i = 0; i < n;) {
        size_t m = n - i < BATCH ? n - i : BATCH;
        for (size_t k = 0; k < m; k++) c[k] = begin(from + i + k);
        script->class->make(script, c, m, l);
        for (size_t k = 0; k < m; k++, i++)
            ends[i] = (uint64_t)get_u32(l[k].frame.p + 26) << 32 | get_u32(l[k].frame.p + 34);
    }
    qsort(ends, n, sizeof *ends, by_value);
    for (size_t i = 1; i < n; i++) again += ends[i] == ends[i - 1];
    free(ends);
    return again;
}

static void ends_are_distinct(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        size_t n;
    } cases[] = {
        {"clone = 1/s", 200000},
        {"clone = 1/s\nclient.ipv4 = 198.18.0.1", CLONE_PORTS},
        {"clone = 1/s\nclient.ipv4 = recorded", CLONE_PORTS},
        {"clone = 1/s\nclient.ipv4 = 198.18.0.0/24", CLONE_PORTS},
        {"clone = 1/s\nclient.ipv4 = permute(198.18.0.0/30)", 4 * CLONE_PORTS},
        {"clone = 1/s\nclient.ipv4 = seq(198.18.0.0/30)\nserver.ipv4 = 198.19.0.0/24", 200000},
    };
    put(0, frame_udp4(A, B, 1000, 53, 10));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_script(cases[i].keys);
        if (repeated(0, cases[i].n) || repeated(123456789012, cases[i].n / 4))
            fail_msg("ends come again with %s", cases[i].keys);
        tidy(state);
    }
    open_script("clone = 1/s\nclient.ipv4 = 198.18.0.1");
    assert_int_equal(repeated(0, CLONE_PORTS + 1), 1); /* and then they are used up */
}

static void generators_say_what_ends_are(void **state)
{
    (void)state;
    put(0, frame_tcp4(A, B, 1000, 80, 10));
    put(1, frame_tcp4(B, A, 80, 1000, 10));
    open_script("clone = 1/s\nclient.ipv4 = 198.18.5.0/24\nclient.port = 7000..7003\n"
                "server.ipv4 = seq(198.19.0.1..198.19.0.3)\nserver.port = 8080");
    for (uint64_t unit = 0; unit < 30; unit++) {
        struct cue c = begin(unit);
        struct seen x = look(make(c));
        assert_true((uint64_t)x.src.v >> 8 == IP(198, 18, 5, 0) >> 8);
        assert_true((uint64_t)x.dst.v == IP(198, 19, 0, 1) + unit % 3);
        assert_true(x.sport >= 7000 && x.sport <= 7003);
        assert_int_equal(x.dport, 8080);
        assert_true(next(&c));
        struct seen y = look(make(c));
        assert_true(y.src.v == x.dst.v && y.dst.v == x.src.v);
        assert_true(y.sport == x.dport && y.dport == x.sport);
    }
    tidy(state);
    open_script("clone = 1/s\nclient.ipv4 = recorded\nclient.port = recorded\n"
                "map = 10.0.0.0/8 -> 198.18.0.0/16");
    struct seen x = look(make(begin(77)));
    assert_true(x.src.v == IP(198, 18, 2, 3) && x.dst.v == IP(198, 18, 2, 4));
    assert_int_equal(x.sport, 1000);
}

static void ipv6_and_echoes_get_ends(void **state)
{
    (void)state;
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 17, "2001:db8::1", "2001:db8::2", 18);
    frame_udp(b, 6, 14, 1000, 53, 10);
    put(0, span_make(b->v, b->n));
    b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 1, A, B, 8, 0);
    add(b, "\x08\0\0\0\x12\x34\0\1", 8);
    put_u16(b->v + 36, sum_final(sum_bytes(b->v + 34, 8)));
    put(1, span_make(b->v, b->n));
    b->v[34] = 0;
    put_u16(b->v + 36, 0);
    put_u16(b->v + 36, sum_final(sum_bytes(b->v + 34, 8)));
    put_u32(b->v + 26, B);
    put_u32(b->v + 30, A);
    put(2, span_make(b->v, b->n));
    open_script("clone = 1/s\nserver.ipv6 = 2001:2:0:1::7");
    struct addr net, server;
    assert_true(addr_parse(span_of("2001:2::"), &net) &&
                addr_parse(span_of("2001:2:0:1::7"), &server));
    struct seen x = look(make(begin(0)));
    assert_int_equal(x.at.version, 6);
    assert_true(x.src.v >> 64 == net.v >> 64 && x.dst.v == server.v);
    assert_int_equal(x.dport, 53);
    struct cue c = begin(1);
    x = look(make(c));
    uint16_t id = get_u16(x.p + 38);
    assert_true((uint64_t)x.src.v >> 16 == IP(198, 18, 0, 0) >> 16 && x.dst.v == B);
    assert_true(id >= 1024);
    assert_true(next(&c));
    struct seen y = look(make(c));
    assert_true(y.dst.v == x.src.v);
    assert_int_equal(get_u16(y.p + 38), id);
    assert_int_equal(get_u16(look(make(begin(3))).p + 38) == id, 0);
}

static void groups_stay(void **state)
{
    (void)state;
    struct span f = frame_udp4(A, IP(224, 0, 0, 251), 5353, 5353, 10);
    ((uint8_t *)f.p)[0] = 1;
    put(0, f);
    open_script("clone = 1/s\nserver.ipv4 = 198.19.0.1");
    struct seen x = look(make(begin(5)));
    assert_true(x.dst.v == IP(224, 0, 0, 251));
    assert_true((uint64_t)x.src.v >> 16 == IP(198, 18, 0, 0) >> 16);
}

/* A segment with a selective acknowledgement that stands at an odd offset. */
static struct span segment(bool from_client, uint32_t seq, uint32_t ack, uint32_t left)
{
    struct bytes *b = frame_new();
    frame_eth(b, TYPE_IP4);
    frame_ip4(b, 6, from_client ? A : B, from_client ? B : A, 32, 0);
    u16(b, from_client ? 1000 : 80);
    u16(b, from_client ? 80 : 1000);
    u32(b, seq);
    u32(b, ack);
    u16(b, 0x8010);
    u16(b, 8192);
    u32(b, 0);
    add(b, "\1\5\x0a", 3);
    u32(b, left);
    u32(b, left + 100);
    add(b, "\0", 1);
    put_u16(b->v + 50, whole_sum(b->v + 14, 4, b->v + 34, 32, 6));
    return span_make(b->v, b->n);
}

static void numbers_shift_together(void **state)
{
    (void)state;
    put(0, segment(true, 1000, 0xfffffff0, 0xfffffff8));
    put(1, segment(false, 0xfffffff0, 1010, 1020));
    open_script("clone = 1/s\ntcp_numbers = shifted");
    uint32_t before = 0;
    for (uint64_t unit = 0; unit < 50; unit++) {
        struct cue c = begin(unit);
        const uint8_t *p = look(make(c)).p;
        uint32_t client = get_u32(p + 38) - 1000, server = get_u32(p + 42) - 0xfffffff0;
        assert_int_equal(get_u32(p + 57) - server, 0xfffffff8);
        assert_int_equal(get_u32(p + 61) - server, 0xfffffff8u + 100);
        assert_true(next(&c));
        p = look(make(c)).p;
        assert_int_equal(get_u32(p + 38) - server, 0xfffffff0);
        assert_int_equal(get_u32(p + 42) - client, 1010);
        assert_int_equal(get_u32(p + 57) - client, 1020);
        assert_int_not_equal(client, before);
        assert_int_not_equal(client, server);
        before = client;
    }
    tidy(state);
    open_script("clone = 1/s");
    assert_int_equal(get_u32(look(make(begin(9))).p + 38), 1000);
}

static void any_of_them_may_be_picked(void **state)
{
    (void)state;
    unsigned count[5] = {0};
    for (unsigned i = 0; i < 5; i++) put(i, frame_udp4(A, B, 1000 + i, 53, i));
    open_script("clone = 1/s\npick = random");
    for (uint64_t unit = 0; unit < 5000; unit++) count[begin(unit).plot]++;
    double chi = 0;
    for (unsigned i = 0; i < 5; i++) chi += (count[i] - 1000.0) * (count[i] - 1000.0) / 1000;
    assert_true(chi < 18.47); /* 0.1 % of four degrees of freedom */
    tidy(state);
    memset(count, 0, sizeof count);
    open_script("clone = 1/s\npick = 2:3, 5:1");
    for (uint64_t unit = 0; unit < 4000; unit++) count[begin(unit).plot]++;
    assert_int_equal(count[0] + count[2] + count[3], 0);
    assert_true(count[1] > 2850 && count[1] < 3150);
}

static void fields_are_drawn_once_in_a_copy(void **state)
{
    (void)state;
    put(0, frame_udp4(A, B, 1000, 53, 10));
    put(1, frame_udp4(B, A, 53, 1000, 10));
    open_script("clone = 1/s\neth.src = 02:00:00:00:00:aa\nipv4.id = 0..65535\nvlan = push 5");
    struct cue c = begin(3);
    struct seen x = look(make(c));
    uint16_t id = get_u16(x.p + x.at.net + 4);
    assert_int_equal(x.at.tags, 1);
    assert_int_equal(x.p[11], 0xaa);
    next(&c);
    x = look(make(c));
    assert_int_equal(get_u16(x.p + x.at.net + 4), id);
    assert_int_equal(x.p[5], 0xaa); /* the client's, whichever way the frame goes */
    tidy(state);
    open_script("clone = 1/s\nipv4.id = seq(0..65535)\nper = frame");
    c = begin(3);
    assert_int_equal(get_u16(look(make(c)).p + 18), 6);
    next(&c);
    assert_int_equal(get_u16(look(make(c)).p + 18), 7);
}

/* The bytes of a packet do not depend on what it is made with. */
static void a_packet_is_a_function_of_its_cue(void **state)
{
    (void)state;
    enum { N = 40 };
    uint64_t alone[N];
    struct cue c[N];
    struct line l[N];
    put(0, segment(true, 1, 2, 3));
    put(1, frame_udp4(A, B, 1000, 53, 100));
    put(2, segment(false, 2, 1, 3));
    open_script("clone = 1/s\ntcp_numbers = shifted\nipv4.ttl = 1..255\npick = random");
    for (unsigned i = 0; i < N; i++) {
        c[i] = begin(1000 + i * 7);
        if (i % 3 == 0) {
            struct cue after = c[i];
            if (next(&after)) c[i] = after;
        }
        struct line one = make(c[i]);
        alone[i] = rng_key(one.frame.len, span_make(one.frame.p, one.frame.len));
    }
    script->class->make(script, c, N, l);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(rng_key(l[i].frame.len, span_make(l[i].frame.p, l[i].frame.len)),
                         alone[i]);
}

static void rates_may_be_told_in_bits(void **state)
{
    (void)state;
    struct fraction bits;
    put(0, frame_udp4(A, B, 1000, 53, 58));  /* 100 bytes */
    put(1, frame_udp4(A, B, 1001, 53, 158)); /* 200 */
    put(2, frame_udp4(B, A, 53, 1001, 58));
    open_script("clone = 1Mbit/s\nvlan = push 5");
    assert_true(stream_unit_bits(stream, 2, &bits, NULL));
    assert_int_equal(bits.num, (400 + 3 * 8) * 8 / 2); /* check sequence and tag, two copies */
    assert_int_equal(bits.den, 1);
    assert_true(stream_unit_bits(stream, 3, &bits, NULL));
    assert_int_equal(bits.num, (400 - 3 * 14) * 8 / 2);
    assert_int_equal(schedule_units(stream->schedule, 1000000000), 1000000 / 1696 + 1);
}

/* What is wrong, at the line of the key; the stream's keys begin in line 3. */
static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *message;
    } cases[] = {
        {"clone = fast", "p.ini:3: "},
        {"clone = 1/s\nrate = 5/s", "p.ini:4: rate has no meaning beside clone, expected clone to "
                                    "say it all: it is the rate of "
                                    "copies"},
        {"clone = 1/s\nloop = 3", "p.ini:4: loop has no meaning beside clone, expected count"},
        {"clone = 1/s\npreload = yes", "p.ini:4: preload has no meaning"},
        {"clone = 1/s\nipv4.src = 198.18.0.1",
         "p.ini:4: ipv4.src has no meaning beside clone, expected client.ipv4 and server.ipv4"},
        {"clone = 1/s\ntcp.dport = 80", "p.ini:4: tcp.dport has no meaning"},
        {"clone = 1/s\nper = loop", "p.ini:4: copies have no loops"},
        {"clone = 1/s\nper = flow+loop", "p.ini:4: copies have no loops"},
        {"clone = 1/s\nordered = yes", "p.ini:4: ordered has no meaning beside clone"},
        {"clone = 1/s\npick = 0..1", "p.ini:4: '0..1' can be 0, expected in turn, random, or the "
                                     "number of a conversation, 1..1"},
        {"clone = 1/s\npick = 2", "p.ini:4: '2' is out of bounds, expected in turn, random"},
        {"clone = 1/s\nclient.ipv4 = 2001:2::1", "p.ini:4: "},
        {"clone = 1/s\nclient.port = 65536", "p.ini:4: '65536' is out of bounds, expected a port"},
        {"clone = 1/s\ntcp_numbers = new", "p.ini:4: "},
        {"clone = max", "p.ini:3: max is for packets, expected a rate of conversations"},
        {"clone = 1/s\nmtu = 300", "p.ini:2: 1 of the frames to be copied is longer than the "
                                   "device takes, expected oversize = "
                                   "segment or skip"},
        {"clone = 1/s\nfilter = tcp", "holds no conversations, expected IP packets of two ends"},
        {"pick = random", "p.ini:3: "},
        {"client.ipv4 = 198.18.0.1", "p.ini:3: "},
    };
    put(0, frame_udp4(A, B, 1000, 53, 400));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *keys = arena_printf(&arena, "%s\nwire = null", cases[i].keys);
        assert_null(compile(keys, false));
        if (errs.n != 1 || !strstr(arena_printf(&arena, "%s:%u: %s", errs.v[0].at.file,
                                                errs.v[0].at.line, errs.v[0].text),
                                   cases[i].message)) {
            errs_print(&errs, stderr);
            fail_msg("%s: expected %s", cases[i].keys, cases[i].message);
        }
    }
}

static void damage_and_other_links_are_refused(void **state)
{
    (void)state;
    put(0, frame_udp4(A, B, 1000, 53, 10));
    put(0, frame_udp4(A, B, 1000, 53, 10));
    file.n -= 5;
    assert_null(compile("clone = 1/s\nwire = null", false));
    assert_non_null(strstr(errs.v[0].text, "expected a whole capture, or frames = 1..1"));
    assert_non_null(compile("clone = 1/s\nwire = null\nframes = 1..1", false));
    capture_begin(&file, 147);
    put(0, frame_udp4(A, B, 1000, 53, 10));
    assert_null(compile("clone = 1/s\nwire = null", false));
    assert_non_null(strstr(errs.v[0].text, "expected link = ethernet or skip"));
}

/* Every address that copies go to is looked at before anything is sent. */
static void targets_are_checked(void **state)
{
    (void)state;
    put(0, frame_udp4(A, B, 1000, 53, 10));
    assert_null(compile("clone = 1/s\nwire = raw(lo)", false));
    assert_non_null(strstr(errs.v[0].text, "server.ipv4 10.1.2.4 is not a test network"));
    assert_int_equal(errs.n, 1); /* nothing goes to the client */
    assert_non_null(
        compile("clone = 1/s\nwire = raw(lo)\nmap = 10.0.0.0/8 -> 198.18.0.0/16", false));
    assert_non_null(compile("clone = 1/s\nwire = raw(lo)\nserver.ipv4 = 198.19.0.0/24", false));
    assert_null(compile("clone = 1/s\nwire = raw(lo)\nserver.ipv4 = 198.16.0.0/12", false));
    put(1, frame_udp4(B, A, 53, 1000, 10));
    assert_null(compile("clone = 1/s\nwire = raw(lo)\nserver.ipv4 = 198.19.0.1\n"
                        "client.ipv4 = 10.0.0.0/8",
                        false));
    assert_non_null(strstr(errs.v[0].text, "client.ipv4 10.0.0.0 is not a test network"));
    struct bytes *b = frame_new();
    capture_begin(&file, 1);
    frame_eth(b, TYPE_IP6);
    frame_ip6(b, 17, "2001:db8::1", "2001:db8::2", 18);
    frame_udp(b, 6, 14, 1000, 53, 10);
    put(0, span_make(b->v, b->n));
    assert_null(
        compile("clone = 1/s\nwire = raw(lo)\nserver.ipv6 = permute(2001:db8::/64)", false));
    assert_non_null(
        compile("clone = 1/s\nwire = raw(lo)\nserver.ipv6 = permute(2001:2::/64)", false));
}

/* A source route leads further than its destination. */
static void routes_are_checked(void **state)
{
    (void)state;
    put(0, frame_routed4(131, 4, 1, "3"));
    assert_non_null(compile("clone = 1/s\nwire = raw(lo)", false));
    assert_null(compile("clone = 1/s\nwire = raw(lo)\nmap = 198.18.0.3 -> 10.9.9.9", false));
    assert_non_null(strstr(errs.v[0].text, "a hop of a source route, 10.9.9.9 is not a test"));
    capture_begin(&file, 1);
    put(0, frame_routed6(3, 1, "3", "2001:2::2"));
    assert_null(compile("clone = 1/s\nwire = raw(lo)", false));
    assert_non_null(strstr(errs.v[0].text, "a source route of a kind that is not known"));
    assert_non_null(compile("clone = 1/s\nwire = null", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, tidy)
        T(copies_keep_gaps_and_get_ends),
        T(ends_are_distinct),
        T(generators_say_what_ends_are),
        T(ipv6_and_echoes_get_ends),
        T(groups_stay),
        T(numbers_shift_together),
        T(any_of_them_may_be_picked),
        T(fields_are_drawn_once_in_a_copy),
        T(a_packet_is_a_function_of_its_cue),
        T(rates_may_be_told_in_bits),
        T(mistakes_are_told),
        T(damage_and_other_links_are_refused),
        T(targets_are_checked),
        T(routes_are_checked),
    };
    return cmocka_run_group_tests_name("clone", tests, NULL, NULL);
}
