#include "proto/search.h"

/* How much of the text is matched after one more byte; `k` bytes are, and less than all. */
static uint32_t advance(const struct search *s, uint32_t k, uint8_t c)
{
    while (k > 0 && s->text.p[k] != c) k = s->border[k - 1];
    return s->text.p[k] == c ? k + 1 : 0;
}

void search_compile(struct arena *a, struct search *s, struct span text)
{
    s->text = arena_span(a, text);
    s->border = arena_array(a, uint32_t, text.n);
    for (size_t i = 1; i < text.n; i++) s->border[i] = advance(s, s->border[i - 1], s->text.p[i]);
}

/* Byte by byte. */
static bool walk(const struct search *s, uint32_t *matched, struct span piece, size_t *end)
{
    for (size_t i = 0; i < piece.n; i++) {
        *matched = advance(s, *matched, piece.p[i]);
        if (*matched == s->text.n) {
            *end = i + 1;
            return true;
        }
    }
    return false;
}

bool search_step(const struct search *s, uint32_t *matched, struct span piece, size_t *end)
{
    size_t border = s->text.n - 1; /* most bytes of a match that lie in an earlier piece */
    if (piece.n <= border) return walk(s, matched, piece, end);
    /* A match that began earlier ends within the border; all others lie wholly inside, where
     * the library's search is faster. */
    if (*matched > 0 && walk(s, matched, span_sub(piece, 0, border), end)) return true;
    size_t at = span_search(piece, s->text);
    if (at < piece.n) {
        *end = at + s->text.n;
        return true;
    }
    *matched = 0;
    return walk(s, matched, span_from(piece, piece.n - border), end);
}
