/* The V2 encoding of HdrHistogram, as its Java and C implementations read and write it: all
 * integers in network order. Outside: cookie, length, zlib stream. Inside: cookie, length of
 * the counters, normalizing index offset, digits, lowest and highest value, conversion ratio,
 * and the counters as ZigZag LEB128 words of at most nine bytes, where a negative word -n
 * stands for n empty bins. */
#include "stats/hist.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "base/span.h"

#define COOKIE 0x1c849313u            /* V2, word size 1 */
#define COOKIE_COMPRESSED 0x1c849314u /* the same, compressed */
#define HEAD 40
#define WORD_MAX 9
#define ONE_BITS 0x3ff0000000000000ull /* 1.0: the conversion ratio */

static size_t put_word(uint8_t *p, uint64_t v)
{
    size_t n = 0;
    for (; v > 0x7f && n < WORD_MAX - 1; v >>= 7) p[n++] = (uint8_t)(v | 0x80);
    p[n++] = (uint8_t)v; /* the ninth byte carries eight bits */
    return n;
}

static bool get_word(struct reader *r, uint64_t *v)
{
    *v = 0;
    for (unsigned i = 0; i < WORD_MAX; i++) {
        uint64_t b = read_u8(r);
        if (i == WORD_MAX - 1) {
            *v |= b << 56;
            break;
        }
        *v |= (b & 0x7f) << 7 * i;
        if (!(b & 0x80)) break;
    }
    return !r->bad;
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}
static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* Header and counters, malloc'd; *n is the length. */
static uint8_t *plain(const struct hist *h, size_t *n)
{
    size_t bins = h->count ? hist_bin_at(h->bits, h->max) + 1 : 0;
    uint8_t *p = malloc(HEAD + bins * WORD_MAX + 1);
    if (!p) abort();
    size_t at = HEAD;
    for (size_t i = 0; i < bins;) {
        size_t zeros = 0;
        while (i + zeros < bins && h->bin[i + zeros] == 0) zeros++;
        int64_t word = zeros > 1 ? -(int64_t)zeros : (int64_t)h->bin[i];
        at += put_word(p + at, zigzag(word));
        i += zeros ? zeros : 1;
    }
    put_u32(p, COOKIE);
    put_u32(p + 4, (uint32_t)(at - HEAD));
    put_u32(p + 8, 0);
    put_u32(p + 12, h->bits == HIST_FINE ? 3 : 2);
    put_u64(p + 16, 1);
    put_u64(p + 24, HIST_MAX);
    put_u64(p + 32, ONE_BITS);
    *n = at;
    return p;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *base64(const uint8_t *p, size_t n)
{
    char *out = malloc((n + 2) / 3 * 4 + 1);
    if (!out) abort();
    size_t o = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned v = (unsigned)p[i] << 16;
        if (left > 1) v |= (unsigned)p[i + 1] << 8;
        if (left > 2) v |= p[i + 2];
        out[o++] = base64_digits[v >> 18];
        out[o++] = base64_digits[v >> 12 & 63];
        out[o++] = left > 1 ? base64_digits[v >> 6 & 63] : '=';
        out[o++] = left > 2 ? base64_digits[v & 63] : '=';
    }
    out[o] = 0;
    return out;
}

/* The bytes of a base64 text, malloc'd; NULL when it is not well formed. */
static uint8_t *unbase64(const char *text, size_t *n)
{
    size_t len = strlen(text);
    if (len == 0 || len % 4) return NULL;
    size_t pad = text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
    uint8_t *out = malloc(len / 4 * 3);
    if (!out) abort();
    size_t o = 0;
    unsigned v = 0;
    for (size_t i = 0; i < len; i++) {
        const char *d = i >= len - pad ? base64_digits : strchr(base64_digits, text[i]);
        if (!d) {
            free(out);
            return NULL;
        }
        v = v << 6 | (unsigned)(d - base64_digits);
        if (i % 4 < 3) continue;
        out[o++] = (uint8_t)(v >> 16);
        out[o++] = (uint8_t)(v >> 8);
        out[o++] = (uint8_t)v;
        v = 0;
    }
    *n = o - pad;
    return out;
}

char *hist_encode(const struct hist *h)
{
    size_t n;
    uint8_t *p = plain(h, &n);
    uLongf packed = compressBound(n);
    uint8_t *z = malloc(8 + packed);
    if (!z || compress2(z + 8, &packed, p, n, Z_DEFAULT_COMPRESSION) != Z_OK) abort();
    put_u32(z, COOKIE_COMPRESSED);
    put_u32(z + 4, (uint32_t)packed);
    char *text = base64(z, 8 + packed);
    free(p);
    free(z);
    return text;
}

static bool get_counters(struct hist *h, struct reader *r)
{
    size_t bins = HIST_BINS_OF(h->bits), at = 0;
    while (reader_left(r)) {
        uint64_t raw;
        if (!get_word(r, &raw)) return false;
        int64_t word = unzigzag(raw);
        if (word < 0) {
            if (word < -(int64_t)bins || (size_t)-word > bins - at) return false;
            at += (size_t)-word;
            continue;
        }
        uint64_t n = (uint64_t)word;
        if (at >= bins || n > INT64_MAX - h->count) return false;
        if (n) {
            /* The bins do not tell where in them the values were: the middle stands for all. */
            uint64_t low = hist_bin_low(h->bits, at), high = hist_bin_high(h->bits, at);
            h->bin[at] = n;
            h->count += n;
            h->sum += (unsigned __int128)(low + (high - low) / 2) * n;
            if (h->min == UINT64_MAX) h->min = low;
            h->max = high;
        }
        at++;
    }
    return true;
}

static bool get_plain(struct hist *h, struct span s)
{
    struct reader r = reader_of(s);
    uint32_t cookie = read_u32(&r), length = read_u32(&r), offset = read_u32(&r);
    uint32_t digits = read_u32(&r);
    uint64_t lowest = read_u64(&r);
    read_u64(&r); /* the highest value: writers that grow their histograms leave it behind */
    uint64_t ratio = read_u64(&r);
    if (r.bad || cookie != COOKIE || length != reader_left(&r) || offset != 0) return false;
    if (lowest != 1 || ratio != ONE_BITS) return false;
    if (digits != 3 && digits != 2) return false;
    hist_close(h);
    if (digits == 3)
        hist_open(h);
    else
        hist_open_coarse(h);
    return get_counters(h, &r);
}

bool hist_decode(struct hist *h, const char *text)
{
    hist_clear(h);
    size_t n;
    uint8_t *z = unbase64(text, &n);
    if (!z) return false;
    struct reader r = reader_of(span_make(z, n));
    uint32_t cookie = read_u32(&r), length = read_u32(&r);
    bool ok = !r.bad && cookie == COOKIE_COMPRESSED && length == reader_left(&r);
    uLongf room = HEAD + HIST_BINS * WORD_MAX;
    uint8_t *p = ok ? malloc(room) : NULL;
    struct span packed = read_bytes(&r, reader_left(&r));
    ok = p && uncompress(p, &room, packed.p, packed.n) == Z_OK && get_plain(h, span_make(p, room));
    if (!ok) hist_clear(h);
    free(p);
    free(z);
    return ok;
}
