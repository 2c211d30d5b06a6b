/* first: how long a command takes from its start to its first packet or request.
 *
 *   first tcp PORT COMMAND...      until a connection to 127.0.0.1:PORT has carried a byte
 *   first dev NETNS:IFACE COMMAND... until a frame has arrived at the interface there
 *
 * Prints microseconds, then ends the command. Fails after 10 s, or when the command ends. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"

#define DEADLINE_S 10

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int tcp_socket(uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 128) < 0)
        die("first: listen");
    return fd;
}

/* A packet socket in another network namespace; the caller stays in its own. Listening there
 * sees also what a sender's own host hides from its taps. */
static int dev_socket(char *place)
{
    char path[64], *colon = strchr(place, ':');
    if (!colon) die("first: NETNS:IFACE");
    snprintf(path, sizeof path, "/run/netns/%.*s", (int)(colon - place), place);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) die("first: namespace");
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)if_nametoindex(colon + 1)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) die("first: packet socket");
    if (setns(home, CLONE_NEWNET) < 0) die("first: namespace");
    return fd;
}

/* A byte on the first connection that carries one: some clients probe with an empty one. */
static void await_tcp(int fd)
{
    char byte;
    for (;;) {
        int c = accept(fd, NULL, NULL);
        if (c < 0) die("first: accept");
        ssize_t n = recv(c, &byte, 1, 0);
        close(c);
        if (n == 1) return;
    }
}

static void await_frame(int fd)
{
    char byte;
    if (recv(fd, &byte, 1, 0) < 0) die("first: receive");
}

static pid_t child;

static void give_up(int sig)
{
    (void)sig;
    kill(child, SIGTERM);
    _exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: first tcp PORT COMMAND... | first dev NETNS:IFACE COMMAND...\n");
        return 2;
    }
    bool tcp = strcmp(argv[1], "tcp") == 0;
    int fd = tcp ? tcp_socket((uint16_t)atoi(argv[2])) : dev_socket(argv[2]);
    signal(SIGPIPE, SIG_IGN);
    uint64_t start = clock_now();
    child = fork();
    if (child == 0) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    signal(SIGALRM, give_up);
    signal(SIGCHLD, give_up);
    alarm(DEADLINE_S);
    if (tcp)
        await_tcp(fd);
    else
        await_frame(fd);
    uint64_t took = clock_now() - start;
    signal(SIGCHLD, SIG_DFL);
    kill(child, SIGTERM);
    close(fd);
    waitpid(child, NULL, 0);
    printf("%llu\n", (unsigned long long)took / 1000);
    return 0;
}
