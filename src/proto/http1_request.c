#include "proto/http1_request.h"

void http1_request_begin(struct http1_request *r)
{
    http1_start(&r->m, NULL, false);
    r->head_done = r->keep = r->expect_continue = r->has_body = r->tunnel = false;
    r->body_bytes = 0;
    r->body_at = 0;
    r->problem = NULL;
    r->status = 0;
}

static enum http1_event refuse(struct http1_request *r, unsigned status, const char *problem)
{
    r->status = status;
    return http1_bad(&r->m, problem);
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT; only major version 1 is spoken here. */
static enum http1_event version(struct http1_request *r, struct span v)
{
    struct reader in = reader_of(v);
    bool named = span_is(read_bytes(&in, 5), "HTTP/");
    unsigned major = (unsigned)read_u8(&in) - '0';
    bool dot = read_u8(&in) == '.';
    unsigned minor = (unsigned)read_u8(&in) - '0';
    if (!named || !dot || major > 9 || minor > 9 || in.bad || reader_left(&in) > 0)
        return refuse(r, 400, "malformed request line");
    if (major != 1) return refuse(r, 505, "not HTTP/1.x");
    r->m.minor = (uint8_t)minor;
    return HTTP1_START;
}

static bool printable(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] == 0x7f) return false;
    return s.n > 0;
}

static struct span last_word(struct span s)
{
    s = span_trim(s);
    size_t at = s.n;
    while (at > 0 && s.p[at - 1] != ' ') at--;
    return span_from(s, at);
}

/* request-line = method SP request-target SP HTTP-version, RFC 9112 section 3. */
static enum http1_event request_line(struct http1_request *r, const struct http1_item *item)
{
    if (item->cut && !r->long_lines) return refuse(r, 414, "request line longer than 2 KiB");
    size_t blank = span_find(item->value, ' ');
    struct span method = span_sub(item->value, 0, blank);
    struct span rest = span_from(item->value, blank + 1);
    blank = span_find(rest, ' ');
    struct span target = span_sub(rest, 0, blank);
    if (!http1_token(method) || !printable(target)) return refuse(r, 400, "malformed request line");
    rest = item->cut ? last_word(item->last) : span_from(rest, blank + 1);
    r->tunnel = span_is(method, "CONNECT");
    enum http1_event e = version(r, rest);
    if (e == HTTP1_START && r->on_line) r->on_line(r->ctx, method, target);
    return e;
}

static enum http1_event start_line(struct http1_request *r, const struct http1_item *item)
{
    if (item->value.n > 0) return request_line(r, item);
    http1_restart(&r->m);
    return HTTP1_START;
}

static void header(struct http1_request *r, const struct http1_item *item)
{
    if (item->name.n == 6 && span_is_nocase(item->name, "expect") &&
        span_is_nocase(item->value, "100-continue"))
        r->expect_continue = true;
    if (item->name.n == 7 && span_is_nocase(item->name, "upgrade")) r->tunnel = true;
    if (r->on_header) r->on_header(r->ctx, item->name, item->value);
}

/* RFC 9112 section 6.3: which body this request has. */
static enum http1_event head_end(struct http1_request *r)
{
    if (r->m.has_encoding && !r->m.chunked)
        return refuse(r, 501, "transfer-encoding that does not end with chunked");
    r->keep = http1_persists(&r->m);
    r->has_body = r->m.chunked || r->m.has_length;
    r->expect_continue = r->expect_continue && r->has_body && r->m.minor > 0;
    r->head_done = true;
    if (r->m.chunked)
        http1_frame(&r->m, HTTP1_CHUNKED);
    else
        http1_frame(&r->m, r->m.has_length ? HTTP1_LENGTH : HTTP1_NO_BODY);
    if (r->on_head) r->on_head(r->ctx);
    return HTTP1_HEAD;
}

static enum parsed bad(struct http1_request *r)
{
    if (!r->status) r->status = r->m.too_long ? 431 : 400;
    r->keep = false;
    r->problem = r->m.problem;
    return PARSE_BAD;
}

enum parsed http1_request_parse(struct http1_request *r, struct span in, size_t *used)
{
    struct reader rd = reader_of(in);
    for (;;) {
        struct http1_item item;
        enum http1_event e = http1_next(&r->m, &rd, &item);
        if (e == HTTP1_START) e = start_line(r, &item);
        if (e == HTTP1_HEAD) e = head_end(r);
        *used = rd.at;
        switch (e) {
        case HTTP1_START:
            break;
        case HTTP1_HEAD:
            r->body_at = rd.at;
            break;
        case HTTP1_HEADER:
            header(r, &item);
            break;
        case HTTP1_BODY:
            r->body_bytes += item.value.n;
            if (r->on_body) r->on_body(r->ctx, item.value);
            break;
        case HTTP1_MORE:
            return PARSE_MORE;
        case HTTP1_END:
            return PARSE_DONE;
        case HTTP1_BAD:
            return bad(r);
        }
    }
}

/* Methods that text protocols other than HTTP do not have. */
static bool well_known(struct span method)
{
    static const char *const names[] = {"GET",     "HEAD",  "POST",  "PUT",    "DELETE",
                                        "OPTIONS", "TRACE", "PATCH", "CONNECT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(method, names[i])) return true;
    return false;
}

static struct span skip_empty_lines(struct span s)
{
    size_t i = 0;
    while (i < s.n && (s.p[i] == '\r' || s.p[i] == '\n')) i++;
    return span_from(s, i);
}

enum http1_guess http1_request_guess(struct span start)
{
    const size_t longest_method = 32;
    struct span s = skip_empty_lines(start);
    size_t end = span_find(s, '\n'), blank = span_find(s, ' ');
    struct span method = span_sub(s, 0, blank), target = span_from(s, blank + 1);
    if (s.n == 0) return HTTP1_PERHAPS;
    if (!http1_token(method) || method.n > longest_method) return HTTP1_NOT;
    if (end < s.n)
        return span_starts(last_word(span_sub(s, 0, end)), "HTTP/1.") ? HTTP1_LIKELY : HTTP1_NOT;
    if (s.n > HTTP1_HEAD_MAX) return HTTP1_NOT;
    return well_known(method) && span_starts(target, "/") ? HTTP1_LIKELY : HTTP1_PERHAPS;
}

bool http1_head_next(struct reader *head, struct http1_head_line *out)
{
    struct span rest = span_from(head->s, head->at);
    *out = (struct http1_head_line){.raw = span_sub(rest, 0, span_find(rest, '\n') + 1)};
    struct span text = span_trim(out->raw);
    size_t colon = span_find(text, ':');
    struct span name = span_sub(text, 0, colon);
    if (colon < text.n && http1_token(name)) {
        out->name = name;
        out->value = span_trim(span_from(text, colon + 1));
    }
    head->at += out->raw.n;
    return out->raw.n > 0;
}
