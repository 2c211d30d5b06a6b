#include "gen/args.h"

#include "gen/node.h"

static size_t param_count(const struct gen_class *class)
{
    size_t n = 0;
    while (class->doc.params && class->doc.params[n].name) n++;
    return n;
}

static size_t param_at(const struct gen_class *class, const char *name)
{
    size_t i = 0, n = param_count(class);
    while (i < n && strcmp(class->doc.params[i].name, name) != 0) i++;
    return i;
}

static const char *next_param(const void *list, size_t i)
{
    const struct gen_class *class = list;
    return class->doc.params ? class->doc.params[i].name : NULL;
}

static bool bind_one(struct args *a, const struct expr_kid *k, size_t position)
{
    const char *fn = a->class->doc.name;
    size_t n = param_count(a->class), at = k->name ? param_at(a->class, k->name) : position;
    char buf[80];
    if (at == n && k->name)
        return err_add(a->env->errs, k->e->at, "'%s' has no argument '%s'%s", fn, k->name,
                       err_suggest(buf, err_nearest(k->name, next_param, a->class)));
    if (at >= n)
        return err_add(a->env->errs, k->e->at, "'%s' takes %zu argument%s at most, for example %s",
                       fn, n, n == 1 ? "" : "s", a->class->doc.example);
    if (a->v[at])
        return err_add(a->env->errs, k->e->at, "the argument '%s' of '%s' is given twice",
                       a->class->doc.params[at].name, fn);
    if (k->weight != 1)
        return err_add(a->env->errs, k->e->at, "an argument of '%s' has no weight", fn);
    a->v[at] = k->e;
    return true;
}

static bool bind_default(struct args *a, size_t i)
{
    const struct param *p = &a->class->doc.params[i];
    if (!p->dflt)
        return err_add(a->env->errs, a->call->at,
                       "'%s' needs the argument '%s' (%s), for example %s", a->class->doc.name,
                       p->name, p->help, a->class->doc.example);
    if (strcmp(p->dflt, "none") == 0) return true;
    a->v[i] = expr_parse(a->env->arena, span_of(p->dflt), a->call->at, a->env->errs);
    return a->v[i] != NULL;
}

bool args_bind(struct args *a, struct gen_env *env, const struct gen_class *class,
               const struct expr *e, const char *path)
{
    *a = (struct args){.env = env, .class = class, .call = e, .path = path};
    bool good = true;
    size_t kids = e->kind == EXPR_CALL ? e->n : 0, position = 0;
    for (size_t i = 0; i < kids; i++) {
        good = bind_one(a, &e->kids[i], position) && good;
        position += e->kids[i].name == NULL;
    }
    if (!good) return false;
    for (size_t i = 0; i < param_count(class); i++)
        if (!a->v[i]) good = bind_default(a, i) && good;
    return good;
}

bool args_has(const struct args *a, const char *name)
{
    return a->v[param_at(a->class, name)] != NULL;
}

const struct expr *args_expr(const struct args *a, const char *name)
{
    return a->v[param_at(a->class, name)];
}

const char *args_path(const struct args *a, const char *name)
{
    return gen_subpath(a->env, a->path, name);
}

const struct gen *args_gen(const struct args *a, const char *name, const struct gen_want *want)
{
    const struct expr *e = args_expr(a, name);
    const char *path = args_path(a, name);
    return want ? gen_want(a->env, e, path, want) : gen_compile(a->env, e, path);
}

const struct constant *args_number(const struct args *a, const char *name)
{
    const struct expr *e = args_expr(a, name);
    const char *what =
        arena_printf(a->env->arena, "the argument '%s' of '%s'", name, a->class->doc.name);
    const struct constant *c = const_of(a->env, e, args_path(a, name), what);
    if (!c || const_is_number(c)) return c;
    err_add(a->env->errs, e->at, "'" SRC "' is %s, expected a number, a duration or a size for %s",
            SRC_OF(e), gen_kind(&c->g), what);
    return NULL;
}

bool args_real(const struct args *a, const char *name, double lo, double hi, double *out)
{
    const struct constant *c = args_number(a, name);
    if (!c) return false;
    *out = const_double(c);
    if (c->g.format == FORMAT_NUMBER && *out >= lo && *out <= hi) return true;
    const struct expr *e = args_expr(a, name);
    return err_add(a->env->errs, e->at,
                   "'" SRC "' is wrong for the argument '%s' of '%s', expected a number %g..%g",
                   SRC_OF(e), name, a->class->doc.name, lo, hi);
}

const char *args_text(const struct args *a, const char *name)
{
    const struct expr *e = args_expr(a, name);
    if (e->kind == EXPR_NAME) {
        bool known;
        const struct gen *g = gen_var(a->env, e, &known);
        if (!known) return arena_str(a->env->arena, e->text);
        if (!g) return NULL;
    }
    const struct constant *c = const_of(a->env, e, args_path(a, name), "a text");
    if (!c) return NULL;
    if (c->g.type == GEN_TEXT && !memchr(c->s.p, 0, c->s.n)) return arena_str(a->env->arena, c->s);
    err_add(a->env->errs, e->at,
            "'" SRC "' is %s, expected a \"text\" for the argument '%s' of '%s'", SRC_OF(e),
            gen_kind(&c->g), name, a->class->doc.name);
    return NULL;
}

bool args_word(const struct args *a, const char *name, const char *const *words, unsigned *out)
{
    const struct expr *e = args_expr(a, name);
    char text[64], list[160] = "", buf[80];
    size_t used = 0;
    for (unsigned i = 0; words[i]; i++) {
        if (e->kind == EXPR_NAME && span_is(e->text, words[i])) {
            *out = i;
            return true;
        }
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", words[i]);
    }
    snprintf(text, sizeof text, SRC, SRC_OF(e));
    return err_add(a->env->errs, e->at,
                   "'%s' is wrong for the argument '%s' of '%s', expected %s%s", text, name,
                   a->class->doc.name, list, err_suggest(buf, err_nearest_name(text, words)));
}
