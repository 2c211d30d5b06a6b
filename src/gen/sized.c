#include "gen/sized.h"

struct gen *sized_compile(struct gen_env *env, const struct gen_class *class, const struct expr *e,
                          const char *path)
{
    static const struct gen_want want = {
        .what = "a length 0..1048576", .type = GEN_U64, .hi = SIZED_MAX};
    struct args a;
    if (!args_bind(&a, env, class, e, path)) return NULL;
    const struct gen *count = args_gen(&a, "count", &want);
    if (!count) return NULL;
    struct sized *s = gen_node(env, class, sizeof *s, path);
    s->count = count;
    s->g.type = GEN_TEXT;
    s->g.lo = count->lo;
    s->g.hi = count->hi;
    return &s->g;
}

/* Room for all texts, each rounded up to whole steps; returns the longest. */
static size_t lay_out(const uint64_t *count, size_t n, size_t step, struct scratch *scratch,
                      uint8_t **to)
{
    size_t total = 0, longest = 0, up = step - 1; /* a power of two less one */
    for (size_t i = 0; i < n; i++) {
        total += (count[i] + up) & ~up;
        longest = count[i] > longest ? count[i] : longest;
    }
    uint8_t *p = scratch_take(scratch, total);
    for (size_t i = 0; i < n; i++) {
        to[i] = p;
        p += (count[i] + up) & ~up;
    }
    return longest;
}

void sized_fill(const struct gen *g, const struct draw *d, size_t n, size_t step,
                void (*make)(uint64_t x, uint8_t *to), struct span *out)
{
    uint64_t *count = scratch_array(d->scratch, uint64_t, n);
    uint64_t *x = scratch_array(d->scratch, uint64_t, n);
    uint8_t **to = scratch_array(d->scratch, uint8_t *, n);
    gen_fill(((const struct sized *)g)->count, d, n, &(struct column){.u = count});
    size_t longest = lay_out(count, n, step, d->scratch, to);
    for (size_t i = 0; i < n; i++) out[i] = span_make(to[i], count[i]);
    for (size_t at = 0; at < longest; at += step) {
        rng_column(rng_sub(g->key, at / step + 1), d->index, n, x);
        for (size_t i = 0; i < n; i++)
            if (at < count[i]) make(x[i], to[i] + at);
    }
}
