#include "trace/grouping.h"

#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>

#define SLOTS_FIRST 1024

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* What a frame says about its conversation. */
struct ends {
    struct addr src, dst;
    uint16_t sport, dport;
    uint8_t proto;
    uint8_t flags; /* of TCP, like seq */
    uint32_t seq;
};

static bool is_echo(uint8_t proto, uint8_t type)
{
    return proto == PROTO_ICMP ? type == 0 || type == 8 : type == 128 || type == 129;
}

/* What TCP's header says besides its ports. */
static bool read_tcp(struct span up, struct ends *e)
{
    struct reader r = reader_of(up);
    read_bytes(&r, 4);
    e->seq = read_u32(&r);
    read_bytes(&r, 5);
    e->flags = read_u8(&r);
    return !r.bad;
}

/* An echo's identifier counts as both its ports. */
static bool read_echo(struct span up, struct ends *e, enum left_out *why)
{
    struct reader r = reader_of(up);
    bool echo = is_echo(e->proto, read_u8(&r));
    read_bytes(&r, 3);
    e->sport = e->dport = read_u16(&r);
    *why = echo ? LEFT_NO_HEADER : LEFT_ICMP;
    return echo && !r.bad;
}

/* False, and *why, when the frame does not tell its ends. */
static bool read_ends(struct span frame, const struct layout *l, struct ends *e, enum left_out *why)
{
    struct layout_ends ends;
    enum family family = l->version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    struct span up = l->up ? span_from(frame, l->up) : (struct span){0};
    *e = (struct ends){.proto = l->proto};
    *why = l->version ? LEFT_FRAGMENT : LEFT_NO_IP;
    if (!l->version || l->fragment) return false;
    layout_find_ends(frame, l, &ends);
    *why = LEFT_NO_HEADER;
    e->src = addr_from_bytes(family, ends.src.p);
    e->dst = addr_from_bytes(family, ends.dst.p);
    e->sport = ends.sport;
    e->dport = ends.dport;
    if (e->proto == PROTO_ICMP || e->proto == PROTO_ICMP6) return read_echo(up, e, why);
    if (e->proto == PROTO_TCP) return read_tcp(up, e);
    return ends.ports || !proto_has_ports(e->proto);
}

static uint64_t end_hash(struct addr a, uint16_t port)
{
    return rng_mix(rng_mix((uint64_t)a.v ^ (uint64_t)port << 48) ^ (uint64_t)(a.v >> 64));
}

/* The same in both directions. */
static uint64_t hash_of(const struct ends *e)
{
    uint64_t a = end_hash(e->src, e->sport), b = end_hash(e->dst, e->dport);
    return rng_mix((a ^ b) + e->proto) ^ (a + b);
}

static bool same_end(struct addr a, uint16_t port, struct addr b, uint16_t other)
{
    return a.v == b.v && a.family == b.family && port == other;
}

static bool between(const struct recorded *c, const struct ends *e, bool *from_client)
{
    if (c->proto != e->proto) return false;
    *from_client = same_end(c->client, c->client_port, e->src, e->sport) &&
                   same_end(c->server, c->server_port, e->dst, e->dport);
    return *from_client || (same_end(c->client, c->client_port, e->dst, e->dport) &&
                            same_end(c->server, c->server_port, e->src, e->sport));
}

static struct group **slot_of(const struct groups *s, const struct ends *e, uint64_t hash,
                              bool *from_client)
{
    size_t i = hash % s->slots;
    for (; s->slot[i]; i = (i + 1) % s->slots)
        if (s->slot[i]->hash == hash && between(&s->slot[i]->about, e, from_client)) break;
    return &s->slot[i];
}

static struct group **slots_new(size_t n)
{
    struct group **slot = calloc(n, sizeof *slot);
    if (slot) return slot;
    fputs("spate: out of memory\n", stderr);
    abort();
}

static void grow(struct groups *s)
{
    struct group **old = s->slot;
    size_t n = s->slots;
    s->slots = n ? n * 2 : SLOTS_FIRST;
    s->slot = slots_new(s->slots);
    for (size_t i = 0; i < n; i++) {
        if (!old[i]) continue;
        size_t k = old[i]->hash % s->slots;
        while (s->slot[k]) k = (k + 1) % s->slots;
        s->slot[k] = old[i];
    }
    free(old);
}

static struct group *begin(struct groups *s, const struct ends *e, uint64_t hash, bool by_client)
{
    struct group *x = arena_new(s->arena, struct group);
    x->about = (struct recorded){
        .client = by_client ? e->src : e->dst,
        .server = by_client ? e->dst : e->src,
        .client_port = by_client ? e->sport : e->dport,
        .server_port = by_client ? e->dport : e->sport,
        .proto = e->proto,
    };
    x->hash = hash;
    x->last = &x->first;
    *s->last = x;
    s->last = &x->next;
    s->n++;
    return x;
}

/* A SYN that is not the one sent again, where a connection has been or is known to be. */
static bool begins_anew(const struct group *x, const struct ends *e)
{
    if (e->proto != PROTO_TCP || (e->flags & (SYN | ACK)) != SYN) return false;
    return x->over || (x->syn_seen && x->syn != e->seq);
}

/* What TCP's flags say about how far the connection is. */
static void follow(struct group *x, const struct ends *e)
{
    if (e->proto != PROTO_TCP) return;
    if ((e->flags & (SYN | ACK)) == SYN) {
        x->syn_seen = true;
        x->syn = e->seq;
    }
    if (e->flags & (FIN | RST)) x->over = true;
}

struct group *groups_find(struct groups *s, struct span frame, const struct layout *l,
                          bool *from_client, enum left_out *why)
{
    struct ends e;
    bool by_client = *from_client;
    if (!read_ends(frame, l, &e, why)) return NULL;
    if (s->used * 4 >= s->slots * 3) grow(s);
    uint64_t hash = hash_of(&e);
    struct group **slot = slot_of(s, &e, hash, from_client);
    if (!*slot || begins_anew(*slot, &e)) {
        s->used += !*slot;
        *slot = begin(s, &e, hash, by_client);
        *from_client = by_client;
    }
    follow(*slot, &e);
    return *slot;
}

void groups_open(struct groups *s, struct arena *a)
{
    *s = (struct groups){.arena = a};
    s->last = &s->first;
}

void groups_forget(struct groups *s)
{
    free(s->slot);
    s->slot = NULL;
    s->slots = s->used = 0;
}
