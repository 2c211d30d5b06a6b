#include "trace/defrag.h"

#include "base/rng.h"
#include "trace/held.h"

#include <stdlib.h>

/* A datagram may wait in any of the places of its set. */
#define WAYS 16u
#define SETS (DEFRAG_MAX / WAYS)
#define IP4_HEADER 20u
#define IP6_HEADER 40u
#define LONGEST 65535u /* datagram of IPv4, payload of IPv6 */

struct key {
    uint8_t ends[32]; /* both addresses */
    uint32_t id;
    uint8_t version, proto; /* proto of IPv6: 0, it is no part of the key */
};
struct fragment {
    struct key key;
    struct span data;
    uint32_t at;
    bool more;
    uint8_t next; /* header: of the first fragment it is that of the datagram */
};
struct datagram {
    bool used, discarded; /* a discarded one stays, to discard what still comes */
    uint8_t next;
    struct key key;
    int64_t since;
    uint32_t total; /* UINT32_MAX: the last fragment has not come */
    uint32_t highest, have;
    struct held held;
};
struct defrag {
    struct held_pool *pool;
    struct defrag_counts counts;
    struct datagram slot[SETS][WAYS];
    uint8_t packet[IP6_HEADER + LONGEST];
};

struct defrag *defrag_open(void)
{
    struct defrag *d = calloc(1, sizeof *d);
    if (d) d->pool = held_pool_new(DEFRAG_BYTES);
    if (d && d->pool) return d;
    defrag_close(d);
    return NULL;
}

static void drop(struct defrag *d, struct datagram *g)
{
    held_clear(d->pool, &g->held);
    *g = (struct datagram){0};
}

static void expire(struct defrag *d, struct datagram *g)
{
    if (!g->discarded) d->counts.expired++;
    drop(d, g);
}

/* The oldest one makes room, unless it is `keep`; false when there is no other. */
static bool evict_oldest(struct defrag *d, const struct datagram *keep)
{
    struct datagram *oldest = NULL;
    for (size_t i = 0; i < DEFRAG_MAX; i++) {
        struct datagram *g = &d->slot[i / WAYS][i % WAYS];
        if (g == keep || g->held.blocks == 0) continue;
        if (!oldest || g->since < oldest->since) oldest = g;
    }
    if (!oldest) return false;
    d->counts.evicted++;
    drop(d, oldest);
    return true;
}

/* RFC 791, section 3.1. */
static bool read_ip4(struct span frame, const struct layout *l, struct fragment *out)
{
    struct reader r = reader_of(frame);
    read_bytes(&r, l->net);
    size_t header = (read_u8(&r) & 15u) * 4u;
    read_bytes(&r, 3);
    out->key.id = read_u16(&r);
    uint16_t fragment = read_u16(&r);
    out->at = (fragment & 0x1fffu) * 8u;
    out->more = fragment & 0x2000;
    out->next = out->key.proto = l->proto;
    out->data = span_sub(frame, l->net + header, l->end - l->net - header);
    return !r.bad && out->at + out->data.n + IP4_HEADER <= LONGEST;
}

/* RFC 8200, section 4.5: the headers before the fragment header are in every fragment. */
static bool read_ip6(struct span frame, const struct layout *l, struct fragment *out)
{
    struct reader r = reader_of(frame);
    read_bytes(&r, l->net + 6);
    uint8_t next = read_u8(&r);
    read_bytes(&r, 33);
    while (next != 44 && !r.bad) {
        bool authentication = next == 51;
        next = read_u8(&r);
        uint8_t length = read_u8(&r);
        read_bytes(&r, authentication ? (length + 2u) * 4u - 2u : (length + 1u) * 8u - 2u);
    }
    out->next = read_u8(&r);
    read_u8(&r);
    uint16_t fragment = read_u16(&r);
    out->key.id = read_u32(&r);
    out->at = fragment & 0xfff8u;
    out->more = fragment & 1;
    if (r.bad || r.at > l->end) return false;
    out->data = span_sub(frame, r.at, l->end - r.at);
    return out->at + out->data.n <= LONGEST;
}

static bool read_fragment(struct span frame, const struct layout *l, struct fragment *out)
{
    size_t n = l->version == 4 ? 8 : 32;
    struct span ends = span_sub(frame, l->net + (l->version == 4 ? 12u : 8u), n);
    *out = (struct fragment){.key.version = l->version};
    memcpy(out->key.ends, ends.p, ends.n);
    if (!(l->version == 4 ? read_ip4 : read_ip6)(frame, l, out)) return false;
    /* All but the last are made of units of eight bytes. */
    return out->data.n > 0 && (!out->more || out->data.n % 8 == 0);
}

static bool same_key(const struct key *a, const struct key *b)
{
    return a->id == b->id && a->version == b->version && a->proto == b->proto &&
           memcmp(a->ends, b->ends, sizeof a->ends) == 0;
}

static size_t set_of(const struct key *k)
{
    uint64_t h = (uint64_t)k->proto << 32 | k->id, word;
    for (size_t i = 0; i < sizeof k->ends; i += sizeof word) {
        memcpy(&word, k->ends + i, sizeof word);
        h = rng_mix(h ^ word);
    }
    return h % SETS;
}

