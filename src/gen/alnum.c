#include "gen/sized.h"

/* Eight characters from one draw, each the next digit of it to base 62; the last is biased by
 * less than one part in 10^5. */
static void make(uint64_t x, uint8_t *to)
{
    static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < 8; i++) {
        unsigned __int128 m = (unsigned __int128)x * 62;
        to[i] = (uint8_t)set[(size_t)(m >> 64)];
        x = (uint64_t)m;
    }
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return sized_compile(env, &gen_alnum, e, path);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    sized_fill(g, d, n, 8, make, out->s);
}

static const struct param params[] = {
    {"count", "number or generator", "16", "how many letters and digits"},
    {0},
};

const struct gen_class gen_alnum = {
    .doc = {.name = "alnum",
            .help = "random letters and digits",
            .example = "alnum(8..20)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
