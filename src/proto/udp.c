/* udp: one datagram each way. Whatever comes back is the reply. */
#include "proto/request.h"

struct udp {
    struct request base;
    struct pieces pieces;
};

static struct request *compile(struct gen_env *env, struct section *sec,
                               const struct proto_target *target)
{
    (void)target;
    struct udp *u = arena_new(env->arena, struct udp);
    const struct entry *body = section_get(sec, "body");
    if (!body) {
        err_add(env->errs, sec->at, "request %s has no body, expected the datagram's content",
                sec->name);
        return NULL;
    }
    bool good = pieces_entry(env, &u->pieces, body, request_path(env, sec, "body"), NULL);
    return good ? &u->base : NULL;
}

static void render(const struct request *r, const struct draw *d, size_t n, struct span *out)
{
    pieces_render(&((const struct udp *)r)->pieces, d, n, out);
}

static void begin(void *state, const struct request *r, struct reply *reply)
{
    (void)state;
    (void)r;
    reply_reset(reply);
}

static enum parsed parse(void *state, struct span in, size_t *used, struct reply *reply)
{
    (void)state;
    *used = in.n;
    reply->keep = true;
    reply->body_bytes = in.n;
    if (reply->on_body && in.n > 0) reply->on_body(reply->ctx, in);
    return PARSE_DONE;
}

static enum parsed eof(void *state, struct reply *reply)
{
    (void)state;
    reply->keep = false;
    reply->problem = "closed without a reply";
    return PARSE_BAD;
}

static const struct param keys[] = {
    {"body", "text", NULL, "the datagram's content, or @file"},
    {0},
};

const struct proto proto_udp = {
    .doc = {.name = "udp",
            .help = "one UDP datagram; the next datagram that comes back is the reply",
            .example = "body = ping ${index()}\n"
                       "expect = body contains \"ping\"\n",
            .params = keys},
    .keys = keys,
    .schemes = (const char *const[]){"udp", NULL},
    .stream = false,
    .compile = compile,
    .render = render,
    .begin = begin,
    .parse = parse,
    .eof = eof,
};
