#include "gen/encode.h"

static uint64_t most(uint64_t n)
{
    return 3 * n;
}

/* RFC 3986, section 2.3: these never need an escape. */
static bool unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static size_t write(struct span in, uint8_t *to)
{
    static const char digit[] = "0123456789ABCDEF";
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        if (unreserved(c)) {
            to[n++] = c;
            continue;
        }
        to[n++] = '%';
        to[n++] = (uint8_t)digit[c >> 4];
        to[n++] = (uint8_t)digit[c & 15];
    }
    return n;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return encode_compile(env, &gen_url, e, path, encode_same, most);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    encode_fill(g, d, n, most, write, out->s);
}

static const struct param params[] = {
    {"value", "any value", NULL, "what is encoded"},
    {0},
};

const struct gen_class gen_url = {
    .doc = {.name = "url",
            .help = "a value percent-encoded, for paths and queries",
            .example = "url(\"a b&c\")",
            .params = params},
    .compile = compile,
    .fill = fill,
};
