/* Answers as a pure function of seed, number and offset; and mistakes in a [serve] section. */
#include "serve_rig.h"

static struct answer draw(struct server *s, uint64_t number, struct asked asked)
{
    struct answer a;
    answer_draw(s->serve, &s->scratch, number, asked, &a);
    return a;
}

static void answer_of_defaults(void **state)
{
    (void)state;
    struct server *s = server_compile("");
    assert_non_null(s->serve);
    assert_int_equal(s->serve->n, 1);
    assert_int_equal(s->serve->v[0].at.port, 8080);
    assert_int_equal(s->serve->v[0].at.ip.v, 0x7f000001);
    struct span all = expected(s, 0, plain);
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                               "Content-Length: 64\r\n\r\n";
    assert_int_equal(all.n, sizeof head - 1 + 64);
    assert_memory_equal(all.p, head, sizeof head - 1);
    uint8_t text[64];
    letters_at(s->serve, 0, 0, sizeof text, text);
    assert_memory_equal(all.p + sizeof head - 1, text, sizeof text);
    server_free(s);
}

static void no_section_is_all_defaults(void **state)
{
    (void)state;
    struct server *s = server_compile("");
    struct serve *bare = serve_compile(&s->env, NULL);
    assert_non_null(bare);
    assert_int_equal(bare->n, 1);
    assert_string_equal(serve_keys[0].name, "http");
    server_free(s);
}

/* The same bytes, in whatever pieces, from wherever. */
static void check_pieces(const char *text, uint64_t number)
{
    struct server *s = server_compile(text);
    assert_non_null(s->serve);
    struct answer a = draw(s, number, plain);
    struct span all = expected(s, number, plain);
    static const size_t rooms[] = {1, 7, 1000, 16384, 16392, 65536};
    uint8_t *out = malloc(65536);
    for (size_t r = 0; r < sizeof rooms / sizeof *rooms; r++) {
        if (rooms[r] == 1 && a.size > 5000) continue;
        for (uint64_t at = 0; at < a.size;) {
            size_t n = answer_piece(s->serve, &s->scratch, &a, at, out, rooms[r]);
            size_t left = (size_t)(a.size - at);
            assert_int_equal(n, left < rooms[r] ? left : rooms[r]);
            assert_memory_equal(out, all.p + at, n);
            at += n;
        }
    }
    free(out);
    server_free(s);
}

static void pieces_join(void **state)
{
    (void)state;
    static const unsigned sizes[] = {0, 1, 15, 16, 100, 16383, 16384, 16385, 32768, 50000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int chunked = 0; chunked < 2; chunked++) {
            char text[100];
            snprintf(text, sizeof text, "size = %u\nchunked = %s\nheader = X-N: ${index}\n",
                     sizes[i], chunked ? "yes" : "no");
            check_pieces(text, 3);
        }
    check_pieces("body = <${index}>\nchunked = yes\n", 123456789);
}

/* Decodes RFC 9112 chunks independently of the program's parsers. */
static size_t unchunk(struct span in, uint8_t *out)
{
    size_t at = 0, n = 0;
    for (;;) {
        size_t len = strtoul((const char *)in.p + at, NULL, 16);
        at += span_find(span_from(in, at), '\n') + 1;
        assert_true(at + len + 2 <= in.n);
        memcpy(out + n, in.p + at, len);
        n += len;
        at += len;
        assert_memory_equal(in.p + at, "\r\n", 2);
        at += 2;
        if (len == 0) break;
    }
    assert_int_equal(at, in.n);
    return n;
}

static void chunks_hold_the_body(void **state)
{
    (void)state;
    struct server *s = server_compile("size = 40000\nchunked = yes\n");
    struct answer a = draw(s, 5, plain);
    struct span all = expected(s, 5, plain);
    uint8_t *got = malloc(all.n), *want = malloc(40000);
    assert_int_equal(unchunk(span_from(all, (size_t)a.head), got), 40000);
    letters_at(s->serve, 5, 0, 40000, want);
    assert_memory_equal(got, want, 40000);
    free(got);
    free(want);
    server_free(s);
}

static void an_enormous_body_is_made_anywhere(void **state)
{
    (void)state;
    for (int chunked = 0; chunked < 2; chunked++) {
        struct server *s =
            server_compile(chunked ? "size = 1024GiB\nchunked = yes\n" : "size = 1024GiB\n");
        assert_non_null(s->serve);
        struct answer a = draw(s, 0, plain);
        uint8_t out[64], want[64];
        assert_int_equal(a.body, 1ull << 40);
        assert_int_equal(answer_piece(s->serve, &s->scratch, &a, a.size - 20, out, 64), 20);
        size_t tail = chunked ? 7 : 0; /* the line end of the last full chunk, and 0 CRLF CRLF */
        letters_at(s->serve, 0, (1ull << 40) - 20 + tail, 20 - tail, want);
        assert_memory_equal(out, want, 20 - tail);
        if (chunked) assert_memory_equal(out + 13, "\r\n0\r\n\r\n", 7);
        server_free(s);
    }
}

