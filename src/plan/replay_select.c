/* filter, frames, between, sample: which frames of a capture are replayed. */
#include "plan/inside.h"

#define FRAMES_MAX 1024 /* ranges */

static bool wrong(struct compiling *c, const struct entry *e, const char *expected)
{
    return err_add(c->env.errs, e->at, "%s is '%.*s', expected %s", e->key,
                   (int)(e->value.n < 60 ? e->value.n : 60), (const char *)e->value.p, expected);
}

/* LO, LO..HI or LO.. of numbers in one dimension; zero needs no unit. */
static bool read_range(struct lex *l, enum dim dim, struct select_range *out)
{
    uint64_t v[2] = {0, UINT64_MAX};
    for (int i = 0; i < 2; i++) {
        bool open = i == 1 && l->tok.kind != TOK_NUMBER;
        if (open) break;
        struct quantity q = l->tok.q;
        bool fits =
            l->tok.kind == TOK_NUMBER && (q.dim == dim || (q.dim == DIM_NONE && q.num == 0));
        if (!fits || !quantity_u64(&q, dim == DIM_TIME, &v[i])) return false;
        lex_next(l);
        if (i == 0 && !lex_accept(l, "..")) {
            v[1] = v[0];
            break;
        }
    }
    *out = (struct select_range){v[0], v[1]};
    return v[0] <= v[1];
}

static void compile_frames(struct compiling *c, struct select *x, struct entry *e)
{
    struct lex l;
    bool fine = true;
    if (!e) return;
    x->frames = arena_array(c->plan->arena, struct select_range, FRAMES_MAX);
    lex_start(&l, e->value);
    while (fine && x->n < FRAMES_MAX) {
        struct select_range *r = &x->frames[x->n++];
        fine = read_range(&l, DIM_NONE, r) && r->lo > 0 && (x->n == 1 || r->lo > r[-1].hi);
        if (!lex_accept(&l, ",")) break;
    }
    if (!fine || l.tok.kind != TOK_END)
        wrong(c, e, "ascending numbers and ranges from 1 on, such as 10..20, 35");
}

static void compile_between(struct compiling *c, struct select *x, struct entry *e)
{
    struct lex l;
    x->between = (struct select_range){0, UINT64_MAX};
    if (!e) return;
    lex_start(&l, e->value);
    if (!read_range(&l, DIM_TIME, &x->between) || l.tok.kind != TOK_END)
        wrong(c, e, "a range of durations such as 1s..5s");
}

static void compile_sample(struct compiling *c, struct select *x, struct entry *e)
{
    struct lex l;
    x->sample = 1ull << 32;
    if (!e) return;
    lex_start(&l, e->value);
    struct quantity q = l.tok.q;
    if (l.tok.kind == TOK_NUMBER && q.dim == DIM_RATIO && !q.neg && q.num <= q.den &&
        lex_next(&l) == TOK_END)
        x->sample = (uint64_t)(((u128)q.num << 32) / q.den);
    else
        wrong(c, e, "a share such as 10%");
}

void compile_selection(struct compiling *c, struct replay *x, struct section *sec)
{
    struct entry *filter = section_get(sec, "filter");
    struct select *s = &x->select;
    compile_frames(c, s, section_get(sec, "frames"));
    compile_between(c, s, section_get(sec, "between"));
    compile_sample(c, s, section_get(sec, "sample"));
    if (!filter) return;
    s->filter = entry_text(c->plan->arena, filter);
    select_check(s->filter, filter->at, c->env.errs);
}
