#include "gen/encode.h"

static uint64_t most(uint64_t n)
{
    return 6 * n;
}

/* How many bytes at s[i] are one character of UTF-8 (RFC 3629, section 4); 0: none. */
static size_t utf8_length(struct span s, size_t i)
{
    struct span rest = span_from(s, i);
    uint8_t c = rest.p[0], lo = 0x80, hi = 0xbf;
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (n > rest.n) return 0;
    if (c == 0xe0) lo = 0xa0; /* overlong */
    if (c == 0xed) hi = 0x9f; /* surrogates */
    if (c == 0xf0) lo = 0x90;
    if (c == 0xf4) hi = 0x8f; /* beyond U+10FFFF */
    for (size_t k = 1; k < n; k++, lo = 0x80, hi = 0xbf)
        if (rest.p[k] < lo || rest.p[k] > hi) return 0;
    return n;
}

static size_t escape(uint8_t c, uint8_t *to)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt",
                      digit[] = "0123456789abcdef";
    const char *at = c ? strchr(plain, c) : NULL;
    to[0] = '\\';
    if (at) {
        to[1] = (uint8_t)letter[at - plain];
        return 2;
    }
    memcpy(to + 1, "u00", 3);
    to[4] = (uint8_t)digit[c >> 4];
    to[5] = (uint8_t)digit[c & 15];
    return 6;
}

/* RFC 8259, section 7. Bytes that are no UTF-8 become U+FFFD, so the result is always valid. */
static size_t write(struct span in, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n;) {
        uint8_t c = in.p[i];
        size_t len = utf8_length(in, i);
        if (len == 0) {
            memcpy(to + n, "\\ufffd", 6);
            n += 6;
        } else if (c < 0x20 || c == '"' || c == '\\') {
            n += escape(c, to + n);
        } else {
            memcpy(to + n, in.p + i, len);
            n += len;
        }
        i += len ? len : 1;
    }
    return n;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return encode_compile(env, &gen_json, e, path, encode_same, most);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    encode_fill(g, d, n, most, write, out->s);
}

static const struct param params[] = {
    {"value", "any value", NULL, "what is escaped"},
    {0},
};

const struct gen_class gen_json = {
    .doc = {.name = "json",
            .help = "a value escaped for use between the quotes of a JSON string",
            .example = "json(\"say \\\"hi\\\"\")",
            .params = params},
    .compile = compile,
    .fill = fill,
};
