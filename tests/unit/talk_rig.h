/* Recorded conversations made by hand, and what trace/talk.c tells of them, for its tests. */
#ifndef TALK_RIG_H
#define TALK_RIG_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/rng.h"
#include "trace/link.h"
#include "trace/talk.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* Frames in memory, each a copy of its own, so that sanitizers see every step out of it. */
struct reel {
    struct frame_made {
        uint8_t *p;
        uint32_t n, wire;
        int64_t at;
        uint32_t link;
    } * v;
    size_t n, cap, shown;
    int64_t clock; /* of the next frame; each takes a millisecond */
};
#define MS 1000000ll

static inline void reel_add(struct reel *r, const uint8_t *p, size_t n, size_t wire)
{
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        r->v = realloc(r->v, r->cap * sizeof *r->v);
    }
    struct frame_made *f = &r->v[r->n++];
    *f = (struct frame_made){malloc(n + !n), (uint32_t)n, (uint32_t)wire, r->clock, LINK_ETHERNET};
    memcpy(f->p, p, n);
    r->clock += MS;
}
static inline void reel_free(struct reel *r)
{
    for (size_t i = 0; i < r->n; i++) free(r->v[i].p);
    free(r->v);
    *r = (struct reel){0};
}
static inline enum trace_next reel_next(void *ctx, struct trace_frame *out)
{
    struct reel *r = ctx;
    if (r->shown == r->n) return TRACE_END;
    const struct frame_made *f = &r->v[r->shown++];
    *out = (struct trace_frame){.bytes = {f->p, f->n},
                                .wire_len = f->wire,
                                .at_ns = f->at,
                                .has_time = true,
                                .link = f->link};
    return TRACE_FRAME;
}

/* The two ends of a connection, and where their streams are. */
struct duo {
    struct reel *reel;
    unsigned version;
    uint32_t addr[2];
    uint16_t port[2];
    uint32_t seq[2]; /* of the next byte, by side */
    uint32_t acked[2];
    bool udp;
};
static inline struct duo duo_of(struct reel *r, uint16_t client_port)
{
    return (struct duo){.reel = r,
                        .version = 4,
                        .addr = {0x0a000001, 0x0a000002},
                        .port = {client_port, 80},
                        .seq = {1000, 5000}};
}

#define PACKET_MAX 70000
/* An IP packet from `side` with this transport part; returns its length. */
static inline size_t put_ip(const struct duo *d, int side, uint8_t *p, const uint8_t *up, size_t n)
{
    size_t header = d->version == 4 ? 20 : 40;
    memset(p, 0, header);
    if (d->version == 4) {
        p[0] = 0x45;
        put_u16(p + 2, (uint16_t)(header + n));
        p[8] = 64;
        p[9] = d->udp ? 17 : 6;
        put_u32(p + 12, d->addr[side]);
        put_u32(p + 16, d->addr[!side]);
    } else {
        p[0] = 0x60;
        put_u16(p + 4, (uint16_t)n);
        p[6] = d->udp ? 17 : 6;
        p[7] = 64;
        put_u32(p + 8, 0x20010db8);
        put_u32(p + 20, d->addr[side]);
        put_u32(p + 24, 0x20010db8);
        put_u32(p + 36, d->addr[!side]);
    }
    memcpy(p + header, up, n);
    return header + n;
}
/* An Ethernet frame from `side`. */
static inline void send_up(struct duo *d, int side, const uint8_t *up, size_t n, size_t captured)
{
    static uint8_t p[PACKET_MAX];
    memset(p, 2, 12);
    put_u16(p + 12, d->version == 4 ? 0x0800 : 0x86dd);
    size_t all = 14 + put_ip(d, side, p + 14, up, n);
    reel_add(d->reel, p, captured < all ? captured : all, all);
}
static inline size_t put_tcp(const struct duo *d, int side, uint8_t *p, uint32_t seq, uint32_t ack,
                             unsigned flags, struct span bytes)
{
    memset(p, 0, 20);
    put_u16(p, d->port[side]);
    put_u16(p + 2, d->port[!side]);
    put_u32(p + 4, seq);
    put_u32(p + 8, ack);
    p[12] = 0x50;
    p[13] = (uint8_t)flags;
    put_u16(p + 14, 8192);
    if (bytes.n) memcpy(p + 20, bytes.p, bytes.n);
    return 20 + bytes.n;
}
/* A segment as it is said, without regard to where the streams are. */
static inline void segment(struct duo *d, int side, uint32_t seq, uint32_t ack, unsigned flags,
                           struct span bytes)
{
    static uint8_t up[PACKET_MAX];
    size_t n = put_tcp(d, side, up, seq, ack, flags, bytes);
    send_up(d, side, up, n, SIZE_MAX);
}
static inline void message(struct duo *d, int side, struct span bytes)
{
    static uint8_t up[PACKET_MAX];
    memset(up, 0, 8);
    put_u16(up, d->port[side]);
    put_u16(up + 2, d->port[!side]);
    put_u16(up + 4, (uint16_t)(8 + bytes.n));
    if (bytes.n) memcpy(up + 8, bytes.p, bytes.n);
    send_up(d, side, up, 8 + bytes.n, SIZE_MAX);
}

