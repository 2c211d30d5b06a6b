/* A stream of packets: where they may go, who answers for them, how they are told apart. */
#include "plan/inside.h"

/* Both ends allowed is not enough: one allowed network must hold everything between them. */
void check_allowed_range(struct compiling *c, struct addr lo, struct addr hi, const char *what,
                         struct where at)
{
    char a[ADDR_BUF], b[ADDR_BUF];
    if (!check_allowed(c, lo, at, what)) return;
    if (hi.v == lo.v || !check_allowed(c, hi, at, what)) return;
    for (size_t i = 0; i < c->plan->allow.n; i++)
        if (prefix_has(c->plan->allow.v[i], lo) && prefix_has(c->plan->allow.v[i], hi)) return;
    err_add(c->env.errs, at,
            "%ss %s..%s reach beyond the allowed networks, expected "
            "one network that holds them all",
            what, addr_format(a, lo), addr_format(b, hi));
}

/* To answer for an address is to draw its traffic, so the target rules hold for sources too. */
static void compile_answer(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    struct entry *e = section_get(sec, "answer");
    bool any = false;
    entry_bool(e, &s->answer, errs);
    if (!s->answer) return;
    if (s->wire && !s->wire->device)
        err_add(errs, e->at, "answer needs a network interface, expected wire = auto");
    for (size_t i = 0; i < s->n; i++) {
        struct addr lo, hi;
        if (!s->kinds[i].packet) any = true; /* told already */
        if (!s->kinds[i].packet || !packet_sources(s->kinds[i].packet, &lo, &hi)) continue;
        any = true;
        if (!c->opts->dry) check_allowed_range(c, lo, hi, "answered source", e->at);
    }
    if (!any)
        err_add(errs, e->at,
                "answer has no address to answer for, expected packets with ipv4 or ipv6");
}

static void check_packets(struct compiling *c, struct stream *s, struct section *sec)
{
    bool nameless = false;
    for (size_t i = 0; i < s->n; i++) {
        struct packet *k = s->kinds[i].packet;
        struct addr lo, hi;
        if (!k) continue;
        bool leaves = !c->opts->dry && s->wire && s->wire->device;
        if (leaves && packet_destinations(k, &lo, &hi))
            check_allowed_range(c, lo, hi, "packet destination", sec->at);
        if (leaves && packet_route(k, &lo, &hi))
            check_allowed_range(c, lo, hi, "next destination", sec->at);
        if (s->replies && packet_token(k) == TOKEN_NONE) {
            nameless = true;
            err_add(
                c->env.errs, sec->at,
                "[packet %s] cannot be told apart when it comes back, expected room "
                "for a token: 16 bytes of padding (size or payload.size), or tcp.seq, or icmp.id "
                "and icmp.seq left unset",
                s->kinds[i].name);
        }
    }
    if (s->replies && !nameless && s->wire && !s->wire->device)
        err_add(c->env.errs, section_get(sec, s->receive ? "receive" : "replies")->at,
                "%s are captured from a network, but wire is %s; expected wire = auto",
                s->receive ? "arrivals" : "replies", s->wire->doc.name);
}

void compile_packets(struct compiling *c, struct stream *s, struct section *sec)
{
    compile_answer(c, s, sec);
    check_packets(c, s, sec);
}

void share_tokens(struct compiling *c)
{
    unsigned n = 0, number = 0;
    struct plan *p = c->plan;
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].way == WAY_PACKETS && p->streams[i].replies)
            n += (unsigned)p->streams[i].n;
    if (n > TOKEN_SHARES) {
        err_add(c->env.errs, (struct where){c->profile->file, 0},
                "%u packets of all streams expect replies, expected %d at most", n, TOKEN_SHARES);
        return;
    }
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        if (s->way != WAY_PACKETS || !s->replies) continue;
        for (size_t k = 0; k < s->n; k++, number++)
            if (s->kinds[k].packet) packet_share_tokens(s->kinds[k].packet, number, n);
    }
}
