/* filter: a BPF expression for the replies to a template, for the capture to drop the rest. */
#include "packet/template.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
    char *p;
    size_t n, size;
    bool full;
};
__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t->p + t->n, t->size - t->n, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= t->size - t->n) {
        t->full = true;
        return;
    }
    t->n += (size_t)n;
}

/* The smallest prefix that holds both addresses. */
static void say_net(struct text *t, const char *way, struct addr lo, struct addr hi)
{
    char buf[ADDR_BUF];
    unsigned bits = family_bits(lo.family), host = 0;
    while (host < bits && lo.v >> host != hi.v >> host) host++;
    if (host == bits) return;
    lo.v = lo.v >> host << host;
    say(t, " and %s net %s/%u", way, addr_format(buf, lo), bits - host);
}

static void say_ports(struct text *t, const char *way, const struct value *v)
{
    unsigned lo = (unsigned)(v->gen ? v->gen->lo : v->constant);
    unsigned hi = (unsigned)(v->gen ? v->gen->hi : v->constant);
    if (v->column >= 0 && !v->gen) return;
    if (lo == 0 && hi == 0xffff) return;
    say(t, " and %s portrange %u-%u", way, lo, hi);
}

static void say_filter(const struct packet *p, struct text *t)
{
    const struct layer *l = p->ends.transport;
    bool v6 = p->dst_lo.family == FAMILY_IP6;
    const struct value *sport = p->ends.sport;
    uint8_t protocol = l->class->protocol;
    say(t, "%s and %s proto %u", v6 ? "ip6" : "ip", v6 ? "ip6" : "ip", protocol);
    say_net(t, "src", p->dst_lo, p->dst_hi);
    say_net(t, "dst", p->src_lo, p->src_hi);
    if (sport) {
        say_ports(t, "src", p->ends.dport);
        say_ports(t, "dst", sport);
    }
    if (protocol == 6) say(t, " and %s & 6 != 0", v6 ? "ip6[53]" : "tcp[13]");
    if (!sport) say(t, v6 ? " and ip6[40] = 129" : " and icmp[0] = 0");
}

bool packet_reply_filter(const struct packet *p, char *buf, size_t size)
{
    if (p->token == TOKEN_NONE) return false;
    struct text t = {buf, 0, size, false};
    say_filter(p, &t);
    return !t.full;
}
