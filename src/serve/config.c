#include <inttypes.h>
#include "serve/config.h"
#include "serve/service.h"

#define SIZE_MAX_BODY (1ull << 40)
#define HEADERS_MAX (16u << 10)
#define LINES_MAX 256u /* room for the lines of a head that the server writes itself */

const struct param serve_keys[] = {
    {"http", "address:port", "127.0.0.1:8080", "answers HTTP/1.1 here; may be repeated"},
    {"udp", "address:port", "none", "sends datagrams back here; may be repeated"},
    {"tcp", "address:port", "none", "reads and drops what arrives here; may be repeated"},
    {"status", "status code", "200", "of the reply, such as 200:99, 503:1"},
    {"size", "size", "64B", "of the body, made of random text"},
    {"body", "text", "random text", "the body itself, instead of a size"},
    {"header", "text", "none", "a line `Name: value` of the reply's head; may be repeated"},
    {"delay", "duration", "0s", "from the complete request to the reply"},
    {"fail", "share or list", "0%",
     "requests left without a reply: 1%, or reset:1, close:1, none:98"},
    {"chunked", "yes or no", "no", "transfers bodies in chunks"},
    {"idle", "duration", "60s", "a connection silent for so long is closed"},
    {"workers", "count", "1", "threads that share the listening addresses"},
    {0},
};

/* "10.0.0.1:80", "[::1]:80", or "80" alone, which is on 127.0.0.1. */
static bool read_address(struct span s, struct sock_addr *out)
{
    size_t colon = s.n;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ':') colon = i;
    struct span host = colon < s.n ? span_sub(s, 0, colon) : span_of("127.0.0.1");
    struct span port = colon < s.n ? span_from(s, colon + 1) : s;
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = span_sub(host, 1, host.n - 2);
    if (!addr_parse(host, &out->ip) || out->ip.family == FAMILY_MAC) return false;
    unsigned value = 0;
    for (size_t i = 0; i < port.n; i++) {
        if (port.p[i] < '0' || port.p[i] > '9') return false;
        value = value * 10 + (unsigned)(port.p[i] - '0');
        if (value > 65535) return false;
    }
    out->port = (uint16_t)value;
    return port.n > 0;
}

static void add_addresses(struct serve *s, struct gen_env *env, struct section *sec,
                          const struct service *service)
{
    struct entry *e;
    for (size_t i = 0; (e = section_nth(sec, service->doc.name, i)) != NULL; i++) {
        struct sock_addr at;
        if (!read_address(e->value, &at)) {
            err_add(env->errs, e->at, "'%.*s' is no listening address, expected ADDRESS:PORT",
                    (int)e->value.n, (const char *)e->value.p);
            continue;
        }
        *VEC_PUSH(env->arena, s) = (struct listen_at){.service = service, .at = at, .where = e->at};
    }
}

static const struct service *service_http(void)
{
    for (size_t i = 0; i < service_count; i++)
        if (strcmp(services[i]->doc.name, "http") == 0) return services[i];
    return NULL;
}

static void set_addresses(struct serve *s, struct gen_env *env, struct section *sec)
{
    for (size_t i = 0; sec && i < service_count; i++) add_addresses(s, env, sec, services[i]);
    if (s->n == 0)
        *VEC_PUSH(env->arena, s) = (struct listen_at){
            .service = service_http(),
            .at = {.ip = {.v = 0x7f000001, .family = FAMILY_IP4}, .port = 8080},
            .where = {NULL, 0},
        };
}

static const struct gen_name fail_names[] = {
    {"none", FAIL_NONE}, {"close", FAIL_CLOSE}, {"reset", FAIL_RESET}, {0}};

/* A share p is short for the list `close: p, none: 1 - p`. */
static struct span fail_list(struct gen_env *env, struct span text)
{
    struct quantity q;
    const char *problem;
    size_t n = quantity_read(text, &q, &problem);
    if (n == 0 || n != text.n || problem || q.dim != DIM_RATIO || q.neg || q.num > q.den)
        return text;
    if (q.num == 0 || q.num == q.den) return span_of(q.num ? "close" : "none");
    return span_of(
        arena_printf(env->arena, "close:%" PRIu64 ", none:%" PRIu64, q.num, q.den - q.num));
}