/* The same in step: the streams go on, and each side acknowledges all that it has got. */
static inline void say_flags(struct duo *d, int side, unsigned flags, struct span bytes)
{
    segment(d, side, d->seq[side], flags & ACK ? d->seq[!side] : 0, flags, bytes);
    d->seq[side] += (uint32_t)bytes.n + !!(flags & SYN) + !!(flags & FIN);
}
static inline void say(struct duo *d, int side, const char *text)
{
    say_flags(d, side, ACK | PSH, span_of(text));
}
static inline void ack(struct duo *d, int side)
{
    say_flags(d, side, ACK, (struct span){0});
}
static inline void shake_hands(struct duo *d)
{
    say_flags(d, 0, SYN, (struct span){0});
    say_flags(d, 1, SYN | ACK, (struct span){0});
    ack(d, 0);
}
static inline void part(struct duo *d)
{
    say_flags(d, 0, FIN | ACK, (struct span){0});
    say_flags(d, 1, FIN | ACK, (struct span){0});
    ack(d, 0);
}

/* --- what is told ------------------------------------------------------------------------------
 */

struct text {
    char *v;
    size_t n, cap;
};
static inline void text_add(struct text *t, const void *p, size_t n)
{
    while (t->n + n + 1 > t->cap) t->v = realloc(t->v, t->cap = t->cap ? t->cap * 2 : 4096);
    if (n) memcpy(t->v + t->n, p, n);
    t->n += n;
    t->v[t->n] = 0;
}
static inline void text_say(struct text *t, const char *fmt, ...)
{
    char line[200];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    text_add(t, line, (size_t)n);
}

/* The events as one text: `0< ` opens connection 0, `0c"abc"` is what its client said, `0s-5` a gap
 * of its server, `0c.` a shut, `0>FIN` the end. Neighbouring pieces of one side are joined. */
struct story {
    struct text text;
    uint64_t saying; /* conn * 2 + side + 1 of the last event, when it was data */
};
static inline void story_close_quote(struct story *s)
{
    if (s->saying) text_say(&s->text, "\" ");
    s->saying = 0;
}
static inline void story_add(struct story *s, const struct talk_event *e)
{
    static const char *const how[] = {"FIN", "RST", "IDLE", "REPLACED", "EVICTED", "LAST"};
    char side = "cs"[e->side];
    uint64_t who = e->conn * 2 + e->side + 1;
    if (e->kind == TALK_DATA && s->saying == who && !e->udp) {
        text_add(&s->text, e->bytes.p, e->bytes.n);
        return;
    }
    story_close_quote(s);
    unsigned long long conn = e->conn;
    switch (e->kind) {
    case TALK_OPEN:
        text_say(&s->text, "%llu<%s%u ", conn, e->midway ? "?" : "", e->client.port);
        break;
    case TALK_DATA:
        text_say(&s->text, "%llu%c\"", conn, side);
        text_add(&s->text, e->bytes.p, e->bytes.n);
        s->saying = who;
        break;
    case TALK_GAP:
        text_say(&s->text, "%llu%c-%llu ", conn, side, (unsigned long long)e->missing);
        break;
    case TALK_SHUT:
        text_say(&s->text, "%llu%c. ", conn, side);
        break;
    case TALK_CLOSE:
        text_say(&s->text, "%llu>%s", conn, how[e->how]);
        text_say(&s->text, e->how <= TALK_RST ? "%c " : " ", side);
        break;
    }
}

