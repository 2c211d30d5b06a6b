/* The named variables of a profile: compiled on first use, each under a path of its own, so
 * that every use of one within a unit is the same value. */
#include "gen/gen.h"

#include "gen/const.h"
#include "gen/node.h"

enum var_state { VAR_NEW, VAR_BUSY, VAR_DONE };
struct var {
    const char *name;
    const struct entry *entry;
    enum var_state state;
    unsigned by;         /* what its value asks of the flow: BY_... */
    const struct gen *g; /* VAR_DONE: NULL when it is wrong, and that has been told */
};
struct gen_vars {
    struct var *v;
    size_t n, cap;
};

struct gen_vars *gen_vars_new(struct gen_env *env, struct section *vars)
{
    struct gen_vars *all = arena_new(env->arena, struct gen_vars);
    for (size_t i = 0; vars && i < vars->n; i++) {
        struct entry *e = &vars->v[i];
        e->used = true;
        for (size_t k = 0; k < all->n; k++)
            if (strcmp(all->v[k].name, e->key) == 0)
                err_add(env->errs, e->at, "the variable '%s' is defined twice, first in line %u",
                        e->key, all->v[k].entry->at.line);
        struct var *v = VEC_PUSH(env->arena, all);
        v->name = e->key;
        v->entry = e;
    }
    return all;
}

static const struct gen *compile(struct gen_env *env, const struct entry *e, const char *path)
{
    if (e->from_file) return const_text(env, e->value);
    bool text = span_search(e->value, span_of("${")) < e->value.n;
    const struct expr *x =
        (text ? expr_parse_text : expr_parse)(env->arena, e->value, e->at, env->errs);
    return x ? gen_compile(env, x, path) : NULL;
}

static void compile_var(struct gen_env *env, struct var *v)
{
    struct gen_env outer = *env;
    env->names = NULL;
    env->by = 0;
    env->in_var = true;
    v->state = VAR_BUSY;
    v->g = compile(env, v->entry, arena_printf(env->arena, "vars.%s", v->name));
    v->state = VAR_DONE;
    v->by = env->by;
    *env = outer;
}

static const struct gen *node_of(struct gen_env *env, struct var *v, struct where used)
{
    if (v->state == VAR_BUSY) {
        err_add(env->errs, used, "the variable '%s' is defined by itself", v->name);
        return NULL;
    }
    if (v->state == VAR_NEW) compile_var(env, v);
    return v->g;
}

const struct gen *gen_var(struct gen_env *env, const struct expr *name, bool *known)
{
    *known = false;
    for (size_t i = 0; env->vars && i < env->vars->n; i++) {
        if (!span_is(name->text, env->vars->v[i].name)) continue;
        struct var *v = &env->vars->v[i];
        *known = true;
        const struct gen *g = node_of(env, v, name->at);
        return g && v->by && !gen_by(env, name, v->by) ? NULL : g;
    }
    return NULL;
}

const char *gen_var_name(const struct gen_vars *vars, size_t i)
{
    return vars && i < vars->n ? vars->v[i].name : NULL;
}

void gen_vars_check(struct gen_env *env)
{
    for (size_t i = 0; env->vars && i < env->vars->n; i++)
        node_of(env, &env->vars->v[i], env->vars->v[i].entry->at);
}
