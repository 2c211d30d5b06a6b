#include "gen/text.h"

#include "gen/const.h"
#include "gen/node.h"
#include "gen/put.h"

/* Pieces in order: constant bytes, or a generator whose values are written. */
struct piece {
    const struct gen *g; /* NULL: constant */
    struct span s;
};
struct text {
    struct gen g;
    struct piece *v;
    size_t n, cap;
    uint64_t fixed; /* most bytes of one unit, besides the values that are text themselves */
};

static struct span span_join(struct gen_env *env, struct span a, struct span b)
{
    if (a.n == 0) return b;
    uint8_t *p = arena_alloc(env->arena, a.n + b.n);
    memcpy(p, a.p, a.n);
    if (b.n) memcpy(p + a.n, b.p, b.n);
    return span_make(p, a.n + b.n);
}

/* A constant's text; for those that are text, their own. */
static struct span constant_text(struct gen_env *env, const struct gen *g)
{
    const struct constant *c = (const struct constant *)g;
    if (g->type == GEN_TEXT) return c->s;
    uint64_t u = c->u;
    double r = c->r;
    u128 a = c->a;
    struct column col = {.u = &u};
    if (g->type == GEN_REAL) col.r = &r;
    if (g->type == GEN_IP6) col.a = &a;
    uint8_t buf[PUT_MAX];
    return arena_span(env->arena, span_make(buf, put_value(g, &col, 0, buf)));
}

static void add_constant(struct gen_env *env, struct text *t, struct span s)
{
    if (s.n == 0) return;
    if (t->n && !t->v[t->n - 1].g) {
        struct piece *p = &t->v[t->n - 1];
        p->s = span_join(env, p->s, s);
    } else {
        VEC_PUSH(env->arena, t)->s = s;
    }
    t->g.lo += s.n;
    t->g.hi += s.n;
    t->fixed += s.n;
}

static void add_value(struct gen_env *env, struct text *t, const struct gen *g)
{
    if (g->class == &gen_const) {
        add_constant(env, t, constant_text(env, g));
        return;
    }
    VEC_PUSH(env->arena, t)->g = g;
    uint64_t lo = g->lo, hi = g->hi;
    if (g->type != GEN_TEXT) {
        put_bounds(g, &lo, &hi);
        t->fixed += hi;
    }
    t->g.lo += lo;
    t->g.hi += hi;
}

/* The node of a template that is complete; a simpler one where that does the same. */
static const struct gen *finish(struct gen_env *env, struct text *t)
{
    if (t->n == 0) return const_text(env, span_make("", 0));
    if (t->n == 1 && !t->v[0].g) return const_text(env, t->v[0].s);
    if (t->n == 1 && t->v[0].g->type == GEN_TEXT) return t->v[0].g;
    return &t->g;
}

static struct text *text_new(struct gen_env *env, const char *path)
{
    struct text *t = gen_node(env, &gen_text, sizeof *t, path);
    t->g.type = GEN_TEXT;
    return t;
}

const struct gen *text_of(struct gen_env *env, const struct gen *g)
{
    if (g->type == GEN_TEXT) return g;
    struct text *t = text_new(env, "");
    add_value(env, t, g);
    return finish(env, t);
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct text *t = text_new(env, path);
    size_t values = 0;
    bool good = true;
    for (size_t i = 0; i < e->n; i++) {
        const struct expr *kid = e->kids[i].e;
        if (kid->kind == EXPR_STRING) {
            add_constant(env, t, kid->text);
            continue;
        }
        const struct gen *g = gen_compile(env, kid, gen_subpath_n(env, path, values++));
        if (g)
            add_value(env, t, g);
        else
            good = false;
    }
    return good ? (struct gen *)finish(env, t) : NULL;
}

static size_t value_size(enum gen_type type)
{
    return type == GEN_IP6 ? sizeof(u128) : type == GEN_TEXT ? sizeof(struct span) : 8;
}

/* The columns of all values, and how many bytes their texts have in all. */
static struct column *fill_values(const struct text *t, const struct draw *d, size_t n,
                                  size_t *bytes)
{
    struct column *c = scratch_array(d->scratch, struct column, t->n);
    *bytes = 0;
    for (size_t p = 0; p < t->n; p++) {
        const struct gen *g = t->v[p].g;
        if (!g) continue;
        c[p].u = scratch_take(d->scratch, n * value_size(g->type));
        gen_fill(g, d, n, &c[p]);
        if (g->type != GEN_TEXT) continue;
        for (size_t i = 0; i < n; i++) *bytes += c[p].s[i].n;
    }
    return c;
}

static size_t append(const struct piece *p, const struct column *c, size_t i, uint8_t *to)
{
    if (p->g && p->g->type != GEN_TEXT) return put_value(p->g, c, i, to);
    struct span s = p->g ? c->s[i] : p->s;
    if (s.n) memcpy(to, s.p, s.n);
    return s.n;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct text *t = (const struct text *)g;
    size_t bytes, at = 0;
    const struct column *c = fill_values(t, d, n, &bytes);
    uint8_t *to = scratch_take(d->scratch, bytes + n * t->fixed + PUT_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t from = at;
        for (size_t p = 0; p < t->n; p++) at += append(&t->v[p], &c[p], i, to + at);
        out->s[i] = span_make(to + from, at - from);
    }
    scratch_trim(d->scratch, to, at);
}

static uint64_t period(const struct gen *g)
{
    const struct text *t = (const struct text *)g;
    uint64_t all = 1;
    for (size_t p = 0; p < t->n; p++)
        if (t->v[p].g) all = period_join(all, gen_period(t->v[p].g));
    return all;
}

const struct gen_class gen_text = {
    .doc = {.name = "text",
            .help = "text in which ${expression} stands for its value and $$ for a dollar sign",
            .example = "user-${1..100}"},
    .compile = compile,
    .fill = fill,
    .period = period,
};
