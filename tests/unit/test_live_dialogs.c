/* Live replay, dialog by dialog: what is heard from a recording and from a server that the test
 * plays itself, and what becomes of it. */
#include "fake_sock.h"
#include "live_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define GET(path) "GET " path " HTTP/1.1\r\n\r\n"
#define UPGRADE "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
#define SWITCHED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
#define HELLO "\x16\x03\x01\x00\x04\x01xyz"

/* One recorded connection, heard at once; its server is the test. */
static struct play {
    struct stage stage;
    void *mine;
    bool udp;
    int64_t at;
} play;

static void hear(struct talk_event e)
{
    struct live *v = play.stage.live;
    e.udp = play.udp;
    e.mine = &play.mine;
    e.at_ns = play.at += 1000;
    uint64_t now = lane_now(&v->lane);
    live_hear(v, &e, now, now);
}

static void begin(const char *scheme, bool midway)
{
    play = (struct play){.udp = strcmp(scheme, "udp") == 0};
    fake_reset();
    stage_set(&play.stage, scheme, 1);
    play.stage.stream.timeout = NEVER / 4;
    hear((struct talk_event){.kind = TALK_OPEN, .midway = midway});
}

static void client(const char *text)
{
    hear((struct talk_event){.kind = TALK_DATA, .side = TALK_CLIENT, .bytes = span_of(text)});
}
static void server(const char *text)
{
    hear((struct talk_event){.kind = TALK_DATA, .side = TALK_SERVER, .bytes = span_of(text)});
}
static void gap(enum talk_side side)
{
    hear((struct talk_event){.kind = TALK_GAP, .side = side, .missing = 7});
}

/* The live connection; there is one at a time. */
static struct fake_sock *wire(void)
{
    for (int fd = 0; fd < FAKE_SOCKS; fd++)
        if (fake.v[fd].open) return &fake.v[fd];
    return NULL;
}

/* What has left since the last time, and what the server says to that. */
static void leaves(const char *text, const char *answer)
{
    struct fake_sock *f = wire();
    turn(&play.stage);
    assert_non_null(f);
    assert_int_equal(f->out_n, strlen(text));
    assert_memory_equal(f->out, text, strlen(text));
    f->out_n = 0;
    if (answer) fake_come(f, span_of(answer));
    turn(&play.stage);
}

static const struct counts *ends(void)
{
    static struct counts last;
    hear((struct talk_event){.kind = TALK_CLOSE, .how = TALK_FIN});
    turn(&play.stage);
    last = *rec_cell(play.stage.env.rec, 0);
    stage_strike(&play.stage);
    return &last;
}

/* --- what is missing in the capture --------------------------------------------------------------
 */

