/* TCP connections and UDP flows out of frames: what is told, case by case. */
#include "talk_rig.h"

#define EMPTY ((struct span){0})

static void a_plain_connection(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "hello");
    ack(&d, 1);
    say(&d, 1, "good ");
    say(&d, 1, "day");
    ack(&d, 0);
    part(&d);
    struct talk_counts c = tells_all(&r, "0<40000 0c\"hello\" 0s\"good day\" 0c. 0s. 0>FINc ");
    assert_int_equal(c.used, 7);
    assert_int_equal(c.acks, 3);
    assert_int_equal(c.after_close, 1);
}

static void both_sides_begin_to_part(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say_flags(&d, 1, FIN | ACK, span_of("bye"));
    say(&d, 0, "still here"); /* half-closed */
    say_flags(&d, 0, FIN | ACK, EMPTY);
    tells_all(&r, "0<40000 0s\"bye\" 0s. 0c\"still here\" 0c. 0>FINs ");
}

static void without_its_beginning(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    say(&d, 1, "reply");
    say(&d, 0, "next");
    struct talk_counts c = tells_all(&r, "0<?40000 0s\"reply\" 0c\"next\" 0>LAST ");
    assert_int_equal(c.midway, 1);

    /* The client is known by the handshake even when its port is the lower one. */
    d = duo_of(&r, 50);
    shake_hands(&d);
    say(&d, 1, "x");
    tells_all(&r, "0<50 0s\"x\" 0>LAST ");

    /* Of the handshake only the answer was seen. */
    d = duo_of(&r, 50);
    d.seq[0]++;
    say_flags(&d, 1, SYN | ACK, EMPTY);
    say(&d, 0, "a");
    tells_all(&r, "0<50 0c\"a\" 0>LAST ");
}

static void nothing_said_opens_nothing(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    ack(&d, 0);
    ack(&d, 1);
    say_flags(&d, 1, FIN | ACK, EMPTY);
    say_flags(&d, 1, RST, EMPTY);
    struct talk_counts c = tells_all(&r, "");
    assert_int_equal(c.strays, 4);
}

static void refused(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    say_flags(&d, 0, SYN, EMPTY);
    segment(&d, 1, 0, d.seq[0], RST | ACK, EMPTY);
    say_flags(&d, 0, SYN, EMPTY);     /* tried again, with another number */
    segment(&d, 1, 0, 0, RST, EMPTY); /* these are not about that SYN */
    segment(&d, 1, 0, d.seq[0] - 1, RST | ACK, EMPTY);
    segment(&d, 1, 0, d.seq[0] + 1, RST | ACK, EMPTY);
    segment(&d, 1, 0, d.seq[0], RST | ACK, EMPTY);
    struct talk_counts c = tells_all(&r, "0<40000 0>RSTs 1<40000 1>RSTs ");
    assert_int_equal(c.out_of_window, 3);
}

static void resets(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "hello");
    segment(&d, 1, d.seq[1] - 2, 0, RST, EMPTY);          /* old */
    segment(&d, 1, d.seq[1] + (2u << 30), 0, RST, EMPTY); /* blind */
    say(&d, 0, "!");
    segment(&d, 1, d.seq[1], 0, RST, span_of("why"));
    say(&d, 0, "too late");
    struct talk_counts c = tells_all(&r, "0<40000 0c\"hello!\" 0>RSTs ");
    assert_int_equal(c.out_of_window, 2);
    assert_int_equal(c.after_close, 1);
}

static void out_of_order(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    uint32_t s = d.seq[0];
    segment(&d, 0, s + 6, 0, ACK, span_of("ghi"));
    segment(&d, 0, s + 3, 0, ACK, span_of("def"));
    segment(&d, 0, s + 9, 0, ACK | FIN, span_of("j"));
    segment(&d, 0, s, 0, ACK, span_of("abc"));
    segment(&d, 0, s + 10, 0, ACK, EMPTY);
    struct talk_counts c = tells_all(&r, "0<40000 0c\"abcdefghij\" 0c. 0>LAST ");
    assert_int_equal(c.held, 2);
    assert_int_equal(c.repeated_bytes, 0);
}

