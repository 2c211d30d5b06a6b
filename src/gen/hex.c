#include "gen/sized.h"

/* Eight bytes as sixteen digits, most significant first. */
static void make(uint64_t x, uint8_t *to)
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) to[i] = (uint8_t)digit[x >> (60 - 4 * i) & 15];
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return sized_compile(env, &gen_hex, e, path);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    sized_fill(g, d, n, 16, make, out->s);
}

static const struct param params[] = {
    {"count", "number or generator", "16", "how many digits"},
    {0},
};

const struct gen_class gen_hex = {
    .doc = {.name = "hex",
            .help = "random hexadecimal digits",
            .example = "hex(16)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
