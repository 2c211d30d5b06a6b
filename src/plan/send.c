/* send: which packets or requests a stream is made of, and how often each. */
#include "plan/inside.h"

static const char *section_named(const void *list, size_t i)
{
    const struct profile *p = list;
    for (size_t k = 0; k < p->n; k++) {
        bool sendable = strcmp(p->v[k].kind, "packet") == 0 || strcmp(p->v[k].kind, "request") == 0;
        if (sendable && i-- == 0) return p->v[k].name;
    }
    return NULL;
}

static bool compile_kind(struct compiling *c, struct stream *s, struct kind *k, const char *name,
                         struct where at)
{
    struct errs *errs = c->env.errs;
    struct section *packet = profile_section(c->profile, "packet", name);
    struct section *request = profile_section(c->profile, "request", name);
    k->name = name;
    if (!packet && !request) {
        char hint[80];
        return err_add(errs, at,
                       "send names '%s', expected a [packet %s] or [request %s] section%s", name,
                       name, name, err_suggest(hint, err_nearest(name, section_named, c->profile)));
    }
    enum way way = packet ? WAY_PACKETS : WAY_REQUESTS;
    if (s->way != WAY_NONE && way != s->way)
        return err_add(errs, at, "send mixes packets and requests, expected one sort in a stream");
    s->way = way;
    if (packet) {
        k->packet = packet_compile(&c->env, packet, s->replies);
        return k->packet;
    }
    if (!c->target_bad) k->request = request_compile(&c->env, request, &c->plan->target);
    if (!k->request) return false;
    if (s->proto && s->proto != k->request->proto)
        return err_add(errs, at, "send mixes the protocols %s and %s, expected one in a stream",
                       s->proto->doc.name, k->request->proto->doc.name);
    s->proto = k->request->proto;
    return true;
}

/* The weighted choice among kinds is itself a generator: a list of their positions. */
static const struct gen *compile_pick(struct compiling *c, struct stream *s,
                                      const struct expr *list)
{
    struct arena *a = c->plan->arena;
    struct expr *e = arena_new(a, struct expr);
    *e = *list;
    e->kids = arena_array(a, struct expr_kid, list->n);
    for (size_t i = 0; i < list->n; i++) {
        struct expr *number = arena_new(a, struct expr);
        *number = (struct expr){.kind = EXPR_NUMBER, .at = list->at, .q = {.num = i, .den = 1}};
        e->kids[i] = (struct expr_kid){.weight = list->kids[i].weight, .e = number};
    }
    char *path = arena_printf(a, "stream %s.send", s->name);
    return gen_want(&c->env, e, path,
                    &(struct gen_want){.what = "a kind", .type = GEN_U64, .hi = list->n - 1});
}

/* Without `send`, a profile with one packet or request means that one. */
static const char *only_kind(struct compiling *c, struct where at)
{
    const char *name = section_named(c->profile, 0);
    if (!name)
        err_add(c->env.errs, at,
                "there is nothing to send, expected a [packet NAME] or [request "
                "NAME] section, or replay = FILE");
    else if (section_named(c->profile, 1))
        err_add(c->env.errs, at,
                "the stream does not say what to send, expected send = %s or "
                "another packet or request",
                name);
    else
        return name;
    return NULL;
}

void compile_send(struct compiling *c, struct stream *s, struct section *sec)
{
    struct arena *a = c->plan->arena;
    struct entry *send = section_get(sec, "send");
    if (!send) {
        const char *name = only_kind(c, sec->at);
        s->kinds = arena_new(a, struct kind);
        s->kinds[0].weight = 1;
        s->n = name ? 1 : 0;
        if (name) compile_kind(c, s, s->kinds, name, sec->at);
        return;
    }
    const struct expr *e = expr_parse(a, send->value, send->at, c->env.errs);
    if (!e) return;
    struct expr_kid one = {.weight = 1, .e = e};
    const struct expr_kid *kids = e->kind == EXPR_LIST ? e->kids : &one;
    size_t n = e->kind == EXPR_LIST ? e->n : 1;
    s->kinds = arena_array(a, struct kind, n);
    for (size_t i = 0; i < n; i++) {
        if (kids[i].e->kind != EXPR_NAME) {
            err_add(c->env.errs, send->at,
                    "send has '%.*s', expected names of packets or requests, "
                    "as in search:80, login:20",
                    (int)kids[i].e->src.n, (const char *)kids[i].e->src.p);
            continue;
        }
        const char *name = arena_str(a, kids[i].e->text);
        s->kinds[i].weight = kids[i].weight;
        for (size_t k = 0; k < i; k++)
            if (s->kinds[k].name && strcmp(s->kinds[k].name, name) == 0)
                err_add(c->env.errs, send->at, "send names '%s' twice, expected one weight for it",
                        name);
        compile_kind(c, s, &s->kinds[i], name, send->at);
    }
    s->n = n;
    if (n > 1) s->pick = compile_pick(c, s, e);
}
