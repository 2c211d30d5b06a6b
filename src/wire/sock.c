#include "wire/sock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAM_ROOM (4 << 20)

union name {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
};

static socklen_t to_name(const struct sock_addr *a, union name *out)
{
    uint8_t bytes[16];
    addr_bytes(a->ip, bytes);
    memset(out, 0, sizeof *out);
    if (a->ip.family == FAMILY_IP4) {
        out->ip4.sin_family = AF_INET;
        out->ip4.sin_port = htons(a->port);
        memcpy(&out->ip4.sin_addr, bytes, 4);
        return sizeof out->ip4;
    }
    out->ip6.sin6_family = AF_INET6;
    out->ip6.sin6_port = htons(a->port);
    memcpy(&out->ip6.sin6_addr, bytes, 16);
    return sizeof out->ip6;
}

static bool from_name(const struct sockaddr *in, uint16_t port, struct sock_addr *out)
{
    union name n;
    if (in->sa_family == AF_INET) {
        memcpy(&n.ip4, in, sizeof n.ip4);
        out->ip = addr_from_bytes(FAMILY_IP4, (const uint8_t *)&n.ip4.sin_addr);
    } else if (in->sa_family == AF_INET6) {
        memcpy(&n.ip6, in, sizeof n.ip6);
        out->ip = addr_from_bytes(FAMILY_IP6, (const uint8_t *)&n.ip6.sin6_addr);
    } else {
        return false;
    }
    out->port = port;
    return true;
}

size_t sock_resolve(const char *host, uint16_t port, struct sock_addr *out, size_t max,
                    struct where at, struct errs *errs)
{
    if (max > 0 && addr_parse(span_of(host), &out->ip) && out->ip.family != FAMILY_MAC) {
        out->port = port;
        return 1;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
    int why = getaddrinfo(host, NULL, &hints, &list);
    if (why != 0) {
        err_add(errs, at, "cannot resolve host '%s': %s", host,
                why == EAI_SYSTEM ? strerror(errno) : gai_strerror(why));
        return 0;
    }
    size_t n = 0;
    for (struct addrinfo *a = list; a && n < max; a = a->ai_next)
        n += from_name(a->ai_addr, port, &out[n]);
    freeaddrinfo(list);
    if (n == 0) err_add(errs, at, "host '%s' has no IP address", host);
    return n;
}

/* A non-blocking socket for a's family, or -1. */
static int make(const struct sock_addr *a, bool stream)
{
    int one = 1;
    int fd = socket(a->ip.family == FAMILY_IP4 ? AF_INET : AF_INET6,
                    (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && stream) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void close_keeping_errno(int fd)
{
    int why = errno;
    close(fd);
    errno = why;
}

/* Without a source port, the choice of one waits for connect, which knows the destination:
 * then each destination has all ports to itself. */
static bool bind_source(int fd, bool stream, const struct sock_addr *source)
{
    union name n;
    socklen_t len = to_name(source, &n);
    int one = 1;
    if (stream && source->port == 0)
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    return bind(fd, &n.any, len) == 0;
}

/* Without a listener, a port that the system chooses for its own end may be the very port that
 * is connected to, and TCP then connects the socket to itself (RFC 9293, section 3.5). */
static bool is_its_own_peer(int fd, const union name *peer, socklen_t len)
{
    union name own;
    socklen_t own_len = sizeof own;
    memset(&own, 0, sizeof own);
    if (getsockname(fd, &own.any, &own_len) < 0 || own_len != len) return false;
    if (own.any.sa_family == AF_INET)
        return own.ip4.sin_port == peer->ip4.sin_port &&
               own.ip4.sin_addr.s_addr == peer->ip4.sin_addr.s_addr;
    return own.ip6.sin6_port == peer->ip6.sin6_port &&
           memcmp(&own.ip6.sin6_addr, &peer->ip6.sin6_addr, 16) == 0;
}

enum sent sock_connect(const struct sock_addr *to, bool stream, const struct sock_addr *source,
                       int *out)
{
    union name n;
    socklen_t len = to_name(to, &n);
    *out = -1;
    int fd = make(to, stream);
    if (fd < 0) return SENT_FAILED;
    enum sent result = SENT_FAILED;
    if (!source || bind_source(fd, stream, source)) {
        if (connect(fd, &n.any, len) == 0)
            result = SENT_OK;
        else if (errno == EINPROGRESS)
            result = SENT_AGAIN;
    }
    if (stream && result != SENT_FAILED && is_its_own_peer(fd, &n, len)) {
        errno = ECONNREFUSED; /* nobody listens there */
        result = SENT_FAILED;
    }
    if (result == SENT_FAILED)
        close_keeping_errno(fd);
    else
        *out = fd;
    return result;
}

int sock_error(int fd)
{
    int why = 0;
    socklen_t len = sizeof why;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) < 0 ? errno : why;
}

/* Whether a call that failed may be made again later. */
static bool busy(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == ENOBUFS;
}

enum sent sock_send(int fd, struct span bytes, size_t *done)
{
    ssize_t n;
    do n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    *done = n > 0 ? (size_t)n : 0;
    if (n < 0) return busy(errno) ? SENT_AGAIN : SENT_FAILED;
    /* A stream that takes less than it was offered is full: no second call to learn that. */
    return *done == bytes.n ? SENT_OK : SENT_AGAIN;
}

enum sent sock_recv(int fd, void *buf, size_t n, size_t *got)
{
    ssize_t r;
    do r = recv(fd, buf, n, 0);
    while (r < 0 && errno == EINTR);
    *got = r > 0 ? (size_t)r : 0;
    if (r < 0) return busy(errno) ? SENT_AGAIN : SENT_FAILED;
    return SENT_OK;
}

uint16_t sock_local_port(int fd)
{
    union name n;
    socklen_t len = sizeof n;
    if (getsockname(fd, &n.any, &len) < 0) return 0;
    if (n.any.sa_family == AF_INET) return ntohs(n.ip4.sin_port);
    return n.any.sa_family == AF_INET6 ? ntohs(n.ip6.sin6_port) : 0;
}

void sock_close(int fd, bool hard)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (hard) setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
}

/* Datagrams wait here while the process is kept from running; what finds no room is lost. Beyond
 * the system's limit only with CAP_NET_ADMIN; otherwise as much as it grants. */
static void give_room(int fd)
{
    int room = DATAGRAM_ROOM;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
}

static bool start_listening(int fd, const struct sock_addr *at, bool stream, bool share)
{
    union name n;
    socklen_t len = to_name(at, &n);
    int one = 1;
    if (stream) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (share && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) < 0) return false;
    if (at->ip.family == FAMILY_IP6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return bind(fd, &n.any, len) == 0 && (!stream || listen(fd, SOMAXCONN) == 0);
}

int sock_listen(const struct sock_addr *at, bool stream, bool share, struct errs *errs)
{
    int fd = make(at, stream);
    if (fd >= 0 && !stream) give_room(fd);
    if (fd >= 0 && start_listening(fd, at, stream, share)) return fd;
    char text[ADDR_BUF];
    err_add(errs, (struct where){0}, "cannot listen on %s port %u: %s", addr_format(text, at->ip),
            at->port, strerror(errno));
    if (fd >= 0) close(fd);
    return -1;
}
