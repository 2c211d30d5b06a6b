/* Frames out of the fuzzer's bytes: segments, messages and fragments with headers that fit, since
 * chance finds none, and raw bytes. What is told is checked event by event, and told again the
 * same. */
#include "require.h"
#include "base/rng.h"
#include "trace/talk.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define CONNS 65536

struct film {
    struct reader in;
    uint8_t *frame; /* of its own size, freed with the next */
    int64_t at;
    uint64_t frames;
};

/* An IP header of either version for n bytes behind it; returns its length. */
static size_t put_ip(uint8_t *p, bool six, uint8_t proto, unsigned who, unsigned side, size_t n)
{
    size_t header = six ? 40 : 20;
    memset(p, 0, header);
    p[0] = six ? 0x60 : 0x45;
    put_u16(p + (six ? 4 : 2), (uint16_t)(n + (six ? 0 : header)));
    p[six ? 6 : 9] = proto;
    put_u32(p + (six ? 20 : 12), side ? 2 : who);
    put_u32(p + (six ? 36 : 16), side ? who : 2);
    return header;
}

static size_t put_ports(uint8_t *p, unsigned side)
{
    put_u16(p + (side ? 2 : 0), 4000);
    put_u16(p + (side ? 0 : 2), 80);
    return 4;
}

/* kind 0: TCP, 1: UDP, 2: a fragment */
static size_t build(struct film *f, unsigned head, uint8_t p[static 2000])
{
    unsigned kind = head & 3, side = head >> 2 & 1, who = 16 + (head >> 3 & 1);
    bool six = head & 16;
    uint8_t flags = read_u8(&f->in);
    int16_t seq = (int16_t)read_u16(&f->in), ack = (int16_t)read_u16(&f->in);
    size_t n = read_u8(&f->in), at = 0;
    uint8_t body[300];
    if (kind == 0) {
        memset(body, 0, 20);
        at = put_ports(body, side);
        put_u32(body + 4, (side ? 0xffffff00u : 1000u) + (uint32_t)(int32_t)seq);
        put_u32(body + 8, (side ? 1000u : 0xffffff00u) + (uint32_t)(int32_t)ack);
        body[12] = 0x50;
        body[13] = flags & 0x3f;
        at = 20;
    } else if (kind == 1) {
        at = put_ports(body, side);
        put_u16(body + 4, (uint16_t)(8 + n));
        put_u16(body + 6, 0);
        at = 8;
    } else if (six) { /* a fragment header */
        body[0] = flags & 1 ? 6 : 17;
        body[1] = 0;
        put_u16(body + 2, (uint16_t)seq & 0x01f9);
        put_u32(body + 4, (uint32_t)ack & 3);
        at = 8;
    }
    memset(body + at, 'x', n);
    uint8_t proto = kind == 0 ? 6 : kind == 1 ? 17 : six ? 44 : flags & 1 ? 6 : 17;
    size_t header = put_ip(p, six, proto, who, side, at + n);
    if (kind == 2 && !six) {
        put_u16(p + 4, (uint16_t)ack & 3);
        put_u16(p + 6, (uint16_t)seq & 0x201f);
    }
    memcpy(p + header, body, at + n);
    return header + at + n;
}

static enum trace_next next_frame(void *ctx, struct trace_frame *out)
{
    struct film *f = ctx;
    uint8_t p[2000];
    unsigned head = read_u8(&f->in);
    size_t n;
    if (f->in.bad) return TRACE_END;
    if ((head & 3) == 3) {
        struct span raw = read_bytes(&f->in, read_u8(&f->in));
        n = raw.n;
        if (n) memcpy(p, raw.p, n);
    } else {
        n = build(f, head, p);
    }
    f->at += head & 128 ? 30000000000ll : 1000;
    uint32_t wire = (uint32_t)n;
    if (head & 64 && n > 0) n -= n < 50 ? 1 : n - 50; /* cut by the snap length */
    free(f->frame);
    f->frame = malloc(n + 1);
    memcpy(f->frame, p, n);
    *out = (struct trace_frame){
        .bytes = {f->frame, n}, .wire_len = wire, .at_ns = f->at, .has_time = true, .link = 101};
    f->frames++;
    return TRACE_FRAME;
}

/* What has been told of the connections of one input. */
struct told {
    uint64_t first, opened; /* numbers go on from one input to the next */
    uint8_t state[CONNS];   /* bit 0: open, 1 and 2: shut, by side, 3: closed */
};

static void check(struct told *told, const struct talk_event *e)
{
    REQUIRE(e->conn - told->first < CONNS);
    uint8_t *s = &told->state[e->conn - told->first];
    uint8_t shut = (uint8_t)(2u << e->side);
    if (e->kind == TALK_OPEN) {
        REQUIRE(e->conn - told->first == told->opened && !*e->mine);
        told->opened++;
        *s = 1;
        *e->mine = s;
    }
    REQUIRE((*s & 9) == 1 && *e->mine == s);
    if (e->kind == TALK_DATA) REQUIRE(e->udp || e->bytes.n > 0);
    if (e->kind == TALK_GAP) REQUIRE(e->missing > 0);
    if (e->kind != TALK_CLOSE) REQUIRE(!(*s & shut));
    if (e->kind == TALK_SHUT) *s |= shut;
    if (e->kind != TALK_CLOSE) return;
    REQUIRE(e->how != TALK_FIN || (*s & 6) == 6);
    *s |= 8;
}

static uint64_t fates(struct talk *t)
{
    uint64_t sum = 0, v;
    for (size_t i = 0; i < talk_count_n; i++) {
        memcpy(&v, (const char *)talk_counts(t) + talk_count_docs[i].at, sizeof v);
        if (talk_count_docs[i].fate) sum += v;
    }
    return sum;
}

/* One talk for all inputs: making one costs more than an input, and nothing may be left of the
 * input before. */
static uint64_t tell_all(struct span in)
{
    static struct film f;
    static struct talk *t;
    static struct told told;
    struct talk_event e;
    enum talk_state how;
    f = (struct film){.in = reader_of(in)};
    if (!t) t = talk_open(&(struct talk_opts){.next = next_frame, .ctx = &f, .conns_max = 3});
    REQUIRE(t);
    uint64_t hash = 0, before = fates(t);
    told.first = talk_counts(t)->opened;
    told.opened = 0;
    talk_again(t);
    while ((how = talk_next(t, &e)) != TALK_END) {
        if (how == TALK_LATER) continue;
        check(&told, &e);
        hash = rng_mix(hash ^ e.kind ^ (e.conn - told.first) << 8 ^ e.missing << 16 ^
                       (uint64_t)e.side << 50);
        for (size_t i = 0; i < e.bytes.n; i++) hash = hash * 31 + e.bytes.p[i];
    }
    for (uint64_t i = 0; i < told.opened; i++) REQUIRE(told.state[i] & 8);
    REQUIRE(fates(t) - before == f.frames);
    free(f.frame);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span in = span_make(data, n);
    uint64_t once = tell_all(in);
    REQUIRE(tell_all(in) == once);
    return 0;
}
