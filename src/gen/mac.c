#include "gen/args.h"
#include "base/simd.h"

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_mac, e, path)) return NULL;
    struct gen *g = gen_node(env, &gen_mac, sizeof *g, path);
    g->format = FORMAT_MAC;
    g->lo = 0x020000000000;
    g->hi = 0xfeffffffffff;
    return g;
}

/* The two lowest bits of the first byte: locally administered, not a group. */
SIMD static void make(const uint64_t *x, size_t n, uint64_t *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++)
        out[i] = (x[i] >> 16 & ~(uint64_t)0x010000000000) | 0x020000000000;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    rng_column(g->key, d->index, n, out->u);
    make(out->u, n, out->u);
}

const struct gen_class gen_mac = {
    .doc = {.name = "mac",
            .help = "a random MAC address: unicast, locally administered",
            .example = "mac"},
    .compile = compile,
    .fill = fill,
};
