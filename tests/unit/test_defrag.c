/* Fragments put together: RFC 791, RFC 815, RFC 8200 section 4.5, RFC 5722. */
#include "talk_rig.h"

#include "trace/defrag.h"

/* One fragment of a datagram whose payload is `all`, as a frame. */
struct cut {
    unsigned version, id, proto;
    uint32_t src, dst;
};
static const struct cut four = {4, 7, 17, 1, 2}, six = {6, 7, 17, 1, 2};

static struct span fragment(const struct cut *c, struct span bytes, uint32_t at, bool more)
{
    static uint8_t p[PACKET_MAX];
    size_t n = 14;
    memset(p, 0, 80);
    put_u16(p + 12, c->version == 4 ? 0x0800 : 0x86dd);
    if (c->version == 4) {
        p[n] = 0x46; /* four bytes of options */
        put_u16(p + n + 2, (uint16_t)(24 + bytes.n));
        put_u16(p + n + 4, (uint16_t)c->id);
        put_u16(p + n + 6, (uint16_t)(at / 8 | (more ? 0x2000 : 0)));
        p[n + 9] = (uint8_t)c->proto;
        put_u32(p + n + 12, c->src);
        put_u32(p + n + 16, c->dst);
        n += 24;
    } else {
        p[n] = 0x60;
        put_u16(p + n + 4, (uint16_t)(16 + bytes.n));
        p[n + 6] = 60; /* destination options before the fragment header */
        put_u32(p + n + 20, c->src);
        put_u32(p + n + 36, c->dst);
        p[n + 40] = 44;
        n += 48;
        p[n] = (uint8_t)c->proto;
        put_u16(p + n + 2, (uint16_t)(at | more));
        put_u32(p + n + 4, c->id);
        n += 8;
    }
    if (bytes.n) memcpy(p + n, bytes.p, bytes.n);
    return span_make(p, n + bytes.n);
}

static struct defrag *defrag;
static struct span packet;
static struct layout whole;

static enum defrag_state give_at(const struct cut *c, struct span bytes, uint32_t at, bool more,
                                 int64_t now)
{
    struct layout l;
    struct span frame = fragment(c, bytes, at, more);
    uint8_t *copy = malloc(frame.n);
    memcpy(copy, frame.p, frame.n);
    frame.p = copy;
    layout_ethernet(frame, &l);
    assert_true(l.fragment);
    enum defrag_state s = defrag_take(defrag, frame, &l, now, &packet, &whole);
    free(copy);
    return s;
}
static enum defrag_state give(const struct cut *c, const char *text, uint32_t at, bool more)
{
    return give_at(c, span_of(text), at, more, 0);
}

static int set_up(void **unused)
{
    (void)unused;
    return (defrag = defrag_open()) ? 0 : -1;
}
static int tear_down(void **unused)
{
    (void)unused;
    defrag_close(defrag);
    return 0;
}

/* What was put together is an IP packet with this payload. */
static void is_whole(const struct cut *c, struct span payload)
{
    size_t header = c->version == 4 ? 20 : 40;
    assert_int_equal(whole.version, c->version);
    assert_int_equal(whole.proto, c->proto);
    assert_false(whole.fragment);
    assert_int_equal(whole.end, header + payload.n);
    assert_int_equal(packet.n, whole.end);
    assert_true(span_eq(span_from(packet, header), payload));
    struct layout_ends e;
    layout_find_ends(packet, &whole, &e);
    struct reader src = reader_of(span_from(e.src, e.src.n - 4));
    struct reader dst = reader_of(span_from(e.dst, e.dst.n - 4));
    assert_int_equal(read_u32(&src), c->src);
    assert_int_equal(read_u32(&dst), c->dst);
}

#define TEXT "12345678abcdefghABCDEFGH!"

/* Four pieces in all 24 orders. */
static void in_any_order(void **unused)
{
    (void)unused;
    struct span all = span_of(TEXT);
    for (unsigned k = 0; k < 2 * 256; k++) {
        const struct cut *c = k & 256 ? &six : &four;
        unsigned order[4] = {k & 3, k >> 2 & 3, k >> 4 & 3, k >> 6 & 3}, seen = 0;
        for (int i = 0; i < 4; i++) seen |= 1u << order[i];
        if (seen != 15) continue;
        for (int i = 0; i < 4; i++)
            assert_int_equal(
                give_at(c, span_sub(all, order[i] * 8, 8), order[i] * 8, order[i] < 3, 0),
                i < 3 ? DEFRAG_WAITS : DEFRAG_WHOLE);
        is_whole(c, all);
    }
    assert_int_equal(defrag_counts(defrag)->whole, 48);
}

