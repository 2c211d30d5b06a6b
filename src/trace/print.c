#include "trace/print.h"

#include "base/addr.h"
#include "trace/layout.h"

struct shown {
    struct layout at;
    struct layout_ends ends;
    char src[ADDR_BUF], dst[ADDR_BUF];
    char protocol[16];
    bool tcp;
    uint32_t seq, ack;
    char flags[9];
};

static void name_protocol(struct shown *s)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {{PROTO_ICMP, "icmp"},
                 {PROTO_TCP, "tcp"},
                 {PROTO_UDP, "udp"},
                 {PROTO_ICMP6, "icmpv6"},
                 {PROTO_SCTP, "sctp"}};
    snprintf(s->protocol, sizeof s->protocol, "protocol %u", s->at.proto);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == s->at.proto)
            snprintf(s->protocol, sizeof s->protocol, "%s", names[i].name);
}

static void read_tcp(struct span frame, struct shown *s)
{
    static const char letters[] = "FSRPAUEC";
    struct reader r = reader_of(span_from(frame, s->at.up));
    size_t n = 0;
    read_bytes(&r, 4);
    s->seq = read_u32(&r);
    s->ack = read_u32(&r);
    read_u8(&r);
    uint8_t flags = read_u8(&r);
    s->tcp = true;
    for (unsigned i = 0; i < 8; i++)
        if (flags >> i & 1) s->flags[n++] = letters[i];
    s->flags[n] = 0;
}

static bool look(struct span frame, struct shown *s)
{
    *s = (struct shown){0};
    layout_ethernet(frame, &s->at);
    layout_find_ends(frame, &s->at, &s->ends);
    if (!s->at.version) return false;
    enum family family = s->at.version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    addr_format(s->src, addr_from_bytes(family, s->ends.src.p));
    addr_format(s->dst, addr_from_bytes(family, s->ends.dst.p));
    name_protocol(s);
    if (s->at.proto == PROTO_TCP && s->at.up) read_tcp(frame, s);
    return true;
}

static void print_end(const struct shown *s, const char *address, uint16_t port, FILE *f)
{
    bool six = s->at.version == 6 && s->ends.ports;
    fprintf(f, "%s%s%s", six ? "[" : "", address, six ? "]" : "");
    if (s->ends.ports) fprintf(f, ":%u", port);
}

void frame_print_text(struct span frame, FILE *f)
{
    struct shown s;
    if (look(frame, &s)) {
        print_end(&s, s.src, s.ends.sport, f);
        fputs(" > ", f);
        print_end(&s, s.dst, s.ends.dport, f);
        fprintf(f, " %s", s.protocol);
        if (s.tcp) fprintf(f, " %s seq %u ack %u", s.flags, s.seq, s.ack);
    } else {
        fprintf(f, "type 0x%04x", s.at.type);
    }
    fprintf(f, ", %zu bytes", frame.n);
}

void frame_print_json(struct span frame, FILE *f)
{
    struct shown s;
    if (!look(frame, &s)) {
        fprintf(f, "{\"type\":%u}", s.at.type);
        return;
    }
    fprintf(f, "{\"protocol\":\"%s\",\"src\":\"%s\",\"dst\":\"%s\"", s.protocol, s.src, s.dst);
    if (s.ends.ports) fprintf(f, ",\"sport\":%u,\"dport\":%u", s.ends.sport, s.ends.dport);
    if (s.tcp) fprintf(f, ",\"flags\":\"%s\",\"seq\":%u,\"ack\":%u", s.flags, s.seq, s.ack);
    fputc('}', f);
}
