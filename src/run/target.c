#include "run/target.h"

#include <poll.h>

#define PATIENCE_MS 1000

static bool accepts(const struct sock_addr *a)
{
    int fd = -1;
    enum sent how = sock_connect(a, true, NULL, &fd);
    if (how == SENT_AGAIN) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        how = poll(&p, 1, PATIENCE_MS) == 1 && sock_error(fd) == 0 ? SENT_OK : SENT_FAILED;
    }
    if (fd >= 0) sock_close(fd, false);
    return how == SENT_OK;
}

static bool connects(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].proto && p->streams[i].proto->stream) return true;
    return false;
}

void target_choose(struct plan *p)
{
    if (p->target_addrs < 2 || !connects(p)) return;
    for (size_t i = 0; i < p->target_addrs; i++) {
        struct sock_addr a = p->target_addr[i];
        if (!accepts(&a)) continue;
        p->target_addr[i] = p->target_addr[0];
        p->target_addr[0] = a;
        return;
    }
}
