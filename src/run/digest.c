#include "run/digest.h"

#include <stdio.h>
#include <string.h>

#define FIRST_ROOM 1024
#define SHOWN 32 /* bytes of a text that are shown to people */

/* FNV-1a with 64 bits: independent of where pieces end. */
#define SUM_START 0xcbf29ce484222325ull
static uint64_t sum(uint64_t h, struct span s)
{
    for (size_t i = 0; i < s.n; i++) h = (h ^ s.p[i]) * 0x100000001b3ull;
    return h;
}

void digest_begin(struct digest *d)
{
    *d = (struct digest){.body = SUM_START, .bytes = SUM_START};
}

void digest_bytes(struct digest *d, const struct digest_work *w, struct span piece)
{
    d->total += piece.n;
    if (w->rules->bytes) d->bytes = sum(d->bytes, piece);
}

static void keep(struct digest *d, struct span piece)
{
    struct span head = span_sub(piece, 0, DIGEST_KEPT - d->kept_n);
    if (head.n) memcpy(d->kept + d->kept_n, head.p, head.n);
    d->kept_n += head.n;
}

/* What counts of the body, after masks. */
static void count(struct digest *d, const struct digest_work *w, struct span piece)
{
    d->length += piece.n;
    if (w->rules->body) d->body = sum(d->body, piece);
    keep(d, piece);
}

/* Keeps the body for the masks, as far as they reach. */
static struct span collect(struct digest *d, const struct digest_work *w, struct span piece)
{
    struct span part = span_sub(piece, 0, DIGEST_MASKED - d->text_n);
    if (d->text_n + part.n > d->text_room) {
        size_t room = d->text_room ? d->text_room : FIRST_ROOM;
        while (room < d->text_n + part.n) room *= 2;
        uint8_t *more = pool_take(w->pool, room);
        if (d->text_n) memcpy(more, d->text, d->text_n);
        pool_give(w->pool, d->text, d->text_room);
        d->text = more;
        d->text_room = room;
    }
    if (part.n) memcpy(d->text + d->text_n, part.p, part.n);
    d->text_n += part.n;
    return span_from(piece, part.n);
}

static void apply_masks(struct digest *d, const struct digest_work *w)
{
    if (!d->text) return;
    size_t left = masks_apply(w->rules->masks, w->masks, d->text, d->text_n);
    count(d, w, span_make(d->text, left));
    pool_give(w->pool, d->text, d->text_room);
    d->text = NULL;
    d->text_room = 0; /* text_n stays: the masks have had what they reach */
}

void digest_body(struct digest *d, const struct digest_work *w, struct span piece)
{
    if (w->rules->masks && d->text_n < DIGEST_MASKED) piece = collect(d, w, piece);
    if (d->text_n == DIGEST_MASKED) apply_masks(d, w);
    if (piece.n) count(d, w, piece);
}

void digest_end(struct digest *d, const struct digest_work *w)
{
    apply_masks(d, w);
}

void digest_drop(struct digest *d, const struct digest_work *w)
{
    pool_give(w->pool, d->text, d->text_room);
    d->text = NULL;
    d->text_room = 0;
}

enum differ digest_compare(const struct digest *a, const struct digest *b,
                           const struct live_rules *rules)
{
    if (rules->status && a->status != b->status) return DIFFER_STATUS;
    if (rules->length && a->length != b->length) return DIFFER_LENGTH;
    if (rules->body && (a->length != b->length || a->body != b->body)) return DIFFER_BODY;
    if (rules->bytes && (a->total != b->total || a->bytes != b->bytes)) return DIFFER_BYTES;
    return DIFFER_COUNT;
}

static size_t first_difference(const struct digest *a, const struct digest *b)
{
    size_t i = 0;
    while (i < a->kept_n && i < b->kept_n && a->kept[i] == b->kept[i]) i++;
    return i;
}

/* Some text from a few bytes before `at` on, printable. */
static void excerpt(const struct digest *d, size_t at, char *buf)
{
    size_t from = at > 8 ? at - 8 : 0;
    struct span s = span_sub(span_make(d->kept, d->kept_n), from, SHOWN);
    int n = snprintf(buf, DIGEST_TEXT, "%s'", from ? "..." : "");
    for (size_t i = 0; i < s.n; i++)
        buf[n++] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? (char)s.p[i] : '?';
    snprintf(buf + n, DIGEST_TEXT - (size_t)n, "'%s", from + s.n < d->length ? "..." : "");
}

void digest_tell(const struct digest *d, const struct digest *other, enum differ differs,
                 char buf[static DIGEST_TEXT])
{
    size_t at = first_difference(d, other);
    bool seen = at < d->kept_n || at < other->kept_n;
    if (differs == DIFFER_STATUS)
        snprintf(buf, DIGEST_TEXT, "%u", d->status);
    else if (differs == DIFFER_LENGTH)
        snprintf(buf, DIGEST_TEXT, "%llu bytes", (unsigned long long)d->length);
    else if (differs == DIFFER_BYTES && !seen)
        snprintf(buf, DIGEST_TEXT, "%llu bytes with others around the body",
                 (unsigned long long)d->total);
    else if (!seen)
        snprintf(buf, DIGEST_TEXT, "other bytes behind the first %d", DIGEST_KEPT);
    else
        excerpt(d, at, buf);
}
