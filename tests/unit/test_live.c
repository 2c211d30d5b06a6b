/* Live replay: what is remembered of replies and compared, masks, changed headers, the memory
 * they live in, and dialogs that hear and meet anything at all. */
#include "base/rng.h"
#include "gate/gate.h"
#include "live_rig.h"
#include "proto_fixture.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture fixture;

static struct section *section_of(const char *body)
{
    struct fixture *f = &fixture;
    char *text = arena_printf(&f->arena, "[stream x]\n%s\n", body);
    f->errs = (struct errs){0};
    f->profile = profile_parse(&f->arena, "test.ini", span_of(text), &f->errs);
    assert_non_null(f->profile);
    f->env =
        (struct gen_env){.arena = &f->arena, .errs = &f->errs, .profile = f->profile, .seed = 42};
    return profile_section(f->profile, "stream", "x");
}

/* --- pool --------------------------------------------------------------------------------------
 */

static void blocks_are_reused_and_counted(void **state)
{
    (void)state;
    struct pool p = {0};
    void *block[64];
    static const size_t sizes[] = {1, 64, 65, 1000, 4096, 300000, 3000000};
    for (size_t i = 0; i < 64; i++) {
        size_t n = sizes[i % 7];
        block[i] = pool_take(&p, n);
        assert_int_equal((uintptr_t)block[i] % 16, 0);
        memset(block[i], (int)i, n);
    }
    for (size_t i = 0; i < 64; i++) {
        const uint8_t *b = block[i];
        size_t n = sizes[i % 7];
        assert_true(b[0] == i && b[n - 1] == i);
        assert_true(pool_room(n) >= n);
    }
    for (size_t i = 0; i < 64; i++) pool_give(&p, block[i], sizes[i % 7]);
    assert_int_equal(p.held, 0);
    void *again = pool_take(&p, 1000);
    assert_ptr_equal(again, block[59]); /* the last of its size that was given back */
    assert_int_equal(p.held, 1024);
    pool_give(&p, again, 1000);
    pool_give(&p, NULL, 5);
    pool_free(&p);
}

/* --- masks -------------------------------------------------------------------------------------
 */

static void mask_is(const char *masks, const char *text, const char *left)
{
    const struct masks *m = masks_compile(&fixture.env, section_of(masks));
    struct mask_work *w = mask_work_open();
    uint8_t bytes[256];
    size_t n = strlen(text);
    assert_non_null(m);
    memcpy(bytes, text, n);
    n = masks_apply(m, w, bytes, n);
    assert_int_equal(n, strlen(left));
    assert_memory_equal(bytes, left, n);
    mask_work_close(w);
}

static void masks_take_out_what_matches(void **state)
{
    (void)state;
    mask_is("mask = [0-9]+", "a1b22c333", "abc");
    mask_is("mask = [0-9]+", "nothing", "nothing");
    mask_is("mask = .*", "all of it", "");
    mask_is("mask = x*", "axxbx", "ab");                /* and empty matches nothing */
    mask_is("mask = ^b\nmask = a$", "bab\nba", "ab\n"); /* lines, one mask after the other */
    mask_is("mask = (?<=ab)c", "abcabcc", "ababc");     /* what is behind stays in sight */
    mask_is("mask = \"id\": \"[^\"]*\"", "{\"id\": \"7f\", \"n\": 1}", "{, \"n\": 1}");
    assert_null(masks_compile(&fixture.env, section_of("speed = 1x")));
    assert_null(masks_compile(&fixture.env, section_of("mask = [a-")));
    assert_int_equal(fixture.errs.n, 1);
}

static void masks_do_not_run_for_ever(void **state)
{
    (void)state;
    uint8_t text[4000];
    const struct masks *m = masks_compile(&fixture.env, section_of("mask = (a+)+$"));
    struct mask_work *w = mask_work_open();
    memset(text, 'a', sizeof text);
    text[3999] = 'b';
    assert_int_equal(masks_apply(m, w, text, sizeof text), sizeof text);
    mask_work_close(w);
}

/* --- digests -----------------------------------------------------------------------------------
 */

static void digest_of(struct digest *d, const struct digest_work *w, struct span text, size_t piece)
{
    digest_begin(d);
    for (size_t at = 0; at < text.n; at += piece) {
        digest_bytes(d, w, span_sub(text, at, piece));
        digest_body(d, w, span_sub(text, at, piece));
    }
    digest_end(d, w);
}

