#include "gen/digits.h"
#include "gen/sized.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return sized_compile(env, &gen_hex, e, path);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    sized_fill(g, d, n, 16, put_hex16, out->s);
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