static void repeated_and_overlapping(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    uint32_t s = d.seq[0];
    segment(&d, 0, s, 0, ACK, span_of("abc"));
    segment(&d, 0, s, 0, ACK, span_of("ABC"));
    segment(&d, 0, s + 1, 0, ACK, span_of("BCde")); /* the first copy counts */
    segment(&d, 0, s + 7, 0, ACK, span_of("hi"));
    segment(&d, 0, s + 9, 0, ACK, span_of("j"));
    segment(&d, 0, s + 5, 0, ACK, span_of("fgHIJklm")); /* around what came early */
    segment(&d, 0, s + 2, 0, ACK, span_of("C"));
    struct talk_counts c = tells_all(&r, "0<40000 0c\"abcdefghijklm\" 0>LAST ");
    assert_int_equal(c.duplicates, 2);
    assert_int_equal(c.repeated_bytes, 3 + 2 + 3 + 1);
}

static void lost_in_the_capture(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "one");
    d.seq[0] += 4; /* these are not in the capture, but they were received */
    say(&d, 0, "three");
    ack(&d, 1);
    ack(&d, 1);
    say(&d, 1, "reply");
    say(&d, 0, "more");
    part(&d);
    struct talk_counts c =
        tells_all(&r, "0<40000 0c\"one\" 0c-4 0c\"three\" 0s\"reply\" 0c\"more\" 0c. 0s. 0>FINc ");
    assert_int_equal(c.gaps, 1);
    assert_int_equal(c.given_up, 0);
}

/* A whole request was lost: the acknowledgements tell its length. */
static void nothing_but_acknowledgements(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    d.seq[0] += 70;
    for (int i = 0; i < 4; i++) say(&d, 1, "x");
    tells_all(&r, "0<40000 0s\"xx\" 0c-70 0s\"xx\" 0>LAST ");
}

static void acknowledged_before_it_came(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    uint32_t s = d.seq[0];
    d.seq[0] += 3;
    say(&d, 1, "a"); /* recorded before what it answers */
    segment(&d, 0, s, d.seq[1], ACK, span_of("ask"));
    say(&d, 1, "b");
    struct talk_counts c = tells_all(&r, "0<40000 0s\"a\" 0c\"ask\" 0s\"b\" 0>LAST ");
    assert_int_equal(c.gaps, 0);
}

static void holes_end_with_the_connection(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    d.seq[0] += 2;
    say(&d, 0, "ab");
    d.seq[0] += 3;
    say_flags(&d, 0, FIN | ACK, span_of("cd"));
    segment(&d, 1, d.seq[1], d.seq[0], RST | ACK, EMPTY);
    tells_all(&r, "0<40000 0c-2 0c\"ab\" 0c-3 0c\"cd\" 0c. 0>RSTs ");
}

static void probes(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "abc");
    segment(&d, 0, d.seq[0] - 1, d.seq[1], ACK, EMPTY);           /* keep-alive */
    segment(&d, 0, d.seq[0] - 1, d.seq[1], ACK, span_of("\177")); /* the old kind */
    ack(&d, 1);
    segment(&d, 0, d.seq[0], d.seq[1], ACK, span_of("d")); /* of a window of nothing */
    ack(&d, 1);                                            /* not taken */
    segment(&d, 0, d.seq[0], d.seq[1], ACK, span_of("def"));
    tells_all(&r, "0<40000 0c\"abcdef\" 0>LAST ");
}

static void numbers_wrap_around(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    d.seq[0] = UINT32_MAX - 4;
    d.seq[1] = UINT32_MAX;
    shake_hands(&d);
    uint32_t s = d.seq[0];
    segment(&d, 0, s + 6, d.seq[1], ACK, span_of("ghi"));
    segment(&d, 0, s + 2, d.seq[1], ACK, span_of("cdefg"));
    segment(&d, 0, s, d.seq[1], ACK, span_of("ab"));
    d.seq[0] += 9;
    say(&d, 1, "reply");
    part(&d);
    tells_all(&r, "0<40000 0c\"abcdefghi\" 0s\"reply\" 0c. 0s. 0>FINc ");
}

