/* [stream]: what is sent, when, and where it leaves. */
#include "plan/inside.h"

#include <stdio.h>

#define SECOND 1000000000ull

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

static void compile_send(struct compiling *c, struct stream *s, struct section *sec)
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

static bool is_max(const struct entry *e)
{
    return e && span_is(span_trim(e->value), "max");
}

static void compile_rate_layer(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const layers[] = {"1", "2", "3", NULL};
    struct entry *e = section_get(sec, "rate_layer");
    unsigned i = 0;
    if (e && entry_choice(e, layers, &i, c->env.errs)) s->rate_layer = i + 1;
}

static void compile_when(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const policies[] = {"catchup", "drop", "stretch", NULL};
    struct errs *errs = c->env.errs;
    char *path = arena_printf(c->plan->arena, "stream %s", s->name);
    struct entry *rate = section_get(sec, "rate"), *arrival = section_get(sec, "arrival");
    struct entry *users = section_get(sec, "users"), *think = section_get(sec, "think");
    unsigned late = LATE_CATCHUP;
    s->count = NEVER;
    s->late_after = 1000000;
    if (!users && !is_max(rate)) entry_choice(section_get(sec, "late"), policies, &late, errs);
    s->late = (enum late_policy)late;
    entry_time(section_get(sec, "late_after"), 1000, 3600 * SECOND, &s->late_after, errs);
    entry_count(section_get(sec, "count"), 1, UINT64_MAX - 1, &s->count, errs);
    if (users && rate)
        err_add(errs, users->at,
                "the stream has both rate and users, expected rate for an open "
                "loop or users for a closed one");
    if (think && !users)
        err_add(errs, think->at, "think needs users: it is the pause of a closed loop's users");
    if (arrival && (!rate || is_max(rate)))
        err_add(errs, arrival->at, "arrival needs a rate: it spreads the units around it");
    if (users) {
        s->loop = LOOP_CLOSED;
        entry_count(users, 1, 1000000, &s->users, errs);
        if (think)
            s->think = gen_entry(&c->env, think, arena_printf(c->plan->arena, "%s.think", path),
                                 &(struct gen_want){.what = "a duration such as exp(100ms)",
                                                    .type = GEN_U64,
                                                    .format = FORMAT_TIME,
                                                    .hi = 86400 * SECOND});
    } else if (is_max(rate)) {
        s->loop = LOOP_FLOOD;
    } else if (rate) {
        struct unit_load load = stream_load(s);
        c->env.load = &load;
        s->schedule = schedule_compile(&c->env, rate, arrival, path);
        c->env.load = NULL;
    } else if (s->way == WAY_PACKETS) {
        err_add(errs, sec->at,
                "the stream has no rate, expected one such as rate = 1000/s, or max");
    } else if (s->way != WAY_REPLAY) {
        err_add(errs, sec->at,
                "the stream has no rate, expected rate = 1000/s for an open loop or "
                "users = 64 for a closed one");
    }
}

/* wire = NAME or NAME(PLACE); the place is taken as it stands, it may be any path. */
static void compile_wire(struct compiling *c, struct stream *s, struct section *sec)
{
    struct plan *p = c->plan;
    struct entry *e = section_get(sec, "wire");
    struct span text = e ? span_trim(e->value) : span_of("raw");
    struct where at = e ? e->at : sec->at;
    size_t open = span_find(text, '(');
    const char *name = arena_str(p->arena, span_trim(span_sub(text, 0, open)));
    s->wire = wire_class_named(name);
    if (!s->wire) {
        err_add(c->env.errs, at, "wire is '%s', expected raw, pcapfile(FILE) or null", name);
        return;
    }
    s->place = p->interface;
    if (open < text.n) {
        if (text.p[text.n - 1] != ')') {
            err_add(c->env.errs, at, "wire has no closing ')', expected %s(PLACE)", name);
            return;
        }
        s->place = arena_str(p->arena, span_trim(span_sub(text, open + 1, text.n - open - 2)));
    }
    bool to_file = strcmp(name, "pcapfile") == 0;
    if (to_file && (open == text.n || !*s->place))
        err_add(c->env.errs, at, "wire = pcapfile names no file, expected pcapfile(out.pcap)");
    if (to_file && p->workers > 1)
        err_add(c->env.errs, at,
                "wire = pcapfile takes one worker, but workers is %u: a file has "
                "one order",
                p->workers);
    if (s->wire->device && !s->place && !c->opts->dry)
        err_add(c->env.errs, at,
                "there is no interface to send on, expected interface = NAME in "
                "[run], or -i NAME");
}

/* Both ends allowed is not enough: one allowed network must hold everything between them. */
static void check_allowed_range(struct compiling *c, struct addr lo, struct addr hi,
                                const char *what, struct where at)
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
        err_add(errs, e->at, "answer needs a network interface, expected wire = raw");
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
        if (!c->opts->dry && s->wire && s->wire->device && packet_destinations(k, &lo, &hi))
            check_allowed_range(c, lo, hi, "packet destination", sec->at);
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
                "%s are captured from a network, but wire is %s; expected wire = raw",
                s->receive ? "arrivals" : "replies", s->wire->doc.name);
}

