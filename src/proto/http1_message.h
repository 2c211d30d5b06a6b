/* http1_message: what HTTP/1.1 requests and replies have in common (RFC 9112): a start line,
 * header lines, and a body whose framing the headers tell.
 *
 * The caller pulls events out of the current piece of input. What must be remembered over
 * pieces sits in the fixed-size state, and no byte is asked for twice. Header lines are handed
 * over up to LINE_KEPT bytes (proto/line.h). Used by http1_reply.c and http1_request.c. */
#ifndef PROTO_HTTP1_MESSAGE_H
#define PROTO_HTTP1_MESSAGE_H

#include "proto/line.h"

#define HTTP1_HEAD_MAX 65536 /* bytes of start line and headers; of a chunk's size line */

enum http1_event {
    HTTP1_MORE,   /* the piece is used up */
    HTTP1_START,  /* item->value is the start line */
    HTTP1_HEADER, /* item->name, item->value; not told when skip_headers */
    HTTP1_HEAD,   /* the headers ended: the caller says http1_frame() before going on */
    HTTP1_BODY,   /* item->value is a piece of the body, never empty */
    HTTP1_END,    /* the message ended; *in stands behind it */
    HTTP1_BAD,    /* m->problem says why */
};
struct http1_item {
    struct span name, value; /* valid until the next event */
    bool cut;                /* START: the line was longer than LINE_KEPT ... */
    struct span last;        /* ... and ended with this */
};

enum http1_framing { HTTP1_NO_BODY, HTTP1_LENGTH, HTTP1_CHUNKED, HTTP1_UNTIL_CLOSE };

enum http1_part {
    PART_START,
    PART_HEADERS,
    PART_FRAMING, /* between HTTP1_HEAD and http1_frame() */
    PART_LENGTH,
    PART_UNTIL_CLOSE,
    PART_CHUNK_SIZE,
    PART_CHUNK,
    PART_CHUNK_END,
    PART_TRAILERS,
    PART_END,
};

struct http1_message {
    enum http1_part part;
    const char *problem;
    const char *prefix;  /* every start line begins so; NULL: any. Told as soon as it does not */
    bool fold;           /* a folded line continues a header (RFC 9112 5.2) and is passed over */
    bool skip_headers;   /* no HTTP1_HEADER events */
    bool too_long;       /* the problem is a limit */
    uint8_t minor;       /* of HTTP/1.x: set by the caller from the start line */
    bool has_length;     /* content-length */
    bool has_encoding;   /* transfer-encoding */
    bool chunked;        /* is its last coding */
    bool close, persist; /* connection: close, keep-alive */
    bool may_fold;       /* the last header may be continued: it was none that frames */
    size_t room;         /* bytes of lines still allowed */
    uint64_t length;     /* valid if has_length */
    uint64_t left;       /* bytes of the body or chunk still to come */
    struct line line;
};

/* Begins with a start line. */
void http1_start(struct http1_message *m, const char *prefix, bool fold);
/* Begins with a start line again, after an interim reply: the limits go on counting. */
void http1_restart(struct http1_message *m);
enum http1_event http1_next(struct http1_message *m, struct reader *in, struct http1_item *item);
/* How the body is framed; answers HTTP1_HEAD. HTTP1_LENGTH takes m->length. */
void http1_frame(struct http1_message *m, enum http1_framing framing);
/* By version and Connection header, whether the sender keeps the connection (RFC 9112 9.3). */
bool http1_persists(const struct http1_message *m);
/* Notes a problem; returns HTTP1_BAD. */
enum http1_event http1_bad(struct http1_message *m, const char *problem);
/* Whether s is a token (RFC 9110 5.6.2): a method or a header name. */
bool http1_token(struct span s);

#endif
