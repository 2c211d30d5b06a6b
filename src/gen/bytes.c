/* bytes: the endless random text of a unit, at any place of it. Eight bytes are one draw, least
 * significant byte first, whose counter is their place divided by 8; the unit's number makes the
 * key. */
#include <endian.h>

#include "gen/sized.h"

#define AT_ONCE 64 /* draws */

static void words_at(uint64_t key, uint64_t first, size_t n, uint64_t *out)
{
    for (size_t i = 0; i < n; i++) out[i] = first + i;
    rng_column(key, out, n, out);
    for (size_t i = 0; i < n; i++) out[i] = htole64(out[i]);
}

void bytes_at(uint64_t key, uint64_t index, uint64_t offset, size_t n, uint8_t *out)
{
    uint64_t unit = rng_sub(key, index), words[AT_ONCE];
    while (n) {
        size_t skip = offset % 8, count = (skip + n + 7) / 8;
        if (count > AT_ONCE) count = AT_ONCE;
        size_t part = count * 8 - skip < n ? count * 8 - skip : n;
        words_at(unit, offset / 8, count, words);
        memcpy(out, (const uint8_t *)words + skip, part);
        out += part;
        offset += part;
        n -= part;
    }
}

struct gen *bytes_node(struct gen_env *env, const struct gen *count, const char *path)
{
    struct sized *s = gen_node(env, &gen_bytes, sizeof *s, path);
    s->count = count;
    s->g.type = GEN_TEXT;
    s->g.lo = count->lo;
    s->g.hi = count->hi;
    return &s->g;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    return sized_compile(env, &gen_bytes, e, path);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    uint64_t *count = scratch_array(d->scratch, uint64_t, n), total = 0;
    gen_fill(((const struct sized *)g)->count, d, n, &(struct column){.u = count});
    for (size_t i = 0; i < n; i++) total += count[i];
    uint8_t *to = scratch_take(d->scratch, total);
    for (size_t i = 0; i < n; i++) {
        bytes_at(g->key, d->index[i], 0, count[i], to);
        out->s[i] = span_make(to, count[i]);
        to += count[i];
    }
}

static const struct param params[] = {
    {"count", "number or generator", NULL, "how many bytes"},
    {0},
};

const struct gen_class gen_bytes = {
    .doc = {.name = "bytes",
            .help = "random bytes of any value",
            .example = "bytes(64..512)",
            .params = params},
    .compile = compile,
    .fill = fill,
};
