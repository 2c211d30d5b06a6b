#include "gen/encode.h"

struct encode {
    struct gen g;
    const struct gen *from;
};

uint64_t encode_same(uint64_t n)
{
    return n;
}

struct gen *encode_node(struct gen_env *env, const struct gen_class *class, const struct gen *from,
                        const char *path, uint64_t (*lo)(uint64_t n), uint64_t (*hi)(uint64_t n))
{
    struct encode *c = gen_node(env, class, sizeof *c, path);
    c->from = from;
    c->g.type = GEN_TEXT;
    c->g.constant = from->constant;
    c->g.lo = lo(from->lo);
    c->g.hi = hi(from->hi);
    return &c->g;
}

struct gen *encode_compile(struct gen_env *env, const struct gen_class *class, const struct expr *e,
                           const char *path, uint64_t (*lo)(uint64_t n), uint64_t (*hi)(uint64_t n))
{
    static const struct gen_want text = {.what = "text", .type = GEN_TEXT};
    struct args a;
    if (!args_bind(&a, env, class, e, path)) return NULL;
    const struct gen *from = args_gen(&a, "value", &text);
    return from ? encode_node(env, class, from, path, lo, hi) : NULL;
}

void encode_fill(const struct gen *g, const struct draw *d, size_t n, uint64_t (*hi)(uint64_t n),
                 size_t (*write)(struct span in, uint8_t *to), struct span *out)
{
    const struct gen *from = ((const struct encode *)g)->from;
    size_t room = 0, at = 0;
    gen_fill(from, d, n, &(struct column){.s = out});
    for (size_t i = 0; i < n; i++) room += hi(out[i].n);
    uint8_t *to = scratch_take(d->scratch, room);
    for (size_t i = 0; i < n; i++) {
        size_t len = write(out[i], to + at);
        out[i] = span_make(to + at, len);
        at += len;
    }
    scratch_trim(d->scratch, to, at);
}
