/* [run] and [target]: the run's own settings, and where traffic may go. */
#include "plan/inside.h"

#include <stdlib.h>

#define DAY (86400ull * 1000000000ull)

/* Loopback and the benchmarking networks (RFC 2544, RFC 5180). */
static const char *const built_in[] = {"127.0.0.0/8", "::1/128", "198.18.0.0/15", "2001:2::/48"};

static bool add_allowed(struct compiling *c, struct span text, struct where at)
{
    struct plan *p = c->plan;
    struct prefix x;
    bool host_bits = false;
    struct addr one;
    if (addr_parse(text, &one) && one.family != FAMILY_MAC)
        x = (struct prefix){one, family_bits(one.family)};
    else if (!prefix_parse(text, &x, &host_bits))
        return err_add(c->env.errs, at,
                       "allow has '%.*s', expected addresses or prefixes such as "
                       "10.0.0.0/8",
                       (int)text.n, (const char *)text.p);
    *VEC_PUSH(p->arena, &p->allow) = x;
    return true;
}

static void add_allowed_list(struct compiling *c, struct span list, struct where at)
{
    while (list.n) {
        size_t comma = span_find(list, ',');
        struct span one = span_trim(span_sub(list, 0, comma));
        if (one.n) add_allowed(c, one, at);
        list = span_from(list, comma + 1);
    }
}

bool plan_allows(const struct plan *p, struct addr to)
{
    for (size_t i = 0; i < p->allow.n; i++)
        if (prefix_has(p->allow.v[i], to)) return true;
    return false;
}

static bool in_any(struct addr a, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct prefix x;
        bool bits;
        if (prefix_parse(span_of(prefixes[i]), &x, &bits) && prefix_has(x, a)) return true;
    }
    return false;
}

/* Not globally routed: RFC 1918, RFC 6598, link-local, unique local, and the built-in ones. */
static bool is_private(struct addr a)
{
    static const char *const nets[] = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                       "100.64.0.0/10", "169.254.0.0/16", "fc00::/7",
                                       "fe80::/10",     "127.0.0.0/8",    "::1/128",
                                       "198.18.0.0/15", "2001:2::/48"};
    return in_any(a, nets, sizeof nets / sizeof *nets);
}

static bool on_command_line(const struct compiling *c, struct addr a)
{
    for (size_t i = 0; c->opts->allow && c->opts->allow[i]; i++) {
        struct span list = span_of(c->opts->allow[i]);
        while (list.n) {
            size_t comma = span_find(list, ',');
            struct span one = span_trim(span_sub(list, 0, comma));
            struct prefix x;
            struct addr exact;
            bool bits;
            if (addr_parse(one, &exact) ? exact.v == a.v && exact.family == a.family
                                        : prefix_parse(one, &x, &bits) && prefix_has(x, a))
                return true;
            list = span_from(list, comma + 1);
        }
    }
    return false;
}

bool check_allowed(struct compiling *c, struct addr to, struct where at, const char *what)
{
    char text[ADDR_BUF];
    addr_format(text, to);
    if (!plan_allows(c->plan, to) && is_private(to))
        return err_add(c->env.errs, at,
                       "%s %s is not a test network, expected loopback, "
                       "198.18.0.0/15 or 2001:2::/48; if it is yours to load, add 'allow = %s' to "
                       "[run]",
                       what, text, text);
    if (!is_private(to) && !on_command_line(c, to))
        return err_add(c->env.errs, at,
                       "%s %s is a public address, expected it to be named on the "
                       "command line if it is yours to load: --allow %s",
                       what, text, text);
    return true;
}