static void digests_do_not_see_pieces(void **state)
{
    (void)state;
    static uint8_t text[200000];
    struct pool pool = {0};
    struct live_rules rules = {.body = true, .length = true, .bytes = true, .status = true};
    struct digest_work w = {.rules = &rules, .pool = &pool, .masks = mask_work_open()};
    for (size_t i = 0; i < sizeof text; i++) text[i] = (uint8_t)(i * 31 % 251);
    for (int masked = 0; masked < 2; masked++) {
        if (masked) rules.masks = masks_compile(&fixture.env, section_of("mask = \\x10+"));
        struct digest whole, parts;
        digest_of(&whole, &w, span_make(text, sizeof text), sizeof text);
        for (size_t piece = 1; piece < 70000; piece = piece * 3 + 1) {
            digest_of(&parts, &w, span_make(text, sizeof text), piece);
            assert_int_equal(digest_compare(&whole, &parts, &rules), DIFFER_COUNT);
        }
        text[150000] ^= 1;
        digest_of(&parts, &w, span_make(text, sizeof text), 1000);
        assert_int_equal(digest_compare(&whole, &parts, &rules), DIFFER_BODY);
        text[150000] ^= 1;
        digest_of(&parts, &w, span_make(text, sizeof text - 1), 1000);
        assert_int_equal(digest_compare(&whole, &parts, &rules), DIFFER_LENGTH);
        assert_int_equal(pool.held, 0);
    }
    mask_work_close(w.masks);
    pool_free(&pool);
}

static void differences_have_an_order(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct live_rules rules = {.body = true, .length = true, .bytes = true, .status = true};
    struct digest_work w = {.rules = &rules, .pool = &pool};
    struct digest a, b;
    char text[DIGEST_TEXT];
    digest_of(&a, &w, span_of("the quick brown fox jumps"), 3);
    digest_of(&b, &w, span_of("the quick brawn fox"), 5);
    a.status = 200;
    b.status = 500;
    assert_int_equal(digest_compare(&a, &b, &rules), DIFFER_STATUS);
    digest_tell(&b, &a, DIFFER_STATUS, text);
    assert_string_equal(text, "500");
    b.status = 200;
    assert_int_equal(digest_compare(&a, &b, &rules), DIFFER_LENGTH);
    digest_tell(&a, &b, DIFFER_LENGTH, text);
    assert_string_equal(text, "25 bytes");
    rules.length = false;
    assert_int_equal(digest_compare(&a, &b, &rules), DIFFER_BODY);
    digest_tell(&b, &a, DIFFER_BODY, text);
    assert_string_equal(text, "...'quick brawn fox'");
    rules.body = false;
    assert_int_equal(digest_compare(&a, &b, &rules), DIFFER_BYTES);
    rules.bytes = rules.status = false;
    assert_int_equal(digest_compare(&a, &b, &rules), DIFFER_COUNT);
    pool_free(&pool);
}

/* --- headers -----------------------------------------------------------------------------------
 */

static void headers_are(const char *edit, const char *head, const char *edited)
{
    const struct http1_edit *x = http1_edit_compile(&fixture.env, section_of(edit));
    uint64_t index = 7;
    struct draw d = {.index = &index, .due_ns = &index, .scratch = &fixture.scratch};
    errs_print(&fixture.errs, stderr);
    assert_non_null(x);
    struct span out = http1_edit_apply(x, span_of(head), &d);
    assert_int_equal(out.n, strlen(edited));
    assert_memory_equal(out.p, edited, out.n);
}

static void headers_are_set_and_removed(void **state)
{
    (void)state;
    headers_are("header = Host: new", "GET / HTTP/1.1\r\nhost: old\r\nA: b\r\n\r\n",
                "GET / HTTP/1.1\r\nA: b\r\nHost: new\r\n\r\n");
    headers_are("header = Cookie:\nheader = X-N: n${index()}",
                "\r\nGET /a HTTP/1.0\nCookie: a\nA: b\ncookie: c\n\n",
                "\r\nGET /a HTTP/1.0\nA: b\nX-N: n7\r\n\n");
    headers_are("header = A: 1\nheader = A: 2", "GET / HTTP/1.1\r\na:\r\n\r\n",
                "GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\n\r\n");
    assert_null(http1_edit_compile(&fixture.env, section_of("header = no colon")));
    assert_null(http1_edit_compile(&fixture.env, section_of("header = transfer-Encoding: x")));
    assert_null(http1_edit_compile(&fixture.env, section_of("header = A: ${\"\\n\"}")));
    assert_int_equal(fixture.errs.n, 1);
}

