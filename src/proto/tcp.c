/* tcp: sends bytes; the reply ends with a text, after a number of bytes, or with the stream. */
#include "proto/request.h"
#include "proto/search.h"

enum reply_end { END_CLOSE, END_TEXT, END_BYTES };

struct tcp {
    struct request base;
    struct pieces pieces;
    enum reply_end end;
    struct search until;
    uint64_t bytes;
};
struct state {
    const struct tcp *request;
    uint32_t matched; /* END_TEXT: bytes of the text that the stream ends with */
};

/* until = "text" */
static bool read_until(struct gen_env *env, const struct entry *e, struct tcp *t)
{
    struct lex lex;
    lex_start(&lex, e->value);
    struct span text =
        lex.tok.kind == TOK_STRING ? lex_unescape(env->arena, lex.tok.text) : span_of("");
    if (text.n == 0 || text.n > UINT32_MAX || lex_next(&lex) != TOK_END)
        return err_add(env->errs, e->at,
                       "until is not a text in double quotes, expected one such as "
                       "\"\\r\\n\"");
    t->end = END_TEXT;
    search_compile(env->arena, &t->until, text);
    return true;
}

static struct request *compile(struct gen_env *env, struct section *sec,
                               const struct proto_target *target)
{
    (void)target;
    struct tcp *t = arena_new(env->arena, struct tcp);
    const struct entry *body = section_get(sec, "body"), *until = section_get(sec, "until"),
                       *bytes = section_get(sec, "bytes");
    bool good = true;
    if (!body)
        good =
            err_add(env->errs, sec->at, "request %s has no body, expected what to send", sec->name);
    else
        good = pieces_entry(env, &t->pieces, body, request_path(env, sec, "body"), NULL);
    if (until) good &= read_until(env, until, t);
    if (bytes) {
        good &= entry_size(bytes, 1, UINT64_MAX, &t->bytes, env->errs);
        t->end = END_BYTES;
    }
    if (until && bytes)
        good =
            err_add(env->errs, bytes->at, "the reply ends with both until and bytes, expected one");
    return good ? &t->base : NULL;
}

static void render(const struct request *r, const struct draw *d, size_t n, struct span *out)
{
    pieces_render(&((const struct tcp *)r)->pieces, d, n, out);
}

static void begin(void *state, const struct request *r, struct reply *reply)
{
    *(struct state *)state = (struct state){.request = (const struct tcp *)r};
    reply_reset(reply);
}

/* How much of `in` belongs to the reply. True when it ends there. */
static bool reply_end(struct state *s, struct span in, const struct reply *reply, size_t *used)
{
    const struct tcp *t = s->request;
    *used = in.n;
    if (t->end == END_TEXT) return search_step(&t->until, &s->matched, in, used);
    if (t->end == END_CLOSE || t->bytes - reply->body_bytes > in.n) return false;
    *used = (size_t)(t->bytes - reply->body_bytes);
    return true;
}

static enum parsed parse(void *state, struct span in, size_t *used, struct reply *reply)
{
    bool done = reply_end(state, in, reply, used);
    reply->keep = done;
    reply->body_bytes += *used;
    if (reply->on_body && *used > 0) reply->on_body(reply->ctx, span_sub(in, 0, *used));
    return done ? PARSE_DONE : PARSE_MORE;
}

static enum parsed eof(void *state, struct reply *reply)
{
    reply->keep = false;
    if (((const struct state *)state)->request->end == END_CLOSE) return PARSE_DONE;
    reply->problem = reply->body_bytes ? "closed within the reply" : "closed without a reply";
    return PARSE_BAD;
}

static const struct param keys[] = {
    {"body", "text", NULL, "what is sent, or @file; write line ends as ${\"\\r\\n\"}"},
    {"until", "quoted text", "", "the reply ends with this text"},
    {"bytes", "size", "",
     "the reply ends after so many bytes; without until and bytes at the close"},
    {0},
};

const struct proto proto_tcp = {
    .doc = {.name = "tcp",
            .help = "bytes over TCP; the reply ends with a text, after a size, or at the close",
            .example = "body = HELO ${index()}${\"\\r\\n\"}\n"
                       "until = \"\\r\\n\"\n",
            .params = keys},
    .keys = keys,
    .schemes = (const char *const[]){"tcp", NULL},
    .stream = true,
    .state_size = sizeof(struct state),
    .compile = compile,
    .render = render,
    .begin = begin,
    .parse = parse,
    .eof = eof,
};
