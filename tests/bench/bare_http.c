/* bare_http: the least a closed loop of HTTP requests can cost: one constant request, replies of
 * one constant length, epoll, no measuring. The limit that `make bench` compares with.
 *
 *   bare_http PORT CONNECTIONS SECONDS       prints the number of replies */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

#define CONNECTIONS_MAX 1024
#define REPLY_MAX 65536

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
static char room[REPLY_MAX];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die("bare_http: connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void ask(int fd)
{
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1)
        die("bare_http: send");
}

/* The length of a reply, learnt from one: the server takes a while to say nothing more. */
static size_t reply_length(uint16_t port)
{
    struct timeval quiet = {.tv_usec = 100000};
    int fd = connect_to(port);
    size_t n = 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet);
    ask(fd);
    for (ssize_t got; (got = recv(fd, room, sizeof room, 0)) > 0;) n += (size_t)got;
    close(fd);
    if (n == 0) die("bare_http: no reply");
    return n;
}

static uint64_t loop(int ep, size_t length, uint64_t until)
{
    static size_t left[CONNECTIONS_MAX + 64]; /* of the current reply, by file descriptor */
    struct epoll_event ready[256];
    uint64_t replies = 0;
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) left[i] = length;
    while (clock_now() < until) {
        int n = epoll_wait(ep, ready, 256, 100);
        for (int i = 0; i < n; i++) {
            int fd = ready[i].data.fd;
            ssize_t got = recv(fd, room, sizeof room, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0 || (size_t)got > left[fd]) die("bare_http: reply");
            left[fd] -= (size_t)got;
            if (left[fd] > 0) continue;
            left[fd] = length;
            replies++;
            ask(fd);
        }
    }
    return replies;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bare_http PORT CONNECTIONS SECONDS\n");
        return 2;
    }
    uint16_t port = (uint16_t)atoi(argv[1]);
    int connections = atoi(argv[2]);
    double seconds = atof(argv[3]);
    if (connections < 1 || connections > CONNECTIONS_MAX) return 2;
    size_t length = reply_length(port);
    int ep = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        int fd = connect_to(port);
        struct epoll_event want = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= CONNECTIONS_MAX + 64 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &want) < 0)
            die("bare_http: epoll_ctl");
        ask(fd);
    }
    printf("%llu\n", (unsigned long long)loop(ep, length, clock_now() + (uint64_t)(seconds * 1e9)));
    return 0;
}