static void data_with_the_syn(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    say_flags(&d, 0, SYN, span_of("early"));
    say_flags(&d, 1, SYN | ACK, span_of("bird"));
    segment(&d, 0, d.seq[0] - 5, d.seq[1], ACK, span_of("early!"));
    tells_all(&r, "0<40000 0c\"early\" 0s\"bird\" 0c\"!\" 0>LAST ");
}

static void handshakes_repeated(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    segment(&d, 0, d.seq[0], 0, SYN, EMPTY);
    segment(&d, 0, d.seq[0], 0, SYN, EMPTY);
    shake_hands(&d);
    segment(&d, 1, d.seq[1] - 1, d.seq[0], SYN | ACK, EMPTY);
    say(&d, 0, "a");
    struct talk_counts c = tells_all(&r, "0<40000 0c\"a\" 0>LAST ");
    assert_int_equal(c.duplicates, 3);

    /* Answered twice, as by a server that keeps no state; the first counts. */
    d = duo_of(&r, 40000);
    say_flags(&d, 0, SYN, EMPTY);
    say_flags(&d, 1, SYN | ACK, EMPTY);
    segment(&d, 1, d.seq[1] + 5000, d.seq[0], SYN | ACK, EMPTY);
    say(&d, 0, "a");
    say(&d, 1, "b");
    tells_all(&r, "0<40000 0c\"a\" 0s\"b\" 0>LAST ");

    /* Both begin at once. */
    d = duo_of(&r, 40000);
    say_flags(&d, 0, SYN, EMPTY);
    say_flags(&d, 1, SYN, EMPTY);
    segment(&d, 0, d.seq[0] - 1, d.seq[1], SYN | ACK, EMPTY);
    segment(&d, 1, d.seq[1] - 1, d.seq[0], SYN | ACK, EMPTY);
    say(&d, 1, "a");
    tells_all(&r, "0<40000 0s\"a\" 0>LAST ");
}

static void ports_used_again(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000), e = d;
    shake_hands(&d);
    say(&d, 0, "a");
    part(&d);
    e.seq[0] = 70000;
    e.seq[1] = 90000;
    shake_hands(&e);
    say(&e, 0, "b");
    ack(&d, 0); /* of the old one: too old to matter */
    e.seq[0] += 2;
    say(&e, 0, "c");
    struct duo f = d; /* while the second one is still open */
    f.seq[0] = 1u << 31;
    shake_hands(&f);
    say(&f, 0, "d");
    part(&f);
    f.seq[0] += 100; /* a fourth without a handshake, behind the end of the third */
    say(&f, 0, "e");
    tells_all(&r, "0<40000 0c\"a\" 0c. 0s. 0>FINc 1<40000 1c\"b\" 1c-2 1c\"c\" 1>REPLACED "
                  "2<40000 2c\"d\" 2c. 2s. 2>FINc 3<?40000 3c\"e\" 3>LAST ");
}

/* The server of one connection is the client of the next. */
static void roles_swapped(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000), e = d;
    shake_hands(&d);
    segment(&d, 0, d.seq[0], 0, RST, EMPTY);
    e.seq[0] = 70000;
    e.seq[1] = 80000;
    say_flags(&e, 1, SYN, EMPTY);
    say_flags(&e, 0, SYN | ACK, EMPTY);
    say(&e, 1, "x");
    tells_all(&r, "0<40000 0>RSTc 1<80 1c\"x\" 1>LAST ");
}

static void many_at_once(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d[50];
    struct talk_counts c;
    for (unsigned i = 0; i < 50; i++) shake_hands((d[i] = duo_of(&r, (uint16_t)(1024 + i)), &d[i]));
    for (unsigned i = 0; i < 50; i++) say(&d[49 - i], 0, "x");
    for (unsigned i = 0; i < 50; i++) part(&d[i]);
    free(story_with(&r, (struct talk_opts){0}, &c));
    assert_int_equal(c.opened, 50);
    assert_int_equal(c.data_bytes, 50);
    assert_int_equal(c.evicted, 0);
    free(story_with(&r, (struct talk_opts){.conns_max = 10}, &c));
    /* 40 make room; what they say later is of connections that began midway. */
    assert_true(c.opened > 50);
    assert_int_equal(c.data_bytes, 50);
    assert_true(c.evicted >= 40);
    reel_free(&r);
}