static void compile_requests(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    s->connections = s->loop == LOOP_CLOSED ? s->users : 64;
    s->timeout = 10 * SECOND;
    struct entry *connections = section_get(sec, "connections");
    entry_count(connections, 1, 1000000, &s->connections, errs);
    entry_time(section_get(sec, "timeout"), 1000000, 3600 * SECOND, &s->timeout, errs);
    if (s->loop == LOOP_FLOOD)
        err_add(errs, sec->at,
                "rate = max is for packets, expected users = N to load a server as "
                "fast as it answers");
    if (s->loop == LOOP_CLOSED && s->users && s->users < c->plan->workers)
        err_add(errs, section_get(sec, "users")->at,
                "users is %llu, but workers is %u; expected at "
                "least one user for each worker",
                (unsigned long long)s->users, c->plan->workers);
    if (s->loop == LOOP_OPEN && s->connections < c->plan->workers)
        err_add(errs, connections->at,
                "connections is %llu, but workers is %u; expected at least "
                "one connection for each worker",
                (unsigned long long)s->connections, c->plan->workers);
    if (s->loop == LOOP_CLOSED && connections && s->connections != s->users)
        err_add(errs, connections->at,
                "a closed loop has one connection for each user, expected "
                "connections to be left out");
    if (!c->plan->target_url && !c->opts->dry && !errs_any(errs))
        err_add(errs, sec->at,
                "requests need a target, expected [target] url = http://..., or "
                "--target URL");
}

static void compile_stream(struct compiling *c, struct section *sec, struct stream *s)
{
    struct errs *errs = c->env.errs;
    s->name = sec->name;
    s->at = sec->at;
    s->number = (uint32_t)(s - c->plan->streams);
    s->timeout = SECOND;
    if (!*sec->name) err_add(errs, sec->at, "a stream has no name, expected [stream NAME]");
    entry_bool(section_get(sec, "replies"), &s->replies, errs);
    struct entry *receive = section_get(sec, "receive");
    if (receive && s->replies)
        err_add(errs, receive->at,
                "the stream has both replies and receive, expected replies for "
                "packets that are answered or receive for packets that pass through");
    if (receive) {
        s->receive = entry_text(c->plan->arena, receive);
        s->replies = true;
    }
    if (section_get(sec, "replay"))
        compile_replay(c, s, sec);
    else
        compile_send(c, s, sec);
    bool frames = s->way == WAY_PACKETS || s->way == WAY_REPLAY;
    if (frames) compile_wire(c, s, sec);
    if (s->way == WAY_PACKETS) compile_rate_layer(c, s, sec);
    compile_when(c, s, sec);
    if (s->replies && (s->way == WAY_REQUESTS || s->way == WAY_REPLAY))
        err_add(errs, receive ? receive->at : section_get(sec, "replies")->at,
                "%s is for packets, expected it to be left out", receive ? "receive" : "replies");
    if (s->way == WAY_REQUESTS) {
        compile_requests(c, s, sec);
    } else if (frames) {
        entry_time(section_get(sec, "timeout"), 1000000, 60 * SECOND, &s->timeout, errs);
        if (s->loop == LOOP_CLOSED)
            err_add(errs, sec->at, "users is for requests, expected rate = 1000/s for packets");
        if (s->way == WAY_PACKETS) {
            compile_answer(c, s, sec);
            check_packets(c, s, sec);
        }
    }
    const char *const *known = key_names(c->plan->arena, stream_keys);
    /* Not knowing what it sends, there is no telling which of the known keys have a use. */
    for (size_t i = 0; s->way == WAY_NONE && known[i]; i++) section_get(sec, known[i]);
    section_unused(sec, known, errs);
}

void compile_streams(struct compiling *c)
{
    struct plan *p = c->plan;
    struct profile *profile = c->profile;
    for (size_t i = 0; i < profile->n; i++) p->n += strcmp(profile->v[i].kind, "stream") == 0;
    p->streams = arena_array(p->arena, struct stream, p->n);
    size_t k = 0;
    for (size_t i = 0; i < profile->n; i++) {
        struct section *s = &profile->v[i];
        if (strcmp(s->kind, "stream") != 0) continue;
        s->used = true;
        compile_stream(c, s, &p->streams[k++]);
    }
    if (p->n == 0 && !errs_any(c->env.errs))
        err_add(c->env.errs, (struct where){profile->file, 0},
                "there is no stream, expected at least one [stream NAME] section");
    for (size_t i = 0; i < profile->n; i++) { /* what no stream sends is still checked */
        struct section *s = &profile->v[i];
        if (s->used) continue;
        if (strcmp(s->kind, "packet") == 0) {
            s->used = true;
            packet_compile(&c->env, s, false);
        } else if (strcmp(s->kind, "request") == 0) {
            s->used = true;
            if (!c->target_bad) request_compile(&c->env, s, &p->target);
        }
    }
}
