/* Answers to ARP, neighbour solicitation and echo requests, byte by byte as the RFCs lay them
 * out. Checksums are recomputed here, word by word, from what the headers say. */
#include "packet_rig.h"

#include "packet/answer.h"

static const char arp[] = "ffffffffffff 020000000002 0806 0001 0800 06 04 0001"
                          "020000000002 c6130001 000000000000 c6124007";
static const char arp_reply[] = "020000000002 020000000001 0806 0001 0800 06 04 0002"
                                "020000000001 c6124007 020000000002 c6130001";
/* From 2001:2::2 to the solicited-node group of 2001:2::4:7, with its link address. */
static const char nd[] = "3333ff040007 020000000002 86dd 60000000 0020 3a ff"
                         "20010002000000000000000000000002 ff0200000000000000000001ff040007"
                         "87 00 cccc 00000000 20010002000000000000000000040007"
                         "01 01 020000000002";
static const char nd_reply[] = "020000000002 020000000001 86dd 60000000 0020 3a ff"
                               "20010002000000000000000000040007 20010002000000000000000000000002"
                               "88 00 cccc 60000000 20010002000000000000000000040007"
                               "02 01 020000000001";
static const char echo[] = "020000000001 020000000002 0800 4500 001f 1234 4000 40 01 cccc"
                           "c6130001 c6124007 08 00 cccc abcd 0001 616263";
static const char echo_reply[] = "020000000002 020000000001 0800 4500 001f 1234 4000 40 01 cccc"
                                 "c6124007 c6130001 00 00 cccc abcd 0001 616263";
static const char echo6[] = "020000000001 020000000002 86dd 6b812345 000b 3a 31"
                            "20010002000000000000000000000002 20010002000000000000000000040007"
                            "80 00 cccc abcd 0001 616263";
static const char echo6_reply[] =
    "020000000002 020000000001 86dd 6b800000 000b 3a 40"
    "20010002000000000000000000040007 20010002000000000000000000000002"
    "81 00 cccc abcd 0001 616263";

static const struct golden {
    const char *request, *reply;
    enum answered what;
} goldens[] = {
    {arp, arp_reply, ANSWERED_ARP},
    {nd, nd_reply, ANSWERED_ND},
    {echo, echo_reply, ANSWERED_ECHO},
    {echo6, echo6_reply, ANSWERED_ECHO},
};
#define GOLDENS (sizeof goldens / sizeof *goldens)

struct bytes {
    uint8_t b[256];
    size_t n;
};

/* Fills in the checksums of what stands behind the link header. */
static void seal(uint8_t *p, size_t n, uint16_t type)
{
    if (type == 0x0800) {
        put_u16(p + 10, 0);
        put_u16(p + 10, slow_sum(0, span_make(p, 20)));
        put_u16(p + 22, 0);
        put_u16(p + 22, slow_sum(0, span_make(p + 20, n - 20)));
    } else if (type == 0x86dd) {
        uint32_t pseudo = slow_pseudo(span_make(p + 8, 32), 58, n - 40);
        put_u16(p + 42, 0);
        put_u16(p + 42, slow_sum(pseudo, span_make(p + 40, n - 40)));
    }
}

/* A frame from hexadecimal text, with right checksums. */
static struct bytes frame_of(const char *hex)
{
    struct bytes x = {.n = 0};
    unsigned byte;
    for (; *hex; hex += 2) {
        while (*hex == ' ') hex++;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        x.b[x.n++] = (uint8_t)byte;
    }
    seal(x.b + 14, x.n - 14, get_u16(x.b + 12));
    return x;
}

static void add(struct addr_ranges *r, struct arena *a, const char *lo, const char *hi)
{
    struct addr_range *x = VEC_PUSH(a, r);
    assert_true(addr_parse(span_of(lo), &x->lo) && addr_parse(span_of(hi), &x->hi));
}

static struct arena arena;
static struct answerer answerer = {.mac = {2, 0, 0, 0, 0, 1}};

