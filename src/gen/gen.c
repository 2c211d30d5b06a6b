/* The table of classes, and the way from an expression to the class that compiles it. */
#include "gen/gen.h"

#include <stdio.h>

#include "gen/const.h"
#include "gen/node.h"

const struct gen_class *const gen_classes[] = {
#define GEN(name) &gen_##name,
#include "gen/gen.def"
#undef GEN
};
const size_t gen_class_count = sizeof gen_classes / sizeof *gen_classes;

bool gen_is_literal(const struct gen_class *class)
{
    return class == &gen_const || class == &gen_range || class == &gen_text ||
           class == &gen_per_flow || class == &gen_along_flow;
}

void *gen_node(struct gen_env *env, const struct gen_class *class, size_t size, const char *path)
{
    struct gen *g = arena_alloc(env->arena, size);
    g->class = class;
    g->key = rng_key(env->seed, span_of(path));
    return g;
}

const char *gen_subpath(struct gen_env *env, const char *path, const char *part)
{
    return arena_printf(env->arena, "%s/%s", path, part);
}

const char *gen_subpath_n(struct gen_env *env, const char *path, size_t n)
{
    return arena_printf(env->arena, "%s/%zu", path, n);
}

const char *gen_kind(const struct gen *g)
{
    switch (g->type) {
    case GEN_REAL:
        return "a fractional number";
    case GEN_IP6:
        return "an IPv6 address";
    case GEN_TEXT:
        return "text";
    case GEN_U64:
        break;
    }
    switch (g->format) {
    case FORMAT_TIME:
        return "a duration";
    case FORMAT_IP4:
        return "an IPv4 address";
    case FORMAT_MAC:
        return "a MAC address";
    case FORMAT_NUMBER:
        break;
    }
    return "a number";
}

bool gen_by(struct gen_env *env, const struct expr *e, unsigned what)
{
    env->by |= what;
    if (env->population || env->in_var) return true;
    return err_add(env->errs, e->at,
                   "'" SRC "' needs flows, expected it in a packet whose stream has flows = COUNT",
                   SRC_OF(e));
}

static const struct gen_class *class_named(struct span name)
{
    for (size_t i = 0; i < gen_class_count; i++)
        if (span_is(name, gen_classes[i]->doc.name)) return gen_classes[i];
    return NULL;
}

/* Every name that could have been meant: the functions, the field's own names, the variables. */
static const char *next_name(const void *list, size_t i)
{
    const struct gen_env *env = list;
    if (i < gen_class_count) return gen_is_literal(gen_classes[i]) ? "" : gen_classes[i]->doc.name;
    i -= gen_class_count;
    for (const struct gen_name *n = env->names; n && n->name; n++)
        if (i-- == 0) return n->name;
    return gen_var_name(env->vars, i);
}

static const struct gen *unknown(struct gen_env *env, const struct expr *e, const char *what)
{
    char name[64], buf[80];
    snprintf(name, sizeof name, "%.*s", (int)e->text.n, (const char *)e->text.p);
    err_add(env->errs, e->at, "unknown %s '%s'%s", what, name,
            err_suggest(buf, err_nearest(name, next_name, env)));
    return NULL;
}

static const struct gen *compile_call(struct gen_env *env, const struct expr *e, const char *path)
{
    const struct gen_class *class = class_named(e->text);
    if (!class) return unknown(env, e, "function");
    if (gen_is_literal(class)) {
        err_add(env->errs, e->at, "'%s' is not called by name, write for example %s",
                class->doc.name, class->doc.example);
        return NULL;
    }
    return class->compile(env, e, path);
}

static const struct gen *compile_name(struct gen_env *env, const struct expr *e, const char *path)
{
    bool known;
    const struct gen *g = gen_var(env, e, &known);
    if (known) return g;
    for (const struct gen_name *n = env->names; n && n->name; n++)
        if (span_is(e->text, n->name)) return const_u64(env, n->value, FORMAT_NUMBER);
    const struct gen_class *class = class_named(e->text);
    if (!class || gen_is_literal(class)) return unknown(env, e, "name");
    return class->compile(env, e, path);
}