static void heads_follow_status_and_version(void **state)
{
    (void)state;
    struct server *s = server_compile("status = 204\nsize = 10\n");
    struct span all = expected(s, 0, plain);
    assert_int_equal(span_search(all, span_of("Content-Length")), all.n);
    assert_true(span_starts(all, "HTTP/1.1 204 No Content\r\n"));
    assert_memory_equal(all.p + all.n - 4, "\r\n\r\n", 4);
    server_free(s);

    s = server_compile("size = 10\nchunked = yes\nheader = content-type: image/png\n");
    all = expected(s, 0, (struct asked){.old = true, .keep = true});
    assert_true(span_search(all, span_of("Content-Length: 10\r\n")) < all.n);
    assert_true(span_search(all, span_of("Connection: keep-alive\r\n")) < all.n);
    assert_int_equal(span_search(all, span_of("text/plain")), all.n);
    all = expected(s, 0, (struct asked){.head = true});
    assert_true(span_search(all, span_of("Transfer-Encoding: chunked\r\n")) < all.n);
    assert_true(span_search(all, span_of("Connection: close\r\n")) < all.n);
    assert_memory_equal(all.p + all.n - 4, "\r\n\r\n", 4);
    server_free(s);
}

static void draws_follow_their_weights(void **state)
{
    (void)state;
    struct server *s =
        server_compile("status = 200:9, 503:1\nsize = 0..64KiB\ndelay = exp(5ms)\nfail = 10%\n");
    assert_non_null(s->serve);
    unsigned busy = 0, failed = 0, n = 10000;
    double size = 0, delay = 0;
    for (unsigned i = 0; i < n; i++) {
        struct answer a = draw(s, i, plain), again = draw(s, i, plain);
        assert_memory_equal(&a, &again, sizeof a);
        assert_true(a.fail == FAIL_NONE || a.fail == FAIL_CLOSE);
        busy += a.status == 503;
        failed += a.fail != FAIL_NONE;
        size += (double)a.body / n;
        delay += (double)a.delay_ns / n;
    }
    /* Five standard deviations around 1000 of 10,000; the seed is fixed. */
    assert_in_range(busy, 850, 1150);
    assert_in_range(failed, 850, 1150);
    assert_in_range((uint64_t)size, 32768 - 1000, 32768 + 1000);
    assert_in_range((uint64_t)delay, 4750000, 5250000);
    server_free(s);
}

static void shares_of_failure(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned none, close, reset; /* of 100 */
    } cases[] = {
        {"fail = 0%\n", 100, 0, 0},
        {"fail = 100%\n", 0, 100, 0},
        {"fail = reset\n", 0, 0, 100},
        {"fail = none:1\n", 100, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server *s = server_compile(cases[i].text);
        assert_non_null(s->serve);
        unsigned got[3] = {0};
        for (unsigned k = 0; k < 100; k++) got[draw(s, k, plain).fail]++;
        assert_int_equal(got[FAIL_NONE], cases[i].none);
        assert_int_equal(got[FAIL_CLOSE], cases[i].close);
        assert_int_equal(got[FAIL_RESET], cases[i].reset);
        server_free(s);
    }
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"http = nowhere\n", "no listening address"},
        {"http = 127.0.0.1:65536\n", "no listening address"},
        {"http = 127.0.0.1:\n", "no listening address"},
        {"udp = 127.0.0.1:x\n", "no listening address"},
        {"status = 100\n", "200..599"},
        {"status = 200, 600\n", "200..599"},
        {"size = 2048GiB\n", "size"},
        {"delay = 5\n", "duration"},
        {"fail = sometimes\n", "sometimes"},
        {"fail = 101%\n", "share"},
        {"size = 1\nbody = x\n", "one of them"},
        {"header = nothing\n", "Name: value"},
        {"header = X Y: value\n", "Name: value"},
        {"header = content-length: 5\n", "sets Content-Length itself"},
        {"chunked = maybe\n", "yes"},
        {"workers = 0\n", "1"},
        {"stauts = 200\n", "status"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server *s = server_compile(cases[i].text);
        if (s->serve) fail_msg("'%s' was taken", cases[i].text);
        assert_int_equal(s->errs.n, 1);
        if (!strstr(s->errs.v[0].text, cases[i].part))
            fail_msg("'%s' was told as '%s'", cases[i].text, s->errs.v[0].text);
        server_free(s);
    }
}

static void addresses_are_read(void **state)
{
    (void)state;
    struct server *s = server_compile("http = [::1]:80\nhttp = 9000\nudp = 198.18.0.1:0\n");
    assert_non_null(s->serve);
    assert_int_equal(s->serve->n, 3);
    assert_int_equal(s->serve->v[0].at.ip.family, FAMILY_IP6);
    assert_int_equal(s->serve->v[0].at.port, 80);
    assert_int_equal(s->serve->v[1].at.ip.v, 0x7f000001);
    assert_int_equal(s->serve->v[1].at.port, 9000);
    assert_int_equal(s->serve->v[2].at.ip.v, 0xc6120001);
    server_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_of_defaults),
        cmocka_unit_test(no_section_is_all_defaults),
        cmocka_unit_test(pieces_join),
        cmocka_unit_test(chunks_hold_the_body),
        cmocka_unit_test(an_enormous_body_is_made_anywhere),
        cmocka_unit_test(heads_follow_status_and_version),
        cmocka_unit_test(draws_follow_their_weights),
        cmocka_unit_test(shares_of_failure),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(addresses_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
