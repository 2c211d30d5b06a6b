/* From what a value is to what a field takes: conversions and bounds. */
#include "gen/const.h"
#include "gen/node.h"
#include "gen/text.h"

#include "base/simd.h"

struct convert {
    struct gen g;
    const struct gen *from;
};

SIMD static void to_real(const uint64_t *from, size_t n, double *to)
{
    for (size_t i = 0; i < n; i++) to[i] = (double)from[i];
}

/* To the nearest whole number; what lies below 0 or above 2^63 becomes that. */
SIMD static void to_whole(const double *from, size_t n, uint64_t *to)
{
    for (size_t i = 0; i < n; i++) {
        double v = from[i] < 0 ? 0 : from[i] < 0x1p63 ? from[i] : 0x1p63;
        to[i] = (uint64_t)(v + 0.5);
    }
}

static void fill_real(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    struct scratch_mark m = scratch_mark(d->scratch);
    struct column c = {.u = scratch_array(d->scratch, uint64_t, n)};
    gen_fill(((const struct convert *)g)->from, d, n, &c);
    to_real(c.u, n, out->r);
    scratch_restore(d->scratch, m);
}

static void fill_whole(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    struct scratch_mark m = scratch_mark(d->scratch);
    struct column c = {.r = scratch_array(d->scratch, double, n)};
    gen_fill(((const struct convert *)g)->from, d, n, &c);
    to_whole(c.r, n, out->u);
    scratch_restore(d->scratch, m);
}

static const struct gen_class real_class = {.doc = {.name = "real"}, .fill = fill_real};
static const struct gen_class whole_class = {.doc = {.name = "whole"}, .fill = fill_whole};

const struct gen *gen_convert(struct gen_env *env, const struct gen *g, enum gen_type type)
{
    if (g->type == type) return g;
    if (type == GEN_TEXT) return text_of(env, g);
    bool real = type == GEN_REAL && g->type == GEN_U64 && g->format == FORMAT_NUMBER;
    bool whole = type == GEN_U64 && g->type == GEN_REAL && g->rounds;
    if (!real && !whole) return NULL;
    struct convert *c = gen_node(env, real ? &real_class : &whole_class, sizeof *c, "");
    c->from = g;
    c->g.type = type;
    c->g.constant = g->constant;
    c->g.rounds = real;
    c->g.lo = g->lo;
    c->g.hi = g->hi;
    return gen_fold(env, &c->g);
}

static bool in_bounds(struct gen_env *env, const struct expr *e, const struct gen *g,
                      const struct gen_want *want)
{
    if (g->lo >= want->lo && g->hi <= want->hi) return true;
    uint64_t bad = g->hi > want->hi ? g->hi : g->lo;
    if (g->constant)
        return err_add(env->errs, e->at, "'" SRC "' is out of bounds, expected %s", SRC_OF(e),
                       want->what);
    return err_add(env->errs, e->at, "'" SRC "' can be %llu, expected %s", SRC_OF(e),
                   (unsigned long long)bad, want->what);
}

const struct gen *gen_want(struct gen_env *env, const struct expr *e, const char *path,
                           const struct gen_want *want)
{
    const struct gen_name *names = env->names;
    env->names = want->names;
    const struct gen *g = gen_compile(env, e, path);
    env->names = names;
    if (!g) return NULL;
    bool zero = g->constant && g->type == GEN_U64 && g->format == FORMAT_NUMBER && g->hi == 0;
    if (zero && want->format == FORMAT_TIME) g = const_u64(env, 0, FORMAT_TIME);
    const struct gen *c = gen_convert(env, g, want->type);
    if (!c || (want->type == GEN_U64 && c->format != want->format)) {
        err_add(env->errs, e->at, "'" SRC "' is %s, expected %s", SRC_OF(e), gen_kind(g),
                want->what);
        return NULL;
    }
    if (want->type == GEN_U64 && !in_bounds(env, e, c, want)) return NULL;
    return c;
}

const struct gen *gen_entry(struct gen_env *env, const struct entry *entry, const char *path,
                            const struct gen_want *want)
{
    if (entry->from_file && want->type == GEN_TEXT) return const_text(env, entry->value);
    const struct expr *e = expr_parse(env->arena, entry->value, entry->at, env->errs);
    return e ? gen_want(env, e, path, want) : NULL;
}

const struct gen *gen_template(struct gen_env *env, const struct entry *entry, const char *path)
{
    if (entry->from_file) return const_text(env, entry->value);
    const struct expr *e = expr_parse_text(env->arena, entry->value, entry->at, env->errs);
    return e ? gen_compile(env, e, path) : NULL;
}