static void twice(void **unused)
{
    (void)unused;
    for (int k = 0; k < 2; k++) {
        const struct cut *c = k ? &six : &four;
        assert_int_equal(give(c, "12345678", 0, true), DEFRAG_WAITS);
        assert_int_equal(give(c, "12345678", 0, true), DEFRAG_OLD);
        assert_int_equal(give(c, "ABC", 16, false), DEFRAG_WAITS);
        assert_int_equal(give(c, "ABC", 16, false), DEFRAG_OLD);
        assert_int_equal(give(c, "abcdefgh", 8, true), DEFRAG_WHOLE);
        is_whole(c, span_of("12345678abcdefghABC"));
    }
}

static void the_first_copy_counts(void **unused)
{
    (void)unused;
    assert_int_equal(give(&four, "abcdefgh", 8, true), DEFRAG_WAITS);
    assert_int_equal(give(&four, "12345678XXXXXXXX", 0, true), DEFRAG_WAITS);
    assert_int_equal(give(&four, "YYYYYYYYABCDEFGH", 8, true), DEFRAG_WAITS);
    assert_int_equal(give(&four, "ZZZZZZZZ!", 16, false), DEFRAG_WHOLE);
    is_whole(&four, span_of(TEXT));
}

/* RFC 5722: with all its parts, those to come included. */
static void overlaps_discard_in_six(void **unused)
{
    (void)unused;
    assert_int_equal(give(&six, "abcdefgh", 8, true), DEFRAG_WAITS);
    assert_int_equal(give(&six, "12345678abcdefgh", 0, true), DEFRAG_BAD);
    assert_int_equal(give(&six, "12345678", 0, true), DEFRAG_BAD);
    assert_int_equal(give(&six, "!", 16, false), DEFRAG_BAD);
    assert_int_equal(give_at(&six, span_of("12345678"), 0, true, DEFRAG_PATIENCE + 1),
                     DEFRAG_WAITS);
    assert_int_equal(defrag_counts(defrag)->bad, 1);
    assert_int_equal(defrag_counts(defrag)->expired, 0);
}

static void ends_that_contradict(void **unused)
{
    (void)unused;
    assert_int_equal(give(&four, "ABC", 16, false), DEFRAG_WAITS);
    assert_int_equal(give(&four, "x", 8, false), DEFRAG_BAD);        /* ends earlier */
    assert_int_equal(give(&four, "01234567", 16, true), DEFRAG_BAD); /* goes on behind it */
    assert_int_equal(give(&four, "12345678abcdefgh", 0, true), DEFRAG_WHOLE);
    is_whole(&four, span_of("12345678abcdefghABC"));

    assert_int_equal(give(&six, "ABC", 16, false), DEFRAG_WAITS);
    assert_int_equal(give(&six, "x", 8, false), DEFRAG_BAD);
    assert_int_equal(give(&six, "12345678abcdefgh", 0, true), DEFRAG_BAD);
}

static void lengths_that_cannot_be(void **unused)
{
    (void)unused;
    static uint8_t long_one[2000];
    assert_int_equal(give(&four, "1234567", 0, true), DEFRAG_BAD);
    assert_int_equal(give(&four, "", 8, true), DEFRAG_BAD);
    assert_int_equal(give_at(&four, span_make(long_one, 2000), 65528, false, 0), DEFRAG_BAD);
    assert_int_equal(give_at(&six, span_make(long_one, 2000), 65528, false, 0), DEFRAG_BAD);
    assert_int_equal(give_at(&four, span_make(long_one, 3), 65512, false, 0), DEFRAG_WAITS);
    assert_int_equal(give_at(&four, span_make(long_one, 4), 65512, false, 0), DEFRAG_BAD);
}

