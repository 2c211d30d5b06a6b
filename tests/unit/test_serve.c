/* The embedded target over real sockets, compared with its answers recomputed. */
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include "serve_rig.h"

#define GET "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
#define MIXED "status = 200:5, 404:1\nsize = 0..2000\nheader = X-Number: ${index}\n"

static struct server *start(const char *text)
{
    char all[500];
    snprintf(all, sizeof all, "http = 127.0.0.1:0\n%s", text);
    return server_start(all);
}

static void a_request_in_single_bytes(void **state)
{
    (void)state;
    struct server *s = start(MIXED);
    int fd = client_socket(s->port[0], SOCK_STREAM);
    for (uint64_t n = 0; n < 2; n++) {
        for (const char *p = GET; *p; p++) assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
        hear_exactly(fd, expected(s, n, plain));
    }
    close(fd);
    server_stop(s);
    assert_int_equal(s->counts.connections, 1);
    assert_int_equal(s->counts.replied, 2);
    assert_int_equal(s->counts.bytes_in, 2 * strlen(GET));
    server_free(s);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct server *s = start(MIXED "delay = 0ms, 1ms\n");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    enum { N = 600 }; /* more than the server keeps at a time */
    char *all = malloc(N * strlen(GET) + 1);
    for (size_t i = 0; i < N; i++) strcpy(all + i * strlen(GET), GET);
    say(fd, all);
    for (uint64_t n = 0; n < N; n++) hear_exactly(fd, expected(s, n, plain));
    free(all);
    close(fd);
    server_stop(s);
    assert_int_equal(s->counts.replied, N);
    server_free(s);
}

static void head_has_no_body(void **state)
{
    (void)state;
    struct server *s = start(MIXED);
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" GET);
    hear_exactly(fd, expected(s, 0, (struct asked){.head = true, .keep = true}));
    hear_exactly(fd, expected(s, 1, plain));
    close(fd);
    server_stop(s);
    server_free(s);
}

static void uploads_are_dropped(void **state)
{
    (void)state;
    struct server *s = start(MIXED);
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 40; i++) {
        say(fd, "3e8\r\n");
        char piece[1001] = {0};
        memset(piece, 'x', 1000);
        say(fd, piece);
        say(fd, "\r\n");
    }
    say(fd, "0\r\n\r\n");
    hear_exactly(fd, expected(s, 0, plain));
    say(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345" GET);
    hear_exactly(fd, expected(s, 1, plain));
    hear_exactly(fd, expected(s, 2, plain));
    close(fd);
    server_stop(s);
    assert_int_equal(s->counts.requests, 3);
    server_free(s);
}

static void continue_is_said_once(void **state)
{
    (void)state;
    struct server *s = start(MIXED);
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    hear_exactly(fd, span_of("HTTP/1.1 100 Continue\r\n\r\n"));
    say(fd, "ab");
    say(fd, "cd");
    hear_exactly(fd, expected(s, 0, plain));
    /* The body came along: nothing to wait for. */
    say(fd, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nabcd");
    hear_exactly(fd, expected(s, 1, plain));
    close(fd);
    server_stop(s);
    server_free(s);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *status;
    } cases[] = {
        {"\x16\x03\x01garbage\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
        {"GET / HTTP/2.7\r\n\r\n", "HTTP/1.1 505 "},
        {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 "},
    };
    struct server *s = start("");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t got[1000];
        int fd = client_socket(s->port[0], SOCK_STREAM);
        say(fd, cases[i].text);
        size_t n = hear(fd, got, sizeof got);
        assert_true(span_starts(span_make(got, n), cases[i].status));
        hear_end(fd);
    }
    server_stop(s);
    assert_int_equal(s->counts.malformed, 3);
    assert_int_equal(s->counts.requests, 0);
    server_free(s);
}

static void a_header_without_end_is_refused(void **state)
{
    (void)state;
    struct server *s = start("");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "GET / HTTP/1.1\r\n");
    char line[1000] = "X-Long: ";
    memset(line + 8, 'x', sizeof line - 11);
    memcpy(line + sizeof line - 3, "\r\n", 3);
    for (int i = 0; i < 200; i++)
        if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0) break;
    uint8_t got[1000];
    size_t n = hear(fd, got, sizeof got);
    assert_true(span_starts(span_make(got, n), "HTTP/1.1 431 "));
    close(fd);
    server_stop(s);
    assert_int_equal(s->counts.malformed, 1);
    server_free(s);
}

static void old_clients(void **state)
{
    (void)state;
    struct server *s = start("size = 100\nchunked = yes\n");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    hear_exactly(fd, expected(s, 0, (struct asked){.old = true, .keep = true}));
    say(fd, "GET / HTTP/1.0\r\n\r\n");
    hear_exactly(fd, expected(s, 1, (struct asked){.old = true}));
    hear_end(fd);
    fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    hear_exactly(fd, expected(s, 2, (struct asked){0}));
    hear_end(fd);
    server_stop(s);
    server_free(s);
}

