/* http1: requests of HTTP/1.1 over TCP (RFC 9110, RFC 9112). */
#include "proto/http1_reply.h"
#include "proto/request.h"

struct http1 {
    struct request base;
    bool head;
    struct pieces pieces;
};

static bool no_control(uint8_t c)
{
    return c >= 0x20 ? c != 0x7f : c == '\t';
}
static bool no_blank(uint8_t c)
{
    return c > 0x20 && c != 0x7f;
}
static const struct piece_rule target_rule = {
    .what = "the path", .allows = no_blank, .advice = "write it percent-encoded"};
static const struct piece_rule value_rule = {
    .what = "a header", .allows = no_control, .advice = "a header is one line of text"};

/* The methods that have a body by nature: without one they say so (RFC 9110 8.6). */
static bool wants_body(struct span method)
{
    return span_is(method, "POST") || span_is(method, "PUT") || span_is(method, "PATCH");
}

/* Methods are case-sensitive (RFC 9110 9.1); a known one in lower case is a slip. */
static bool check_method(struct gen_env *env, const struct entry *e, struct span method)
{
    static const char *const known[] = {"GET",    "HEAD",  "POST",    "PUT",
                                        "DELETE", "PATCH", "OPTIONS", "TRACE"};
    if (!http1_token(method))
        return err_add(env->errs, e->at, "method '%.*s' is not a name, expected GET, POST, ...",
                       (int)method.n, (const char *)method.p);
    if (span_is_nocase(method, "CONNECT"))
        return err_add(env->errs, e->at, "method CONNECT opens a tunnel, expected GET, POST, ...");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_is_nocase(method, known[i]) && !span_is(method, known[i]))
            return err_add(env->errs, e->at, "method '%.*s' is not in capitals, did you mean '%s'?",
                           (int)method.n, (const char *)method.p, known[i]);
    return true;
}

/* The url's path is a prefix, unless the request names no path of its own. */
static bool put_path(struct gen_env *env, struct section *sec, const struct proto_target *target,
                     struct pieces *out)
{
    const struct entry *e = section_get(sec, "path");
    struct span prefix = span_of(target->path);
    struct pieces own = {0};
    if (!e) {
        pieces_text(env->arena, out, prefix.n ? prefix : span_of("/"));
        return true;
    }
    if (!pieces_entry(env, &own, e, request_path(env, sec, "path"), &target_rule)) return false;
    bool text = own.n > 0 && own.v[0].kind == PIECE_TEXT;
    bool asterisk = text && own.n == 1 && span_is(own.v[0].text, "*");
    if (own.n == 0 || (text && own.v[0].text.p[0] != '/' && !asterisk))
        return err_add(env->errs, e->at, "path '%.*s' does not begin with '/'",
                       (int)(e->value.n < 80 ? e->value.n : 80), (const char *)e->value.p);
    if (span_find(prefix, '?') < prefix.n)
        return err_add(env->errs, e->at,
                       "the target's url has a query, expected none beside the "
                       "request's own path");
    while (prefix.n > 0 && prefix.p[prefix.n - 1] == '/') prefix.n--;
    if (!asterisk) pieces_text(env->arena, out, prefix);
    pieces_join(env->arena, out, &own);
    return true;
}

/* The headers that are there unless the profile gives them, or removes them by an empty one. */
struct automatic {
    bool host, agent, length, connection;
};

static bool *automatic_named(struct automatic *a, struct span name)
{
    if (span_is_nocase(name, "host")) return &a->host;
    if (span_is_nocase(name, "user-agent")) return &a->agent;
    if (span_is_nocase(name, "content-length")) return &a->length;
    if (span_is_nocase(name, "connection")) return &a->connection;
    return NULL;
}

/* One `header = Name: value template`. */
static bool put_header(struct gen_env *env, const struct entry *e, const char *path,
                       struct pieces *out, struct automatic *automatic)
{
    size_t colon = span_find(e->value, ':');
    struct span name = span_sub(e->value, 0, colon);
    struct span value = span_trim(span_from(e->value, colon + 1));
    if (colon == e->value.n || !http1_token(name))
        return err_add(env->errs, e->at, "header is not 'Name: value' with a plain name");
    bool *replaced = automatic_named(automatic, name);
    if (replaced) *replaced = false;
    if (span_is_nocase(name, "transfer-encoding")) automatic->length = false;
    if (replaced && value.n == 0) return true;
    pieces_text(env->arena, out, name);
    pieces_str(env->arena, out, ": ");
    if (!pieces_template(env, out, value, e->at, path, &value_rule)) return false;
    pieces_str(env->arena, out, "\r\n");
    return true;
}