/* Each event is well-formed and in its place; checked on every run. */
struct watch {
    uint8_t open[4096]; /* by connection: 0 unseen, 1 open, 2 closed */
    bool shut[4096][2];
    uint64_t opened, bytes, missing;
    int64_t last;
};
static inline void watch_event(struct watch *w, const struct talk_event *e)
{
    assert_true(e->at_ns >= w->last);
    w->last = e->at_ns;
    assert_true(e->conn < 4096);
    if (e->kind == TALK_OPEN) {
        assert_int_equal(e->conn, w->opened);
        w->opened++;
        w->open[e->conn] = 1;
        assert_null(*e->mine);
        *e->mine = w->open + e->conn;
    }
    assert_int_equal(w->open[e->conn], 1);
    assert_ptr_equal(*e->mine, w->open + e->conn);
    if (e->kind == TALK_DATA) assert_true(e->udp || e->bytes.n > 0);
    if (e->kind == TALK_GAP) assert_true(e->missing > 0);
    if (e->kind == TALK_DATA || e->kind == TALK_GAP || e->kind == TALK_SHUT)
        assert_false(w->shut[e->conn][e->side]);
    if (e->kind == TALK_SHUT) w->shut[e->conn][e->side] = true;
    if (e->kind == TALK_CLOSE) w->open[e->conn] = 2;
    w->bytes += e->bytes.n;
    if (e->kind == TALK_GAP) w->missing += e->missing;
}
static inline uint64_t fates(struct talk *t)
{
    uint64_t sum = 0, v;
    for (size_t i = 0; i < talk_count_n; i++) {
        memcpy(&v, (const char *)talk_counts(t) + talk_count_docs[i].at, sizeof v);
        if (talk_count_docs[i].fate) sum += v;
    }
    return sum;
}

/* The whole story of a reel. *counts may be NULL. The text is the caller's. */
static inline char *story_with(struct reel *r, struct talk_opts o, struct talk_counts *counts)
{
    static struct watch w;
    struct story s = {0};
    struct talk_event e;
    enum talk_state state;
    w = (struct watch){.last = INT64_MIN};
    r->shown = 0;
    o.next = reel_next;
    o.ctx = r;
    struct talk *t = talk_open(&o);
    assert_non_null(t);
    while ((state = talk_next(t, &e)) != TALK_END) {
        if (state == TALK_LATER) continue;
        watch_event(&w, &e);
        story_add(&s, &e);
    }
    story_close_quote(&s);
    text_add(&s.text, "", 0);
    for (uint64_t i = 0; i < w.opened; i++) assert_int_equal(w.open[i], 2);
    assert_int_equal(fates(t), r->n);
    assert_int_equal(talk_counts(t)->opened, w.opened);
    assert_int_equal(talk_counts(t)->data_bytes, w.bytes);
    assert_int_equal(talk_counts(t)->gap_bytes, w.missing);
    if (counts) *counts = *talk_counts(t);
    talk_close(t);
    return s.text.v;
}
static inline struct talk_counts tells(struct reel *r, const char *expected)
{
    struct talk_counts counts;
    char *got = story_with(r, (struct talk_opts){0}, &counts);
    assert_string_equal(got, expected);
    free(got);
    return counts;
}
/* And the reel is done with. */
static inline struct talk_counts tells_all(struct reel *r, const char *expected)
{
    struct talk_counts counts = tells(r, expected);
    reel_free(r);
    return counts;
}

#endif