static void a_half_closed_peer_gets_its_replies(void **state)
{
    (void)state;
    struct server *s = start(MIXED "delay = 20ms\n");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, GET GET);
    shutdown(fd, SHUT_WR);
    hear_exactly(fd, expected(s, 0, plain));
    hear_exactly(fd, expected(s, 1, plain));
    hear_end(fd);
    server_stop(s);
    assert_int_equal(s->counts.replied, 2);
    server_free(s);
}

static long peak_kib(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_maxrss;
}

/* Ten readers that do not read 1 TiB each, one that reads 32 MiB and leaves. */
static void large_bodies_are_streamed(void **state)
{
    (void)state;
    enum { SLOW = 10, PIECE = 1 << 16, PIECES = 512 };
    struct server *s = start("size = 1024GiB\n");
    struct answer a;
    answer_draw(s->serve, &s->scratch, SLOW, plain, &a);
    uint8_t *got = malloc(PIECE), *want = malloc(PIECE);
    int slow[SLOW];
    for (int i = 0; i < SLOW; i++) {
        slow[i] = client_socket(s->port[0], SOCK_STREAM);
        say(slow[i], GET);
        assert_int_equal(hear(slow[i], got, 100), 100);
    }
    long before = peak_kib();
    int fd = client_socket(s->port[0], SOCK_STREAM);
    say(fd, GET);
    for (uint64_t i = 0; i < PIECES; i++) {
        assert_int_equal(hear(fd, got, PIECE), PIECE);
        if (i % 16) continue;
        assert_int_equal(answer_piece(s->serve, &s->scratch, &a, i * PIECE, want, PIECE), PIECE);
        assert_memory_equal(got, want, PIECE);
    }
    assert_true(peak_kib() - before < 8192);
    for (int i = 0; i < SLOW; i++) close(slow[i]);
    close(fd);
    free(got);
    free(want);
    server_stop(s);
    assert_int_equal(s->counts.gone, SLOW + 1);
    server_free(s);
}

static void failures_are_those_drawn(void **state)
{
    (void)state;
    struct server *s = start("fail = reset:2, close:1, none:7\nsize = 10\n");
    uint64_t failed = 0;
    for (uint64_t n = 0; n < 200; n++) {
        struct answer a;
        uint8_t byte;
        answer_draw(s->serve, &s->scratch, n, plain, &a);
        int fd = client_socket(s->port[0], SOCK_STREAM);
        say(fd, GET);
        ssize_t got = recv(fd, &byte, 1, 0);
        int error = errno;
        switch (a.fail) {
        case FAIL_NONE:
            assert_int_equal(got, 1);
            break;
        case FAIL_CLOSE:
            assert_int_equal(got, 0);
            break;
        case FAIL_RESET:
            assert_int_equal(got, -1);
            assert_int_equal(error, ECONNRESET);
            break;
        }
        failed += a.fail != FAIL_NONE;
        close(fd);
    }
    server_stop(s);
    assert_int_equal(s->counts.failed, failed);
    assert_in_range(failed, 30, 90);
    server_free(s);
}

/* Those that drew an hour wait; the others do not wait for them. */
static void delays_block_nobody(void **state)
{
    (void)state;
    enum { N = 60 };
    struct server *s = start("delay = 0s, 1h\nbody = hello\n");
    struct pollfd fd[N];
    size_t prompt = 0, answered = 0;
    for (uint64_t n = 0; n < N; n++) {
        struct answer a;
        answer_draw(s->serve, &s->scratch, n, plain, &a);
        prompt += a.delay_ns == 0;
        fd[n] = (struct pollfd){.fd = client_socket(s->port[0], SOCK_STREAM), .events = POLLIN};
        say(fd[n].fd, GET);
    }
    assert_in_range(prompt, 10, 50);
    while (answered < prompt) {
        assert_true(poll(fd, N, 20000) > 0);
        for (size_t i = 0; i < N; i++) {
            if (!(fd[i].revents & POLLIN)) continue;
            hear_exactly(fd[i].fd, expected(s, 0, plain)); /* the same for all numbers */
            fd[i].events = 0;
            answered++;
        }
    }
    server_stop(s);
    for (size_t i = 0; i < N; i++) close(fd[i].fd);
    assert_int_equal(s->counts.replied, prompt);
    assert_int_equal(s->counts.gone, N - prompt);
    server_free(s);
}

static void two_workers_share_the_numbers(void **state)
{
    (void)state;
    enum { N = 200 };
    struct server *s = start("workers = 2\nsize = 0\nheader = X-Number: ${index}\n");
    bool seen[N] = {false};
    for (size_t i = 0; i < N; i++) {
        uint8_t got[1000];
        int fd = client_socket(s->port[0], SOCK_STREAM);
        say(fd, "GET / HTTP/1.0\r\n\r\n");
        struct span reply = span_make(got, hear(fd, got, sizeof got - 1));
        got[reply.n] = 0;
        size_t at = span_search(reply, span_of("X-Number: "));
        assert_true(at < reply.n);
        unsigned long n = strtoul((char *)got + at + 10, NULL, 10);
        assert_true(n < N && !seen[n]);
        seen[n] = true;
        close(fd);
    }
    server_stop(s);
    assert_int_equal(s->counts.replied, N);
    assert_int_equal(s->counts.connections, N);
    server_free(s);
}

