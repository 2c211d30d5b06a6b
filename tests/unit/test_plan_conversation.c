/* [conversation] sections: what they compile to, each mistake's words, and that a packet of a
 * conversation depends on nothing but its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/script.h"

#include "golden.h"

#define GOLDEN "tests/golden/conversation.txt"
#define STREAM "[stream s]\nwire = null\nrate = 10/s\n" /* lines 1 to 3 */
#define TALK STREAM "[conversation c]\n"                /* the steps are line 5 and so on */
#define PACKETS                                                                                    \
    "[packet p]\nlayers = eth / ipv4 / tcp\n[packet q]\nreverse = p\ntcp.flags = ack\n"            \
    "[packet v]\nlike = p\npayload.size = 1..9\n"

static struct plan *compile(struct arena *a, const char *text, struct errs *errs)
{
    struct profile *p = profile_parse(a, "p.ini", span_of(text), errs);
    return p ? plan_compile(a, p, NULL, errs) : NULL;
}

static struct plan *good(struct arena *a, const char *text)
{
    struct errs errs = {0};
    struct plan *p = compile(a, text, &errs);
    if (!p) errs_print(&errs, stderr);
    assert_non_null(p);
    return p;
}

static const struct {
    const char *profile;
    unsigned line;
    const char *message; /* the first */
} mistakes[] = {
    {TALK PACKETS, 4, "the conversation has no packets, expected lines such as step = client syn"},
    {TALK "stop = client p\nstep = client p\n" PACKETS, 5,
     "unknown key 'stop' in [conversation c], did you mean 'step'?"},
    {TALK "step = clint p\n" PACKETS, 5, "step: 'clint', expected client or server"},
    {TALK "step =\n" PACKETS, 5, "step: the end, expected client or server"},
    {TALK "step = client\n" PACKETS, 5, "step: the end, expected the name of a packet"},
    {TALK "step = client 7\n" PACKETS, 5, "step: '7', expected the name of a packet"},
    {TALK "step = client pp\n[packet ppp]\nlayers = eth\n", 5,
     "step names 'pp', expected a [packet pp] section, did you mean 'ppp'?"},
    {TALK "step = client p, q\n" PACKETS, 5, "step: ',', expected 'after' and a pause, or the end"},
    {TALK "step = client p after\n" PACKETS, 5, "expected a value before the end"},
    {TALK "step = client p after 5\n" PACKETS, 5,
     "'5' is a number, expected a duration such as exp(2ms)"},
    {TALK "step = client p after 1ms 2ms\n" PACKETS, 5,
     "step: '2ms', expected 'after' and a pause, or the end"},
    {TALK "step = client p after 25h\n" PACKETS, 5,
     "'25h' is out of bounds, expected a duration such as exp(2ms)"},
    {TALK "step = client p * 0\n" PACKETS, 5, "step: '0', expected a number 1..65536 behind '*'"},
    {TALK "step = client p * x\n" PACKETS, 5, "step: 'x', expected a number 1..65536 behind '*'"},
    {TALK "step = client q\nstep = client p again\n" PACKETS, 6,
     "[packet p] is sent again, expected a step before that sends it"},
    {TALK "step = client p\nstep = server p\n" PACKETS, 6,
     "both sides send [packet p], expected a packet for each, such as one with reverse = p"},
    {TALK "step = client v\nstep = server q\n" PACKETS, 6,
     "[packet v] differs in length from conversation to conversation, so the TCP numbers behind it "
     "are not known; expected one length, or tcp.seq and tcp.ack in [packet q]"},
    {STREAM "send = c, d\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "send names 'd' beside conversations, expected a [conversation d] section"},
    {STREAM "send = c, p\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "send names 'p' beside conversations, expected a [conversation p] section"},
    {STREAM "send = c, c\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "send names 'c' twice, expected one weight for it"},
    {TALK "step = client p\n[conversation d]\nstep = client p\n" PACKETS, 1,
     "the stream does not say what to send, expected send = c or another conversation"},
    {STREAM
     "send = c\n[conversation c]\nstep = client p\n[conversation d]\nstep = client r\n" PACKETS,
     8, "step names 'r', expected a [packet r] section"},
    {STREAM "replies = yes\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "replies is for single packets, expected it to be left out"},
    {STREAM "receive = lo\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "receive is for single packets, expected it to be left out"},
    {STREAM "open = 0\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "open is 0, expected 1..268435456"},
    {STREAM "users = 5\n[conversation c]\nstep = client p\n" PACKETS, 4,
     "the stream has both rate and users, expected rate for an open loop or users for a closed "
     "one"},
    {"[stream s]\nwire = null\nrate = max\n[conversation c]\nstep = client p\n" PACKETS, 3,
     "max is for packets, expected a rate of conversations such as 1000/s"},
    {"[stream s]\nwire = null\n[conversation c]\nstep = client p\n" PACKETS, 1,
     "the stream has no rate, expected one such as rate = 1000/s"},
    {TALK "step = client c\n[packet c]\nlayers = eth\n", 6,
     "'c' is both a packet and a conversation, expected names that differ"},
    {"[packet p]\nlayers = eth / ipv4 / udp\n[stream s]\nwire = null\nrate = 5/s\nopen = 7\n", 6,
     "the key 'open' has no use in this [stream s]"},
};

static void test_mistakes(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct arena a = {0};
        struct errs errs = {0};
        struct plan *p = compile(&a, mistakes[i].profile, &errs);
        if (p || errs.v[0].at.line != mistakes[i].line ||
            strcmp(errs.v[0].text, mistakes[i].message) != 0) {
            print_error("%s---- told:\n", mistakes[i].profile);
            errs_print(&errs, stderr);
            print_error("---- expected:\n%u: %s\n\n", mistakes[i].line, mistakes[i].message);
            wrong++;
        }
        arena_free(&a);
    }
    assert_int_equal(wrong, 0);
}

#define EXCHANGE                                                                                   \
    STREAM "send = fetch:3, ask\n"                                                                 \
           "[conversation fetch]\nstep = client syn\nstep = server synack after 1ms\n"             \
           "step = client ack after exp(2ms)\nstep = client get\n"                                 \
           "step = server data * 3 after 100us..1ms\nstep = client ack\nstep = client fin\n"       \
           "step = server finack\nstep = client ack after 5us, 7us:3\n"                            \
           "[conversation ask]\nstep = client query after exp(1ms)\n"                              \
           "step = server reply after exp(5ms)\n"                                                  \
           "[packet tcp]\nlayers = eth / ipv4 / tcp\nipv4.src = 198.18.0.0/16\n"                   \
           "tcp.sport = permute(1024..65535)\ntcp.dport = 80\ntcp.flags = ack\n"                   \
           "[packet syn]\nlike = tcp\ntcp.flags = syn\ntcp.mss = 1460\n[packet ack]\nlike = tcp\n" \
           "[packet get]\nlike = tcp\ntcp.flags = psh+ack\npayload.text = GET /\n"                 \
           "[packet fin]\nlike = tcp\ntcp.flags = fin+ack\n"                                       \
           "[packet synack]\nreverse = syn\ntcp.flags = syn+ack\n"                                 \
           "[packet data]\nreverse = tcp\npayload.size = 1000\n"                                   \
           "[packet finack]\nreverse = fin\n"                                                      \
           "[packet query]\nlayers = eth / ipv4 / udp / dns\nudp.sport = 1024..65535\n"            \
           "dns.id = 0..65535\ndns.qname = ${word(3..9)}.example\n"                                \
           "[packet reply]\nreverse = query\ndns.response = 1\ndns.answer = 203.0.113.0/24\n"

static void test_tcp_numbers_count_on(void **state)
{
    static const struct {
        const char *name;
        enum side side;
        uint32_t seq, ack;
    } want[] = {
        {"syn", SIDE_CLIENT, 0, 0},     {"synack", SIDE_SERVER, 0, 1},
        {"ack", SIDE_CLIENT, 1, 1},     {"get", SIDE_CLIENT, 1, 1},
        {"data", SIDE_SERVER, 1, 6},    {"data", SIDE_SERVER, 1001, 6},
        {"data", SIDE_SERVER, 2001, 6}, {"ack", SIDE_CLIENT, 6, 3001},
        {"fin", SIDE_CLIENT, 6, 3001},  {"finack", SIDE_SERVER, 3001, 7},
        {"ack", SIDE_CLIENT, 7, 3002},
    };
    struct arena a = {0};
    (void)state;
    const struct stream *s = &good(&a, EXCHANGE)->streams[0];
    assert_int_equal(s->way, WAY_CONVERSATIONS);
    assert_int_equal(s->conversations.n, 2);
    assert_int_equal(s->n, 9);
    assert_int_equal(s->weights, 4);
    const struct conversation *c = &s->conversations.v[0];
    assert_int_equal(c->n, sizeof want / sizeof *want);
    assert_true(c->initial[SIDE_CLIENT] != c->initial[SIDE_SERVER]);
    for (size_t i = 0; i < c->n; i++) {
        const struct kind *k = &s->kinds[c->turn[i].kind];
        assert_string_equal(k->name, want[i].name);
        assert_int_equal(k->side, want[i].side);
        if (i > 0) assert_int_equal(c->turn[i].seq, want[i].seq);
        if (i > 0) assert_int_equal(c->turn[i].ack, want[i].ack);
    }
    for (size_t i = 0; i < s->n; i++)
        assert_int_equal(s->kinds[i].weight, i >= 7                                  ? 1
                                             : strcmp(s->kinds[i].name, "ack") == 0  ? 9
                                             : strcmp(s->kinds[i].name, "data") == 0 ? 9
                                                                                     : 3);
    arena_free(&a);
}

/* What is sent again has its old sequence number, what follows is none the wiser. */
static void test_again(void **state)
{
    struct arena a = {0};
    (void)state;
    const struct turn *t =
        good(&a, TALK "step = client p\nstep = server q\nstep = client d * 3\nstep = server q\n"
                      "step = client d again after 1s\nstep = client d\n"
                      "[packet d]\nlike = p\ntcp.flags = ack\npayload.size = 10\n" PACKETS)
            ->streams[0]
            .conversations.v[0]
            .turn;
    static const uint32_t seq[] = {0, 0, 1, 11, 21, 0, 21, 31}, ack[] = {0, 1, 0, 0, 0, 31, 0, 0};
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(t[i].seq, seq[i]);
        assert_int_equal(t[i].ack, ack[i]);
    }
    assert_true(t[6].pause && !t[5].pause);
    arena_free(&a);
}

/* How many bits a conversation has, for rates in bits. */
static void test_weight_of_a_conversation(void **state)
{
    struct arena a = {0};
    struct fraction bits;
    (void)state;
    const struct stream *s = &good(&a, STREAM "send = c, d:3\n"
                                              "[conversation c]\nstep = client p * 4\n"
                                              "[conversation d]\nstep = client p\nstep = server q\n"
                                              "[packet p]\nlayers = eth / ipv4 / udp\nsize = 60\n"
                                              "[packet q]\nreverse = p\nsize = 996\n")
                                  ->streams[0];
    assert_true(stream_unit_bits(s, 2, &bits, NULL));
    assert_true(fraction_double(bits) == 8 * (64.0 * 4 + 3 * (64 + 1000)) / 4);
    arena_free(&a);
}

#define CUES 2000
/* The packets of conversations 0, 1, ... one after the other. */
static size_t list_cues(struct script *s, struct cue *out)
{
    size_t n = 0;
    for (uint64_t unit = 0;; unit++) {
        struct cue c = {.unit = unit, .due = unit * 1000000};
        s->class->begin(s, &c);
        assert_int_equal(c.step, 0);
        do {
            if (n == CUES) return n;
            assert_true(c.due >= unit * 1000000 && (c.step == 0 || c.due >= out[n - 1].due));
            out[n++] = c;
        } while (s->class->next(s, &c));
    }
}

/* In whatever order and company packets are made, they are the same. */
static void test_packets_depend_on_their_place_only(void **state)
{
    struct arena a = {0};
    (void)state;
    const struct stream *st = &good(&a, EXCHANGE)->streams[0];
    struct script *s = script_open(st, &a), *t = script_open(st, &a);
    struct cue *cue = arena_array(&a, struct cue, CUES), again;
    struct line alone, batch[BATCH];
    struct cue mixed[BATCH];
    list_cues(s, cue);
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < BATCH; i++) mixed[i] = cue[rng_at(round, i) % CUES];
        size_t n = round ? BATCH - round : 1;
        s->class->make(s, mixed, n, batch);
        for (size_t i = 0; i < n; i++) {
            again = (struct cue){.unit = mixed[i].unit, .due = mixed[i].unit * 1000000};
            t->class->begin(t, &again);
            for (uint32_t k = 0; k < mixed[i].step; k++) assert_true(t->class->next(t, &again));
            assert_memory_equal(&again, &mixed[i], sizeof again);
            t->class->make(t, &again, 1, &alone);
            assert_int_equal(alone.kind, batch[i].kind);
            assert_int_equal(alone.kind, s->class->kind(s, &again));
            assert_int_equal(alone.side, st->kinds[alone.kind].side);
            assert_int_equal(alone.side, batch[i].side);
            assert_int_equal(alone.frame.len, batch[i].frame.len);
            assert_memory_equal(alone.frame.p, batch[i].frame.p, alone.frame.len);
        }
    }
    s->class->close(s);
    t->class->close(t);
    arena_free(&a);
}

/* A step more shifts no draw of the others. */
static void test_pauses_keep_their_draws(void **state)
{
    struct arena a = {0};
    (void)state;
#define PAUSES(more)                                                                               \
    TALK "step = client p\n" more                                                                  \
         "step = server q after exp(5ms)\nstep = client p after exp(3ms)\n" PACKETS                \
         "[packet r]\nlike = p\n"
    struct script *one = script_open(&good(&a, PAUSES(""))->streams[0], &a);
    struct script *two = script_open(&good(&a, PAUSES("step = client r\n"))->streams[0], &a);
    for (uint64_t unit = 0; unit < 50; unit++) {
        struct cue a1 = {.unit = unit}, a2 = a1;
        one->class->begin(one, &a1);
        two->class->begin(two, &a2);
        assert_true(two->class->next(two, &a2));
        for (int i = 0; i < 2; i++) {
            assert_true(one->class->next(one, &a1));
            assert_true(two->class->next(two, &a2));
            assert_int_equal(a1.due, a2.due);
        }
        assert_false(one->class->next(one, &a1));
        assert_false(two->class->next(two, &a2));
    }
    one->class->close(one);
    two->class->close(two);
    arena_free(&a);
}

static void test_golden(void **state)
{
    struct arena a = {0};
    struct cue *cue = arena_array(&a, struct cue, CUES);
    struct line line[BATCH];
    char *got = NULL;
    size_t n;
    FILE *to = open_memstream(&got, &n);
    (void)state;
    const struct stream *st = &good(&a, EXCHANGE)->streams[0];
    struct script *s = script_open(st, &a);
    list_cues(s, cue);
    s->class->make(s, cue, 60, line);
    for (size_t i = 0; i < 60; i++) {
        const struct kind *k = &st->kinds[line[i].kind];
        fprintf(to, "%d.%u %llu %s %s ", (int)cue[i].unit, cue[i].step,
                (unsigned long long)cue[i].due, line[i].side == SIDE_SERVER ? "server" : "client",
                k->name);
        packet_print_json(k->packet, span_make(line[i].frame.p, line[i].frame.len), to);
        fputc('\n', to);
    }
    fclose(to);
    golden_check(GOLDEN, got);
    free(got);
    s->class->close(s);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_tcp_numbers_count_on),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_weight_of_a_conversation),
        cmocka_unit_test(test_packets_depend_on_their_place_only),
        cmocka_unit_test(test_pauses_keep_their_draws),
        cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
