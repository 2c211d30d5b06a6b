/* Sockets over loopback: connect, refusal, full buffers, ends of streams, both families. */
#include "wire/sock.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static struct sock_addr local(const char *ip, uint16_t port)
{
    struct sock_addr a = {.port = port};
    assert_true(addr_parse(span_of(ip), &a.ip));
    return a;
}

static void wait_for(int fd, short what)
{
    struct pollfd p = {fd, what, 0};
    assert_int_equal(poll(&p, 1, 60000), 1);
}

static int listen_ok(struct sock_addr *at, bool stream)
{
    struct errs errs = {0};
    int fd = sock_listen(at, stream, false, &errs);
    if (fd < 0) errs_print(&errs, stderr);
    assert_true(fd >= 0);
    at->port = sock_local_port(fd);
    assert_true(at->port > 0);
    return fd;
}

/* Both ends of a new connection. */
static void connect_ok(const struct sock_addr *to, int listener, int *client, int *server)
{
    enum sent r = sock_connect(to, true, NULL, client);
    assert_true(r == SENT_OK || r == SENT_AGAIN);
    wait_for(*client, POLLOUT);
    assert_int_equal(sock_error(*client), 0);
    wait_for(listener, POLLIN);
    *server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(*server >= 0);
}

static bool have_ip6(void)
{
    struct sock_addr at = local("::1", 0);
    struct errs errs = {0};
    int fd = sock_listen(&at, true, false, &errs);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

static void streams_carry_bytes(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (int i = 0; i < (have_ip6() ? 2 : 1); i++) {
        struct sock_addr at = local(hosts[i], 0);
        int listener = listen_ok(&at, true), client, server, nodelay = 0;
        connect_ok(&at, listener, &client, &server);
        socklen_t len = sizeof nodelay;
        getsockopt(client, IPPROTO_TCP, TCP_NODELAY, &nodelay, &len);
        assert_true(nodelay);
        assert_true(fcntl(client, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
        size_t n;
        char buf[16];
        assert_int_equal(sock_recv(client, buf, sizeof buf, &n), SENT_AGAIN);
        assert_int_equal(n, 0);
        assert_int_equal(sock_send(client, span_of("hello"), &n), SENT_OK);
        assert_int_equal(n, 5);
        wait_for(server, POLLIN);
        assert_int_equal(sock_recv(server, buf, 3, &n), SENT_OK);
        assert_int_equal(n, 3);
        assert_memory_equal(buf, "hel", 3);
        assert_int_equal(sock_recv(server, buf, sizeof buf, &n), SENT_OK);
        assert_int_equal(n, 2);
        sock_close(client, false);
        wait_for(server, POLLIN);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(sock_recv(server, buf, sizeof buf, &n), SENT_OK);
            assert_int_equal(n, 0);
        }
        sock_close(server, false);
        close(listener);
    }
}

static void full_streams_take_a_part(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0);
    int listener = listen_ok(&at, true), client, server;
    connect_ok(&at, listener, &client, &server);
    size_t size = 16u << 20, sent = 0, received = 0, n;
    uint8_t *out = malloc(size), *in = malloc(1 << 16);
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(i * 2654435761u >> 11);
    unsigned again = 0;
    while (received < size) {
        if (sent < size) {
            enum sent r = sock_send(client, span_make(out + sent, size - sent), &n);
            assert_true(r != SENT_FAILED);
            assert_true(r == SENT_OK ? n == size - sent : n < size - sent);
            sent += n;
            again += r == SENT_AGAIN;
        }
        wait_for(server, POLLIN);
        assert_int_equal(sock_recv(server, in, 1 << 16, &n), SENT_OK);
        assert_memory_equal(in, out + received, n);
        received += n;
    }
    assert_true(again > 0);
    sock_close(client, false);
    sock_close(server, false);
    close(listener);
    free(out);
    free(in);
}

/* A hard close resets; sending to a peer that is gone fails without a signal. */
static void tells_resets(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0);
    int listener = listen_ok(&at, true), client, server;
    connect_ok(&at, listener, &client, &server);
    sock_close(server, true);
    wait_for(client, POLLIN);
    char c;
    size_t n;
    assert_int_equal(sock_recv(client, &c, 1, &n), SENT_FAILED);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(sock_send(client, span_of("x"), &n), SENT_FAILED);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(n, 0);
    sock_close(client, true);
    close(listener);
}

static void tells_refusal(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0);
    close(listen_ok(&at, true)); /* now nobody listens there */
    int fd;
    enum sent r = sock_connect(&at, true, NULL, &fd);
    if (r == SENT_AGAIN) {
        wait_for(fd, POLLOUT);
        assert_int_equal(sock_error(fd), ECONNREFUSED);
        close(fd);
    } else {
        assert_int_equal(r, SENT_FAILED);
        assert_int_equal(errno, ECONNREFUSED);
        assert_int_equal(fd, -1);
    }
}