/* --- results and gates ---------------------------------------------------------------------------
 */

static void differences_are_kept_and_judged(void **state)
{
    (void)state;
    static const uint32_t stream_of[] = {0};
    static const uint64_t late_after[] = {1000000};
    const struct rec_layout layout = {
        .cells = 1, .stream_of = stream_of, .late_after = late_after, .streams = 1};
    const char *stream = "trace", *kind = "message";
    struct arena *a = &fixture.arena;
    struct rec *rec = rec_open(&layout);
    for (uint64_t i = 0; i < 100; i++) {
        rec_offered(rec, 0, i);
        rec_sent(rec, 0, i, i + 10, 5);
        rec_answered(rec, 0, i, i + 10, i + 20, 7, 200, ERROR_NONE);
        rec_recorded(rec, 0, i, 1000 + i);
        rec_compared(rec, 0, i, i < 3 ? DIFFER_STATUS : i == 5 ? DIFFER_BODY : DIFFER_COUNT);
    }
    struct result *r = result_open(a, &layout, &stream, &kind);
    result_add(r, rec);
    rec_close(rec);
    r->duration_s = 1;
    r->complete = true;
    r->profile = r->profile_sha256 = r->start = r->target = "";
    r->streams[0].differing = arena_new(a, struct result_difference);
    r->streams[0].differing[0] = (struct result_difference){3, 4, DIFFER_BODY, "'a'", "'b'"};
    r->streams[0].differing_count = 1;
    char file[] = "/tmp/test_live.XXXXXX";
    FILE *f = fdopen(mkstemp(file), "w");
    assert_true(result_write(r, f));
    fclose(f);
    result_close(r);
    r = result_read(a, file, &fixture.errs);
    unlink(file);
    errs_print(&fixture.errs, stderr);
    assert_non_null(r);
    assert_int_equal(r->totals.compared, 100);
    assert_int_equal(r->totals.differs[DIFFER_STATUS], 3);
    assert_int_equal(counts_differences(&r->streams[0].counts), 4);
    assert_int_equal(r->totals.latency[LATENCY_RECORDED].count, 100);
    const struct result_difference *d = &r->streams[0].differing[0];
    assert_true(r->streams[0].differing_count == 1 && d->connection == 3 && d->message == 4);
    assert_string_equal(d->came, "'b'");
    struct profile *p =
        profile_parse(a, "g.ini",
                      span_of("[gates]\na = differences < 5\nb = differences "
                              "status of trace < 3\nc = differences < 4%\n"
                              "d = p50 recorded < 1us\ne = differences body <= 1\n"),
                      &fixture.errs);
    struct gate_names names = {&stream, 1, &kind, 1};
    struct gates g = gates_compile(a, profile_section(p, "gates", ""), &names, &fixture.errs);
    errs_print(&fixture.errs, stderr);
    gates_judge(&g, r);
    static const enum verdict verdicts[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_FAIL, VERDICT_FAIL,
                                            VERDICT_PASS};
    for (size_t i = 0; i < 5; i++) assert_int_equal(r->gates[i].verdict, verdicts[i]);
    result_close(r);
}

/* --- dialogs -------------------------------------------------------------------------------------
 */

#define CONNS 6

