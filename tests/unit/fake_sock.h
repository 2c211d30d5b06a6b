/* Sockets without a network, in place of wire/sock.c: who links this file says what comes in, and
 * sees what goes out. Descriptors are eventfds, always readable and writable, so that an event
 * loop asks again whenever it is turned. */
#ifndef TESTS_FAKE_SOCK_H
#define TESTS_FAKE_SOCK_H

#include "wire/sock.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FAKE_SOCKS 64
#define FAKE_ROOM 65536

struct fake_sock {
    bool open;
    uint8_t out[FAKE_ROOM], in[FAKE_ROOM]; /* what was sent; what has come */
    size_t out_n, in_n, in_at;
    bool eof;  /* behind what has come */
    int fails; /* errno of the next call; 0: none */
};
static struct fake {
    struct fake_sock v[FAKE_SOCKS]; /* by descriptor */
    enum sent connects;             /* what the next connections do */
    size_t takes, gives;            /* bytes at most in one call */
    unsigned opened;                /* connections so far */
} fake;

/* Connections succeed at once, and nothing is small. All sockets have been closed. */
static inline void fake_reset(void)
{
    fake.connects = SENT_OK;
    fake.takes = fake.gives = FAKE_ROOM;
    fake.opened = 0;
}

static struct fake_sock *fake_of(int fd)
{
    return fd >= 0 && fd < FAKE_SOCKS && fake.v[fd].open ? &fake.v[fd] : NULL;
}

/* The server says something; what there is no room for is lost. */
static inline void fake_come(struct fake_sock *f, struct span bytes)
{
    if (bytes.n > FAKE_ROOM - f->in_n) bytes.n = FAKE_ROOM - f->in_n;
    if (bytes.n) memcpy(f->in + f->in_n, bytes.p, bytes.n);
    f->in_n += bytes.n;
}

enum sent sock_connect(const struct sock_addr *to, bool stream, const struct sock_addr *source,
                       int *fd)
{
    (void)to, (void)stream, (void)source;
    *fd = -1;
    if (fake.connects == SENT_FAILED) {
        errno = ECONNREFUSED;
        return SENT_FAILED;
    }
    int made = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made < 0 || made >= FAKE_SOCKS) {
        if (made >= 0) close(made);
        errno = EMFILE;
        return SENT_FAILED;
    }
    struct fake_sock *f = &fake.v[made];
    f->open = true;
    f->eof = false;
    f->fails = 0;
    f->out_n = f->in_n = f->in_at = 0;
    fake.opened++;
    *fd = made;
    return fake.connects;
}

int sock_error(int fd)
{
    struct fake_sock *f = fake_of(fd);
    return f ? f->fails : EBADF;
}

enum sent sock_send(int fd, struct span bytes, size_t *done)
{
    struct fake_sock *f = fake_of(fd);
    *done = 0;
    if (!f || f->fails) {
        errno = f ? f->fails : EBADF;
        return SENT_FAILED;
    }
    size_t n = bytes.n < fake.takes ? bytes.n : fake.takes;
    size_t kept = n < FAKE_ROOM - f->out_n ? n : FAKE_ROOM - f->out_n;
    if (kept) memcpy(f->out + f->out_n, bytes.p, kept);
    f->out_n += kept;
    *done = n;
    return n == bytes.n ? SENT_OK : SENT_AGAIN;
}

enum sent sock_recv(int fd, void *buf, size_t n, size_t *got)
{
    struct fake_sock *f = fake_of(fd);
    *got = 0;
    if (!f || f->fails) {
        errno = f ? f->fails : EBADF;
        return SENT_FAILED;
    }
    if (f->in_at == f->in_n) return f->eof ? SENT_OK : SENT_AGAIN;
    if (n > f->in_n - f->in_at) n = f->in_n - f->in_at;
    if (n > fake.gives) n = fake.gives;
    memcpy(buf, f->in + f->in_at, n);
    f->in_at += n;
    *got = n;
    return SENT_OK;
}

uint16_t sock_local_port(int fd)
{
    return (uint16_t)(fd + 1024);
}

void sock_close(int fd, bool hard)
{
    struct fake_sock *f = fake_of(fd);
    (void)hard;
    if (f) f->open = false;
    close(fd);
}

/* Not for those who link this: */
size_t sock_resolve(const char *host, uint16_t port, struct sock_addr *out, size_t max,
                    struct where at, struct errs *errs)
{
    (void)host, (void)port, (void)out, (void)max, (void)at, (void)errs;
    return 0;
}
int sock_listen(const struct sock_addr *at, bool stream, bool share, struct errs *errs)
{
    (void)at, (void)stream, (void)share, (void)errs;
    return -1;
}

#endif