/* A port that is connected to from itself is not a server. */
static void tells_refusal_instead_of_its_own_voice(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < 2; i++) {
        struct sock_addr at = local(hosts[i], 0);
        close(listen_ok(&at, true));
        int fd;
        assert_int_equal(sock_connect(&at, true, &at, &fd), SENT_FAILED);
        assert_int_equal(errno, ECONNREFUSED);
        assert_int_equal(fd, -1);
    }
}

static void binds_a_source(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0), from = local("127.0.0.77", 0);
    int listener = listen_ok(&at, true), fd;
    assert_true(sock_connect(&at, true, &from, &fd) != SENT_FAILED);
    wait_for(listener, POLLIN);
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int server = accept(listener, (struct sockaddr *)&peer, &len);
    assert_true(server >= 0);
    assert_int_equal(ntohl(peer.sin_addr.s_addr), 0x7f00004d);
    assert_int_equal(ntohs(peer.sin_port), sock_local_port(fd));
    close(server);
    sock_close(fd, true);
    from = local("198.51.100.1", 0); /* not ours */
    assert_int_equal(sock_connect(&at, true, &from, &fd), SENT_FAILED);
    assert_int_equal(errno, EADDRNOTAVAIL);
    assert_int_equal(fd, -1);
    close(listener);
}

static void datagrams_keep_their_bounds(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0), from = local("127.0.0.5", 0);
    int server = listen_ok(&at, false), client;
    assert_int_equal(sock_connect(&at, false, &from, &client), SENT_OK);
    char buf[16];
    size_t n;
    assert_int_equal(sock_send(client, span_of("one"), &n), SENT_OK);
    assert_int_equal(sock_send(client, span_of(""), &n), SENT_OK);
    assert_int_equal(sock_send(client, span_of("three"), &n), SENT_OK);
    static const size_t lengths[] = {3, 0, 5};
    for (size_t i = 0; i < 3; i++) {
        wait_for(server, POLLIN);
        assert_int_equal(sock_recv(server, buf, sizeof buf, &n), SENT_OK);
        assert_int_equal(n, lengths[i]);
    }
    static char huge[70000];
    assert_int_equal(sock_send(client, span_make(huge, sizeof huge), &n), SENT_FAILED);
    assert_int_equal(errno, EMSGSIZE);
    close(server);
    assert_int_equal(sock_send(client, span_of("nobody"), &n), SENT_OK);
    wait_for(client, POLLIN);
    assert_int_equal(sock_recv(client, buf, sizeof buf, &n), SENT_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    sock_close(client, false);
}

static void listeners_share_or_collide(void **state)
{
    (void)state;
    struct sock_addr at = local("127.0.0.1", 0);
    struct errs errs = {0};
    int first = sock_listen(&at, true, true, &errs);
    at.port = sock_local_port(first);
    int second = sock_listen(&at, true, true, &errs);
    assert_true(second >= 0);
    assert_int_equal(errs.n, 0);
    assert_int_equal(sock_listen(&at, true, false, &errs), -1);
    char expected[100];
    snprintf(expected, sizeof expected,
             "cannot listen on 127.0.0.1 port %u: Address already in use", at.port);
    assert_string_equal(errs.v[0].text, expected);
    close(first);
    close(second);
    assert_int_equal(sock_local_port(-1), 0);
}

static void resolves_names(void **state)
{
    (void)state;
    struct errs errs = {0};
    struct sock_addr got[4];
    char text[ADDR_BUF];
    assert_int_equal(sock_resolve("198.18.0.7", 80, got, 4, (struct where){0}, &errs), 1);
    assert_string_equal(addr_format(text, got[0].ip), "198.18.0.7");
    assert_int_equal(got[0].port, 80);
    assert_int_equal(sock_resolve("2001:2::1", 53, got, 4, (struct where){0}, &errs), 1);
    assert_string_equal(addr_format(text, got[0].ip), "2001:2::1");
    assert_true(sock_resolve("localhost", 1, got, 4, (struct where){0}, &errs) >= 1);
    assert_int_equal(errs.n, 0);
    assert_int_equal(sock_resolve("no..such..host", 1, got, 4, (struct where){"x", 2}, &errs), 0);
    assert_int_equal(errs.n, 1);
    assert_non_null(strstr(errs.v[0].text, "cannot resolve host 'no..such..host': "));
}

int main(void)
{
    signal(SIGPIPE, SIG_DFL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_carry_bytes),
        cmocka_unit_test(full_streams_take_a_part),
        cmocka_unit_test(tells_resets),
        cmocka_unit_test(tells_refusal),
        cmocka_unit_test(tells_refusal_instead_of_its_own_voice),
        cmocka_unit_test(binds_a_source),
        cmocka_unit_test(datagrams_keep_their_bounds),
        cmocka_unit_test(listeners_share_or_collide),
        cmocka_unit_test(resolves_names),
    };
    return cmocka_run_group_tests_name("wire: sock", tests, NULL, NULL);
}
