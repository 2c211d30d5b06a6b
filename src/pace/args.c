#include "pace/args.h"

#include "pace/rate.h"

static bool known(const struct doc *doc, const char *name)
{
    for (const struct param *p = doc->params; p && p->name; p++)
        if (strcmp(p->name, name) == 0) return true;
    return false;
}

static const char *nth_param(const void *params, size_t i)
{
    return params ? ((const struct param *)params)[i].name : NULL;
}

bool args_check(struct gen_env *env, const struct expr *e, const struct doc *doc, size_t positional)
{
    size_t unnamed = 0, n = e->kind == EXPR_CALL ? e->n : 0;
    char suggestion[80];
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        const char *name = e->kids[i].name;
        if (!name) {
            unnamed++;
            continue;
        }
        if (!known(doc, name))
            ok = err_add(env->errs, e->at, "%s has no argument '%.40s'%s", doc->name, name,
                         err_suggest(suggestion, err_nearest(name, nth_param, doc->params)));
        for (size_t j = 0; j < i; j++)
            if (e->kids[j].name && strcmp(e->kids[j].name, name) == 0)
                ok = err_add(env->errs, e->at, "%s is given '%.40s' twice", doc->name, name);
    }
    if (unnamed != positional)
        ok = err_add(env->errs, e->at, "%s has %zu unnamed argument%s, expected %zu as in %s",
                     doc->name, unnamed, unnamed == 1 ? "" : "s", positional, doc->example);
    return ok;
}

const struct expr *args_at(const struct expr *e, size_t i)
{
    for (size_t k = 0; k < e->n; k++)
        if (!e->kids[k].name && i-- == 0) return e->kids[k].e;
    return NULL;
}

const struct expr *args_named(const struct expr *e, const char *name)
{
    for (size_t k = 0; e->kind == EXPR_CALL && k < e->n; k++)
        if (e->kids[k].name && strcmp(e->kids[k].name, name) == 0) return e->kids[k].e;
    return NULL;
}

bool args_time(struct gen_env *env, const struct expr *e, const char *name, bool must, uint64_t lo,
               uint64_t hi, uint64_t *ns)
{
    const struct expr *x = args_named(e, name);
    char from[SAY_BUF], to[SAY_BUF];
    int n = (int)(e->text.n < 40 ? e->text.n : 40);
    const char *function = (const char *)e->text.p;
    if (!x)
        return !must || err_add(env->errs, e->at, "%.*s has no '%s', expected %s= and a duration",
                                n, function, name, name);
    if (x->kind != EXPR_NUMBER || x->q.dim != DIM_TIME || !quantity_u64(&x->q, false, ns) ||
        *ns < lo || *ns > hi)
        return err_add(env->errs, e->at, "%s of %.*s is " SRC ", expected a duration of %s..%s",
                       name, n, function, SRC_OF(x), say_time(from, lo), say_time(to, hi));
    return true;
}
