#include "base/span.h"

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool span_is_nocase(struct span s, const char *text)
{
    size_t n = strlen(text);
    if (s.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (lower(s.p[i]) != lower((uint8_t)text[i])) return false;
    return true;
}

bool span_starts(struct span s, const char *text)
{
    size_t n = strlen(text);
    return s.n >= n && (n == 0 || memcmp(s.p, text, n) == 0);
}

struct span span_trim(struct span s)
{
    while (s.n > 0 && span_blank(s.p[0])) s = span_from(s, 1);
    while (s.n > 0 && span_blank(s.p[s.n - 1])) s.n--;
    return s;
}

size_t span_find(struct span s, uint8_t c)
{
    const uint8_t *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

size_t span_search(struct span s, struct span what)
{
    if (what.n == 0) return 0;
    const uint8_t *hit = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}