static void others_are_others(void **unused)
{
    (void)unused;
    struct cut c[] = {{4, 7, 17, 1, 2}, {4, 8, 17, 1, 2}, {4, 7, 6, 1, 2},
                      {4, 7, 17, 2, 1}, {4, 7, 17, 1, 3}, {6, 7, 17, 1, 2}};
    for (size_t i = 0; i < 6; i++) assert_int_equal(give(&c[i], "12345678", 0, true), DEFRAG_WAITS);
    for (size_t i = 6; i-- > 0;) {
        assert_int_equal(give(&c[i], "!", 8, false), DEFRAG_WHOLE);
        is_whole(&c[i], span_of("12345678!"));
    }
    /* In IPv6 only the first fragment tells the protocol. */
    struct cut first = six, second = six;
    second.proto = 99;
    assert_int_equal(give(&second, "!", 8, false), DEFRAG_WAITS);
    assert_int_equal(give(&first, "12345678", 0, true), DEFRAG_WHOLE);
    is_whole(&first, span_of("12345678!"));
}

static void the_longest(void **unused)
{
    (void)unused;
    static uint8_t all[65535];
    for (size_t i = 0; i < sizeof all; i++) all[i] = (uint8_t)rng_mix(i);
    for (int k = 0; k < 2; k++) {
        const struct cut *c = k ? &six : &four;
        size_t n = k ? 65535 : 65515, step = 1480, last = n / step;
        for (size_t i = 0; i <= last; i++) { /* every other one first */
            size_t j = i <= last / 2 ? i * 2 : (i - last / 2) * 2 - 1, at = j * step;
            struct span piece = span_sub(span_make(all, n), at, step);
            assert_int_equal(give_at(c, piece, (uint32_t)at, j < last, 0),
                             i < last ? DEFRAG_WAITS : DEFRAG_WHOLE);
        }
        is_whole(c, span_make(all, n));
    }
}

static void nobody_waits_forever(void **unused)
{
    (void)unused;
    assert_int_equal(give_at(&four, span_of("12345678"), 0, true, 5), DEFRAG_WAITS);
    assert_int_equal(give_at(&four, span_of("!"), 8, false, 6 + DEFRAG_PATIENCE), DEFRAG_WAITS);
    assert_int_equal(defrag_counts(defrag)->expired, 1);
    defrag_end(defrag);
    assert_int_equal(defrag_counts(defrag)->expired, 2);
    assert_int_equal(give(&four, "12345678", 0, true), DEFRAG_WAITS);
}

/* More than there is room for: the oldest go, and what is left works. */
static void room_for_the_youngest(void **unused)
{
    (void)unused;
    static uint8_t piece[1480 * 30];
    struct cut c = four;
    for (unsigned i = 0; i < 20000; i++) {
        c.src = i;
        assert_int_equal(give_at(&c, span_make(piece, 8), 0, true, i), DEFRAG_WAITS);
    }
    const struct defrag_counts *n = defrag_counts(defrag);
    assert_true(n->evicted >= 20000 - DEFRAG_MAX);
    uint64_t before = n->evicted;
    for (unsigned i = 0; i < 500; i++) {
        c.src = 100000 + i;
        assert_int_equal(give_at(&c, span_make(piece, sizeof piece), 8, false, 20000 + i),
                         DEFRAG_WAITS);
    }
    assert_true(n->evicted > before);
    assert_int_equal(give_at(&c, span_make(piece, 8), 0, true, 20500), DEFRAG_WHOLE);
    assert_int_equal(packet.n, 20 + 8 + sizeof piece);
    defrag_end(defrag);
    assert_int_equal(n->expired + n->evicted + n->whole, 20500);
}

/* As many pieces as there can be, none touching another. */
static void a_comb(void **unused)
{
    (void)unused;
    enum defrag_state s = DEFRAG_WAITS;
    unsigned i = 0;
    for (; i < 4000 && s == DEFRAG_WAITS; i++) s = give(&four, "12345678", 16 * i, true);
    assert_int_equal(s, DEFRAG_BAD);
    assert_int_equal(i, DEFRAG_PIECES + 1);
    assert_int_equal(give(&four, "12345678", 8, true), DEFRAG_BAD);
}

