/* The flows of a stream: `flows`, `popularity` and `flow_length`. */
#include "plan/inside.h"

const struct population some_flows = {.count = 1};

void compile_population(struct compiling *c, struct stream *s, struct section *sec)
{
    struct entry *count = section_get(sec, "flows");
    struct entry *popularity = section_get(sec, "popularity");
    struct entry *length = section_get(sec, "flow_length");
    if (count) {
        char *path = arena_printf(c->plan->arena, "stream %s", s->name);
        s->population = population_compile(&c->env, count, popularity, length, path);
        c->env.population = s->population ? s->population : &some_flows;
        return;
    }
    if (popularity)
        err_add(c->env.errs, popularity->at, "popularity needs flows, expected flows = COUNT");
    if (length) err_add(c->env.errs, length->at, "flow_length needs flows, expected flows = COUNT");
}