static void the_idle_end(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000), e = duo_of(&r, 40001);
    shake_hands(&d);
    say(&d, 0, "a");
    d.seq[0]++;
    say(&d, 0, "b");
    r.clock += 20 * 1000 * MS;
    shake_hands(&e); /* nobody waits for a hole so long */
    r.clock += 4000 * 1000 * MS;
    ack(&e, 0);
    r.clock += 4000 * 1000 * MS;
    ack(&e, 0);
    say(&d, 0, "c");
    struct talk_counts c = tells_all(
        &r, "0<40000 0c\"a\" 0c-1 0c\"b\" 1<40001 0>IDLE 2<?40000 2c\"c\" 1>LAST 2>LAST ");
    assert_int_equal(c.given_up, 1);
}

static void udp_flows(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    d.udp = true;
    message(&d, 0, span_of("query"));
    message(&d, 0, EMPTY);
    message(&d, 1, span_of("reply"));
    message(&d, 1, span_of("more"));
    r.clock += 100 * 1000 * MS;
    message(&d, 1, span_of("late")); /* the well-known port is the server's */
    d.port[1] = 5000;
    message(&d, 1, span_of("first")); /* otherwise the first speaker is the client */
    tells_all(&r, "0<40000 0c\"query\" 0c\"\" 0s\"reply\" 0s\"more\" 0>IDLE "
                  "1<40000 1s\"late\" 2<5000 2c\"first\" 1>LAST 2>LAST ");
}

static void frames_cut_short(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    uint8_t up[200];
    shake_hands(&d);
    size_t n = put_tcp(&d, 0, up, d.seq[0], 0, ACK, span_of("hello world"));
    send_up(&d, 0, up, n, 14 + 20 + 20 + 5);
    send_up(&d, 0, up, n, 14 + 20 + 19);
    d.seq[0] += 11;
    say(&d, 0, "!");
    d.udp = true;
    message(&d, 0, span_of("message"));
    r.v[r.n - 1].n -= 3;
    struct talk_counts c = tells_all(&r, "0<40000 0c\"hello\" 0c-6 0c\"!\" 1<40000 1c\"mess\" 1c-3 "
                                         "0>LAST 1>LAST ");
    assert_int_equal(c.cut, 1);
}

/* What lies behind the end is neither told nor told as missing. */
static void cut_behind_the_end(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    uint8_t up[200];
    shake_hands(&d);
    say_flags(&d, 0, FIN | ACK, span_of("abc"));
    size_t n = put_tcp(&d, 0, up, d.seq[0] - 4, 0, ACK, span_of("abcdefghij"));
    send_up(&d, 0, up, n, 14 + 20 + 20 + 2);
    n = put_tcp(&d, 0, up, d.seq[0] - 1, 0, ACK, span_of("xyz"));
    send_up(&d, 0, up, n, 14 + 20 + 20);
    say(&d, 1, "end");
    tells_all(&r, "0<40000 0c\"abc\" 0c. 0s\"end\" 0>LAST ");
}

static void what_says_nothing(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    uint8_t up[200], arp[60] = {[12] = 8, [13] = 6};
    reel_add(&r, arp, sizeof arp, sizeof arp);
    reel_add(&r, arp, 10, 10);
    size_t n = put_tcp(&d, 0, up, 1, 0, ACK, span_of("x"));
    send_up(&d, 0, up, n, SIZE_MAX);
    r.v[2].p[14 + 9] = 1; /* ICMP */
    send_up(&d, 0, up, n, SIZE_MAX);
    r.v[3].p[14 + 20 + 12] = 0x40; /* a header of 16 bytes */
    send_up(&d, 0, up, n, SIZE_MAX);
    r.v[4].p[14 + 20 + 12] = 0xf0; /* longer than the packet */
    send_up(&d, 0, up, n, SIZE_MAX);
    r.v[5].p[14 + 3] = 39; /* an IP packet that ends within its TCP header */
    send_up(&d, 0, up, n, SIZE_MAX);
    r.v[6].link = 147;
    d.udp = true;
    message(&d, 0, span_of("x"));
    r.v[7].p[14 + 20 + 5] = 7; /* shorter than its header */
    message(&d, 0, span_of("x"));
    r.v[8].p[14 + 20 + 5] = 10; /* longer than its packet */
    message(&d, 0, span_of("x"));
    r.v[9].p[14 + 20 + 5] = 0; /* as long as its packet */
    struct talk_counts c = tells_all(&r, "0<40000 0c\"x\" 0>LAST ");
    assert_int_equal(c.no_ip, 3);
    assert_int_equal(c.other_protocols, 1);
    assert_int_equal(c.malformed, 5);
}

