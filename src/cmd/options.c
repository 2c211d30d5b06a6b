#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static const struct option_spec *find(const struct command *c, const char *name, size_t n,
                                      char letter)
{
    for (size_t i = 0; c->options && c->options[i]; i++)
        for (const struct option_spec *o = c->options[i]; o->name; o++)
            if (letter ? o->letter == letter
                       : strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
    return NULL;
}

static const char *name_at(const void *command, size_t k)
{
    const struct command *c = command;
    for (size_t i = 0; c->options && c->options[i]; i++)
        for (const struct option_spec *o = c->options[i]; o->name; o++)
            if (k-- == 0) return o->name;
    return NULL;
}

static bool unknown(const struct command *c, const char *arg, struct arena *a, struct errs *errs)
{
    char hint[80];
    const char *near = arg[1] == '-' ? err_nearest(arg + 2, name_at, c) : NULL;
    if (near)
        return err_add(errs, (struct where){0}, "unknown option %.80s%s", arg,
                       err_suggest(hint, arena_printf(a, "--%s", near)));
    return err_add(errs, (struct where){0}, "unknown option %.80s, see 'spate %s --help'", arg,
                   c->name);
}

bool options_read(struct options *o, const struct command *c, struct arena *a, int argc,
                  char **argv, struct errs *errs)
{
    bool only_args = false;
    for (int i = 0; i < argc; i++) {
        char *arg = argv[i];
        if (only_args || arg[0] != '-' || !arg[1]) {
            *VEC_PUSH(a, &o->args) = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            only_args = true;
            continue;
        }
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            o->help = true;
            return true;
        }
        bool is_long = arg[1] == '-';
        char *eq = is_long ? strchr(arg, '=') : NULL;
        size_t n = eq ? (size_t)(eq - arg) - 2 : is_long ? strlen(arg) - 2 : 0;
        const struct option_spec *s = find(c, arg + 2, n, is_long ? 0 : arg[1]);
        if (!s) {
            unknown(c, arg, a, errs);
            continue;
        }
        const char *value = is_long ? (eq ? eq + 1 : NULL) : (arg[2] ? arg + 2 : NULL);
        if (s->arg && !value && i + 1 < argc) value = argv[++i];
        if (s->arg && !value)
            err_add(errs, (struct where){0}, "--%s needs a value, expected --%s %s", s->name,
                    s->name, s->arg);
        else if (!s->arg && value)
            err_add(errs, (struct where){0}, "--%s takes no value", s->name);
        else
            *VEC_PUSH(a, o) = (struct option){s, value ? value : ""};
    }
    return !errs_any(errs);
}

const char *option_nth(const struct options *o, const char *name, size_t i)
{
    for (size_t k = 0; k < o->n; k++)
        if (strcmp(o->v[k].spec->name, name) == 0 && i-- == 0) return o->v[k].value;
    return NULL;
}

const char *option_value(const struct options *o, const char *name)
{
    for (size_t k = o->n; k-- > 0;)
        if (strcmp(o->v[k].spec->name, name) == 0) return o->v[k].value;
    return NULL;
}

bool option_given(const struct options *o, const char *name)
{
    return option_value(o, name) != NULL;
}

bool option_number(const struct options *o, const char *name, uint64_t lo, uint64_t hi,
                   uint64_t *out, struct errs *errs)
{
    const char *value = option_value(o, name), *problem;
    struct quantity q;
    uint64_t v;
    if (!value) return true;
    bool fits = quantity_read(span_of(value), &q, &problem) == strlen(value) && *value &&
                !problem && q.dim == DIM_NONE && quantity_u64(&q, false, &v) && v >= lo && v <= hi;
    if (!fits)
        return err_add(errs, (struct where){0},
                       "--%s is '%.60s', expected a whole number %llu..%llu", name, value,
                       (unsigned long long)lo, (unsigned long long)hi);
    *out = v;
    return true;
}