/* A peer that echoes, talks nonsense, answers HTTP, resets or hangs up, as its first byte says. */
static void *moody_peer(void *listener)
{
    int fd = *(int *)listener, c;
    char buf[4096];
    while ((c = accept(fd, NULL, NULL)) >= 0) {
        ssize_t n = recv(c, buf, sizeof buf, 0);
        for (int turn = 0; n > 0 && turn < 4; turn++) {
            static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            int mood = (buf[n / 2] + turn) % 5;
            if (mood == 0) break;
            if (mood == 1) send(c, buf, (size_t)n, MSG_NOSIGNAL);
            if (mood == 2) send(c, "HTTP/1.1 what\r\n\r\n", 17, MSG_NOSIGNAL);
            if (mood > 2) send(c, ok, sizeof ok - 1, MSG_NOSIGNAL);
            struct timeval patience = {.tv_usec = 2000};
            setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            n = recv(c, buf, sizeof buf, 0);
        }
        struct linger reset = {.l_onoff = 1};
        if (n % 2) setsockopt(c, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(c);
    }
    return NULL;
}

static uint64_t roll(uint64_t *seed, uint64_t n)
{
    return rng_mix(*seed += 0x9e3779b97f4a7c15ull) % n;
}

static struct span anything(uint64_t *seed, enum talk_side side)
{
    static const char *const said[] = {
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhe",
        "llo",
        "HEAD / HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\n\r\n",
        "GET /chunk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "0\r\n\r\n",
        "\x16\x03\x01 hello",
        "\r\n",
        "some bytes\r\n",
        "G",
    };
    static const char *const answered[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        "0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "bytes",
        "HTTP/1.1 nonsense\r\n\r\n",
    };
    const char *s = side == TALK_CLIENT ? said[roll(seed, 11)] : answered[roll(seed, 8)];
    size_t n = strlen(s);
    return span_make(s, roll(seed, 4) ? n : 1 + roll(seed, n));
}

/* Hears sixty things said by anybody in any order, and everything closed in the end. */
static void play(struct stage *s, uint64_t seed, bool udp)
{
    struct live *v = s->live;
    void *mine[CONNS] = {0};
    bool open[CONNS] = {0};
    uint64_t next_conn = 0;
    for (int i = 0; i < 60 + CONNS; i++) {
        size_t k = i < 60 ? roll(&seed, CONNS) : (size_t)i - 60;
        static const enum talk_kind kinds[] = {TALK_DATA, TALK_DATA, TALK_DATA, TALK_DATA,
                                               TALK_GAP,  TALK_SHUT, TALK_CLOSE};
        struct talk_event e = {.udp = udp,
                               .at_ns = i * 1000,
                               .mine = &mine[k],
                               .missing = 1,
                               .side = (enum talk_side)roll(&seed, 2),
                               .how = (enum talk_how)roll(&seed, 6)};
        e.kind = i >= 60 ? TALK_CLOSE : !open[k] ? TALK_OPEN : kinds[roll(&seed, 7)];
        if (!open[k] && i >= 60) continue;
        if (e.kind == TALK_OPEN) e.conn = next_conn++, e.midway = roll(&seed, 4) == 0;
        if (e.kind == TALK_DATA) e.bytes = anything(&seed, e.side);
        open[k] = e.kind != TALK_CLOSE;
        uint64_t now = lane_now(&v->lane);
        live_hear(v, &e, now + roll(&seed, 3) * 100000, now);
        if (roll(&seed, 2)) turn(s);
    }
    for (int i = 0; i < 50000 && v->dialogs; i++) {
        turn(s);
        usleep(100);
    }
}

static void dialogs_survive_anything(void **state)
{
    (void)state;
    static const char *const schemes[] = {"http", "tcp", "udp"};
    struct errs errs = {0};
    struct sock_addr at = {0};
    pthread_t peer;
    assert_true(addr_parse(span_of("127.0.0.1"), &at.ip));
    int fd = sock_listen(&at, true, false, &errs);
    assert_true(fd >= 0);
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    uint16_t port = sock_local_port(fd);
    assert_int_equal(pthread_create(&peer, NULL, moody_peer, &fd), 0);
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct stage s = {0};
        bool refused = seed % 5 == 4;
        stage_set(&s, schemes[seed % 3], refused ? 1 : port);
        play(&s, seed, seed % 3 == 2);
        stage_strike(&s);
    }
    shutdown(fd, SHUT_RDWR);
    pthread_join(peer, NULL);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_reused_and_counted),
        cmocka_unit_test(masks_take_out_what_matches),
        cmocka_unit_test(masks_do_not_run_for_ever),
        cmocka_unit_test(digests_do_not_see_pieces),
        cmocka_unit_test(differences_have_an_order),
        cmocka_unit_test(headers_are_set_and_removed),
        cmocka_unit_test(differences_are_kept_and_judged),
        cmocka_unit_test(dialogs_survive_anything),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scratch_free(&fixture.scratch);
    arena_free(&fixture.arena);
    return failed;
}
