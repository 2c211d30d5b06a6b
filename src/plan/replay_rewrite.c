/* map, ports, macs, vlan, ttl and fields: what a replay changes in the frames. */
#include "plan/inside.h"

#define RULES_MAX 256
#define VLANS_MAX 7 /* that many tags fit into a draft's headroom */

bool mapped_mac(struct lex *l, uint8_t out[6])
{
    uint8_t bytes[16];
    if (l->tok.kind != TOK_ADDR || l->tok.addr.family != FAMILY_MAC) return false;
    addr_bytes(l->tok.addr, bytes);
    memcpy(out, bytes, 6);
    lex_next(l);
    return true;
}

bool lex_net(struct lex *l, struct prefix *out)
{
    if (l->tok.kind == TOK_PREFIX) {
        *out = l->tok.prefix;
    } else if (l->tok.kind == TOK_ADDR && l->tok.addr.family != FAMILY_MAC) {
        *out = (struct prefix){l->tok.addr, family_bits(l->tok.addr.family)};
    } else {
        return false;
    }
    lex_next(l);
    return true;
}

static bool read_net_rule(struct lex *l, void *rule)
{
    struct rewrite_net *r = rule;
    return lex_net(l, &r->from) && lex_accept(l, "->") && lex_net(l, &r->to) &&
           r->from.first.family == r->to.first.family;
}

static bool read_number(struct lex *l, uint64_t most, uint16_t *out)
{
    uint64_t v;
    if (l->tok.kind != TOK_NUMBER || l->tok.q.dim != DIM_NONE ||
        !quantity_u64(&l->tok.q, false, &v) || v > most)
        return false;
    *out = (uint16_t)v;
    lex_next(l);
    return true;
}

/* 80 -> 8080, 1000..1999 -> 3000, 1000..1999 -> 3000..3999 */
static bool read_port_rule(struct lex *l, void *rule)
{
    struct rewrite_port *r = rule;
    uint16_t end;
    if (!read_number(l, 65535, &r->lo)) return false;
    r->hi = r->lo;
    if (lex_accept(l, "..") && (!read_number(l, 65535, &r->hi) || r->hi < r->lo)) return false;
    if (!lex_accept(l, "->") || !read_number(l, 65535, &r->to)) return false;
    if (lex_accept(l, "..") && (!read_number(l, 65535, &end) || end - r->to != r->hi - r->lo))
        return false;
    return r->to + (r->hi - r->lo) <= 65535;
}

static bool read_mac_rule(struct lex *l, void *rule)
{
    struct rewrite_mac *r = rule;
    r->any = lex_accept(l, "*");
    return (r->any || mapped_mac(l, r->from)) && lex_accept(l, "->") && mapped_mac(l, r->to);
}

/* The standard that a tag is by, which names its type. */
static uint16_t read_tag_type(struct lex *l)
{
    static const struct {
        const char *name;
        uint16_t type;
    } types[] = {{"802.1Q", TYPE_VLAN}, {"802.1q", TYPE_VLAN}, {"802.1ad", TYPE_QINQ}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!span_is(l->tok.text, types[i].name)) continue;
        lex_next(l);
        return types[i].type;
    }
    return TYPE_VLAN;
}

static bool read_vlan_rule(struct lex *l, void *rule)
{
    struct rewrite_vlan *r = rule;
    r->how = lex_accept(l, "push") ? VLAN_PUSH : lex_accept(l, "pop") ? VLAN_POP : VLAN_RETAG;
    if (r->how == VLAN_POP) return true;
    if (r->how == VLAN_RETAG && !(read_number(l, 4095, &r->from) && lex_accept(l, "->")))
        return false;
    if (!read_number(l, 4095, &r->to)) return false;
    if (r->how == VLAN_PUSH) r->type = read_tag_type(l);
    return true;
}

/* A list of rules of `size` bytes; how many there are. */
static size_t read_rules(struct compiling *c, struct entry *e, size_t size, size_t most, void **out,
                         bool (*read)(struct lex *l, void *rule), const char *expected)
{
    struct lex l;
    size_t n = 0;
    if (!e) return 0;
    uint8_t *rules = arena_alloc_array(c->plan->arena, size, most);
    *out = rules;
    lex_start(&l, e->value);
    bool fine = true;
    do fine = read(&l, rules + size * n++);
    while (fine && lex_accept(&l, ",") && n < most);
    if (!fine || l.tok.kind != TOK_END) {
        char here[64];
        err_add(c->env.errs, e->at, "%s is not understood at %s, expected %s, at most %zu of them",
                e->key, lex_here(&l, here), expected, most);
    }
    return n;
}