static void six(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000), e = duo_of(&r, 40000);
    d.version = 6;
    shake_hands(&d);
    shake_hands(&e);
    say(&d, 0, "six");
    say(&e, 0, "four");
    tells_all(&r, "0<40000 1<40000 0c\"six\" 1c\"four\" 0>LAST 1>LAST ");
}

/* Tags and other link types make no difference. */
static void other_links(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "raw");
    struct frame_made *f = &r.v[3];
    memmove(f->p, f->p + 14, f->n - 14);
    f->n -= 14;
    f->wire -= 14;
    f->link = 101;
    say(&d, 1, "tagged");
    f = &r.v[4];
    uint8_t *p = malloc(f->n + 4);
    memcpy(p, f->p, 12);
    put_u32(p + 12, 0x81000007);
    memcpy(p + 16, f->p + 12, f->n - 12);
    free(f->p);
    f->p = p;
    f->n += 4;
    f->wire += 4;
    tells_all(&r, "0<40000 0c\"raw\" 0s\"tagged\" 0>LAST ");
}

static void again_from_the_beginning(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    shake_hands(&d);
    say(&d, 0, "x");
    struct talk_opts o = {.next = reel_next, .ctx = &r};
    struct talk *t = talk_open(&o);
    struct talk_event e;
    for (uint64_t loop = 0; loop < 3; loop++) {
        for (int i = 0; i < 3; i++) {
            assert_int_equal(talk_next(t, &e), TALK_EVENT);
            assert_int_equal(e.conn, loop);
        }
        assert_int_equal(talk_next(t, &e), TALK_END);
        assert_int_equal(talk_next(t, &e), TALK_END);
        r.shown = 0;
        talk_again(t);
    }
    talk_close(t);
    reel_free(&r);
}

static void others_get_their_turn(void **unused)
{
    (void)unused;
    struct reel r = {0};
    struct duo d = duo_of(&r, 40000);
    struct talk_opts o = {.next = reel_next, .ctx = &r};
    struct talk_event e;
    for (int i = 0; i < TALK_LOOKS + 1; i++) ack(&d, 0);
    struct talk *t = talk_open(&o);
    assert_int_equal(talk_next(t, &e), TALK_LATER);
    assert_int_equal(talk_next(t, &e), TALK_END);
    talk_close(t);
    reel_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_connection),
        cmocka_unit_test(both_sides_begin_to_part),
        cmocka_unit_test(without_its_beginning),
        cmocka_unit_test(nothing_said_opens_nothing),
        cmocka_unit_test(refused),
        cmocka_unit_test(resets),
        cmocka_unit_test(out_of_order),
        cmocka_unit_test(repeated_and_overlapping),
        cmocka_unit_test(lost_in_the_capture),
        cmocka_unit_test(nothing_but_acknowledgements),
        cmocka_unit_test(acknowledged_before_it_came),
        cmocka_unit_test(holes_end_with_the_connection),
        cmocka_unit_test(probes),
        cmocka_unit_test(numbers_wrap_around),
        cmocka_unit_test(data_with_the_syn),
        cmocka_unit_test(handshakes_repeated),
        cmocka_unit_test(ports_used_again),
        cmocka_unit_test(roles_swapped),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(the_idle_end),
        cmocka_unit_test(udp_flows),
        cmocka_unit_test(frames_cut_short),
        cmocka_unit_test(cut_behind_the_end),
        cmocka_unit_test(what_says_nothing),
        cmocka_unit_test(six),
        cmocka_unit_test(other_links),
        cmocka_unit_test(again_from_the_beginning),
        cmocka_unit_test(others_get_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
