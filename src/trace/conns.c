#include "trace/conns.h"

#include <stdlib.h>

enum { IDLE, HOLD }; /* links */
struct ends {
    uint32_t first, last; /* 0: the list is empty */
};
struct conns {
    uint32_t n, max;
    uint32_t virgin, free; /* as in trace/held.c */
    uint32_t mask;
    struct ends idle[CONNS_LISTS], hold;
    uint32_t *bucket;
    struct conn *conn; /* numbered from 1 */
};

struct conns *conns_new(uint32_t max)
{
    struct conns *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->max = max;
    c->virgin = 1;
    c->mask = 1;
    while (c->mask < max) c->mask = c->mask << 1 | 1;
    c->bucket = calloc((size_t)c->mask + 1, sizeof *c->bucket);
    c->conn = calloc((size_t)max + 1, sizeof *c->conn);
    if (c->bucket && c->conn) return c;
    conns_free(c);
    return NULL;
}

void conns_free(struct conns *c)
{
    if (!c) return;
    free(c->bucket);
    free(c->conn);
    free(c);
}

static void take_out(struct conns *c, struct ends *list, int link, uint32_t i)
{
    uint32_t before = c->conn[i].link[link].before, after = c->conn[i].link[link].after;
    *(before ? &c->conn[before].link[link].after : &list->first) = after;
    *(after ? &c->conn[after].link[link].before : &list->last) = before;
}

static void append(struct conns *c, struct ends *list, int link, uint32_t i)
{
    c->conn[i].link[link].before = list->last;
    c->conn[i].link[link].after = 0;
    *(list->last ? &c->conn[list->last].link[link].after : &list->first) = i;
    list->last = i;
}

static uint32_t number_of(const struct conns *c, const struct conn *x)
{
    return (uint32_t)(x - c->conn);
}

static bool is_end(const struct conn *x, enum talk_side side, struct span addr, uint16_t port)
{
    return x->port[side] == port && memcmp(x->addr[side], addr.p, addr.n) == 0;
}

static bool matches(const struct conn *x, const struct said *s, enum talk_side side)
{
    return is_end(x, side, s->ends.src, s->ends.sport) &&
           is_end(x, !side, s->ends.dst, s->ends.dport);
}

struct conn *conns_find(struct conns *c, const struct said *s, enum talk_side *side)
{
    for (uint32_t i = c->bucket[s->flow & c->mask]; i; i = c->conn[i].chain) {
        struct conn *x = &c->conn[i];
        if (x->flow != s->flow || x->udp != s->udp || x->addr_n != s->ends.src.n) continue;
        *side = matches(x, s, TALK_CLIENT) ? TALK_CLIENT : TALK_SERVER;
        if (*side == TALK_CLIENT || matches(x, s, TALK_SERVER)) return x;
    }
    return NULL;
}

static void set_end(struct conn *x, enum talk_side side, struct span addr, uint16_t port)
{
    memcpy(x->addr[side], addr.p, addr.n);
    x->port[side] = port;
}

struct conn *conns_add(struct conns *c, const struct said *s, enum talk_side side, int64_t now)
{
    uint32_t i = c->free ? c->free : c->virgin;
    if (c->n == c->max) return NULL;
    struct conn *x = &c->conn[i];
    if (c->free)
        c->free = x->chain;
    else
        c->virgin++;
    c->n++;
    *x = (struct conn){.flow = s->flow,
                       .udp = s->udp,
                       .addr_n = (uint8_t)s->ends.src.n,
                       .heard_ns = now,
                       .list = s->udp ? CONNS_UDP : CONNS_TCP};
    set_end(x, side, s->ends.src, s->ends.sport);
    set_end(x, !side, s->ends.dst, s->ends.dport);
    x->chain = c->bucket[s->flow & c->mask];
    c->bucket[s->flow & c->mask] = i;
    append(c, &c->idle[x->list], IDLE, i);
    return x;
}

void conns_heard(struct conns *c, struct conn *x, enum conn_list list, int64_t now)
{
    uint32_t i = number_of(c, x);
    x->heard_ns = now;
    if (x->list == list && !x->link[IDLE].after) return;
    take_out(c, &c->idle[x->list], IDLE, i);
    x->list = list;
    append(c, &c->idle[list], IDLE, i);
}

void conns_holding(struct conns *c, struct conn *x, bool holding, int64_t now)
{
    uint32_t i = number_of(c, x);
    if (x->holding == holding) return;
    x->holding = holding;
    x->holding_ns = now;
    if (holding)
        append(c, &c->hold, HOLD, i);
    else
        take_out(c, &c->hold, HOLD, i);
}

void conns_remove(struct conns *c, struct conn *x)
{
    uint32_t i = number_of(c, x);
    uint32_t *link = &c->bucket[x->flow & c->mask];
    while (*link != i) link = &c->conn[*link].chain;
    *link = x->chain;
    conns_holding(c, x, false, 0);
    take_out(c, &c->idle[x->list], IDLE, i);
    x->chain = c->free;
    c->free = i;
    c->n--;
}

struct conn *conns_first(struct conns *c, enum conn_list list)
{
    uint32_t i = list == CONNS_HOLDING ? c->hold.first : c->idle[list].first;
    return i ? &c->conn[i] : NULL;
}
