/* http1_request: the incremental parser of HTTP/1.x requests (RFC 9110, RFC 9112), for the
 * embedded server and for recognising requests in captures.
 *
 * Stricter than the reply parser, as servers must be: folded header lines and transfer codings
 * that do not end with chunked are bad. Empty lines before the request line are passed over
 * (RFC 9112 2.2). The callbacks get header lines of up to LINE_KEPT bytes; a longer request line
 * is bad, unless the caller wants to know only where requests end.
 *
 * Who passes requests on with other headers keeps the bytes of a head until it is complete, which
 * `body_at` tells, takes it apart with http1_head_next, and passes the body on as it came. */
#ifndef PROTO_HTTP1_REQUEST_H
#define PROTO_HTTP1_REQUEST_H

#include "proto/http1_message.h"
#include "proto/proto.h"

struct http1_request {
    /* Set by the caller before http1_request_begin; NULL: not wanted. Spans are valid during
     * the call. on_head follows the last header, before any body. */
    void (*on_line)(void *ctx, struct span method, struct span target);
    void (*on_header)(void *ctx, struct span name, struct span value);
    void (*on_head)(void *ctx);
    void (*on_body)(void *ctx, struct span piece);
    void *ctx;
    bool long_lines; /* a request line may be longer; on_line gets what is left of it */

    /* What is known so far. */
    bool head_done;       /* the header section is complete */
    bool keep;            /* another request may follow; valid once head_done */
    bool expect_continue; /* the client waits for `100 Continue`; valid once head_done */
    bool has_body;        /* valid once head_done; also when its length is 0 */
    bool tunnel;          /* CONNECT, or an Upgrade header: what follows may be no HTTP */
    uint64_t body_bytes;  /* so far, without framing */
    size_t body_at;       /* where the head ended in the piece in which head_done turned true */
    const char *problem;  /* PARSE_BAD: static text ... */
    unsigned status;      /* ... and what to answer: 400, 414, 431, 501 or 505 */

    struct http1_message m; /* private */
};

/* For a new connection, and after each PARSE_DONE. */
void http1_request_begin(struct http1_request *r);
/* Takes what has arrived; needs none of it again. On PARSE_DONE the next request begins at
 * in[*used]. */
enum parsed http1_request_parse(struct http1_request *r, struct span in, size_t *used);

/* What the first bytes that a client sent look like. */
enum http1_guess {
    HTTP1_NOT,
    HTTP1_PERHAPS, /* they might become a request line: more of them would tell */
    HTTP1_LIKELY,  /* a known method and a target that fits, or a whole request line */
};
enum http1_guess http1_request_guess(struct span start);

/* One line of a head, the request line first. */
struct http1_head_line {
    struct span raw;         /* with its line end: all of them together are the head */
    struct span name, value; /* of a header; a request line and empty lines have none */
};
/* Takes the next line of a complete head; false at its end. Heads that http1_request_parse took
 * are taken apart as it did. */
bool http1_head_next(struct reader *head, struct http1_head_line *out);

#endif
