/* send: which packets, requests or conversations a stream is made of, and how often each. */
#include "plan/inside.h"

static bool is_sendable(const char *kind)
{
    return strcmp(kind, "packet") == 0 || strcmp(kind, "request") == 0 ||
           strcmp(kind, "conversation") == 0;
}

static const char *section_named(const void *list, size_t i)
{
    const struct profile *p = list;
    for (size_t k = 0; k < p->n; k++)
        if (is_sendable(p->v[k].kind) && i-- == 0) return p->v[k].name;
    return NULL;
}

static const char *conversation_named(const void *list, size_t i)
{
    const struct profile *p = list;
    for (size_t k = 0; k < p->n; k++)
        if (strcmp(p->v[k].kind, "conversation") == 0 && i-- == 0) return p->v[k].name;
    return NULL;
}

static bool is_conversation(const struct profile *p, struct span name)
{
    const char *known;
    for (size_t i = 0; (known = conversation_named(p, i)); i++)
        if (span_is(name, known)) return true;
    return false;
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

/* Without `send`, a profile with one packet, request or conversation means that one. The packets of
 * a profile with conversations are parts of these. */
static const char *only_kind(struct compiling *c, struct where at)
{
    bool talks = conversation_named(c->profile, 0);
    const char *(*named)(const void *, size_t) = talks ? conversation_named : section_named;
    const char *name = named(c->profile, 0);
    if (!name)
        err_add(c->env.errs, at,
                "there is nothing to send, expected a [packet NAME] or [request "
                "NAME] section, or replay = FILE");
    else if (named(c->profile, 1))
        err_add(c->env.errs, at,
                "the stream does not say what to send, expected send = %s or another %s", name,
                talks ? "conversation" : "packet or request");
    else
        return name;
    return NULL;
}

/* Names with weights; those that are none have been told and are left out. */
static size_t read_names(struct compiling *c, const struct expr *e, struct where at,
                         struct expr_kid *out)
{
    struct expr_kid one = {.weight = 1, .e = e};
    const struct expr_kid *kids = e->kind == EXPR_LIST ? e->kids : &one;
    size_t n = e->kind == EXPR_LIST ? e->n : 1, names = 0;
    for (size_t i = 0; i < n; i++) {
        if (kids[i].e->kind != EXPR_NAME) {
            err_add(c->env.errs, at,
                    "send has '%.*s', expected names of packets or requests, "
                    "as in search:80, login:20",
                    (int)kids[i].e->src.n, (const char *)kids[i].e->src.p);
            continue;
        }
        for (size_t k = 0; k < names; k++)
            if (span_eq(out[k].e->text, kids[i].e->text))
                err_add(c->env.errs, at, "send names '%.*s' twice, expected one weight for it",
                        (int)kids[i].e->text.n, (const char *)kids[i].e->text.p);
        out[names++] = kids[i];
    }
    return names;
}

static void compile_kinds(struct compiling *c, struct stream *s, const struct expr_kid *names,
                          size_t n, struct where at)
{
    s->kinds = arena_array(c->plan->arena, struct kind, n);
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        s->kinds[i].weight = names[i].weight;
        compile_kind(c, s, &s->kinds[i], arena_str(c->plan->arena, names[i].e->text), at);
    }
}

void compile_send(struct compiling *c, struct stream *s, struct section *sec)
{
    struct arena *a = c->plan->arena;
    struct entry *send = section_get(sec, "send");
    struct where at = send ? send->at : sec->at;
    const char *only = send ? "" : only_kind(c, at);
    if (!only) return;
    struct expr name = {.kind = EXPR_NAME, .at = at, .text = span_of(only)};
    const struct expr *e = send ? expr_parse(a, send->value, at, c->env.errs) : &name;
    if (!e) return;
    struct expr_kid *names = arena_array(a, struct expr_kid, e->kind == EXPR_LIST ? e->n : 1);
    size_t n = read_names(c, e, at, names);
    bool talks = false;
    for (size_t i = 0; i < n; i++) talks = talks || is_conversation(c->profile, names[i].e->text);
    if (talks)
        compile_conversations(c, s, names, n, at);
    else
        compile_kinds(c, s, names, n, at);
    if (n > 1 && e->n == n) s->pick = compile_pick(c, s, e);
}
