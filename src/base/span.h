/* span: a view of bytes that somebody else owns.
 *
 * Every length of input is checked here; no other code does pointer arithmetic on input.
 * Used by every parser. A reader that runs past the end turns `bad` and from then on yields
 * zeros, so a parser may read a whole header and check once. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *p;
    size_t n;
};

/* A string literal or C string as a span, without its final zero. */
static inline struct span span_of(const char *s)
{
    return (struct span){(const uint8_t *)s, strlen(s)};
}
static inline struct span span_make(const void *p, size_t n)
{
    return (struct span){p, n};
}

/* The part [from, from+n) of s, cut where s ends. */
static inline struct span span_sub(struct span s, size_t from, size_t n)
{
    if (from > s.n) from = s.n;
    if (n > s.n - from) n = s.n - from;
    /* NULL + 0 is undefined too, and an empty span may be NULL. */
    return (struct span){from ? s.p + from : s.p, n};
}
static inline struct span span_from(struct span s, size_t from)
{
    return span_sub(s, from, s.n);
}
static inline bool span_is(struct span s, const char *text)
{
    size_t n = strlen(text);
    return s.n == n && (n == 0 || memcmp(s.p, text, n) == 0);
}
static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
/* ASCII case-insensitive comparison, as header names need. */
bool span_is_nocase(struct span s, const char *text);
bool span_starts(struct span s, const char *text);
/* A blank, tab or line end. */
static inline bool span_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/* Without leading and trailing ones of these. */
struct span span_trim(struct span s);
/* The offset of the first byte c, or s.n. */
size_t span_find(struct span s, uint8_t c);
/* The offset of the first occurrence of `what`, or s.n. An empty `what` is found at 0. */
size_t span_search(struct span s, struct span what);

/* A cursor over a span. Integers are read in network order unless the name ends in _le. */
struct reader {
    struct span s;
    size_t at;
    bool bad;
};
static inline struct reader reader_of(struct span s)
{
    return (struct reader){s, 0, false};
}
static inline size_t reader_left(const struct reader *r)
{
    return r->s.n - r->at;
}
/* Inline: every frame's headers are read with these. */
static inline struct span read_bytes(struct reader *r, size_t n)
{
    if (r->bad || n > reader_left(r)) {
        r->bad = true;
        return (struct span){NULL, 0};
    }
    struct span s = span_sub(r->s, r->at, n);
    r->at += n;
    return s;
}
#define READ(name, type, swap)                                                                     \
    static inline type name(struct reader *r)                                                      \
    {                                                                                              \
        type v = 0;                                                                                \
        struct span s = read_bytes(r, sizeof v);                                                   \
        if (s.n) memcpy(&v, s.p, sizeof v);                                                        \
        return swap;                                                                               \
    }
READ(read_u8, uint8_t, v)
READ(read_u16, uint16_t, __builtin_bswap16(v))
READ(read_u32, uint32_t, __builtin_bswap32(v))
READ(read_u64, uint64_t, __builtin_bswap64(v))
READ(read_u16_le, uint16_t, v)
READ(read_u32_le, uint32_t, v)
READ(read_u64_le, uint64_t, v)
#undef READ

/* Unaligned stores in network order; the caller vouches for the room. */
static inline void put_u16(uint8_t *p, uint16_t v)
{
    v = __builtin_bswap16(v);
    memcpy(p, &v, 2);
}
static inline void put_u32(uint8_t *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, 4);
}
static inline void put_u64(uint8_t *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, 8);
}
static inline uint16_t get_u16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return __builtin_bswap16(v);
}
static inline uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}
static inline uint64_t get_u64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

#endif
