/* link: what a template needs of the network around it: Ethernet addresses that the profile
 * left open, the next hop, the destinations. */
#include "packet/template.h"

const char *packet_name(const struct packet *p)
{
    return p->name;
}
size_t packet_min_len(const struct packet *p)
{
    return p->min_len;
}
size_t packet_max_len(const struct packet *p)
{
    return p->max_len;
}
enum token_place packet_token(const struct packet *p)
{
    return p->token;
}

const struct layer *outer_ip(const struct packet *p)
{
    for (size_t i = 0; i < p->layers; i++) {
        if (p->layer[i].class->ip) return &p->layer[i];
    }
    return NULL;
}

/* Bounds of what an address field may become. */
static void find_bounds(struct build *b, const struct value *v, struct addr *lo, struct addr *hi)
{
    enum family family = v->field->type == FIELD_IP4 ? FAMILY_IP4 : FAMILY_IP6;
    *lo = *hi = (struct addr){v->constant, family};
    if (!v->gen) return;
    if (family == FAMILY_IP4) {
        lo->v = v->gen->lo;
        hi->v = v->gen->hi;
        return;
    }
    const struct expr *e = expr_parse(b->env->arena, v->entry->value, v->entry->at, b->env->errs);
    u128 first = ~(u128)0, last = 0;
    bool known = e && gen_hull(e, &first, &last);
    lo->v = known ? first : 0;
    hi->v = known ? last : ~(u128)0;
}

/* The Ethernet address of a multicast group (RFC 1112, section 6.4; RFC 2464, section 7) or of
 * IPv4 broadcast; 0: the address has a host's. */
static uint64_t group_mac(const struct value *dst)
{
    uint64_t low = (uint64_t)dst->constant & 0xffffffff;
    if (dst->field->type == FIELD_IP6) {
        return (uint64_t)(dst->constant >> 120) == 0xff ? 0x333300000000 | low : 0;
    }
    if (low == 0xffffffff) return 0xffffffffffff;
    return low >> 28 == 0xe ? 0x01005e000000 | (low & 0x7fffff) : 0;
}

void link_defaults(struct build *b)
{
    struct packet *p = b->p;
    struct value *dst = layer_value(&p->layer[0], "dst");
    const struct layer *ip = outer_ip(p), *last = &p->layer[p->layers - 1];
    uint64_t mac = 0;
    if (ip && !layer_value(ip, "dst")->gen) mac = group_mac(layer_value(ip, "dst"));
    if (last->class == &layer_arp) mac = 0xffffffffffff;
    if (dst->given || !mac) return;
    dst->constant = mac;
    dst->given = true;
}

/* Bounds of what all routing headers hold. */
static void find_route(struct build *b)
{
    struct packet *p = b->p;
    for (size_t i = 0; i < p->layers; i++) {
        struct addr lo, hi;
        if (p->layer[i].class != &layer_routing) continue;
        find_bounds(b, layer_value(&p->layer[i], "segment"), &lo, &hi);
        if (!p->routed || lo.v < p->via_lo.v) p->via_lo = lo;
        if (!p->routed || hi.v > p->via_hi.v) p->via_hi = hi;
        p->routed = true;
    }
}

void link_plan(struct build *b)
{
    struct packet *p = b->p;
    const struct layer *eth = &p->layer[0], *ip = outer_ip(p);
    p->link_dst = !layer_value(eth, "dst")->given;
    p->link_src = !layer_value(eth, "src")->given;
    if (!ip) return;
    find_bounds(b, layer_value(ip, "src"), &p->src_lo, &p->src_hi);
    find_bounds(b, layer_value(ip, "dst"), &p->dst_lo, &p->dst_hi);
    find_route(b);
}

static void set_mac(struct packet *p, struct value *v, const uint8_t mac[6])
{
    v->constant = addr_from_bytes(FAMILY_MAC, mac).v;
    memcpy(p->image + v->bit / 8, mac, 6);
}

void packet_set_link(struct packet *p, const uint8_t src[6], const uint8_t dst[6])
{
    if (p->link_src) set_mac(p, layer_value(&p->layer[0], "src"), src);
    if (p->link_dst) set_mac(p, layer_value(&p->layer[0], "dst"), dst);
    p->link_mac = (uint64_t)addr_from_bytes(FAMILY_MAC, src).v;
    words_constants(p);
    for (size_t i = 0; i < p->variants; i++) packet_set_link(p->variant[i], src, dst);
}

u128 packet_value(const struct packet *p, const struct value *v, uint64_t index, struct scratch *s)
{
    uint64_t due = 0, hi = 0, lo = 0;
    struct draw unit = {.index = &index, .due_ns = &due, .scratch = s};
    if (v->column < 0) return v->constant;
    struct draw d = packet_draw(p, &unit, 1);
    for (size_t i = 0; i < p->sources; i++) {
        const struct source *from = &p->source[i];
        if (from->column != v->column) continue;
        uint64_t *col[2] = {&hi, &lo};
        struct source here = *from;
        here.column = 0;
        source_run(p, &here, &d, 1, col);
    }
    return v->field->width > 64 ? (u128)hi << 64 | lo : hi;
}

bool packet_next_hop(const struct packet *p, struct addr *dst)
{
    const struct layer *ip = outer_ip(p);
    if (!p->link_dst || !ip) return false;
    struct scratch s = {0};
    dst->v = packet_value(p, layer_value(ip, "dst"), 0, &s);
    dst->family = p->dst_lo.family;
    scratch_free(&s);
    return true;
}

bool packet_destinations(const struct packet *p, struct addr *lo, struct addr *hi)
{
    if (!outer_ip(p)) return false;
    *lo = p->dst_lo;
    *hi = p->dst_hi;
    return true;
}

bool packet_route(const struct packet *p, struct addr *lo, struct addr *hi)
{
    *lo = p->via_lo;
    *hi = p->via_hi;
    return p->routed;
}

bool packet_sources(const struct packet *p, struct addr *lo, struct addr *hi)
{
    if (!outer_ip(p)) return false;
    *lo = p->src_lo;
    *hi = p->src_hi;
    return true;
}
