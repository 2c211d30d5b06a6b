#include "trace/sides.h"

#include "base/rng.h"
#include "trace/link.h"

#include <stdlib.h>

#define WAYS 8u /* slots that a number may be in */
#define ROUND_BITS 8
#define ROUND_MAX (UINT32_MAX >> ROUND_BITS)

enum {
    USED = 1,
    FIRST_IS_CLIENT = 2, /* of a conversation: the end that comes first in the flow's order */
    SHAKEN = 4,          /* a handshake said so */
    CLIENT_SEEN = 8,     /* of a link address: sent packets of that side */
    SERVER_SEEN = 16,
    CLIENT_SENT = 32, /* of fragments: the client sent the first one, which was told so and so */
    HOW_SHIFT = 6,
    HOW_MASK = 3 << HOW_SHIFT,
};
/* One of: a conversation, a fragmented packet under way, a link address; by its number. */
struct slot {
    uint64_t key;
    uint32_t seen; /* number of the frame that last asked for it */
    uint32_t mark; /* flags, and above them the round in which they hold */
};
struct sides {
    const struct sides_rules *rules;
    struct sides_counts counts;
    uint32_t frame, round;
    uint64_t last_mac; /* number of the link address learnt last, and its side */
    enum side last_side;
    struct slot slot[SIDES_FLOWS];
};

const char *const told_names[TOLD_WAYS] = {
    [TOLD_BY_RULE] = "rule",       [TOLD_BY_HANDSHAKE] = "handshake",
    [TOLD_BY_SPEAKER] = "speaker", [TOLD_BY_NEIGHBOUR] = "neighbour",
    [TOLD_NOT] = "untold",
};

const char *const side_names[SIDES] = {[SIDE_CLIENT] = "client", [SIDE_SERVER] = "server"};

/* A packet as it is looked at. */
struct packet_view {
    struct span frame;
    struct layout at;
    bool ethernet;
    struct layout_ends ends;
};
struct verdict {
    enum side side;
    enum told how;
};
static const struct verdict unknown = {SIDE_CLIENT, TOLD_NOT};

