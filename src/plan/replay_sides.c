/* client, server_ports, ordered, next_hop: what a replay through two interfaces asks for. */
#include "plan/inside.h"

#define LIST_MAX 256

static bool wrong(struct compiling *c, const struct entry *e, const char *expected)
{
    return err_add(c->env.errs, e->at, "%s is '%.*s', expected %s", e->key,
                   (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p, expected);
}

static void compile_clients(struct compiling *c, struct sides_rules *r, struct entry *e)
{
    struct lex l;
    if (!e) return;
    struct prefix *v = arena_array(c->plan->arena, struct prefix, LIST_MAX);
    r->clients = v;
    lex_start(&l, e->value);
    while (r->n_clients < LIST_MAX && lex_net(&l, &v[r->n_clients])) {
        r->n_clients++;
        if (!lex_accept(&l, ",")) break;
    }
    if (r->n_clients == 0 || l.tok.kind != TOK_END)
        wrong(c, e, "networks such as 10.0.0.0/8, 2001:db8::/32, at most 256");
}

static bool read_port(struct lex *l, uint16_t *out)
{
    uint64_t v;
    if (l->tok.kind != TOK_NUMBER || l->tok.q.dim != DIM_NONE ||
        !quantity_u64(&l->tok.q, false, &v) || v > 65535)
        return false;
    *out = (uint16_t)v;
    lex_next(l);
    return true;
}

static void compile_ports(struct compiling *c, struct sides_rules *r, struct entry *e)
{
    struct lex l;
    bool fine = true;
    if (!e) return;
    struct sides_ports *v = arena_array(c->plan->arena, struct sides_ports, LIST_MAX);
    r->ports = v;
    lex_start(&l, e->value);
    while (fine && r->n_ports < LIST_MAX) {
        struct sides_ports *p = &v[r->n_ports++];
        fine = read_port(&l, &p->lo);
        p->hi = p->lo;
        if (fine && lex_accept(&l, "..")) fine = read_port(&l, &p->hi) && p->lo <= p->hi;
        if (!lex_accept(&l, ",")) break;
    }
    if (!fine || l.tok.kind != TOK_END)
        wrong(c, e, "ports and ranges of them such as 80, 443, 0..1023, at most 256");
}

static void compile_hop(struct compiling *c, struct stream *s, enum side side, struct entry *e)
{
    struct replay_hop *h = &s->replay.hop[side];
    struct addr *a = &h->to;
    if (!e) return;
    h->asked = true;
    if (!addr_parse(span_trim(e->value), a)) {
        wrong(c, e, "an address such as 198.18.0.1 or 02:00:00:00:00:01");
        return;
    }
    uint8_t bytes[16];
    if (a->family == FAMILY_MAC && addr_bytes(*a, bytes) == 6) memcpy(h->mac, bytes, 6);
    if (a->family != FAMILY_MAC && s->wire && !s->wire->device)
        err_add(c->env.errs, e->at,
                "%s is an IP address, which only a network interface can resolve, expected a MAC "
                "address",
                e->key);
}

/* Keys that mean nothing while all frames leave by one interface; copies have sides even so. */
static void refuse_one_sided(struct compiling *c, const struct stream *s, struct section *sec)
{
    static const char *const keys[] = {"server_next_hop", "client", "server_ports", "ordered",
                                       "order_timeout"};
    for (size_t i = 0; i < (s->replay.clone ? 1 : sizeof keys / sizeof *keys); i++) {
        struct entry *e = section_get(sec, keys[i]);
        if (e)
            err_add(c->env.errs, e->at,
                    "%s is for replays with two sides, expected server_interface = NAME with it",
                    keys[i]);
    }
}

void compile_sides(struct compiling *c, struct stream *s, struct section *sec)
{
    struct replay *x = &s->replay;
    struct errs *errs = c->env.errs;
    struct entry *ordered = section_get(sec, "ordered"),
                 *timeout = section_get(sec, "order_timeout");
    compile_hop(c, s, SIDE_CLIENT, section_get(sec, "next_hop"));
    if (!s->server_place) refuse_one_sided(c, s, sec);
    if (!s->server_place && !x->clone) return;
    compile_hop(c, s, SIDE_SERVER, section_get(sec, "server_next_hop"));
    compile_clients(c, &x->sides, section_get(sec, "client"));
    compile_ports(c, &x->sides, section_get(sec, "server_ports"));
    if (x->clone) return;
    entry_bool(ordered, &x->ordered, errs);
    x->order_timeout = 100000000;
    entry_time(timeout, 1000000, 60000000000ull, &x->order_timeout, errs);
    if (timeout && !x->ordered)
        err_add(errs, timeout->at, "order_timeout has no use without ordered = yes");
    if (x->ordered && s->wire && !s->wire->device && !c->opts->dry)
        err_add(errs, ordered->at,
                "ordered needs network interfaces to see frames on, but the wire is %s",
                s->wire->doc.name);
}