void compile_run(struct compiling *c)
{
    static const char *const pacings[] = {"auto", "sleep", "hybrid", "spin", NULL};
    static const char *const modes[] = {"auto", "on", "off", NULL};
    struct plan *p = c->plan;
    struct errs *errs = c->env.errs;
    p->seed = 1;
    p->workers = 1;
    p->drain = NEVER;
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        add_allowed(c, span_of(built_in[i]), (struct where){0});
    for (size_t i = 0; c->opts->allow && c->opts->allow[i]; i++)
        add_allowed_list(c, span_of(c->opts->allow[i]), (struct where){"--allow", 0});
    struct section *s = profile_section(c->profile, "run", "");
    if (!s) return;
    uint64_t workers = 1;
    unsigned pacing = PACING_AUTO, mode = CAPTURE_AUTO;
    entry_time(section_get(s, "duration"), 1000000, 366 * DAY, &p->duration, errs);
    entry_time(section_get(s, "warmup"), 0, 366 * DAY, &p->warmup, errs);
    entry_time(section_get(s, "drain"), 0, DAY, &p->drain, errs);
    entry_count(section_get(s, "seed"), 0, UINT64_MAX, &p->seed, errs);
    entry_count(section_get(s, "workers"), 1, 64, &workers, errs);
    entry_bool(section_get(s, "pin"), &p->pin, errs);
    entry_choice(section_get(s, "pacing"), pacings, &pacing, errs);
    entry_choice(section_get(s, "capture"), modes, &mode, errs);
    struct entry *iface = section_get(s, "interface");
    if (iface) p->interface = entry_text(p->arena, iface);
    struct entry *e;
    for (size_t i = 0; (e = section_nth(s, "allow", i)); i++) add_allowed_list(c, e->value, e->at);
    p->workers = (unsigned)workers;
    p->pacing = (enum pacing)pacing;
    p->capture = (enum capture_mode)mode;
    section_unused(s, key_names(p->arena, run_keys), errs);
}

/* scheme://host[:port][/path]; a host in brackets is an IPv6 literal (RFC 3986). */
static bool parse_url(struct compiling *c, const struct entry *e, struct proto_target *t)
{
    struct arena *a = c->plan->arena;
    struct span url = e->value;
    size_t colon = span_search(url, span_of("://"));
    if (colon == url.n || colon == 0)
        return err_add(c->env.errs, e->at,
                       "url is '%.*s', expected one such as "
                       "http://127.0.0.1:8080/",
                       (int)(url.n < 100 ? url.n : 100), (const char *)url.p);
    t->scheme = arena_str(a, span_sub(url, 0, colon));
    const struct proto *proto = proto_for_scheme(t->scheme);
    if (!proto)
        return err_add(c->env.errs, e->at,
                       "url has the unknown scheme '%s', expected one of those "
                       "that `spate list proto` names",
                       t->scheme);
    struct span rest = span_from(url, colon + 3);
    size_t slash = span_find(rest, '/');
    t->path = slash < rest.n ? arena_str(a, span_from(rest, slash)) : "/";
    t->host = ""; /* requests are compiled, and their mistakes told, whatever is wrong here */
    t->port = proto->port;
    struct span host = span_sub(rest, 0, slash), port = {0};
    if (host.n && host.p[0] == '[') {
        size_t end = span_find(host, ']');
        if (end == host.n || (end + 1 < host.n && host.p[end + 1] != ':'))
            return err_add(c->env.errs, e->at,
                           "url has the host '%.*s', expected an address in "
                           "brackets such as [::1]:8080",
                           (int)(host.n < 100 ? host.n : 100), (const char *)host.p);
        port = span_from(host, end + 2);
        host = span_sub(host, 1, end - 1);
    } else {
        size_t at = span_find(host, ':');
        port = span_from(host, at + 1);
        host = span_sub(host, 0, at);
    }
    t->host = arena_str(a, host);
    if (port.n) {
        char *end;
        char *text = arena_str(a, port);
        long v = strtol(text, &end, 10);
        if (*end || v < 1 || v > 65535)
            return err_add(c->env.errs, e->at, "url has the port '%s', expected 1..65535", text);
        t->port = (uint16_t)v;
    }
    if (host.n == 0)
        return err_add(c->env.errs, e->at,
                       "url has no host, expected one such as http://127.0.0.1:8080/");
    if (t->port == 0)
        return err_add(c->env.errs, e->at, "url has no port, expected one such as %s://%s:9000",
                       t->scheme, t->host);
    return true;
}

void compile_target(struct compiling *c)
{
    struct plan *p = c->plan;
    struct section *s = profile_section(c->profile, "target", "");
    if (!s) return;
    struct entry *e = section_get(s, "url");
    section_unused(s, key_names(p->arena, target_keys), c->env.errs);
    if (!e) {
        c->target_bad = true;
        err_add(c->env.errs, s->at,
                "[target] has no url, expected one such as url = http://127.0.0.1:8080/");
        return;
    }
    if (!parse_url(c, e, &p->target)) {
        c->target_bad = !p->target.scheme || !proto_for_scheme(p->target.scheme);
        return;
    }
    p->target_url = entry_text(p->arena, e);
    if (c->opts->dry) return;
    p->target_addrs =
        sock_resolve(p->target.host, p->target.port, p->target_addr, 8, e->at, c->env.errs);
    for (size_t i = 0; i < p->target_addrs; i++)
        if (!check_allowed(c, p->target_addr[i].ip, e->at, "target")) break;
}
