/* The wire latency of requests over TCP: last byte out to first byte in, as the kernel stamped
 * them. Matched by byte positions in the connection, not by segments: coalesced, split and
 * repeated segments change nothing. */
#include "run/catcher.h"

#include <stdio.h>
#include <string.h>

#define KEPT 16              /* exchanges remembered for each connection */
#define SETTLE_EACH 8        /* frames; fewer than KEPT, or exchanges are forgotten */
#define SLACK_NS 10000000ull /* frames of several cores are told so little out of order */

struct seen {
    uint32_t start, end; /* positions in the connection's bytes, mod 2^32 */
    uint64_t at;
};
struct flow {
    uint32_t isn_out, isn_in; /* sequence number of byte 0 */
    struct seen out[KEPT], in[KEPT];
    uint8_t outs, ins; /* how many were written, mod 256, a multiple of KEPT */
    bool open, last_was_out;
};
struct wiretap {
    struct watch watch;
    struct tap **taps; /* by worker */
    struct flow *flow; /* by local port */
    int link;
    unsigned frames; /* since the last settling */
};

struct segment {
    uint16_t sport, dport;
    uint32_t seq, payload;
    uint8_t flags;
};

/* The TCP segment in a frame of an Ethernet, Linux cooked or raw IP capture. */
static bool read_segment(int link, struct span frame, uint32_t len, struct segment *s)
{
    struct reader r = reader_of(frame);
    size_t skip = link == 1 ? 14 : link == 113 ? 16 : link == 276 ? 20 : 0;
    read_bytes(&r, skip);
    uint8_t first = read_u8(&r);
    uint32_t ip_len, header;
    if (first >> 4 == 4) {
        header = (first & 15u) * 4u;
        read_u8(&r);
        ip_len = read_u16(&r);
        if (header < 20) return false;
        read_bytes(&r, header - 4);
    } else {
        header = 40;
        read_bytes(&r, 3);
        ip_len = read_u16(&r) + 40u;
        read_bytes(&r, 34);
    }
    if (ip_len <= header) ip_len = len - (uint32_t)skip; /* segments the card is to split */
    s->sport = read_u16(&r);
    s->dport = read_u16(&r);
    s->seq = read_u32(&r);
    read_u32(&r);
    uint32_t tcp = (uint32_t)(read_u8(&r) >> 4) * 4u;
    s->flags = read_u8(&r);
    if (r.bad || ip_len < header + tcp) return false;
    s->payload = ip_len - header - tcp;
    return true;
}

static void went_out(struct flow *f, const struct segment *s, uint64_t at)
{
    uint32_t start = s->seq - f->isn_out, end = start + s->payload;
    struct seen *last = &f->out[(uint8_t)(f->outs - 1) % KEPT];
    if (f->outs && (int32_t)(end - last->end) <= 0) return; /* sent again: the first time counts */
    if (f->last_was_out && f->outs) {
        last->end = end;
        last->at = at;
    } else {
        f->out[f->outs++ % KEPT] = (struct seen){start, end, at};
    }
    f->last_was_out = true;
}

static void came_in(struct flow *f, const struct segment *s, uint64_t at)
{
    uint32_t start = s->seq - f->isn_in, end = start + s->payload;
    struct seen *last = &f->in[(uint8_t)(f->ins - 1) % KEPT];
    if (f->ins && (int32_t)(end - last->end) <= 0) return;
    if (!f->last_was_out && f->ins)
        last->end = end; /* more of the same reply */
    else
        f->in[f->ins++ % KEPT] = (struct seen){start, end, at};
    f->last_was_out = false;
}

static void take_frame(struct watch *w, uint64_t at, struct span frame, uint32_t len)
{
    struct wiretap *t = (struct wiretap *)w;
    struct segment s;
    uint16_t server = w->catcher->plan->target.port;
    if (!read_segment(t->link, frame, len, &s)) return;
    bool out = s.dport == server && s.sport != server;
    struct flow *f = &t->flow[out ? s.sport : s.dport];
    if (s.flags & 2) { /* SYN: a new connection */
        if (out)
            *f = (struct flow){.isn_out = s.seq + 1, .open = true};
        else
            f->isn_in = s.seq + 1;
        return;
    }
    if (!f->open || s.payload == 0) return;
    if (out)
        went_out(f, &s, at);
    else
        came_in(f, &s, at);
}

static const struct seen *covering(const struct seen *v, uint32_t position)
{
    for (size_t i = 0; i < KEPT; i++)
        if (v[i].at && position - v[i].start < v[i].end - v[i].start) return &v[i];
    return NULL;
}

static void settle(struct watch *w, uint64_t read_to)
{
    struct wiretap *t = (struct wiretap *)w;
    struct catcher *c = w->catcher;
    for (unsigned i = 0; i < c->plan->workers; i++) {
        const struct tap_note *n;
        while ((n = tap_peek(t->taps[i]))) {
            const struct flow *f = &t->flow[n->port];
            const struct seen *out = covering(f->out, n->sent_end - 1);
            const struct seen *in = covering(f->in, n->reply_start);
            if (out && in && in->at >= out->at) {
                rec_wire(c->rec, n->cell, n->due, in->at - out->at);
                c->counts.matched++;
            } else if (read_to < n->done + SLACK_NS) {
                break; /* its segments may still come */
            }
            tap_drop(t->taps[i]);
        }
    }
}

static void on_frame(struct watch *w, uint64_t at, struct span frame, uint32_t len)
{
    struct wiretap *t = (struct wiretap *)w;
    take_frame(w, at, frame, len);
    if (++t->frames < SETTLE_EACH) return;
    t->frames = 0;
    settle(w, at);
}

/* No segment will come any more. */
static void finish(struct watch *w, uint64_t now)
{
    (void)now;
    settle(w, UINT64_MAX);
}

static const struct watch_class wiretap_class = {
    .frame = on_frame, .settle = settle, .finish = finish};

struct watch *wiretap_watch(struct catcher *c, const struct stream *s, struct tap **taps,
                            struct errs *errs)
{
    static const char *const loopback[] = {"127.0.0.0/8", "::1/128"};
    const struct plan *p = c->plan;
    struct wiretap *t = arena_new(&c->arena, struct wiretap);
    char host[ADDR_BUF];
    bool bits, local = false;
    struct prefix net;
    for (size_t i = 0; i < 2; i++)
        if (prefix_parse(span_of(loopback[i]), &net, &bits) &&
            prefix_has(net, p->target_addr[0].ip))
            local = true;
    t->watch = (struct watch){.class = &wiretap_class, .catcher = c, .stream = s};
    t->taps = taps;
    t->flow = arena_array(&c->arena, struct flow, 65536);
    struct capture_opts o = {
        .interface = local ? "lo" : "any",
        .filter = arena_printf(&c->arena, "tcp and host %s and port %u",
                               addr_format(host, p->target_addr[0].ip), p->target_addr[0].port),
        .snaplen = 160,
        .buffer = 16 << 20,
    };
    t->watch.capture = capture_open(&o, s->at, errs);
    if (!t->watch.capture) return NULL;
    t->link = capture_link(t->watch.capture);
    return &t->watch;
}