static void a_gap_takes_its_message_only(void **state)
{
    (void)state;
    begin("http", false);
    client(GET("/a"));
    client("GET /b HT");
    gap(TALK_CLIENT);
    client(GET("/c")); /* whether this is a request or part of a body cannot be told */
    server(OK OK);
    client(GET("/d"));
    server(OK);
    leaves(GET("/a"), OK);
    leaves(GET("/d"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->offered, 3);
    assert_int_equal(c->skipped[ERROR_GAP], 1);
    assert_int_equal(c->compared, 2);
    assert_int_equal(counts_differences(c), 0);
}

static void a_recording_may_begin_within_a_request(void **state)
{
    (void)state;
    begin("http", true);
    client("Cookie: x\r\n\r\n");
    server(OK);
    client(GET("/a"));
    server(OK);
    leaves(GET("/a"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->skipped[ERROR_GAP], 1);
    assert_int_equal(c->answered, 1);
    assert_int_equal(counts_differences(c), 0);
}

static void datagrams_that_were_cut_stay(void **state)
{
    (void)state;
    begin("udp", false);
    client("01first");
    hear((struct talk_event){.kind = TALK_DATA, .bytes = span_of("02sec"), .missing = 3});
    hear((struct talk_event){.kind = TALK_GAP, .missing = 3});
    client("03third");
    hear((struct talk_event){
        .kind = TALK_DATA, .side = TALK_SERVER, .bytes = span_of("01on"), .missing = 1});
    server("02two");
    server("03three");
    leaves("01first03third", NULL);
    fake.gives = 7; /* a datagram at a time */
    fake_come(wire(), span_of("01other03three"));
    turn(&play.stage);
    turn(&play.stage);
    const struct counts *c = ends();
    assert_int_equal(c->sent, 2);
    assert_int_equal(c->skipped[ERROR_GAP], 1);
    assert_int_equal(c->compared, 1);
    assert_int_equal(counts_differences(c), 0);
}

static void replies_behind_nonsense_are_compared(void **state)
{
    (void)state;
    begin("http", false);
    client(GET("/a"));
    server("no reply at all\r\n");
    client(GET("/b"));
    server(OK);
    leaves(GET("/a"), OK);
    leaves(GET("/b"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->compared, 1);
    assert_int_equal(counts_differences(c), 0);
}

static void the_last_message_of_a_count_is_sent(void **state)
{
    (void)state;
    begin("http", false);
    play.stage.stream.count = 1;
    fake.takes = 0; /* nothing leaves yet */
    client(GET("/a") GET("/b"));
    live_hush(play.mine, lane_now(&play.stage.live->lane));
    fake.takes = FAKE_ROOM;
    turn(&play.stage);
    leaves(GET("/a"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->offered, 1);
    assert_int_equal(c->answered, 1);
}

/* --- what is not plain ---------------------------------------------------------------------------
 */

static void tls_is_left_out_wherever_it_begins(void **state)
{
    (void)state;
    begin("tcp", false);
    server("220 hi\r\n");
    client("STARTTLS\r\n");
    server("220 go\r\n");
    hear((struct talk_event){.kind = TALK_DATA, .bytes = span_make(HELLO, 9)});
    server("\x16\x03\x03 hello yourself");
    client("\x17\x03\x03 something");
    fake_come(wire(), span_of("220 hi\r\n"));
    turn(&play.stage);
    leaves("STARTTLS\r\n", "220 go\r\n");
    const struct counts *c = ends();
    assert_int_equal(c->sent, 1);
    assert_int_equal(c->skipped[ERROR_ENCRYPTED], 2);
    assert_int_equal(counts_differences(c), 0);

    static const char *const schemes[] = {"http", "tcp"};
    for (size_t i = 0; i < 2; i++) { /* recorded from the middle on */
        begin(schemes[i], true);
        hear(
            (struct talk_event){.kind = TALK_DATA, .bytes = span_make("\x17\x03\x03\0\x03xyz", 8)});
        c = ends();
        assert_int_equal(c->skipped[ERROR_ENCRYPTED], 1);
    }
}

/* --- connections that leave HTTP -----------------------------------------------------------------
 */

static void a_tunnel_carries_bytes_of_both_sides(void **state)
{
    (void)state;
    begin("http", false);
    client(UPGRADE);
    server(SWITCHED);
    server("pushed");
    client("abc");
    server("echo abc");
    leaves(UPGRADE, SWITCHED "pushed");
    leaves("abc", "echo abc");
    const struct counts *c = ends();
    assert_int_equal(c->answered, 2);
    assert_int_equal(c->compared, 3);
    assert_int_equal(counts_differences(c), 0);
}

static void what_the_server_does_not_switch_to_stays(void **state)
{
    (void)state;
    begin("http", false);
    client(UPGRADE);
    server(SWITCHED "pushed");
    client("abc");
    server("echo abc");
    client("def");
    leaves(UPGRADE, OK);
    leaves("", NULL);
    const struct counts *c = ends();
    assert_int_equal(c->sent, 1);
    assert_int_equal(c->errors[ERROR_FOREIGN_PROTOCOL], 2);
    assert_int_equal(c->differs[DIFFER_STATUS], 1);
}

static void proxies_refuse_and_accept(void **state)
{
    (void)state;
    begin("http", false);
    client("CONNECT h:1 HTTP/1.1\r\n\r\n");
    server("HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno");
    client("CONNECT h:1 HTTP/1.1\r\n\r\n");
    server("HTTP/1.0 200 Established\r\n\r\n");
    client("abc");
    server("def");
    leaves("CONNECT h:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno");
    leaves("CONNECT h:1 HTTP/1.1\r\n\r\n", "HTTP/1.0 200 Established\r\n\r\n");
    leaves("abc", "def");
    const struct counts *c = ends();
    assert_int_equal(c->answered, 3);
    assert_int_equal(c->compared, 3);
    assert_int_equal(counts_differences(c), 0);
}

/* Some servers tell idle clients that they have waited too long. */
static void what_comes_before_a_request_is_no_reply(void **state)
{
    (void)state;
    begin("http", false);
    leaves("", "HTTP/1.1 408 Late\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client(GET("/a"));
    server(OK);
    leaves(GET("/a"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->answered, 1);
    assert_int_equal(counts_differences(c), 0);
    assert_int_equal(fake.opened, 2);
}

/* A server that answers and closes before it has heard all of a message. */
static void the_rest_of_an_answered_message_is_dropped(void **state)
{
    (void)state;
    begin("http", false);
    client("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc");
    leaves("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc",
           "HTTP/1.1 413 Much\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    client("def");
    server(OK);
    client(GET("/a"));
    server(OK);
    leaves(GET("/a"), OK);
    const struct counts *c = ends();
    assert_int_equal(c->answered, 2);
    assert_int_equal(c->differs[DIFFER_STATUS], 1);
    assert_int_equal(fake.opened, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_takes_its_message_only),
        cmocka_unit_test(a_recording_may_begin_within_a_request),
        cmocka_unit_test(datagrams_that_were_cut_stay),
        cmocka_unit_test(replies_behind_nonsense_are_compared),
        cmocka_unit_test(the_last_message_of_a_count_is_sent),
        cmocka_unit_test(tls_is_left_out_wherever_it_begins),
        cmocka_unit_test(a_tunnel_carries_bytes_of_both_sides),
        cmocka_unit_test(what_the_server_does_not_switch_to_stays),
        cmocka_unit_test(proxies_refuse_and_accept),
        cmocka_unit_test(what_comes_before_a_request_is_no_reply),
        cmocka_unit_test(the_rest_of_an_answered_message_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
