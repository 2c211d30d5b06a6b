#include "gen/const.h"

#include "gen/node.h"

static struct constant *node(struct gen_env *env, enum gen_type type)
{
    struct constant *c = gen_node(env, &gen_const, sizeof *c, "");
    c->g.type = type;
    c->g.constant = true;
    return c;
}

const struct gen *const_u64(struct gen_env *env, uint64_t v, enum gen_format format)
{
    struct constant *c = node(env, GEN_U64);
    c->g.format = format;
    c->u = c->g.lo = c->g.hi = v;
    return &c->g;
}

const struct gen *const_text(struct gen_env *env, struct span s)
{
    struct constant *c = node(env, GEN_TEXT);
    c->s = s;
    c->g.lo = c->g.hi = s.n;
    return &c->g;
}

/* Whole numbers, durations and sizes stay whole; ratios, factors and all else become real. */
static struct gen *from_quantity(struct gen_env *env, const struct expr *e)
{
    const struct quantity *q = &e->q;
    uint64_t v;
    if (q->dim == DIM_RATE || q->dim == DIM_BITRATE) {
        err_add(env->errs, e->at, "'" SRC "' is a rate, expected a number, a duration or a size",
                SRC_OF(e));
        return NULL;
    }
    bool whole = quantity_u64(q, false, &v) && q->dim != DIM_RATIO && q->dim != DIM_FACTOR;
    if (!whole && (q->dim == DIM_TIME || q->dim == DIM_SIZE)) {
        err_add(env->errs, e->at, "'" SRC "' is not a whole number of %s", SRC_OF(e),
                q->dim == DIM_TIME ? "nanoseconds" : "bytes");
        return NULL;
    }
    struct constant *c = node(env, whole ? GEN_U64 : GEN_REAL);
    c->dim = q->dim;
    if (q->dim == DIM_TIME) c->g.format = FORMAT_TIME;
    if (whole)
        c->u = c->g.lo = c->g.hi = v;
    else
        c->r = quantity_double(q);
    return &c->g;
}

static struct gen *from_addr(struct gen_env *env, struct addr a)
{
    struct constant *c = node(env, a.family == FAMILY_IP6 ? GEN_IP6 : GEN_U64);
    if (a.family == FAMILY_IP6) {
        c->a = a.v;
        return &c->g;
    }
    c->g.format = a.family == FAMILY_IP4 ? FORMAT_IP4 : FORMAT_MAC;
    c->u = c->g.lo = c->g.hi = (uint64_t)a.v;
    return &c->g;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    (void)path; /* nothing is drawn */
    if (e->kind == EXPR_NUMBER) return from_quantity(env, e);
    if (e->kind == EXPR_ADDR) return from_addr(env, e->addr);
    struct constant *c = node(env, GEN_TEXT);
    c->s = e->text;
    c->g.lo = c->g.hi = e->text.n;
    return &c->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct constant *c = (const struct constant *)g;
    (void)d;
    switch (g->type) {
    case GEN_U64:
        for (size_t i = 0; i < n; i++) out->u[i] = c->u;
        break;
    case GEN_REAL:
        for (size_t i = 0; i < n; i++) out->r[i] = c->r;
        break;
    case GEN_IP6:
        for (size_t i = 0; i < n; i++) out->a[i] = c->a;
        break;
    case GEN_TEXT:
        for (size_t i = 0; i < n; i++) out->s[i] = c->s;
        break;
    }
}

const struct constant *const_of(struct gen_env *env, const struct expr *e, const char *path,
                                const char *what)
{
    const struct gen *g = gen_compile(env, e, path);
    if (!g) return NULL;
    if (g->class == &gen_const) return (const struct constant *)g;
    err_add(env->errs, e->at, "'" SRC "' varies, expected a fixed value for %s", SRC_OF(e), what);
    return NULL;
}

bool const_is_number(const struct constant *c)
{
    return c->g.type == GEN_REAL ||
           (c->g.type == GEN_U64 && (c->g.format == FORMAT_NUMBER || c->g.format == FORMAT_TIME));
}

double const_double(const struct constant *c)
{
    return c->g.type == GEN_REAL ? c->r : (double)c->u;
}

const struct gen_class gen_const = {
    .doc = {.name = "const",
            .help = "one value: a number, duration, size, address or \"text\"",
            .example = "64KiB"},
    .compile = compile,
    .fill = fill,
};
