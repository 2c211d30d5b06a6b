#include "gen/args.h"
#include "gen/digits.h"

#define LENGTH 36

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    if (!args_bind(&a, env, &gen_uuid, e, path)) return NULL;
    struct gen *g = gen_node(env, &gen_uuid, sizeof *g, path);
    g->type = GEN_TEXT;
    g->lo = g->hi = LENGTH;
    return g;
}

/* RFC 9562, section 5.4: 122 random bits, version 4, variant 10. */
static inline void write(uint64_t high, uint64_t low, uint8_t *to)
{
    uint8_t digit[32];
    put_hex16((high & ~(uint64_t)0xf000) | 0x4000, digit);
    put_hex16(low >> 2 | (uint64_t)1 << 63, digit + 16);
    memcpy(to, digit, 8);
    memcpy(to + 9, digit + 8, 4);
    memcpy(to + 14, digit + 12, 4);
    memcpy(to + 19, digit + 16, 4);
    memcpy(to + 24, digit + 20, 12);
    to[8] = to[13] = to[18] = to[23] = '-';
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    uint8_t *to = scratch_take(d->scratch, n * LENGTH);
    uint64_t *high = scratch_array(d->scratch, uint64_t, n);
    uint64_t *low = scratch_array(d->scratch, uint64_t, n);
    rng_column(g->key, d->index, n, high);
    rng_column(rng_sub(g->key, 1), d->index, n, low);
    for (size_t i = 0; i < n; i++, to += LENGTH) {
        write(high[i], low[i], to);
        out->s[i] = span_make(to, LENGTH);
    }
}

const struct gen_class gen_uuid = {
    .doc = {.name = "uuid", .help = "a random UUID, version 4", .example = "uuid()"},
    .compile = compile,
    .fill = fill,
};