static bool put_headers(struct gen_env *env, struct section *sec, struct pieces *out,
                        struct automatic *automatic)
{
    bool good = true;
    const struct entry *e;
    for (size_t i = 0; (e = section_nth(sec, "header", i)); i++) {
        const char *path = request_path(env, sec, arena_printf(env->arena, "header.%zu", i));
        good &= put_header(env, e, path, out, automatic);
    }
    return good;
}

static void put_automatic(struct gen_env *env, const struct proto_target *target,
                          const struct automatic *automatic, struct pieces *out)
{
    struct arena *a = env->arena;
    bool bare6 = strchr(target->host, ':') && target->host[0] != '[';
    const char *host = bare6 ? arena_printf(a, "[%s]", target->host) : target->host;
    if (automatic->host && target->port == 80)
        pieces_str(a, out, arena_printf(a, "Host: %s\r\n", host));
    else if (automatic->host)
        pieces_str(a, out, arena_printf(a, "Host: %s:%u\r\n", host, target->port));
    if (automatic->agent) pieces_str(a, out, "User-Agent: spate\r\n");
    if (automatic->connection) pieces_str(a, out, "Connection: close\r\n");
}

static struct request *compile(struct gen_env *env, struct section *sec,
                               const struct proto_target *target)
{
    struct arena *a = env->arena;
    struct http1 *h = arena_new(a, struct http1);
    const struct entry *method_entry = section_get(sec, "method"),
                       *body_entry = section_get(sec, "body");
    struct pieces body = {0}, headers = {0}, *out = &h->pieces;
    struct span method = span_of(body_entry ? "POST" : "GET");
    if (method_entry) method = span_trim(method_entry->value);
    bool good = !method_entry || check_method(env, method_entry, method);
    pieces_text(a, out, method);
    pieces_str(a, out, " ");
    good &= put_path(env, sec, target, out);
    pieces_str(a, out, " HTTP/1.1\r\n");
    struct automatic automatic = {.host = true,
                                  .agent = true,
                                  .connection = request_closes(env, sec),
                                  .length = body_entry || wants_body(method)};
    good &= put_headers(env, sec, &headers, &automatic);
    put_automatic(env, target, &automatic, out);
    pieces_join(a, out, &headers);
    if (body_entry)
        good &= pieces_entry(env, &body, body_entry, request_path(env, sec, "body"), NULL);
    if (automatic.length) {
        pieces_str(a, out, "Content-Length: ");
        pieces_counted(a, out, &body, "\r\n\r\n");
    } else {
        pieces_str(a, out, "\r\n");
        pieces_join(a, out, &body);
    }
    h->head = span_is(method, "HEAD");
    return good ? &h->base : NULL;
}

static void render(const struct request *r, const struct draw *d, size_t n, struct span *out)
{
    pieces_render(&((const struct http1 *)r)->pieces, d, n, out);
}

static void begin(void *state, const struct request *r, struct reply *reply)
{
    http1_reply_begin(state, ((const struct http1 *)r)->head, reply);
}

static const struct param keys[] = {
    {"method", "name", "GET, or POST with a body", "the request method"},
    {"path", "text", "the url's path",
     "what is asked for, appended to the path of the target's url"},
    {"header", "text", "",
     "`Name: value`, may be repeated; replaces the automatic Host, User-Agent, "
     "Content-Length or Connection, an empty value removes it"},
    {"body", "text", "", "the content, or @file; its Content-Length is automatic"},
    {0},
};

const struct proto proto_http1 = {
    .doc = {.name = "http1",
            .help = "HTTP/1.1 requests over TCP",
            .example = "method = POST\n"
                       "path = /login?n=${index()}\n"
                       "header = Content-Type: application/json\n"
                       "body = {\"user\": ${1..1000}, \"nonce\": \"${hex(16)}\"}\n"
                       "expect = status 200..299\n",
            .params = keys},
    .keys = keys,
    .schemes = (const char *const[]){"http", NULL},
    .port = 80,
    .stream = true,
    .has_status = true,
    .has_headers = true,
    .state_size = sizeof(struct http1_reply),
    .compile = compile,
    .render = render,
    .begin = begin,
    .parse = http1_reply_parse,
    .eof = http1_reply_eof,
};