static int set_up(void **state)
{
    (void)state;
    add(&answerer.mine, &arena, "198.18.64.0", "198.18.127.255");
    add(&answerer.mine, &arena, "2001:2::4:0", "2001:2::4:ffff");
    add(&answerer.mine, &arena, "::", "ff05::ffff");
    add(&answerer.mine, &arena, "224.0.0.0", "255.255.255.255");
    add(&answerer.theirs, &arena, "198.18.64.8", "198.18.64.8");
    add(&answerer.theirs, &arena, "2001:2::4:8", "2001:2::4:8");
    add(&answerer.theirs, &arena, "2001:3::", "2001:3::ffff:ffff");
    return 0;
}
static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* Into memory of exactly that size, so that a sanitizer sees what is read or written beyond. */
static enum answered ask(const struct bytes *q, size_t room, struct bytes *out)
{
    uint8_t *in = malloc(q->n ? q->n : 1), *to = malloc(room ? room : 1);
    memcpy(in, q->b, q->n);
    out->n = 0;
    enum answered what = answer_make(&answerer, span_make(in, q->n), to, room, &out->n);
    assert_true(out->n <= room);
    if (what == ANSWERED_NOTHING) assert_int_equal(out->n, 0);
    memcpy(out->b, to, out->n);
    free(in);
    free(to);
    return what;
}

static void assert_answer(const struct bytes *q, enum answered what, const struct bytes *expected)
{
    struct bytes out;
    assert_int_equal(ask(q, sizeof out.b, &out), what);
    assert_int_equal(out.n, expected->n);
    assert_memory_equal(out.b, expected->b, out.n);
}

static void assert_silent(const struct bytes *q)
{
    struct bytes out;
    assert_int_equal(ask(q, sizeof out.b, &out), ANSWERED_NOTHING);
}

static void test_goldens(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes q = frame_of(goldens[i].request), reply = frame_of(goldens[i].reply);
        assert_answer(&q, goldens[i].what, &reply);
        memset(q.b + q.n, 0xee, 9); /* what pads a short frame is no part of it */
        q.n += 9;
        assert_answer(&q, goldens[i].what, &reply);
    }
}

static void test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes q = frame_of(goldens[i].request), out;
        size_t reply = frame_of(goldens[i].reply).n;
        for (size_t room = 0; room < reply; room++)
            assert_int_equal(ask(&q, room, &out), ANSWERED_NOTHING);
        assert_int_equal(ask(&q, reply, &out), goldens[i].what);
        while (q.n--) assert_silent(&q);
    }
}

static void tag(struct bytes *x, uint16_t type, uint16_t id)
{
    memmove(x->b + 16, x->b + 12, x->n - 12);
    put_u16(x->b + 12, type);
    put_u16(x->b + 14, id);
    x->n += 4;
}

static void test_tags_are_carried_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct bytes q = frame_of(goldens[i].request), reply = frame_of(goldens[i].reply);
        tag(&q, 0x8100, 0x6005);
        tag(&reply, 0x8100, 0x6005);
        assert_answer(&q, goldens[i].what, &reply);
        tag(&q, 0x88a8, 7);
        tag(&reply, 0x88a8, 7);
        assert_answer(&q, goldens[i].what, &reply);
        while (q.n--) assert_silent(&q);
    }
}

/* One byte of a request changed, checksums made right again: what is asked is no longer ours to
 * answer, or no longer a question. */
