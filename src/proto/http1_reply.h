/* http1_reply: the incremental parser of HTTP/1.x replies (RFC 9110, RFC 9112).
 *
 * Bad are: status lines that are none, both content-length and transfer-encoding, lengths that
 * contradict each other or are no number below 2^64, codings after chunked, header lines without
 * a name, a folded content-length or transfer-encoding, more than 64 KiB of header lines (interim
 * replies included), a close in the middle. Tolerated are: bare LF as line end, a folded other
 * header (what is folded is not handed over), repeated equal lengths. Interim replies (1xx but
 * 101) and trailers are passed over. reply->on_header gets at most LINE_KEPT bytes of a line.
 * Used by http1.c and tests. */
#ifndef PROTO_HTTP1_REPLY_H
#define PROTO_HTTP1_REPLY_H

#include "proto/http1_message.h"
#include "proto/proto.h"

struct http1_reply {
    struct http1_message m;
    bool head;    /* the request was HEAD: there is no body whatever the headers say */
    bool connect; /* it was CONNECT: there is none behind a 2xx. Set after http1_reply_begin */
    bool begun;   /* something has arrived */
    bool interim; /* the current header section is that of a 1xx reply */
};

/* Also resets *reply but for its callbacks. */
void http1_reply_begin(struct http1_reply *p, bool head, struct reply *reply);
/* As proto->parse and proto->eof; state is a struct http1_reply. */
enum parsed http1_reply_parse(void *state, struct span in, size_t *used, struct reply *reply);
enum parsed http1_reply_eof(void *state, struct reply *reply);

#endif