static void every_truncation(void **unused)
{
    (void)unused;
    for (int k = 0; k < 2; k++) {
        const struct cut *c = k ? &six : &four;
        struct span f = fragment(c, span_of("12345678"), 8, true);
        for (size_t n = 0; n < f.n; n++) {
            uint8_t *copy = malloc(n + 1);
            memcpy(copy, f.p, n);
            struct layout l;
            layout_ethernet(span_make(copy, n), &l);
            if (l.version && l.fragment)
                assert_int_equal(defrag_take(defrag, span_make(copy, n), &l, 0, &packet, &whole),
                                 DEFRAG_CUT);
            free(copy);
        }
    }
}

/* Random datagrams, cut at random, repeated, shuffled and mixed: each comes out whole, once. */
static void shuffled(void **unused)
{
    (void)unused;
    enum { DATAGRAMS = 8, PARTS = 24 };
    static uint8_t text[DATAGRAMS][3000];
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct part {
            unsigned of;
            uint32_t at, n;
            bool more;
        } part[DATAGRAMS * PARTS * 2];
        size_t parts = 0, wholes = 0;
        uint64_t draw = 0;
        struct cut c[DATAGRAMS];
        uint32_t length[DATAGRAMS];
        for (unsigned i = 0; i < DATAGRAMS; i++) {
            c[i] = i % 2 ? four : six;
            c[i].id = i + (unsigned)seed * 10;
            length[i] = 500 + (uint32_t)rng_below(rng_at(seed, draw++), sizeof text[i] - 500);
            for (size_t j = 0; j < length[i]; j++) text[i][j] = (uint8_t)rng_at(seed ^ i, j);
            for (uint32_t at = 0, n; at < length[i]; at += n) {
                n = 8 * (16 + (uint32_t)rng_below(rng_at(seed, draw++), 40));
                bool more = at + n < length[i];
                if (!more) n = length[i] - at;
                part[parts++] = (struct part){i, at, n, more};
            }
        }
        for (size_t i = parts; i > 1; i--) {
            size_t j = rng_below(rng_at(seed, draw++), i);
            struct part swap = part[i - 1];
            part[i - 1] = part[j];
            part[j] = swap;
        }
        for (size_t i = 0; i < parts; i++) {
            const struct part *p = &part[i];
            struct span bytes = span_make(text[p->of] + p->at, p->n);
            enum defrag_state s = give_at(&c[p->of], bytes, p->at, p->more, 0);
            if (s == DEFRAG_WHOLE) {
                wholes++;
                is_whole(&c[p->of], span_make(text[p->of], length[p->of]));
            } else {
                assert_int_equal(s, DEFRAG_WAITS);
                assert_int_equal(give_at(&c[p->of], bytes, p->at, p->more, 0), DEFRAG_OLD);
            }
        }
        assert_int_equal(wholes, DATAGRAMS);
    }
}

/* Fragments of segments and messages, told by trace/talk.c. */
static void on_the_way_to_a_stream(void **unused)
{
    (void)unused;
    struct reel r = {0};
    for (int k = 0; k < 2; k++) {
        struct cut c = k ? six : four;
        c.id = 1;
        uint8_t up[100] = {0x9c, 0x40, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2};
        c.proto = 6;
        memset(up + 20, 'x', 10);
        struct span all = span_make(up, 30), f = fragment(&c, span_from(all, 16), 16, false);
        reel_add(&r, f.p, f.n, f.n);
        f = fragment(&c, span_sub(all, 0, 16), 0, true);
        reel_add(&r, f.p, f.n, f.n);
        reel_add(&r, f.p, f.n, f.n);
    }
    struct talk_counts n =
        tells_all(&r, "0<40000 0c\"xxxxxxxxxx\" 1<40000 1c\"xxxxxxxxxx\" 0>LAST 1>LAST ");
    assert_int_equal(n.fragments, 4);
    assert_int_equal(n.used, 2);
    assert_int_equal(n.datagrams, 2);
    assert_int_equal(n.datagrams_expired, 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(in_any_order),
        CASE(twice),
        CASE(the_first_copy_counts),
        CASE(overlaps_discard_in_six),
        CASE(ends_that_contradict),
        CASE(lengths_that_cannot_be),
        CASE(others_are_others),
        CASE(the_longest),
        CASE(nobody_waits_forever),
        CASE(room_for_the_youngest),
        CASE(a_comb),
        CASE(every_truncation),
        CASE(shuffled),
        CASE(on_the_way_to_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
