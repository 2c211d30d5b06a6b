/* redis: one command per request, as an array of bulk strings. */
#include "proto/request.h"
#include "proto/resp.h"

struct redis {
    struct request base;
    struct pieces pieces;
};

/* A command on its way from a template into words. Words end at blanks outside of quotes; an
 * expression belongs to the word it stands in, whatever its value. */
struct words {
    struct pieces *v;
    size_t n, cap;
    bool open, quoted; /* within a word, within quotes */
};

/* The word that goes on, or a new one. */
static struct pieces *word(struct gen_env *env, struct words *w)
{
    if (!w->open) VEC_PUSH(env->arena, w);
    w->open = true;
    return &w->v[w->n - 1];
}

/* How many bytes stand for themselves. */
static size_t plain(struct span s, bool quoted)
{
    size_t n = 0;
    while (n < s.n && !memchr(quoted ? "\"\\" : "\" \t\r\n", s.p[n], quoted ? 2 : 5)) n++;
    return n;
}

/* Constant text. Within quotes a backslash takes the next byte as it is. */
static void split_text(struct gen_env *env, struct words *w, struct span text)
{
    for (size_t n = 1; text.n > 0; text = span_from(text, n), n = 1) {
        uint8_t c = text.p[0];
        if (c == '"') {
            word(env, w); /* "" is an empty word */
            w->quoted = !w->quoted;
        } else if (!w->quoted && plain(text, false) == 0) {
            w->open = false;
        } else {
            if (w->quoted && c == '\\' && text.n > 1) text = span_from(text, 1);
            n = 1 + plain(span_from(text, 1), w->quoted);
            pieces_text(env->arena, word(env, w), span_sub(text, 0, n));
        }
    }
}

/* Whether a part of a template is its own text, and not a quoted string in ${}. */
static bool own_text(const struct expr *part)
{
    return part->kind == EXPR_STRING && part->text.p == part->src.p;
}

static bool split(struct gen_env *env, struct words *w, const struct entry *command,
                  const char *path)
{
    if (command->from_file) {
        split_text(env, w, command->value);
        return true;
    }
    const struct expr *e = expr_parse_text(env->arena, command->value, command->at, env->errs);
    bool good = e != NULL;
    size_t exprs = 0;
    for (size_t k = 0; e && k < e->n; k++) {
        const struct expr *kid = e->kids[k].e;
        if (own_text(kid))
            split_text(env, w, kid->text);
        else
            good &= pieces_expr(env, word(env, w), kid, path, exprs++);
    }
    return good;
}

static struct request *compile(struct gen_env *env, struct section *sec,
                               const struct proto_target *target)
{
    (void)target;
    struct redis *r = arena_new(env->arena, struct redis);
    const struct entry *command = section_get(sec, "command");
    struct words words = {0};
    if (!command) {
        err_add(env->errs, sec->at, "request %s has no command, expected one such as GET key",
                sec->name);
        return NULL;
    }
    if (!split(env, &words, command, request_path(env, sec, "command"))) return NULL;
    if (words.quoted || words.n == 0) {
        err_add(env->errs, command->at,
                words.quoted ? "command has a quote that does not end"
                             : "command is empty, expected GET key");
        return NULL;
    }
    pieces_str(env->arena, &r->pieces, arena_printf(env->arena, "*%zu\r\n", words.n));
    for (size_t i = 0; i < words.n; i++) {
        pieces_str(env->arena, &r->pieces, "$");
        pieces_counted(env->arena, &r->pieces, &words.v[i], "\r\n");
        pieces_str(env->arena, &r->pieces, "\r\n");
    }
    return &r->base;
}

static void render(const struct request *r, const struct draw *d, size_t n, struct span *out)
{
    pieces_render(&((const struct redis *)r)->pieces, d, n, out);
}

static void begin(void *state, const struct request *r, struct reply *reply)
{
    (void)r;
    resp_begin(state, reply);
}

static const struct param keys[] = {
    {"command", "text", NULL,
     "the command and its arguments, apart by blanks outside of \"quotes\""},
    {0},
};

const struct proto proto_redis = {
    .doc = {.name = "redis",
            .help = "Redis commands over TCP; the status is 0, or 1 when the reply holds an error",
            .example = "command = SET key:${1..1000} \"v ${hex(8)}\"\n"
                       "expect = status 0\n"
                       "expect = body is \"OK\"\n",
            .params = keys},
    .keys = keys,
    .schemes = (const char *const[]){"redis", NULL},
    .port = 6379,
    .stream = true,
    .has_status = true,
    .state_size = sizeof(struct resp),
    .compile = compile,
    .render = render,
    .begin = begin,
    .parse = resp_parse,
    .eof = resp_eof,
};
