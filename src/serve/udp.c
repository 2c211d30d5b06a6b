/* udp: every datagram goes back where it came from, in batches. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "serve/service.h"

#define MAIL_BATCH 64
#define MAIL_SIZE 65536
#define MAIL_ROUNDS 16 /* batches in one go, so that a flood does not starve the rest */

/* The buffers of one batch; only as much of them is ever touched as datagrams are long. */
struct mail {
    struct mmsghdr head[MAIL_BATCH];
    struct iovec part[MAIL_BATCH];
    struct sockaddr_storage from[MAIL_BATCH];
    uint8_t bytes[MAIL_BATCH][MAIL_SIZE];
};

static void mail_prepare(struct mail *m)
{
    for (size_t i = 0; i < MAIL_BATCH; i++) {
        m->part[i] = (struct iovec){m->bytes[i], MAIL_SIZE};
        m->head[i].msg_hdr = (struct msghdr){
            .msg_name = &m->from[i],
            .msg_namelen = sizeof m->from[i],
            .msg_iov = &m->part[i],
            .msg_iovlen = 1,
        };
    }
}

/* Sends n datagrams back. One that cannot leave now is lost, as in a network. */
static void mail_return(struct worker *w, int fd, unsigned n)
{
    struct mail *m = w->mail;
    for (unsigned i = 0; i < n; i++) {
        m->part[i].iov_len = m->head[i].msg_len;
        w->counts.bytes_in += m->head[i].msg_len;
    }
    for (unsigned at = 0; at < n;) {
        int sent = sendmmsg(fd, m->head + at, n - at, MSG_DONTWAIT);
        if (sent <= 0) {
            w->counts.lost++;
            at++;
            continue;
        }
        w->counts.datagrams += (unsigned)sent;
        for (int i = 0; i < sent; i++) w->counts.bytes_out += m->part[at + (unsigned)i].iov_len;
        at += (unsigned)sent;
    }
}

static void udp_take(struct worker *w, int fd)
{
    if (!w->mail) w->mail = calloc(1, sizeof *w->mail);
    if (!w->mail) return;
    for (int round = 0; round < MAIL_ROUNDS; round++) {
        mail_prepare(w->mail);
        int got = recvmmsg(fd, w->mail->head, MAIL_BATCH, MSG_DONTWAIT, NULL);
        if (got <= 0) return;
        mail_return(w, fd, (unsigned)got);
        if (got < MAIL_BATCH) return;
    }
}

const struct service service_udp = {
    .doc =
        {
            .name = "udp",
            .help = "sends every datagram back where it came from",
            .example = "127.0.0.1:7000",
        },
    .stream = false,
    .take = udp_take,
};
