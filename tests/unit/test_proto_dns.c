/* DNS: rendered queries against known bytes, and replies of every shape. */
#include "proto_fixture.h"

#include "proto/dns.h"

static struct fixture fixture;
static struct seen seen;

static const struct request *compile(const char *body)
{
    return fixture_request(&fixture, "dns", body);
}

/* Everything behind the id, which is drawn. */
static void assert_query(const char *body, struct span expected)
{
    struct span out = fixture_render(&fixture, compile(body), 0);
    assert_int_equal(out.n, expected.n + 2);
    assert_memory_equal(out.p + 2, expected.p, expected.n);
}
#define BYTES(text) span_make(text, sizeof(text) - 1)

static void queries(void **unused)
{
    (void)unused;
    assert_query("qname = www.example.com\n",
                 BYTES("\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"));
    assert_query("qname = example.com.\nqtype = AAAA\nrecursion = no\n",
                 BYTES("\0\0\0\1\0\0\0\0\0\0\7example\3com\0\0\x1c\0\1"));
    assert_query("qname = .\nqtype = NS\nedns = 1232\n",
                 BYTES("\1\0\0\1\0\0\0\0\0\1\0\0\2\0\1\0\0\x29\4\xd0\0\0\0\0\0\0"));
    assert_query("qname = version.bind\nqtype = TXT\nqclass = CH\n",
                 BYTES("\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3"));
    assert_query("qname = h${7..7}.net\nqtype = 65280\n",
                 BYTES("\1\0\0\1\0\0\0\0\0\0\2h7\3net\0\xff\0\0\1"));
}

static void what_varies_is_cut_to_fit(void **unused)
{
    (void)unused;
    char name[700] = "";
    for (int i = 0; i < 40; i++) strcat(name, "label.label.");
    const char *body = arena_printf(&fixture.arena, "qname = ${\"\"}%s${1..9}.com\n", name);
    struct span out = fixture_render(&fixture, compile(body), 3);
    assert_true(out.n <= DNS_HEADER + DNS_QUESTION_MAX && out.n > DNS_HEADER + 240);
    struct dns_reply p;
    struct reply reply = {0};
    dns_reply_begin(&p, &reply);
    dns_reply_sent(&p, out);
    assert_int_equal(p.question_n, out.n - DNS_HEADER);
    struct span label = long_text("qname = ", 90, "${1..9}..de\n");
    out = fixture_render(&fixture, compile(arena_str(&fixture.arena, label)), 0);
    free((void *)label.p);
    assert_int_equal(out.n, DNS_HEADER + 1 + 63 + 3 + 1 + 4);
    assert_int_equal(out.p[DNS_HEADER], 63);
    assert_memory_equal(out.p + DNS_HEADER + 64, "\2de\0", 4);
}

static void ids_vary_and_repeat(void **unused)
{
    (void)unused;
    const struct request *r = compile("qname = a\n");
    unsigned differ = 0;
    for (uint64_t i = 0; i < 100; i++) {
        uint16_t id = get_u16(fixture_render(&fixture, r, i).p);
        assert_int_equal(id, get_u16(fixture_render(&fixture, r, i).p));
        differ += id != get_u16(fixture_render(&fixture, r, i + 1).p);
    }
    assert_true(differ > 95);
}

static void types_follow_their_weights(void **unused)
{
    (void)unused;
    const struct request *r = compile("qname = a\nqtype = A:3, AAAA:1\n");
    unsigned a = 0, aaaa = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint16_t type = get_u16(fixture_render(&fixture, r, i).p + DNS_HEADER + 3);
        a += type == 1;
        aaaa += type == 28;
    }
    assert_int_equal(a + aaaa, 1000);
    assert_in_range(a, 690, 810); /* 750 +- 4.4 standard deviations */
}

#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\2de\0\0\1\0\1"
#define QUESTION "\1a\2de\0\0\1\0\1"
#define ANSWER "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"