/* The place of the fragment's datagram, if need be a new one. */
static struct datagram *find(struct defrag *d, const struct fragment *f, int64_t now)
{
    struct datagram *set = d->slot[set_of(&f->key)], *best = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        struct datagram *g = &set[i];
        if (g->used && now > g->since && (uint64_t)now - (uint64_t)g->since > DEFRAG_PATIENCE)
            expire(d, g);
        if (g->used && same_key(&g->key, &f->key)) return g;
        if (!best || (best->used && (!g->used || g->since < best->since))) best = g;
    }
    if (best->used) {
        if (!best->discarded) d->counts.evicted++;
        drop(d, best);
    }
    *best = (struct datagram){.used = true, .key = f->key, .since = now, .total = UINT32_MAX};
    return best;
}

static enum defrag_state discard(struct defrag *d, struct datagram *g)
{
    d->counts.bad++;
    held_clear(d->pool, &g->held);
    g->discarded = true;
    return DEFRAG_BAD;
}

/* Whether the end of the datagram that this fragment tells, or is told by, agrees with what is
 * known of it. */
static bool end_fits(const struct datagram *g, const struct fragment *f)
{
    uint32_t end = f->at + (uint32_t)f->data.n;
    if (f->more) return g->total == UINT32_MAX || end <= g->total;
    return g->total == UINT32_MAX ? end >= g->highest : end == g->total;
}

/* Room for as many pieces as a fragment may fall into. */
static void make_room(struct defrag *d, const struct datagram *g, size_t n)
{
    size_t need = n / HELD_BLOCK + 2 + g->held.blocks;
    while (held_left(d->pool) < need && evict_oldest(d, g)) continue;
}

static enum defrag_state add(struct defrag *d, struct datagram *g, const struct fragment *f)
{
    size_t fresh;
    make_room(d, g, f->data.n);
    if (!held_add(d->pool, &g->held, f->at, f->data, DEFRAG_PIECES, &fresh)) return discard(d, g);
    uint32_t end = f->at + (uint32_t)f->data.n;
    g->have += (uint32_t)fresh;
    if (end > g->highest) g->highest = end;
    if (!f->more) g->total = end;
    if (f->at == 0) g->next = f->next;
    if (g->have == g->total) return DEFRAG_WHOLE;
    return fresh ? DEFRAG_WAITS : DEFRAG_OLD;
}

static void put_header(struct defrag *d, const struct datagram *g)
{
    uint8_t *p = d->packet;
    bool four = g->key.version == 4;
    memset(p, 0, IP6_HEADER);
    p[0] = four ? 0x45 : 0x60;
    put_u16(p + (four ? 2 : 4), (uint16_t)(four ? g->total + IP4_HEADER : g->total));
    p[four ? 9 : 6] = g->next;
    p[four ? 8 : 7] = 64;
    memcpy(p + (four ? 12 : 8), g->key.ends, four ? 8 : 32);
}

static void put_together(struct defrag *d, struct datagram *g, struct span *packet,
                         struct layout *layout)
{
    uint8_t version = g->key.version;
    size_t n = version == 4 ? IP4_HEADER : IP6_HEADER;
    uint32_t at;
    put_header(d, g);
    for (struct span s; (s = held_front(d->pool, &g->held, &at)).n > 0; n += s.n) {
        memcpy(d->packet + n, s.p, s.n);
        held_pop(d->pool, &g->held);
    }
    held_release(d->pool);
    *packet = span_make(d->packet, n);
    *layout = (struct layout){0};
    layout_from(*packet, 0, version == 4 ? TYPE_IP4 : TYPE_IP6, layout);
    d->counts.whole++;
    drop(d, g);
}

enum defrag_state defrag_take(struct defrag *d, struct span frame, const struct layout *l,
                              int64_t now, struct span *packet, struct layout *layout)
{
    struct fragment f;
    if (l->end > frame.n) return DEFRAG_CUT;
    if (!read_fragment(frame, l, &f)) return DEFRAG_BAD;
    struct datagram *g = find(d, &f, now);
    if (g->discarded) return DEFRAG_BAD;
    bool fits = end_fits(g, &f);
    if (l->version == 6 && (!fits || held_compare(d->pool, &g->held, f.at, f.data) == HELD_CLASH))
        return discard(d, g);
    if (!fits) return DEFRAG_BAD;
    enum defrag_state s = add(d, g, &f);
    if (s == DEFRAG_WHOLE) put_together(d, g, packet, layout);
    return s;
}

void defrag_end(struct defrag *d)
{
    for (size_t i = 0; i < DEFRAG_MAX; i++)
        if (d->slot[i / WAYS][i % WAYS].used) expire(d, &d->slot[i / WAYS][i % WAYS]);
}

const struct defrag_counts *defrag_counts(const struct defrag *d)
{
    return &d->counts;
}

void defrag_close(struct defrag *d)
{
    if (d) held_pool_free(d->pool);
    free(d);
}