static void compile_maps(struct compiling *c, struct rewrite *w, struct section *sec)
{
    void *rules = NULL;
    w->n_nets = read_rules(c, section_get(sec, "map"), sizeof *w->nets, RULES_MAX, &rules,
                           read_net_rule, "10.0.0.0/8 -> 198.18.0.0/16, of one family");
    w->nets = rules;
    w->n_ports = read_rules(c, section_get(sec, "ports"), sizeof *w->ports, RULES_MAX, &rules,
                            read_port_rule, "80 -> 8080 or 1000..1999 -> 3000");
    w->ports = rules;
    w->n_macs =
        read_rules(c, section_get(sec, "macs"), sizeof *w->macs, RULES_MAX, &rules, read_mac_rule,
                   "02:00:00:00:00:01 -> 02:00:00:00:00:02 or * -> 02:00:00:00:00:02");
    w->macs = rules;
    w->n_vlans = read_rules(c, section_get(sec, "vlan"), sizeof *w->vlans, VLANS_MAX, &rules,
                            read_vlan_rule, "push 5, push 5 802.1ad, pop or 5 -> 7");
    w->vlans = rules;
}

/* What was compiled last may be `per flow`, of the conversation that was recorded. */
static void note_flows(struct compiling *c, struct rewrite *w, const struct entry *e)
{
    if (c->env.by & BY_FLOW) w->flows = true;
    if (c->env.by & BY_STEP)
        err_add(c->env.errs, e->at,
                "%s changes along the flow, which frames of a replay cannot, expected a value "
                "per flow",
                e->key);
    c->env.by = 0;
}

static void compile_draw(struct compiling *c, struct stream *s, struct section *sec,
                         enum rewrite_field field)
{
    const struct rewrite_target *t = &rewrite_targets[field];
    struct arena *a = c->plan->arena;
    struct entry *e = section_get(sec, t->name);
    static const char *const values[] = {"a number", "a MAC address", "an IPv4 address",
                                         "an IPv6 address"};
    if (!e) return;
    struct gen_want want = {
        .what = arena_printf(a, "%s for %s", values[t->type], t->name),
        .type = t->type == VALUE_IP6 ? GEN_IP6 : GEN_U64,
        .format = t->type == VALUE_IP4   ? FORMAT_IP4
                  : t->type == VALUE_MAC ? FORMAT_MAC
                                         : FORMAT_NUMBER,
        .hi = t->bits < 64 ? (1ull << t->bits) - 1 : UINT64_MAX,
    };
    const struct gen *g =
        gen_entry(&c->env, e, arena_printf(a, "stream %s.%s", s->name, t->name), &want);
    struct rewrite *w = &s->replay.rewrite;
    if (g) w->draws[w->n_draws++] = (struct rewrite_draw){field, g, c->env.by & BY_FLOW};
    note_flows(c, w, e);
}

/* A number of a key that is about frames of all kinds; NULL: it is not given. */
static const struct gen *compile_number(struct compiling *c, struct stream *s, struct section *sec,
                                        const char *key, const char *what, uint64_t lo, uint64_t hi)
{
    struct entry *e = section_get(sec, key);
    struct gen_want want = {.what = what, .type = GEN_U64, .lo = lo, .hi = hi};
    if (!e) return NULL;
    const struct gen *g =
        gen_entry(&c->env, e, arena_printf(c->plan->arena, "stream %s.%s", s->name, key), &want);
    note_flows(c, &s->replay.rewrite, e);
    return g;
}

/* size, payload, inside */
static void compile_body(struct compiling *c, struct stream *s, struct section *sec)
{
    struct rewrite *w = &s->replay.rewrite;
    struct arena *a = c->plan->arena;
    struct entry *payload = section_get(sec, "payload");
    char *path = arena_printf(a, "stream %s.payload", s->name);
    entry_bool(section_get(sec, "inside"), &w->inside, c->env.errs);
    w->size = compile_number(c, s, sec, "size", "a frame's bytes 14..65535", 14, 65535);
    if (!payload) return;
    w->payload_key = rng_key(c->env.seed, span_of(path));
    if (span_is(span_trim(payload->value), "zero")) {
        w->payload = PAYLOAD_ZERO;
    } else if (span_is(span_trim(payload->value), "random")) {
        w->payload = PAYLOAD_RANDOM;
    } else {
        w->payload = PAYLOAD_TEXT;
        w->text = gen_template(&c->env, payload, path);
        note_flows(c, w, payload);
    }
}

void compile_rewriting(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const pers[] = {"frame", "flow", "loop", "flow+loop", NULL};
    static const char *const sums[] = {"fix", "keep", "always", NULL};
    struct rewrite *w = &s->replay.rewrite;
    struct arena *a = c->plan->arena;
    unsigned per = 0, checksums = 0;
    compile_maps(c, w, sec);
    /* A flow is a conversation as it was recorded, and how many there are is not asked. */
    c->env.population = &some_flows;
    c->env.by = 0;
    w->draws = arena_array(a, struct rewrite_draw, REWRITE_FIELDS);
    for (unsigned i = 0; i < REWRITE_FIELDS; i++) compile_draw(c, s, sec, (enum rewrite_field)i);
    w->ttl = compile_number(c, s, sec, "ttl", "a time to live 0..255", 0, 255);
    w->dscp = compile_number(c, s, sec, "dscp", "a code point 0..63", 0, 63);
    compile_body(c, s, sec);
    c->env.population = NULL;
    entry_choice(section_get(sec, "per"), pers, &per, c->env.errs);
    entry_choice(section_get(sec, "checksums"), sums, &checksums, c->env.errs);
    w->per = per;
    w->checksums = checksums;
}