struct sample {
    struct span in;
    enum parsed outcome;
    unsigned status;
    const char *problem;
};
#define IN(text)                                                                                   \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct sample corpus[] = {
    {IN("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION ANSWER), PARSE_DONE, 0, NULL},
    {IN("\x12\x34\x81\x83\0\1\0\0\0\0\0\0" QUESTION), PARSE_DONE, 3, NULL},
    {IN("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1A\2dE\0\0\1\0\1"), PARSE_DONE, 0, NULL},
    {IN("\x12\x34\x81\x81\0\0\0\0\0\0\0\0"), PARSE_DONE, 1, NULL}, /* FORMERR may drop it */
    {IN("\x12\x34\x81\x80\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\4\xd0\1\0\0\0\0\0"), PARSE_DONE, 16,
     NULL},                                                                        /* BADVERS */
    {IN("\x12\x34\x83\x80\0\1\0\2\0\0\0\0" QUESTION ANSWER), PARSE_DONE, 0, NULL}, /* truncated */
    /* for another query */
    {IN("\x12\x35\x81\x80\0\1\0\1\0\0\0\0" QUESTION ANSWER), PARSE_MORE, 0, NULL},
    {IN(""), PARSE_MORE, 0, NULL},
    {IN("\x12"), PARSE_MORE, 0, NULL},
    /* bad */
    {IN("\x12\x34"), PARSE_BAD, 0, "shorter than a DNS header"},
    {IN("\x12\x34\x81\x80\0\1\0\1\0\0\0"), PARSE_BAD, 0, "shorter than a DNS header"},
    {IN(QUERY), PARSE_BAD, 0, "a query, not a reply"},
    {IN("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1b\2de\0\0\1\0\1"), PARSE_BAD, 0,
     "reply to another question"},
    {IN("\x12\x34\x81\x80\0\1\0\0\0\0\0\0\1a\2de\0\0\2\0\1"), PARSE_BAD, 0,
     "reply to another question"},
    {IN("\x12\x34\x81\x80\0\0\0\0\0\0\0\0"), PARSE_BAD, 0, "reply without the question"},
    {IN("\x12\x34\x81\x80\0\1\0\2\0\0\0\0" QUESTION ANSWER), PARSE_BAD, 0,
     "records beyond the end of the datagram"},
    {IN("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\x40\0\0\1\0\1\0\0\0\0\0\0"), PARSE_BAD, 0,
     "records beyond the end of the datagram"},
    {IN("\x12\x34\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x3c\xff\xff\1"),
     PARSE_BAD, 0, "records beyond the end of the datagram"},
};

static void replies(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < sizeof corpus / sizeof corpus[0]; k++) {
        const struct sample *x = &corpus[k];
        feed(&seen, x->in, x->in.n, x->in.n);
        assert_int_equal(seen.outcome, x->outcome);
        if (x->problem) assert_string_equal(seen.reply.problem, x->problem);
        if (x->outcome != PARSE_DONE) continue;
        assert_int_equal(seen.reply.status, x->status);
        assert_int_equal(seen.n_body, x->in.n);
        assert_true(seen.reply.keep);
    }
}

/* Truncated at every length, a reply is bad unless it says that it is truncated. */
static void truncated_replies(void **unused)
{
    (void)unused;
    struct span in = corpus[0].in;
    for (size_t n = 2; n < in.n; n++) {
        feed(&seen, span_sub(in, 0, n), n, n);
        assert_int_equal(seen.outcome, PARSE_BAD);
        assert_non_null(seen.reply.problem);
    }
}

/* A parser that was not told the query takes any well-formed reply. */
static void unknown_query(void **unused)
{
    (void)unused;
    seen.query.n = 0;
    feed(&seen, corpus[0].in, corpus[0].in.n, 1);
    assert_int_equal(seen.outcome, PARSE_DONE);
    seen.query = BYTES(QUERY);
}

static void mistakes(void **unused)
{
    (void)unused;
    struct span label = long_text("qname = ", 64, ".com\n"),
                name = long_text("qname = ", 254, "\n");
    fixture_mistake(&fixture, "dns", "qtype = A\n", 1,
                    "request x has no qname, expected the name to ask for");
    fixture_mistake(&fixture, "dns", arena_str(&fixture.arena, label), 2,
                    "qname has a label of 64 bytes, expected 1..63");
    fixture_mistake(&fixture, "dns", arena_str(&fixture.arena, name), 2,
                    "qname is longer than 253 bytes");
    fixture_mistake(&fixture, "dns", "qname = a..b\n", 2,
                    "qname has a label of 0 bytes, expected 1..63");
    fixture_mistake(&fixture, "dns", "qname = a\nqtype = 65536\n", 3,
                    "'65536' is out of bounds, expected a query type such as A, AAAA or a number "
                    "0..65535");
    free((void *)label.p);
    free((void *)name.p);
}

static int set_up(void **unused)
{
    (void)unused;
    seen.request = compile("qname = a.de\n");
    seen.state = arena_alloc(&fixture.arena, seen.request->proto->state_size);
    seen.query = BYTES(QUERY);
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    fixture_free(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries),
        cmocka_unit_test(what_varies_is_cut_to_fit),
        cmocka_unit_test(ids_vary_and_repeat),
        cmocka_unit_test(types_follow_their_weights),
        cmocka_unit_test(replies),
        cmocka_unit_test(truncated_replies),
        cmocka_unit_test(unknown_query),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
