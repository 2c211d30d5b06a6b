#include "serve/answer.h"

#define CHUNK 0x4000u
#define CHUNK_HEAD "4000\r\n"
#define CHUNK_FRAMED (sizeof CHUNK_HEAD - 1 + CHUNK + 2)
#define LAST_CHUNK "0\r\n\r\n"

/* A window on the stream of a reply: what lies before it is skipped, what lies after it is
 * left out. */
struct window {
    uint64_t skip; /* bytes still to pass over */
    uint8_t *out;
    size_t n, room;
};

/* How much of the next `len` bytes of the stream falls into the window, and from where. */
static size_t window_cut(struct window *w, uint64_t len, uint64_t *from)
{
    *from = w->skip < len ? w->skip : len;
    w->skip -= *from;
    uint64_t left = len - *from;
    return left < w->room - w->n ? (size_t)left : w->room - w->n;
}

static void put_span(struct window *w, struct span s)
{
    uint64_t from;
    size_t n = window_cut(w, s.n, &from);
    if (n) memcpy(w->out + w->n, s.p + from, n);
    w->n += n;
}

static void put_text(struct window *w, const char *text)
{
    put_span(w, span_of(text));
}

static void put_number(struct window *w, uint64_t v, unsigned base)
{
    uint8_t digits[20];
    size_t n = sizeof digits;
    do digits[--n] = (uint8_t) "0123456789abcdef"[v % base];
    while ((v /= base) > 0);
    put_span(w, span_make(digits + n, sizeof digits - n));
}

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status) return known[i].text;
    return "";
}

/* There is no Date line: the bytes of a reply depend on the seed and the number only. */
static void put_head(struct window *w, const struct serve *s, const struct answer *a,
                     struct draw *d)
{
    put_text(w, "HTTP/1.1 ");
    put_number(w, a->status, 10);
    put_text(w, " ");
    put_text(w, reason(a->status));
    if (a->status != 204 && a->status != 304) {
        if (!s->has_type) put_text(w, "\r\nContent-Type: text/plain");
        put_text(w, a->chunked ? "\r\nTransfer-Encoding: chunked" : "\r\nContent-Length: ");
        if (!a->chunked) put_number(w, a->body, 10);
    }
    if (!a->keep) put_text(w, "\r\nConnection: close");
    if (a->keep && a->old) put_text(w, "\r\nConnection: keep-alive");
    for (size_t i = 0; i < s->headers.n; i++) {
        put_text(w, "\r\n");
        put_span(w, gen_span(s->headers.v[i], d));
    }
    put_text(w, "\r\n\r\n");
}

/* Bytes [from, from + len) of the body; `text` holds it all when it is not random text. */
static void put_body(struct window *w, const struct serve *s, uint64_t number, struct span text,
                     uint64_t from, uint64_t len)
{
    if (s->body) {
        put_span(w, span_sub(text, (size_t)from, (size_t)len));
        return;
    }
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint64_t skipped;
    size_t n = window_cut(w, len, &skipped);
    uint8_t *out = w->out + w->n;
    bytes_at(s->body_key, number, from + skipped, n, out);
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)letters[out[i] & 63];
    w->n += n;
}

static void put_chunks(struct window *w, const struct serve *s, const struct answer *a,
                       struct span text)
{
    uint64_t full = a->body / CHUNK, rest = a->body % CHUNK;
    uint64_t k = w->skip / CHUNK_FRAMED;
    if (k > full) k = full;
    w->skip -= k * CHUNK_FRAMED;
    for (; k < full && w->n < w->room; k++) {
        put_text(w, CHUNK_HEAD);
        put_body(w, s, a->number, text, k * CHUNK, CHUNK);
        put_text(w, "\r\n");
    }
    if (k < full) return;
    if (rest) {
        put_number(w, rest, 16);
        put_text(w, "\r\n");
        put_body(w, s, a->number, text, full * CHUNK, rest);
        put_text(w, "\r\n");
    }
    put_text(w, LAST_CHUNK);
}

static uint64_t chunked_size(uint64_t body)
{
    uint64_t rest = body % CHUNK, size = body / CHUNK * CHUNK_FRAMED + sizeof LAST_CHUNK - 1;
    if (rest) size += rest + 4; /* two line ends */
    for (uint64_t v = rest; v > 0; v >>= 4) size++;
    return size;
}

static uint64_t drawn(const struct gen *g, const struct draw *d, uint64_t dflt)
{
    if (!g) return dflt;
    return g->lo == g->hi ? g->lo : gen_u64(g, d);
}

static uint64_t body_size(const struct serve *s, const struct draw *d)
{
    if (!s->body) return drawn(s->size, d, 64);
    return s->body->lo == s->body->hi ? s->body->lo : gen_span(s->body, d).n;
}

void answer_draw(const struct serve *s, struct scratch *scratch, uint64_t number,
                 struct asked asked, struct answer *out)
{
    struct scratch_mark mark = scratch_mark(scratch);
    struct draw d = {.index = &number, .scratch = scratch};
    struct answer a = {
        .number = number,
        .delay_ns = drawn(s->delay, &d, 0),
        .fail = (enum fail)drawn(s->fail, &d, FAIL_NONE),
        .status = (unsigned)drawn(s->status, &d, 200),
        .keep = asked.keep,
        .chunked = s->chunked && !asked.old,
        .old = asked.old,
        .body = body_size(s, &d),
    };
    a.body_sent = !asked.head && a.status != 204 && a.status != 304;
    struct window w = {.out = scratch_take(scratch, s->head_max), .room = s->head_max};
    put_head(&w, s, &a, &d);
    a.head = w.n;
    a.size = a.head;
    if (a.body_sent) a.size += a.chunked ? chunked_size(a.body) : a.body;
    scratch_restore(scratch, mark);
    *out = a;
}

size_t answer_piece(const struct serve *s, struct scratch *scratch, const struct answer *a,
                    uint64_t offset, uint8_t *out, size_t room)
{
    struct scratch_mark mark = scratch_mark(scratch);
    struct draw d = {.index = &a->number, .scratch = scratch};
    struct window w = {.skip = offset, .out = out, .room = room};
    if (offset < a->head)
        put_head(&w, s, a, &d);
    else
        w.skip -= a->head;
    if (a->body_sent && w.n < room) {
        struct span text = s->body ? gen_span(s->body, &d) : (struct span){0};
        if (a->chunked)
            put_chunks(&w, s, a, text);
        else
            put_body(&w, s, a->number, text, 0, a->body);
    }
    scratch_restore(scratch, mark);
    return w.n;
}
