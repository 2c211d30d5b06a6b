#include "wire/neigh.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TRIES 20
#define PAUSE_NS 50000000
#define DISCARD_PORT 9

struct request {
    struct nlmsghdr head;
    union {
        struct rtmsg route;
        struct ndmsg neigh;
    };
    char room[64];
};

static void add_attr(struct request *q, unsigned short type, const void *data, size_t n)
{
    struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));
    a->rta_type = type;
    a->rta_len = (unsigned short)RTA_LENGTH(n);
    memcpy(RTA_DATA(a), data, n);
    q->head.nlmsg_len = NLMSG_ALIGN(q->head.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
}

/* The payload of an attribute in a message's span, or an empty span. */
static struct span find_attr(struct span attrs, unsigned short type)
{
    struct rtattr a;
    while (attrs.n >= sizeof a) {
        memcpy(&a, attrs.p, sizeof a);
        if (a.rta_len < sizeof a || a.rta_len > attrs.n) break;
        if (a.rta_type == type) return span_sub(attrs, sizeof a, a.rta_len - sizeof a);
        attrs = span_from(attrs, RTA_ALIGN(a.rta_len));
    }
    return (struct span){0};
}

/* Sends a request and hands each answer to `found` until it returns true. */
static bool ask(struct request *q, bool (*found)(void *ctx, struct span body), void *ctx)
{
    _Alignas(8) uint8_t buf[32768];
    bool hit = false, done = false;
    struct timeval limit = {.tv_sec = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (send(fd, q, q->head.nlmsg_len, 0) < 0) done = true;
    while (!done) {
        ssize_t got = recv(fd, buf, sizeof buf, 0);
        if (got <= 0) break;
        struct span all = span_make(buf, (size_t)got);
        struct nlmsghdr h;
        while (all.n >= sizeof h && !done) {
            memcpy(&h, all.p, sizeof h);
            if (h.nlmsg_len < sizeof h || h.nlmsg_len > all.n) break;
            if (h.nlmsg_type == NLMSG_DONE || h.nlmsg_type == NLMSG_ERROR)
                done = true;
            else if (!hit)
                hit = found(ctx, span_sub(all, sizeof h, h.nlmsg_len - sizeof h));
            if (!(h.nlmsg_flags & NLM_F_MULTI)) done = true;
            all = span_from(all, NLMSG_ALIGN(h.nlmsg_len));
        }
    }
    close(fd);
    return hit;
}

struct hop {
    unsigned interface;
    struct addr addr;
    uint8_t mac[6];
};

static uint8_t family_of(struct addr a)
{
    return a.family == FAMILY_IP4 ? AF_INET : AF_INET6;
}

static bool found_route(void *ctx, struct span body)
{
    struct hop *h = ctx;
    struct span attrs = span_from(body, NLMSG_ALIGN(sizeof(struct rtmsg)));
    struct span gateway = find_attr(attrs, RTA_GATEWAY), out = find_attr(attrs, RTA_OIF);
    unsigned oif = 0;
    if (out.n == sizeof oif) memcpy(&oif, out.p, sizeof oif);
    if (oif != h->interface) return false;
    if (gateway.n == family_bits(h->addr.family) / 8)
        h->addr = addr_from_bytes(h->addr.family, gateway.p);
    return true;
}

static bool find_route(struct hop *h)
{
    uint8_t bytes[16];
    size_t n = addr_bytes(h->addr, bytes);
    struct request q = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof q.route),
                                 .nlmsg_type = RTM_GETROUTE,
                                 .nlmsg_flags = NLM_F_REQUEST}};
    q.route.rtm_family = family_of(h->addr);
    q.route.rtm_dst_len = (uint8_t)(n * 8);
    add_attr(&q, RTA_DST, bytes, n);
    add_attr(&q, RTA_OIF, &h->interface, sizeof h->interface);
    return ask(&q, found_route, h);
}

static bool found_neigh(void *ctx, struct span body)
{
    struct hop *h = ctx;
    struct ndmsg m;
    if (body.n < sizeof m) return false;
    memcpy(&m, body.p, sizeof m);
    struct span attrs = span_from(body, NLMSG_ALIGN(sizeof m));
    struct span to = find_attr(attrs, NDA_DST), mac = find_attr(attrs, NDA_LLADDR);
    const unsigned known = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
    if ((unsigned)m.ndm_ifindex != h->interface || !(m.ndm_state & known) || mac.n != 6)
        return false;
    if (to.n != family_bits(h->addr.family) / 8) return false;
    if (addr_from_bytes(h->addr.family, to.p).v != h->addr.v) return false;
    memcpy(h->mac, mac.p, 6);
    return true;
}

static bool find_neigh(struct hop *h)
{
    struct request q = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof q.neigh),
                                 .nlmsg_type = RTM_GETNEIGH,
                                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    q.neigh.ndm_family = family_of(h->addr);
    return ask(&q, found_neigh, h);
}

static void provoke(const char *interface, struct addr to)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};
    uint8_t bytes[16];
    addr_bytes(to, bytes);
    int fd = socket(family_of(to), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return;
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface));
    memcpy(&four.sin_addr, bytes, 4);
    memcpy(&six.sin6_addr, bytes, 16);
    bool v4 = to.family == FAMILY_IP4;
    /* Whether it leaves does not matter: the neighbour table is asked again. */
    if (sendto(fd, "", 0, 0, v4 ? (struct sockaddr *)&four : (struct sockaddr *)&six,
               v4 ? sizeof four : sizeof six) < 0) {
    }
    close(fd);
}

/* Group addresses have MAC addresses of their own (RFC 1112, section 6.4; RFC 2464, section 7). */
static bool group_mac(struct addr to, uint8_t mac[6])
{
    uint8_t b[16];
    addr_bytes(to, b);
    if (to.family == FAMILY_IP4 && to.v == UINT32_MAX) {
        memset(mac, 0xff, 6);
    } else if (to.family == FAMILY_IP4 && b[0] >> 4 == 14) {
        memcpy(mac, (uint8_t[]){1, 0, 0x5e, b[1] & 0x7f, b[2], b[3]}, 6);
    } else if (to.family == FAMILY_IP6 && b[0] == 0xff) {
        memcpy(mac, (uint8_t[]){0x33, 0x33, b[12], b[13], b[14], b[15]}, 6);
    } else {
        return false;
    }
    return true;
}

bool neigh_resolve(const char *interface, struct addr to, uint8_t mac[6], struct where at,
                   struct errs *errs)
{
    char text[ADDR_BUF];
    struct timespec pause = {.tv_nsec = PAUSE_NS};
    struct hop h = {.interface = if_nametoindex(interface), .addr = to};
    memset(mac, 0, 6);
    if (strcmp(interface, "lo") == 0 || group_mac(to, mac)) return true;
    if (!find_route(&h))
        return err_add(errs, at,
                       "there is no route to %s over %s, expected one, or eth.dst in the "
                       "[packet] section",
                       addr_format(text, to), interface);
    for (int i = 0; i < TRIES; i++) {
        if (find_neigh(&h)) {
            memcpy(mac, h.mac, 6);
            return true;
        }
        provoke(interface, h.addr);
        nanosleep(&pause, NULL);
    }
    return err_add(errs, at,
                   "nobody on %s answers for %s, expected a neighbour, or eth.dst in the "
                   "[packet] section",
                   interface, addr_format(text, h.addr));
}
