#include "gen/encode.h"
#include "gen/sized.h"

static uint64_t size(uint64_t n)
{
    return (n + 2) / 3 * 4;
}

/* RFC 4648, section 4. */
static size_t write(struct span in, uint8_t *to)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;
    for (size_t i = 0; i < in.n; i += 3) {
        size_t left = in.n - i;
        uint32_t v = (uint32_t)in.p[i] << 16;
        if (left > 1) v |= (uint32_t)in.p[i + 1] << 8;
        if (left > 2) v |= in.p[i + 2];
        to[n++] = (uint8_t)set[v >> 18];
        to[n++] = (uint8_t)set[v >> 12 & 63];
        to[n++] = left > 1 ? (uint8_t)set[v >> 6 & 63] : '=';
        to[n++] = left > 2 ? (uint8_t)set[v & 63] : '=';
    }
    return n;
}

/* A number means that many random bytes; anything else is encoded as its text. */
static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    static const struct gen_want text = {.what = "text", .type = GEN_TEXT},
                                 count = {.what = "a number of bytes 0..1048576",
                                          .type = GEN_U64,
                                          .hi = SIZED_MAX};
    struct args a;
    if (!args_bind(&a, env, &gen_base64, e, path)) return NULL;
    const struct gen *from = args_gen(&a, "value", NULL);
    if (!from) return NULL;
    bool number = from->type == GEN_U64 && from->format == FORMAT_NUMBER;
    from = args_gen(&a, "value", number ? &count : &text);
    if (!from) return NULL;
    if (number) from = bytes_node(env, from, path);
    return encode_node(env, &gen_base64, from, path, size, size);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    encode_fill(g, d, n, size, write, out->s);
}

static const struct param params[] = {
    {"value", "text or number", NULL,
     "what is encoded; a number stands for that many random bytes"},
    {0},
};

const struct gen_class gen_base64 = {
    .doc = {.name = "base64",
            .help = "a text, or as many random bytes as a number says, in base64",
            .example = "base64(24)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
