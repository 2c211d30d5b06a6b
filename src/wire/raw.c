/* Frames through an AF_PACKET socket, packet(7), in batches of sendmmsg.
 *
 * The queueing discipline is bypassed unless asked for. A TX ring would save the copy but is
 * slower on virtual devices and no faster per frame on the others. CAP_NET_RAW is enough.
 *
 * What the results mean: with the bypass, a frame that the driver cannot take is dropped at
 * once and reported as ENOBUFS, so it has not left and may be sent again. A virtual device of
 * an old kernel, and every device's receiver, may still drop silently; that shows only in the
 * interface's own counters. */
#include "wire/wire.h"
#include "wire/device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 128 /* frames in one system call; more gains nothing measurable */

extern const struct wire_class wire_raw;

struct raw {
    struct wire wire;
    char name[IFNAMSIZ];
    struct iovec iov[BATCH];
    struct mmsghdr msg[BATCH]; /* msg[i] always points to iov[i] */
};

/* A packet socket that sends through the interface and receives nothing; -1 after telling. */
static int open_socket(const struct wire_opts *o, int index, struct where at, struct errs *errs)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 && (errno == EPERM || errno == EACCES)) {
        device_forbidden(o->place, "sending on", at, errs);
        return -1;
    }
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = index};
    if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        err_add(errs, at, "cannot send on '%s': %s", o->place, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    int bypass = !o->qdisc;
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
    device_widen(fd);
    return fd;
}

static struct wire *raw_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    struct device d;
    if (!device_find(o->place, &d, at, errs)) return NULL;
    int fd = open_socket(o, d.index, at, errs);
    if (fd < 0) return NULL;
    struct raw *w = calloc(1, sizeof *w);
    if (!w) {
        err_add(errs, at, "no memory for a wire");
        close(fd);
        return NULL;
    }
    w->wire = (struct wire){.class = &wire_raw, .fd = fd, .mtu = d.mtu + LINK_HEADER};
    memcpy(w->wire.mac, d.mac, sizeof d.mac);
    strncpy(w->name, o->place, sizeof w->name - 1);
    for (size_t i = 0; i < BATCH; i++)
        w->msg[i].msg_hdr = (struct msghdr){.msg_iov = &w->iov[i], .msg_iovlen = 1};
    return &w->wire;
}

/* The device refused the next frame with `why`. A device without a link answers as a busy one
 * does, so it is asked. */
static enum sent refused(struct raw *w, int why)
{
    if (why == EAGAIN) return SENT_AGAIN;
    if (why == ENOBUFS) {
        if (device_has_link(w->wire.fd, w->name)) return SENT_AGAIN;
        why = ENETDOWN;
    }
    w->wire.error = why;
    return SENT_FAILED;
}

static enum sent raw_send(struct wire *wire, const struct frame *f, size_t n, size_t *done)
{
    struct raw *w = (struct raw *)wire;
    *done = 0;
    while (*done < n) {
        size_t want = n - *done < BATCH ? n - *done : BATCH;
        for (size_t i = 0; i < want; i++)
            w->iov[i] = (struct iovec){(void *)f[*done + i].p, f[*done + i].len};
        int took = sendmmsg(wire->fd, w->msg, (unsigned)want, MSG_DONTWAIT);
        if (took > 0)
            *done += (size_t)took;
        else if (took < 0 && errno != EINTR)
            return refused(w, errno);
    }
    return SENT_OK;
}

static bool raw_close(struct wire *wire, struct errs *errs)
{
    (void)errs;
    close(wire->fd);
    free(wire);
    return true;
}

static const struct param params[] = {
    {"interface", "name", "that of [run]", "the network interface to send through"},
    {0},
};

const struct wire_class wire_raw = {
    .doc = {.name = "raw",
            .help = "sends Ethernet frames through a network interface",
            .example = "raw",
            .params = params},
    .device = true,
    .open = raw_open,
    .send = raw_send,
    .close = raw_close,
};