static void datagrams_come_back(void **state)
{
    (void)state;
    struct server *s = server_start("udp = 127.0.0.1:0\n");
    int fd = client_socket(s->port[0], SOCK_DGRAM);
    static const size_t sizes[] = {0, 1, 64, 1472, 9000, 60000};
    uint8_t *out = malloc(65536), *in = malloc(65536);
    uint64_t bytes = 0, n = 0;
    for (size_t i = 0; i < 100; i++) {
        size_t size = sizes[i % (sizeof sizes / sizeof *sizes)];
        bytes_at(1, i, 0, size, out);
        assert_int_equal(send(fd, out, size, 0), size);
        assert_int_equal(recv(fd, in, 65536, 0), size);
        assert_memory_equal(in, out, size);
        bytes += size;
        n++;
    }
    free(out);
    free(in);
    close(fd);
    server_stop(s);
    assert_int_equal(s->counts.datagrams, n);
    assert_int_equal(s->counts.bytes_in, bytes);
    assert_int_equal(s->counts.bytes_out, bytes);
    server_free(s);
}

static void discarded_bytes_are_counted(void **state)
{
    (void)state;
    struct server *s = server_start("tcp = 127.0.0.1:0\n");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    char piece[65536];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 160; i++)
        assert_int_equal(send(fd, piece, sizeof piece, MSG_NOSIGNAL), sizeof piece);
    shutdown(fd, SHUT_WR);
    hear_end(fd); /* all was read when the server closes */
    server_stop(s);
    assert_int_equal(s->counts.bytes_in, 160 * sizeof piece);
    assert_int_equal(s->counts.connections, 1);
    server_free(s);
}

static void several_services_at_once(void **state)
{
    (void)state;
    struct server *s = server_start("http = 127.0.0.1:0\nhttp = 127.0.0.2:0\nudp = 127.0.0.1:0\n"
                                    "tcp = 127.0.0.1:0\nsize = 5\n");
    assert_int_equal(s->ports, 4);
    int http = client_socket(s->port[0], SOCK_STREAM);
    int udp = client_socket(s->port[2], SOCK_DGRAM);
    char byte = 'x';
    say(http, GET);
    hear_exactly(http, expected(s, 0, plain));
    assert_int_equal(send(udp, &byte, 1, 0), 1);
    assert_int_equal(recv(udp, &byte, 1, 0), 1);
    close(http);
    close(udp);
    server_stop(s);
    server_free(s);
}

static void idle_connections_are_closed(void **state)
{
    (void)state;
    struct server *s = start("idle = 1s\n");
    int fd = client_socket(s->port[0], SOCK_STREAM);
    hear_end(fd);
    server_stop(s);
    assert_int_equal(s->counts.connections, 1);
    server_free(s);
}

static void foreign_addresses_must_be_named(void **state)
{
    (void)state;
    struct server *s = server_compile("http = 0.0.0.0:0\n");
    assert_non_null(s->serve);
    int stop[2];
    assert_int_equal(pipe(stop), 0);
    close(stop[1]); /* already told to stop */
    s->opts.stop_fd = stop[0];
    assert_false(serve_run(s->serve, &s->opts, &s->counts, &s->errs));
    assert_int_equal(s->errs.n, 1);
    assert_non_null(strstr(s->errs.v[0].text, "0.0.0.0"));
    struct prefix any = {.first = {.family = FAMILY_IP4}, .bits = 32};
    s->opts.allow = &any;
    s->opts.allow_n = 1;
    assert_true(serve_run(s->serve, &s->opts, &s->counts, &s->errs));
    close(stop[0]);
    server_free(s);
}

static void a_taken_port_is_told(void **state)
{
    (void)state;
    struct server *s = start("");
    char text[50];
    snprintf(text, sizeof text, "http = 127.0.0.1:%u\n", s->port[0]);
    struct server *second = server_compile(text);
    second->opts.stop_fd = s->stop[0];
    assert_false(serve_run(second->serve, &second->opts, &second->counts, &second->errs));
    assert_int_equal(second->errs.n, 1);
    server_free(second);
    server_stop(s);
    server_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_in_single_bytes),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(uploads_are_dropped),
        cmocka_unit_test(continue_is_said_once),
        cmocka_unit_test(garbage_is_refused),
        cmocka_unit_test(a_header_without_end_is_refused),
        cmocka_unit_test(old_clients),
        cmocka_unit_test(a_half_closed_peer_gets_its_replies),
        cmocka_unit_test(large_bodies_are_streamed),
        cmocka_unit_test(failures_are_those_drawn),
        cmocka_unit_test(delays_block_nobody),
        cmocka_unit_test(two_workers_share_the_numbers),
        cmocka_unit_test(datagrams_come_back),
        cmocka_unit_test(discarded_bytes_are_counted),
        cmocka_unit_test(several_services_at_once),
        cmocka_unit_test(idle_connections_are_closed),
        cmocka_unit_test(foreign_addresses_must_be_named),
        cmocka_unit_test(a_taken_port_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