static const struct gen *compile_kind(struct gen_env *env, const struct expr *e, const char *path)
{
    switch (e->kind) {
    case EXPR_NUMBER:
    case EXPR_ADDR:
    case EXPR_STRING:
        return gen_const.compile(env, e, path);
    case EXPR_PREFIX:
    case EXPR_RANGE:
        return gen_range.compile(env, e, path);
    case EXPR_LIST:
        return gen_choice.compile(env, e, path);
    case EXPR_TEXT:
        return gen_text.compile(env, e, path);
    case EXPR_PER_FLOW:
        return gen_per_flow.compile(env, e, path);
    case EXPR_ALONG_FLOW:
        return gen_along_flow.compile(env, e, path);
    case EXPR_CALL:
        return compile_call(env, e, path);
    case EXPR_NAME:
        return compile_name(env, e, path);
    }
    return NULL;
}

const struct gen *gen_compile(struct gen_env *env, const struct expr *e, const char *path)
{
    const struct gen_name *names = env->names;
    if (e->kind != EXPR_NAME && e->kind != EXPR_LIST) env->names = NULL;
    const struct gen *g = compile_kind(env, e, path);
    env->names = names;
    return g ? gen_fold(env, g) : NULL;
}

const struct gen *gen_fold(struct gen_env *env, const struct gen *g)
{
    if (!g->constant || g->class == &gen_const) return g;
    struct scratch scratch = {0};
    uint64_t zero = 0;
    struct draw d = {.index = &zero, .scratch = &scratch};
    union {
        u128 a;
        struct span s;
        uint64_t u;
        double r;
    } value;
    gen_fill(g, &d, 1, &(struct column){.a = &value.a});
    struct constant *k = gen_node(env, &gen_const, sizeof *k, "");
    k->g.type = g->type;
    k->g.format = g->format;
    k->g.constant = true;
    k->g.rounds = g->rounds;
    k->g.lo = g->lo;
    k->g.hi = g->hi;
    switch (g->type) {
    case GEN_U64:
        k->u = k->g.lo = k->g.hi = value.u;
        break;
    case GEN_REAL:
        k->r = value.r;
        break;
    case GEN_IP6:
        k->a = value.a;
        break;
    case GEN_TEXT:
        k->s = arena_span(env->arena, value.s);
        k->g.lo = k->g.hi = value.s.n;
        break;
    }
    scratch_free(&scratch);
    return &k->g;
}

uint64_t gen_u64(const struct gen *g, const struct draw *d)
{
    uint64_t v = 0;
    gen_fill(g, d, 1, &(struct column){.u = &v});
    return v;
}

struct span gen_span(const struct gen *g, const struct draw *d)
{
    struct span s = {0};
    gen_fill(g, d, 1, &(struct column){.s = &s});
    return s;
}

struct draw_part draw_parts(const struct draw *d, size_t most)
{
    struct draw_part p = {.whole = d};
    const uint64_t *from[4] = {d->index, d->due_ns, d->flow, d->step};
    for (int k = 0; k < 4; k++)
        p.column[k] = from[k] ? scratch_array(d->scratch, uint64_t, most) : NULL;
    return p;
}

struct draw draw_pick(const struct draw_part *p, const uint32_t *place, size_t n)
{
    const struct draw *d = p->whole;
    const uint64_t *from[4] = {d->index, d->due_ns, d->flow, d->step};
    for (int k = 0; k < 4; k++)
        for (size_t i = 0; i < n && from[k]; i++) p->column[k][i] = from[k][place[i]];
    struct draw part = *d;
    part.index = p->column[0];
    part.due_ns = p->column[1];
    part.flow = p->column[2];
    part.step = p->column[3];
    return part;
}
