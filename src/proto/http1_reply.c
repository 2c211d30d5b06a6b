#include "proto/http1_reply.h"

#define PREFIX "HTTP/1."

void http1_reply_begin(struct http1_reply *p, bool head, struct reply *reply)
{
    http1_start(&p->m, PREFIX, true);
    p->head = head;
    p->begun = p->interim = p->connect = false;
    reply_reset(reply);
}

/* status-line = HTTP-version SP status-code [ SP reason ], RFC 9112 section 4. The prefix is
 * known to fit. */
static bool status_line(struct http1_message *m, struct span line, unsigned *status)
{
    struct reader r = reader_of(span_from(line, strlen(PREFIX)));
    unsigned minor = read_u8(&r) - '0', code = 0;
    bool good = minor <= 9 && read_u8(&r) == ' ';
    for (int i = 0; i < 3 && good; i++) {
        unsigned digit = read_u8(&r) - '0';
        good = digit <= 9;
        code = code * 10 + digit;
    }
    if (good && reader_left(&r) > 0) good = read_u8(&r) == ' ';
    m->minor = (uint8_t)minor;
    *status = code;
    return good && !r.bad && code >= 100;
}

static enum http1_event start_line(struct http1_reply *p, struct span line, struct reply *reply)
{
    unsigned status;
    if (!status_line(&p->m, line, &status)) return http1_bad(&p->m, "malformed status line");
    p->interim = status < 200 && status != 101;
    if (!p->interim) reply->status = status;
    p->m.skip_headers = p->interim || !reply->on_header;
    return HTTP1_START;
}

/* RFC 9112 section 6.3: which body this reply has. */
static enum http1_framing framing(const struct http1_reply *p, unsigned status)
{
    if (p->connect && status / 100 == 2) return HTTP1_NO_BODY;
    if (p->head || status == 101 || status == 204 || status == 304) return HTTP1_NO_BODY;
    if (p->m.chunked) return HTTP1_CHUNKED;
    return p->m.has_length ? HTTP1_LENGTH : HTTP1_UNTIL_CLOSE;
}

static void head_end(struct http1_reply *p, struct reply *reply)
{
    if (p->interim) {
        http1_restart(&p->m);
        return;
    }
    enum http1_framing f = framing(p, reply->status);
    reply->keep = http1_persists(&p->m) && f != HTTP1_UNTIL_CLOSE && reply->status != 101;
    http1_frame(&p->m, f);
}

static enum parsed bad(struct http1_reply *p, struct reply *reply)
{
    reply->keep = false;
    reply->problem = p->m.problem;
    return PARSE_BAD;
}

enum parsed http1_reply_parse(void *state, struct span in, size_t *used, struct reply *reply)
{
    struct http1_reply *p = state;
    struct reader r = reader_of(in);
    if (in.n > 0) p->begun = true;
    for (;;) {
        struct http1_item item;
        enum http1_event e = http1_next(&p->m, &r, &item);
        if (e == HTTP1_START) e = start_line(p, item.value, reply);
        *used = r.at;
        switch (e) {
        case HTTP1_START:
            break;
        case HTTP1_HEADER:
            reply->on_header(reply->ctx, item.name, item.value);
            break;
        case HTTP1_HEAD:
            head_end(p, reply);
            break;
        case HTTP1_BODY:
            reply->body_bytes += item.value.n;
            if (reply->on_body) reply->on_body(reply->ctx, item.value);
            break;
        case HTTP1_MORE:
            return PARSE_MORE;
        case HTTP1_END:
            return PARSE_DONE;
        case HTTP1_BAD:
            return bad(p, reply);
        }
    }
}

enum parsed http1_reply_eof(void *state, struct reply *reply)
{
    struct http1_reply *p = state;
    reply->keep = false;
    if (p->m.part == PART_UNTIL_CLOSE || p->m.part == PART_END) return PARSE_DONE;
    if (!p->begun)
        http1_bad(&p->m, "closed without a reply");
    else if (p->m.part == PART_START || p->m.part == PART_HEADERS)
        http1_bad(&p->m, "closed within the header section");
    else
        http1_bad(&p->m, "closed within the body");
    return bad(p, reply);
}
