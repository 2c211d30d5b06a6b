/* http1_request: the incremental parser of HTTP/1.x requests (RFC 9110, RFC 9112), for the
 * embedded server and for recognising requests in captures.
 *
 * Stricter than the reply parser, as servers must be: folded header lines and transfer codings
 * that do not end with chunked are bad. Empty lines before the request line are passed over
 * (RFC 9112 2.2). The callbacks get header lines of up to LINE_KEPT bytes; a longer request line
 * is bad. */
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

    /* What is known so far. */
    bool head_done;       /* the header section is complete */
    bool keep;            /* another request may follow; valid once head_done */
    bool expect_continue; /* the client waits for `100 Continue`; valid once head_done */
    bool has_body;        /* valid once head_done; also when its length is 0 */
    uint64_t body_bytes;  /* so far, without framing */
    const char *problem;  /* PARSE_BAD: static text ... */
    unsigned status;      /* ... and what to answer: 400, 414, 431, 501 or 505 */

    struct http1_message m; /* private */
};

/* For a new connection, and after each PARSE_DONE. */
void http1_request_begin(struct http1_request *r);
/* Takes what has arrived; needs none of it again. On PARSE_DONE the next request begins at
 * in[*used]. */
enum parsed http1_request_parse(struct http1_request *r, struct span in, size_t *used);

#endif