static enum side other(enum side s)
{
    return s == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

struct sides *sides_open(const struct sides_rules *r)
{
    struct sides *s = calloc(1, sizeof *s);
    if (s) s->rules = r;
    return s;
}

static bool in_use(const struct sides *s, const struct slot *x)
{
    return x->mark & USED && x->mark >> ROUND_BITS == s->round;
}

static struct slot *bucket_of(struct sides *s, uint64_t key)
{
    return &s->slot[key % (SIDES_FLOWS / WAYS) * WAYS];
}

/* NULL when it is not known. */
static struct slot *find(struct sides *s, uint64_t key)
{
    struct slot *b = bucket_of(s, key);
    for (size_t i = 0; i < WAYS; i++) {
        if (b[i].key != key || !in_use(s, &b[i])) continue;
        b[i].seen = s->frame;
        return &b[i];
    }
    return NULL;
}

/* A number that is not known takes a free slot, or that which nobody asked for longest. */
static struct slot *enter(struct sides *s, uint64_t key, uint32_t flags)
{
    struct slot *b = bucket_of(s, key), *to = b;
    for (size_t i = 0; i < WAYS && in_use(s, to); i++)
        if (!in_use(s, &b[i]) || s->frame - b[i].seen > s->frame - to->seen) to = &b[i];
    if (in_use(s, to)) s->counts.forgotten++;
    *to = (struct slot){key, s->frame, s->round << ROUND_BITS | USED | flags};
    return to;
}

static bool among_clients(const struct sides_rules *r, struct span address)
{
    if (address.n != 4 && address.n != 16) return false;
    struct addr a = addr_from_bytes(address.n == 4 ? FAMILY_IP4 : FAMILY_IP6, address.p);
    for (size_t i = 0; i < r->n_clients; i++)
        if (prefix_has(r->clients[i], a)) return true;
    return false;
}

static bool among_servers(const struct sides_rules *r, uint16_t port)
{
    for (size_t i = 0; i < r->n_ports; i++)
        if (port >= r->ports[i].lo && port <= r->ports[i].hi) return true;
    return false;
}

/* What the profile lists decides wherever it tells the two ends apart. */
static struct verdict by_rules(const struct sides_rules *r, const struct packet_view *p)
{
    const struct layout_ends *e = &p->ends;
    bool from = among_clients(r, e->src), to = among_clients(r, e->dst);
    if (from != to) return (struct verdict){from ? SIDE_CLIENT : SIDE_SERVER, TOLD_BY_RULE};
    if (!e->ports) return unknown;
    from = among_servers(r, e->sport), to = among_servers(r, e->dport);
    if (from != to) return (struct verdict){from ? SIDE_SERVER : SIDE_CLIENT, TOLD_BY_RULE};
    return unknown;
}

/* SYN and INIT come from the client, their answers from the server (RFC 9293, RFC 9260). */
static struct verdict by_handshake(const struct packet_view *p)
{
    enum { SYN = 2, ACK = 16, INIT = 1, INIT_ACK = 2 };
    const struct layout *l = &p->at;
    struct verdict client = {SIDE_CLIENT, TOLD_BY_HANDSHAKE},
                   server = {SIDE_SERVER, TOLD_BY_HANDSHAKE};
    struct reader r = reader_of(span_from(p->frame, l->up));
    if (!l->up || (l->proto != PROTO_TCP && l->proto != PROTO_SCTP)) return unknown;
    read_bytes(&r, l->proto == PROTO_TCP ? 13 : 12);
    uint8_t byte = read_u8(&r);
    if (r.bad) return unknown;
    if (l->proto == PROTO_SCTP) return byte == INIT ? client : byte == INIT_ACK ? server : unknown;
    return !(byte & SYN) ? unknown : byte & ACK ? server : client;
}

/* What the table says of the conversation, after it has heard this packet. */
static struct verdict by_flow(struct sides *s, const struct packet_view *p)
{
    bool first;
    uint64_t flow = layout_flow_of(&p->ends, p->at.proto, &first);
    struct verdict shake = by_handshake(p);
    struct slot *x = find(s, flow);
    if (!x) x = enter(s, flow, first ? FIRST_IS_CLIENT : 0);
    if (shake.how != TOLD_NOT && !(x->mark & SHAKEN)) {
        bool is_client = first == (shake.side == SIDE_CLIENT);
        x->mark =
            (x->mark & ~(uint32_t)FIRST_IS_CLIENT) | SHAKEN | (is_client ? FIRST_IS_CLIENT : 0);
    }
    bool client = first == !!(x->mark & FIRST_IS_CLIENT);
    return (struct verdict){client ? SIDE_CLIENT : SIDE_SERVER,
                            x->mark & SHAKEN ? TOLD_BY_HANDSHAKE : TOLD_BY_SPEAKER};
}

static struct verdict by_conversation(struct sides *s, const struct packet_view *p)
{
    struct verdict v = by_rules(s->rules, p);
    return v.how == TOLD_NOT ? by_flow(s, p) : v;
}

/* Fragments of one packet share addresses, protocol and, in IPv4, an identification. */
static uint64_t fragment_key(const struct packet_view *p)
{
    uint64_t h = p->at.proto;
    struct span both[] = {p->ends.src, p->ends.dst};
    for (size_t i = 0; i < 2; i++)
        for (struct reader r = reader_of(both[i]); reader_left(&r) >= 4;)
            h = rng_mix(h ^ read_u32(&r));
    return p->at.version == 4 ? rng_mix(h ^ get_u16(p->frame.p + p->at.net + 4)) : h;
}

static struct verdict by_first_fragment(struct sides *s, const struct packet_view *p)
{
    struct slot *x = find(s, fragment_key(p));
    if (!x) return unknown;
    return (struct verdict){x->mark & CLIENT_SENT ? SIDE_CLIENT : SIDE_SERVER,
                            (enum told)((x->mark & HOW_MASK) >> HOW_SHIFT)};
}

/* Only the first fragment has ports, so it speaks for the others. */
static struct verdict by_fragment(struct sides *s, const struct packet_view *p)
{
    struct verdict v = by_rules(s->rules, p);
    if (!p->at.up) return v.how == TOLD_NOT ? by_first_fragment(s, p) : v;
    struct packet_view whole = *p;
    whole.at.fragment = false;
    layout_find_ends(whole.frame, &whole.at, &whole.ends);
    v = by_conversation(s, &whole);
    struct slot *x = find(s, fragment_key(p));
    if (!x) x = enter(s, fragment_key(p), 0);
    x->mark &= ~(uint32_t)(CLIENT_SENT | HOW_MASK);
    x->mark |= (v.side == SIDE_CLIENT ? CLIENT_SENT : 0) | (uint32_t)v.how << HOW_SHIFT;
    return v;
}

/* The packet that an ICMP error quotes, at least its addresses and, where they are, its ports. */
static bool quoted(const struct packet_view *p, struct packet_view *out)
{
    size_t at = p->at.up + 8;
    *out = (struct packet_view){.frame = p->frame};
    layout_from(p->frame, at, p->at.version == 4 ? TYPE_IP4 : TYPE_IP6, &out->at);
    if (!out->at.version) return false;
    if (!out->at.up && !out->at.fragment && proto_has_ports(out->at.proto)) {
        /* Eight bytes of the transport are enough for an error, and for us. */
        size_t header = out->at.version == 4 ? (p->frame.p[at] & 15u) * 4u : 40u;
        if (at + header + 4 <= p->frame.n) out->at.up = (uint32_t)(at + header);
    }
    layout_find_ends(out->frame, &out->at, &out->ends);
    return true;
}

/* Echo requests come from a client; an error from the side that its cause went to. */
static struct verdict by_icmp(struct sides *s, const struct packet_view *p)
{
    bool four = p->at.version == 4;
    uint8_t type = p->frame.p[p->at.up];
    bool error = four ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
                      : type >= 1 && type <= 4;
    struct packet_view cause;
    struct verdict v = by_rules(s->rules, p);
    if (v.how != TOLD_NOT) return v;
    if (error && quoted(p, &cause)) {
        v = by_conversation(s, &cause);
        v.side = other(v.side);
        return v;
    }
    if (type == (four ? 8 : 128)) return (struct verdict){SIDE_CLIENT, TOLD_BY_HANDSHAKE};
    if (type == (four ? 0 : 129)) return (struct verdict){SIDE_SERVER, TOLD_BY_HANDSHAKE};
    return by_flow(s, p);
}

/* Numbers of link addresses and of conversations are apart but for chance. */
static uint64_t mac_key(struct span frame)
{
    return rng_mix((uint64_t)get_u32(frame.p + 6) << 16 | get_u16(frame.p + 10)) ^ 0x6d6163;
}

static struct verdict by_neighbour(struct sides *s, const struct packet_view *p)
{
    if (!p->ethernet) return unknown;
    struct slot *x = find(s, mac_key(p->frame));
    bool client = x && x->mark & CLIENT_SEEN, server = x && x->mark & SERVER_SEEN;
    if (client == server) return unknown;
    return (struct verdict){client ? SIDE_CLIENT : SIDE_SERVER, TOLD_BY_NEIGHBOUR};
}

static void learn_neighbour(struct sides *s, const struct packet_view *p, enum side side)
{
    uint64_t key = mac_key(p->frame);
    if (key == s->last_mac && side == s->last_side) return;
    struct slot *x = find(s, key);
    if (!x) x = enter(s, key, 0);
    x->mark |= side == SIDE_CLIENT ? CLIENT_SEEN : SERVER_SEEN;
    s->last_mac = key;
    s->last_side = side;
}

/* ARP is a conversation of two addresses; all else without IP tells its link address only. */
static struct verdict without_ip(struct sides *s, struct packet_view *p)
{
    struct verdict v = unknown;
    bool arp = p->at.type == TYPE_ARP && p->at.net + 28 <= p->frame.n;
    if (arp) {
        p->ends.src = span_sub(p->frame, p->at.net + 14, 4);
        p->ends.dst = span_sub(p->frame, p->at.net + 24, 4);
        v = by_rules(s->rules, p);
    }
    if (v.how == TOLD_NOT) v = by_neighbour(s, p);
    return v.how == TOLD_NOT && arp ? by_flow(s, p) : v;
}

static struct verdict with_ip(struct sides *s, const struct packet_view *p)
{
    const struct layout *l = &p->at;
    bool group = p->ethernet && p->frame.p[0] & 1;
    struct verdict v = group ? by_rules(s->rules, p) : unknown;
    /* What is sent to a group begins a conversation only in name. */
    if (group && v.how == TOLD_NOT) v = by_neighbour(s, p);
    if (v.how != TOLD_NOT) return v;
    if (l->fragment)
        v = by_fragment(s, p);
    else if (l->up && (l->proto == PROTO_ICMP || l->proto == PROTO_ICMP6))
        v = by_icmp(s, p);
    else
        v = by_conversation(s, p);
    if (p->ethernet && !group && v.how != TOLD_NOT) learn_neighbour(s, p, v.side);
    return v;
}

enum side sides_tell(struct sides *s, const struct trace_frame *f)
{
    struct packet_view p = {.frame = f->bytes};
    link_layout(f->link, f->bytes, &p.at);
    p.ethernet = f->link == LINK_ETHERNET && f->bytes.n >= 14;
    s->frame++;
    layout_find_ends(p.frame, &p.at, &p.ends);
    struct verdict v = p.at.version ? with_ip(s, &p) : without_ip(s, &p);
    s->counts.frames[v.side]++;
    s->counts.told[v.how]++;
    return v.side;
}

void sides_rewind(struct sides *s)
{
    s->frame = 0;
    s->last_mac = 0;
    if (s->round++ < ROUND_MAX) return;
    memset(s->slot, 0, sizeof s->slot);
    s->round = 0;
}

const struct sides_counts *sides_counts(const struct sides *s)
{
    return &s->counts;
}

void sides_close(struct sides *s)
{
    free(s);
}