static void test_not_ours(void **state)
{
    static const struct {
        const char *request, *why;
        size_t at;
        uint8_t byte;
    } cases[] = {
        {arp, "another card's", 0, 0x02},
        {arp, "from a group", 6, 0x03},
        {arp, "from ourselves", 11, 0x01},
        {arp, "not Ethernet", 15, 6},
        {arp, "not IPv4", 16, 9},
        {arp, "length of link address", 18, 8},
        {arp, "length of address", 19, 16},
        {arp, "a reply", 21, 2},
        {arp, "the asker's card is a group", 22, 0x03},
        {arp, "outside the range", 40, 0x80},
        {arp, "below the range", 40, 0x3f},
        {arp, "a group", 38, 0xe0},
        {arp, "the kernel's own", 41, 8},
        {nd, "from a group", 6, 0x03},
        {nd, "not next to us", 21, 254},
        {nd, "an extension header", 20, 0},
        {nd, "from a group's address", 22, 0xff},
        {nd, "code", 55, 1},
        {nd, "an advertisement", 54, 136},
        {nd, "the kernel's own", 77, 8},
        {nd, "a group", 62, 0xff},
        {nd, "another's", 65, 3},
        {nd, "option of no length", 79, 0},
        {nd, "option beyond the end", 79, 2},
        {echo, "to the whole link", 0, 0xff},
        {echo, "another card's", 5, 9},
        {echo, "not version 4", 14, 0x65},
        {echo, "with options", 14, 0x46},
        {echo, "shorter than a header", 17, 27},
        {echo, "longer than the frame", 17, 32},
        {echo, "more fragments", 20, 0x20},
        {echo, "a later fragment", 21, 1},
        {echo, "not ICMP", 23, 17},
        {echo, "from a group", 26, 0xe0},
        {echo, "outside the range", 32, 0x80},
        {echo, "the kernel's own", 33, 8},
        {echo, "a reply", 34, 0},
        {echo, "code", 35, 1},
        {echo6, "to a group of cards", 0, 0x33},
        {echo6, "not version 6", 14, 0x40},
        {echo6, "shorter than a header", 19, 7},
        {echo6, "longer than the frame", 19, 12},
        {echo6, "not ICMPv6", 20, 17},
        {echo6, "to a group", 38, 0xff},
        {echo6, "the kernel's own", 53, 8},
        {echo6, "a reply", 54, 129},
        {echo6, "code", 55, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes q = frame_of(cases[i].request), out;
        q.b[cases[i].at] = cases[i].byte;
        seal(q.b + 14, q.n - 14, get_u16(q.b + 12));
        if (ask(&q, sizeof out.b, &out) != ANSWERED_NOTHING) fail_msg("answered: %s", cases[i].why);
    }
}

/* Who asks whether an address is free may have it; who tells that it is his does not ask. */
static void test_probes_are_left_alone(void **state)
{
    (void)state;
    struct bytes q = frame_of(arp);
    put_u32(q.b + 28, 0);
    assert_silent(&q);
    memcpy(q.b + 28, q.b + 38, 4);
    assert_silent(&q);
    q = frame_of(nd);
    memset(q.b + 22, 0, 16);
    seal(q.b + 14, q.n - 14, 0x86dd);
    assert_silent(&q);
    q = frame_of(nd);
    memcpy(q.b + 22, q.b + 62, 16);
    seal(q.b + 14, q.n - 14, 0x86dd);
    assert_silent(&q);
}

static void test_damaged(void **state)
{
    (void)state;
    for (size_t i = 1; i < GOLDENS; i++) {
        struct bytes good = frame_of(goldens[i].request);
        /* The fields of IPv6 before the addresses are under no checksum. */
        for (size_t at = get_u16(good.b + 12) == 0x86dd ? 22 : 14; at < good.n; at++) {
            struct bytes q = good;
            q.b[at] ^= 0x10;
            assert_silent(&q);
        }
    }
}

static void test_asked_directly(void **state)
{
    (void)state;
    struct bytes q = frame_of(arp), reply = frame_of(arp_reply);
    memcpy(q.b, answerer.mac, 6); /* a neighbour confirms what it knows */
    assert_answer(&q, ANSWERED_ARP, &reply);
    q = frame_of(nd), reply = frame_of(nd_reply);
    memcpy(q.b, answerer.mac, 6);
    memcpy(q.b + 38, q.b + 62, 16);
    q.n -= 8; /* and has no need to tell its own address */
    put_u16(q.b + 18, 24);
    seal(q.b + 14, q.n - 14, 0x86dd);
    assert_answer(&q, ANSWERED_ND, &reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_tags_are_carried_over),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_probes_are_left_alone),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_asked_directly),
    };
    return cmocka_run_group_tests_name("answer", tests, set_up, tear_down);
}
