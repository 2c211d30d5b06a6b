/* token: how a reply tells which unit it answers. */
#include "packet/template.h"

/* A keyed permutation of 32-bit numbers: four Feistel rounds (M. Luby, C. Rackoff, "How to
 * construct pseudorandom permutations from pseudorandom functions", 1988) over a multiply-
 * and-shift mixer. Not a secret: it only has to keep strangers' numbers from looking right. */
#define ROUNDS 4
/* Indices beyond the newest known one that may still be right: other workers run ahead. */
#define AHEAD 65536

static inline uint32_t round_of(uint64_t key, unsigned i, uint32_t half)
{
    uint32_t x = (half + 1) * 0x9E3779B1u ^ (uint32_t)(key >> (i * 16 & 63));
    x *= 0x85EBCA77u;
    return (x ^ x >> 15) >> 8 & 0xffff;
}

uint32_t token_permute(uint64_t key, uint32_t x)
{
    uint32_t l = x >> 16, r = x & 0xffff;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t t = l ^ round_of(key, i, r);
        l = r;
        r = t;
    }
    return l << 16 | r;
}

uint32_t token_invert(uint64_t key, uint32_t x)
{
    uint32_t l = x >> 16, r = x & 0xffff;
    for (unsigned i = ROUNDS; i-- > 0;) {
        uint32_t t = r ^ round_of(key, i, l);
        r = l;
        l = t;
    }
    return l << 16 | r;
}

uint32_t token_of_index(const struct packet *p, uint64_t index)
{
    uint32_t low =
        p->token_width < 32 ? (uint32_t)index & ((1u << p->token_width) - 1) : (uint32_t)index;
    return token_permute(p->token_key, p->token_share | low);
}

bool token_nearest(const struct packet *p, uint32_t token, uint64_t near, uint64_t *index)
{
    uint32_t x = token_invert(p->token_key, token) ^ p->token_share;
    unsigned above = 32 - p->token_width;
    if (p->token_width < 32 && x >> p->token_width) return false; /* of another share */
    int32_t step = (int32_t)((x - (uint32_t)near) << above) >> above;
    if (step > AHEAD || (step < 0 && near < -(uint64_t)(int64_t)step)) return false;
    *index = near + (uint64_t)(int64_t)step;
    return true;
}

void token_content(struct packet *p)
{
    const struct layer *l = p->ends.transport;
    if (p->token == TOKEN_NONE || p->rest.varies) return;
    uint32_t from = (l->at + l->size) * 8;
    uint32_t to = (uint32_t)(p->end - (p->token == TOKEN_TRAILER ? TRAILER : 0)) * 8;
    p->same_content = p->crcs == 0;
    for (size_t i = 0; i < p->places; i++)
        if (p->place[i].bit < to && p->place[i].bit + p->place[i].width > from)
            p->same_content = false;
}

void packet_share_tokens(struct packet *p, unsigned number, unsigned of)
{
    unsigned bits = 0;
    while (of > 1u << bits) bits++;
    p->token_width = 32 - bits;
    p->token_share = bits ? (uint32_t)number << p->token_width : 0;
    p->check_key = rng_sub(p->token_key, number);
    for (size_t i = 0; i < p->variants; i++) packet_share_tokens(p->variant[i], number, of);
}

/* A column with bits of the permuted index for a field that nobody has set. */
static void token_field(struct build *b, const struct layer *l, const char *field, unsigned shift,
                        unsigned width)
{
    struct value *v = layer_value(l, field);
    v->column = packet_column(b->p, 1);
    v->given = true;
    packet_source(
        b,
        (struct source){.kind = SOURCE_TOKEN, .column = v->column, .shift = shift, .width = width});
}

static void trailer(struct build *b)
{
    struct packet *p = b->p;
    int check = packet_column(p, 2);
    p->token = TOKEN_TRAILER;
    p->check_column = check;
    packet_source(b, (struct source){.kind = SOURCE_CHECK, .column = check});
    if (p->end_varies) {
        p->rest.trailer = true;
        return;
    }
    int index = packet_column(p, 1);
    uint32_t bit = (uint32_t)(p->end - TRAILER) * 8;
    packet_source(b, (struct source){.kind = SOURCE_INDEX, .column = index});
    packet_place(b, bit, 32, check);
    packet_place(b, bit + 32, 64, index);
    packet_place(b, bit + 96, 32, check + 1);
}

static bool unset(const struct layer *l, const char *field)
{
    return !layer_value(l, field)->given;
}

static bool is_echo(const struct layer *l)
{
    bool v6 = span_is(span_of(l->class->doc.name), "icmpv6");
    const struct value *type = layer_value(l, "type");
    return type->column < 0 && !type->gen && type->constant == (v6 ? 128 : 8);
}

/* What the outermost IP layer carries, or NULL. */
static const struct layer *transport_of(const struct packet *p)
{
    size_t i = 0;
    while (i < p->layers && !p->layer[i].class->ip) i++;
    /* IPv6 extension headers are passed over. */
    for (i++; i < p->layers; i++) {
        if (p->layer[i].class->next != NEXT_IP6 || p->layer[i].class->ip) return &p->layer[i];
    }
    return NULL;
}

void token_plan(struct build *b)
{
    struct packet *p = b->p;
    const struct layer *l = transport_of(p);
    if (!l || !b->reply) return;
    const struct layer *ip = outer_ip(p);
    p->ends = (struct ends_of_unit){l, layer_value(ip, "src"), layer_value(ip, "dst"),
                                    layer_value(l, "sport"), layer_value(l, "dport")};
    struct span kind = span_of(l->class->doc.name);
    bool icmp = span_is(kind, "icmp") || span_is(kind, "icmpv6");
    if (span_is(kind, "tcp") && unset(l, "seq")) {
        p->token = TOKEN_TCP_SEQ;
        token_field(b, l, "seq", 0, 32);
    } else if (icmp && is_echo(l) && unset(l, "id") && unset(l, "seq")) {
        p->token = TOKEN_ICMP_ID;
        token_field(b, l, "id", 16, 16);
        token_field(b, l, "seq", 0, 16);
    } else if (b->pad_min >= TRAILER && (span_is(kind, "udp") || (icmp && is_echo(l)))) {
        trailer(b);
    }
}
