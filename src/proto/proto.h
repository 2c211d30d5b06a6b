/* proto: application protocols. Renders a request, parses a reply incrementally, never sees a
 * socket.
 *
 * Adding one: proto/NAME.c with `const struct proto proto_NAME`, and PROTO(NAME) in
 * proto/proto.def. Compiled by plan/, driven by run/; serve/ uses the same parsers. */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include "gen/gen.h"

enum parsed {
    PARSE_MORE, /* all input is used; the message goes on */
    PARSE_DONE, /* the message ended after *used bytes */
    PARSE_BAD,  /* reply->problem says why */
};

/* What is known of a reply so far. Reset by proto->begin. */
struct reply {
    unsigned status;     /* 0: the protocol has none (yet) */
    bool keep;           /* the connection can carry another request after this reply */
    uint64_t body_bytes; /* body so far, without framing */
    const char *problem; /* PARSE_BAD: static text */
    /* Called during parse with pieces of the current input; NULL: not wanted. */
    void (*on_header)(void *ctx, struct span name, struct span value);
    void (*on_body)(void *ctx, struct span piece);
    void *ctx;
};

/* Forgets the last reply, but for the callbacks. For classes' begin. */
static inline void reply_reset(struct reply *r)
{
    r->status = 0;
    r->keep = false;
    r->body_bytes = 0;
    r->problem = NULL;
}

struct expect;
struct request {
    const struct proto *proto;
    const char *name;
    struct where at;
    const struct expect *expects; /* proto/expect.h; NULL: none */
    bool fresh_connection;        /* a new connection for each request */
    /* the protocol's own members follow in a larger struct */
};
/* Where requests go, from [target]. */
struct proto_target {
    const char *scheme, *host, *path; /* path: from the url, "/" when there is none */
    uint16_t port;
};

struct proto {
    struct doc doc;
    const struct param *keys;     /* of a [request], besides protocol, expect, connection */
    const char *const *schemes;   /* of a target url; ends with NULL */
    uint16_t port;                /* default */
    bool stream;                  /* TCP; else UDP: one datagram each way */
    size_t state_size;            /* of a parser */
    bool has_status, has_headers; /* whether a reply can be expected to have them */
    /* NULL after adding errors. */
    struct request *(*compile)(struct gen_env *env, struct section *sec,
                               const struct proto_target *target);
    /* The bytes of units d->index[0..n), in scratch. */
    void (*render)(const struct request *r, const struct draw *d, size_t n, struct span *out);
    /* A parser for the reply to r; also resets *reply but for the callbacks. */
    void (*begin)(void *state, const struct request *r, struct reply *reply);
    /* What was sent, right after begin, for protocols whose reply repeats it. NULL: not wanted. */
    void (*sent)(void *state, struct span bytes);
    /* Takes what has arrived; needs none of it again. *used <= in.n. */
    enum parsed (*parse)(void *state, struct span in, size_t *used, struct reply *reply);
    /* The peer closed: PARSE_DONE when that ends the message properly, else PARSE_BAD. */
    enum parsed (*eof)(void *state, struct reply *reply);
};
extern const struct proto *const protos[];
extern const size_t proto_count;
const struct proto *proto_named(const char *name);
/* By a url's scheme. */
const struct proto *proto_for_scheme(const char *scheme);

/* The keys of every [request] section, whatever its protocol; ends without name. */
extern const struct param request_keys[];

/* Compiles a [request NAME] section: its protocol is its `protocol` key or, without it, that
 * of the target's scheme. A target without scheme is none: the protocol must be given, and the
 * requests name the host "localhost". NULL after adding errors. */
struct request *request_compile(struct gen_env *env, struct section *sec,
                                const struct proto_target *target);

#endif
