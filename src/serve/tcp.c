/* tcp: reads and drops. The kernel throws the bytes away without copying them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "serve/service.h"

#define DISCARD_MAX (16u << 20)

struct sink {
    struct peer peer;
    struct event read;
};

static void sink_close(struct peer *p)
{
    struct sink *k = (struct sink *)p;
    event_del(&k->read);
    peer_leave(p, false);
    free(k);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct sink *k = arg;
    (void)what;
    /* MSG_TRUNC on a stream socket discards, tcp(7). */
    ssize_t got = recv(fd, NULL, DISCARD_MAX, MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        sink_close(&k->peer);
        return;
    }
    peer_alive(&k->peer, 0);
    k->peer.worker->counts.bytes_in += (uint64_t)got;
}

static void tcp_take(struct worker *w, int fd)
{
    struct sink *k = calloc(1, sizeof *k);
    if (!k) {
        sock_close(fd, true);
        return;
    }
    k->peer.close = sink_close;
    peer_join(&k->peer, w, fd);
    event_assign(&k->read, w->base, fd, EV_READ | EV_PERSIST, on_readable, k);
    event_add(&k->read, NULL);
}

const struct service service_tcp = {
    .doc =
        {
            .name = "tcp",
            .help = "reads and drops what arrives, and counts the bytes",
            .example = "127.0.0.1:9000",
        },
    .stream = true,
    .take = tcp_take,
};
