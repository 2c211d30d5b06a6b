#include "proto/http1_message.h"

/* Token bytes, RFC 9110 section 5.6.2. */
static const bool token[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,         ['&'] = 1,         ['\''] = 1,
    ['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,         ['^'] = 1,         ['_'] = 1,
    ['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

/* How many token bytes s begins with. */
static size_t token_length(struct span s)
{
    size_t n = 0;
    while (n < s.n && token[s.p[n]]) n++;
    return n;
}

bool http1_token(struct span s)
{
    return s.n > 0 && token_length(s) == s.n;
}

void http1_start(struct http1_message *m, const char *prefix, bool fold)
{
    m->prefix = prefix;
    m->fold = fold;
    m->problem = NULL;
    m->too_long = false;
    m->room = HTTP1_HEAD_MAX;
    m->line.seen = 0;
    http1_restart(m);
}

void http1_restart(struct http1_message *m)
{
    m->part = PART_START;
    m->skip_headers = false;
    m->minor = 0;
    m->has_length = m->has_encoding = m->chunked = false;
    m->close = m->persist = m->may_fold = false;
    m->length = m->left = 0;
}

enum http1_event http1_bad(struct http1_message *m, const char *problem)
{
    if (!m->problem) m->problem = problem;
    return HTTP1_BAD;
}

/* After take_line() yielded no line. */
static enum http1_event stalled(const struct http1_message *m)
{
    return m->problem ? HTTP1_BAD : HTTP1_MORE;
}

bool http1_persists(const struct http1_message *m)
{
    if (m->close) return false;
    /* RFC 9112 6.1: a transfer coding in a 1.0 message means that its framing is not to be
     * trusted, so nothing after it is either. */
    if (m->minor == 0) return m->persist && !m->has_encoding;
    return true;
}

void http1_frame(struct http1_message *m, enum http1_framing framing)
{
    switch (framing) {
    case HTTP1_NO_BODY:
        m->part = PART_END;
        break;
    case HTTP1_LENGTH:
        m->left = m->length;
        m->part = m->left > 0 ? PART_LENGTH : PART_END;
        break;
    case HTTP1_CHUNKED:
        m->room = HTTP1_HEAD_MAX;
        m->part = PART_CHUNK_SIZE;
        break;
    case HTTP1_UNTIL_CLOSE:
        m->part = PART_UNTIL_CLOSE;
        break;
    }
}

/* Whether a start line, or the beginning of one that goes on, begins as it must. */
static bool prefix_fits(const struct http1_message *m, struct span text, bool whole)
{
    size_t n = strlen(m->prefix);
    if (text.n < n && whole) return false;
    if (text.n < n) n = text.n;
    return n == 0 || memcmp(text.p, m->prefix, n) == 0;
}

/* The next line. False: none yet, or m->problem. */
static bool take_line(struct http1_message *m, struct reader *in, struct line_text *t)
{
    bool whole = line_take(&m->line, in, t);
    if (m->part == PART_START && m->prefix &&
        !prefix_fits(m, whole ? t->text : line_held(&m->line), whole)) {
        http1_bad(m, "not an HTTP/1.x message");
        return false;
    }
    size_t seen = whole ? t->length : m->line.seen;
    if (seen > m->room) {
        m->too_long = true;
        http1_bad(m, "header section longer than 64 KiB");
        return false;
    }
    if (whole) m->room -= seen;
    return whole;
}

/* The next item of a comma-separated list (RFC 9110 5.6.1), without its blanks. */
static bool list_item(struct span *list, struct span *item)
{
    if (list->n == 0) return false;
    size_t comma = span_find(*list, ',');
    *item = span_trim(span_sub(*list, 0, comma));
    *list = span_from(*list, comma + 1);
    return true;
}

static void take_connection(struct http1_message *m, struct span list)
{
    struct span item;
    while (list_item(&list, &item)) {
        if (span_is_nocase(item, "close")) m->close = true;
        if (span_is_nocase(item, "keep-alive")) m->persist = true;
    }
}

/* Digits only: no sign, no blanks, below 2^64. */
static bool decimal(struct span s, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)s.p[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *out = v;
    return s.n > 0;
}

/* A repeated length is allowed as long as it repeats the same number (RFC 9112 6.3). */
static bool take_length(struct http1_message *m, struct span list)
{
    struct span item;
    const char *problem = "content-length is not a number below 2^64";
    bool good = list.n > 0 && list.p[list.n - 1] != ',';
    while (good && list_item(&list, &item)) {
        uint64_t v = 0;
        good = decimal(item, &v);
        if (good && m->has_length && m->length != v) {
            problem = "content-lengths contradict each other";
            good = false;
        }
        m->has_length = true;
        m->length = v;
    }
    if (!good) http1_bad(m, problem);
    return good;
}

static bool take_encoding(struct http1_message *m, struct span list)
{
    struct span item;
    m->has_encoding = true;
    while (list_item(&list, &item)) {
        if (item.n == 0) continue;
        if (m->chunked) {
            http1_bad(m, "a transfer coding after chunked");
            return false;
        }
        m->chunked = span_is_nocase(item, "chunked");
    }
    return true;
}

/* Looks at a header line. The lengths of the three names that matter here sort out all
 * others before any comparison. */
static bool take_header(struct http1_message *m, const struct line_text *t, struct http1_item *item)
{
    size_t n = token_length(t->text);
    if (n == 0 || n == t->text.n || t->text.p[n] != ':') {
        http1_bad(m, "header line that is not 'name: value'");
        return false;
    }
    item->name = span_sub(t->text, 0, n);
    item->value = span_from(t->text, n + 1);
    m->may_fold = true;
    bool (*take)(struct http1_message *, struct span) = NULL;
    if (n == 10 && span_is_nocase(item->name, "connection"))
        take_connection(m, item->value);
    else if (n == 14 && span_is_nocase(item->name, "content-length"))
        take = take_length;
    else if (n == 17 && span_is_nocase(item->name, "transfer-encoding"))
        take = take_encoding;
    if (!take) return true;
    m->may_fold = false;
    if (t->cut) {
        http1_bad(m, "content-length or transfer-encoding longer than 2 KiB");
        return false;
    }
    return take(m, span_trim(item->value));
}

/* RFC 9112 6.1, 6.3: a message with both may be an attempt at smuggling. */
static enum http1_event head_end(struct http1_message *m)
{
    if (m->has_length && m->has_encoding)
        return http1_bad(m, "both content-length and transfer-encoding");
    m->part = PART_FRAMING;
    return HTTP1_HEAD;
}

static enum http1_event header_next(struct http1_message *m, struct reader *in,
                                    struct http1_item *item)
{
    struct line_text t;
    while (take_line(m, in, &t)) {
        if (t.text.n == 0) return head_end(m);
        if (t.text.p[0] == ' ' || t.text.p[0] == '\t') {
            if (!m->fold || !m->may_fold) return http1_bad(m, "folded header line");
            continue;
        }
        if (!take_header(m, &t, item)) return HTTP1_BAD;
        if (m->skip_headers) continue;
        item->value = span_trim(item->value);
        return HTTP1_HEADER;
    }
    return stalled(m);
}

static enum http1_event start_next(struct http1_message *m, struct reader *in,
                                   struct http1_item *item)
{
    struct line_text t;
    if (!take_line(m, in, &t)) return stalled(m);
    item->value = t.text;
    item->cut = t.cut;
    item->last = t.last;
    m->part = PART_HEADERS;
    return HTTP1_START;
}

/* As much of the current run of body bytes as the piece holds. */
static enum http1_event body_next(struct http1_message *m, struct reader *in,
                                  struct http1_item *item)
{
    size_t n = reader_left(in);
    if (n == 0) return HTTP1_MORE;
    if (m->part != PART_UNTIL_CLOSE) {
        if (n > m->left) n = (size_t)m->left;
        m->left -= n;
        if (m->left == 0) m->part = m->part == PART_CHUNK ? PART_CHUNK_END : PART_END;
    }
    item->value = read_bytes(in, n);
    return HTTP1_BODY;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* chunk-size [ chunk-ext ], RFC 9112 section 7.1. The extensions are passed over. */
static bool chunk_size(const struct line_text *t, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    for (int d; i < t->text.n && (d = hex_digit(t->text.p[i])) >= 0; i++) {
        if (v >> 60) return false;
        v = v << 4 | (unsigned)d;
    }
    *out = v;
    if (i == 0) return false;
    struct span after = span_trim(span_from(t->text, i));
    return after.n == 0 ? !t->cut : after.p[0] == ';';
}

/* A line between the chunks. False: none yet, or m->problem. */
static bool chunk_line(struct http1_message *m, struct reader *in)
{
    struct line_text t;
    if (!take_line(m, in, &t)) return false;
    switch (m->part) {
    case PART_CHUNK_SIZE:
        if (!chunk_size(&t, &m->left)) {
            http1_bad(m, "chunk size is not a number below 2^64");
            return false;
        }
        m->part = m->left > 0 ? PART_CHUNK : PART_TRAILERS;
        return true;
    case PART_CHUNK_END:
        if (t.text.n > 0) {
            http1_bad(m, "chunk longer than its size");
            return false;
        }
        http1_frame(m, HTTP1_CHUNKED);
        return true;
    default:
        if (t.text.n == 0) m->part = PART_END;
        return true;
    }
}

enum http1_event http1_next(struct http1_message *m, struct reader *in, struct http1_item *item)
{
    while (!m->problem) {
        switch (m->part) {
        case PART_START:
            return start_next(m, in, item);
        case PART_HEADERS:
            return header_next(m, in, item);
        case PART_LENGTH:
        case PART_UNTIL_CLOSE:
        case PART_CHUNK:
            return body_next(m, in, item);
        case PART_CHUNK_SIZE:
        case PART_CHUNK_END:
        case PART_TRAILERS:
            if (!chunk_line(m, in)) return stalled(m);
            break;
        case PART_FRAMING:
        case PART_END:
            return HTTP1_END;
        }
    }
    return HTTP1_BAD;
}