static const struct gen *compile_fail(struct gen_env *env, const struct entry *entry)
{
    static const struct gen_want want = {
        .what = "a share such as 1%, or a list of none, close and reset",
        .type = GEN_U64,
        .hi = FAIL_RESET,
        .names = fail_names,
    };
    struct entry list = *entry;
    list.value = fail_list(env, entry->value);
    return gen_entry(env, &list, "serve.fail", &want);
}

static const struct gen *compile_number(struct gen_env *env, struct section *sec, const char *key,
                                        const struct gen_want *want)
{
    const struct entry *e = section_get(sec, key);
    if (!e) return NULL;
    return gen_entry(env, e, arena_printf(env->arena, "serve.%s", key), want);
}

/* The field name of a header line: token characters up to a colon (RFC 9110, section 5.1). */
static bool header_name(struct span line, struct span *name)
{
    static const char extra[] = "!#$%&'*+-.^_`|~";
    *name = span_sub(line, 0, span_find(line, ':'));
    for (size_t i = 0; i < name->n; i++) {
        uint8_t c = name->p[i];
        bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alnum && !memchr(extra, c, sizeof extra - 1)) return false;
    }
    return name->n > 0 && name->n < line.n;
}

static bool add_header(struct serve *s, struct gen_env *env, const struct entry *e, size_t i)
{
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Connection", NULL};
    struct span name;
    if (!header_name(e->value, &name))
        return err_add(env->errs, e->at, "'%.*s' is no header, expected Name: value",
                       (int)e->value.n, (const char *)e->value.p);
    for (size_t j = 0; ours[j]; j++)
        if (span_is_nocase(name, ours[j]))
            return err_add(env->errs, e->at, "the server sets %s itself, expected another header",
                           ours[j]);
    const struct gen *g = gen_template(env, e, arena_printf(env->arena, "serve.header.%zu", i));
    if (!g) return false;
    if (g->hi > HEADERS_MAX || s->head_max + g->hi > HEADERS_MAX)
        return err_add(env->errs, e->at, "the headers can be longer than %u bytes together",
                       HEADERS_MAX);
    s->head_max += g->hi + 2;
    s->has_type |= span_is_nocase(name, "Content-Type");
    *VEC_PUSH(env->arena, &s->headers) = g;
    return true;
}

static void set_replies(struct serve *s, struct gen_env *env, struct section *sec)
{
    static const struct gen_want status = {
        .what = "a final status 200..599", .type = GEN_U64, .lo = 200, .hi = 599};
    static const struct gen_want size = {
        .what = "a size up to 1TiB", .type = GEN_U64, .hi = SIZE_MAX_BODY};
    static const struct gen_want delay = {
        .what = "a duration", .type = GEN_U64, .format = FORMAT_TIME, .hi = UINT64_MAX};
    s->status = compile_number(env, sec, "status", &status);
    s->size = compile_number(env, sec, "size", &size);
    s->delay = compile_number(env, sec, "delay", &delay);
    struct entry *e = section_get(sec, "fail");
    if (e) s->fail = compile_fail(env, e);
    if ((e = section_get(sec, "body"))) s->body = gen_template(env, e, "serve.body");
    if (e && section_get(sec, "size"))
        err_add(env->errs, e->at, "both size and body are given, expected one of them");
    for (size_t i = 0; (e = section_nth(sec, "header", i)) != NULL; i++) add_header(s, env, e, i);
    entry_bool(section_get(sec, "chunked"), &s->chunked, env->errs);
}

static void tell_unknown(const struct section *sec, struct errs *errs)
{
    const char *known[sizeof serve_keys / sizeof *serve_keys];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) known[i] = serve_keys[i].name;
    section_unused(sec, known, errs);
}

struct serve *serve_compile(struct gen_env *env, struct section *sec)
{
    size_t before = env->errs->n + env->errs->more;
    struct serve *s = arena_new(env->arena, struct serve);
    s->head_max = LINES_MAX;
    s->idle_s = 60;
    s->workers = 1;
    s->body_key = rng_key(env->seed, span_of("serve.body"));
    set_addresses(s, env, sec);
    if (sec) {
        set_replies(s, env, sec);
        uint64_t idle = s->idle_s * NS_PER_S;
        entry_time(section_get(sec, "idle"), NS_PER_S, 86400 * NS_PER_S, &idle, env->errs);
        s->idle_s = idle / NS_PER_S;
        entry_count(section_get(sec, "workers"), 1, 256, &s->workers, env->errs);
        tell_unknown(sec, env->errs);
    }
    return env->errs->n + env->errs->more == before ? s : NULL;
}
