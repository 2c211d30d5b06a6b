#include "trace/line.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/addr.h"
#include "trace/info.h"
#include "trace/layout.h"

struct text {
    char *buf;
    size_t n;
};

static __attribute__((format(printf, 2, 3))) void say(struct text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(t->buf + t->n, LINE_BUF - t->n, fmt, args);
    va_end(args);
    if (n > 0) t->n += (size_t)n;
    if (t->n > LINE_BUF - 1) t->n = LINE_BUF - 1;
}

static void say_end(struct text *t, struct span address, bool ports, uint16_t port)
{
    char a[ADDR_BUF];
    bool four = address.n == 4;
    if (!four && address.n != 16) return;
    addr_format(a, addr_from_bytes(four ? FAMILY_IP4 : FAMILY_IP6, address.p));
    if (ports)
        say(t, four ? "%s:%u" : "[%s]:%u", a, port);
    else
        say(t, "%s", a);
}

static void say_flags(struct text *t, uint8_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    for (unsigned i = 0; i < 6; i++)
        if (flags >> i & 1) say(t, " %s", names[i]);
}

static void say_ip(struct text *t, struct span frame, const struct layout *l)
{
    char name[INFO_NAME];
    struct layout_ends e;
    layout_find_ends(frame, l, &e);
    say(t, l->version == 4 ? "IPv4 " : "IPv6 ");
    say_end(t, e.src, e.ports, e.sport);
    say(t, " > ");
    say_end(t, e.dst, e.ports, e.dport);
    say(t, " %s", info_protocol(INFO_IP + l->proto, name));
    if (l->fragment) say(t, " fragment");
    if (l->proto == PROTO_TCP && l->up) say_flags(t, frame.p[l->up + 13]);
}

char *frame_line(char buf[static LINE_BUF], struct span frame)
{
    char name[INFO_NAME];
    struct text t = {buf, 0};
    struct layout l;
    layout_ethernet(frame, &l);
    buf[0] = 0;
    for (uint32_t i = 0; i < l.tags; i++)
        say(&t, "VLAN %u ", get_u16(frame.p + 14 + 4 * i) & 0xfff);
    if (l.version)
        say_ip(&t, frame, &l);
    else
        say(&t, "%s", info_protocol(l.type < 0x600 ? INFO_LLC : l.type, name));
    say(&t, ", %zu bytes", frame.n);
    return buf;
}
