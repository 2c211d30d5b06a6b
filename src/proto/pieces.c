#include "proto/pieces.h"

#include <assert.h>

#define DIGITS 20 /* of the largest length */

static struct piece *last_text(struct pieces *p)
{
    return p->n > 0 && p->v[p->n - 1].kind == PIECE_TEXT ? &p->v[p->n - 1] : NULL;
}

void pieces_text(struct arena *a, struct pieces *p, struct span text)
{
    if (text.n == 0) return;
    struct piece *before = last_text(p);
    if (!before) {
        struct piece *new = VEC_PUSH(a, p);
        new->text = arena_span(a, text);
        return;
    }
    uint8_t *joined = arena_alloc(a, before->text.n + text.n);
    memcpy(joined, before->text.p, before->text.n);
    memcpy(joined + before->text.n, text.p, text.n);
    before->text = span_make(joined, before->text.n + text.n);
}

void pieces_str(struct arena *a, struct pieces *p, const char *text)
{
    pieces_text(a, p, span_of(text));
}

void pieces_gen(struct arena *a, struct pieces *p, const struct gen *g)
{
    if (!g->constant) {
        struct piece *new = VEC_PUSH(a, p);
        new->kind = PIECE_GEN;
        new->gen = g;
        return;
    }
    struct scratch scratch = {0};
    struct draw d = {.index = (const uint64_t[]){0}, .scratch = &scratch};
    pieces_text(a, p, gen_span(g, &d));
    scratch_free(&scratch);
}

static bool varies(const struct piece *p)
{
    return p->kind == PIECE_GEN && p->gen->lo != p->gen->hi;
}

void pieces_join(struct arena *a, struct pieces *p, const struct pieces *more)
{
    for (size_t k = 0; k < more->n; k++) {
        assert(more->v[k].kind != PIECE_LENGTH);
        if (more->v[k].kind == PIECE_GEN)
            *VEC_PUSH(a, p) = more->v[k];
        else
            pieces_text(a, p, more->v[k].text);
    }
}

void pieces_counted(struct arena *a, struct pieces *p, const struct pieces *of, const char *between)
{
    size_t fixed = 0, vary = 0;
    for (size_t k = 0; k < of->n; k++) {
        const struct piece *piece = &of->v[k];
        vary += varies(piece);
        if (piece->kind == PIECE_TEXT)
            fixed += piece->text.n;
        else if (!varies(piece))
            fixed += piece->gen->lo;
    }
    size_t counter = p->n;
    if (vary > 0)
        *VEC_PUSH(a, p) = (struct piece){.kind = PIECE_LENGTH, .fixed = fixed};
    else
        pieces_str(a, p, arena_printf(a, "%zu", fixed));
    pieces_str(a, p, between);
    size_t first = p->n;
    pieces_join(a, p, of);
    if (vary == 0) return;
    p->v[counter].first = first;
    p->v[counter].last = p->n;
}

bool pieces_expr(struct gen_env *env, struct pieces *p, const struct expr *e, const char *path,
                 size_t k)
{
    static const struct gen_want text = {.what = "a text", .type = GEN_TEXT};
    const struct gen *g = gen_want(env, e, arena_printf(env->arena, "%s.%zu", path, k), &text);
    if (g) pieces_gen(env->arena, p, g);
    return g != NULL;
}

static bool keeps_rule(struct gen_env *env, struct span s, struct where at,
                       const struct piece_rule *rule)
{
    if (!rule) return true;
    for (size_t i = 0; i < s.n; i++)
        if (!rule->allows(s.p[i]))
            return err_add(env->errs, at, "%s holds the byte 0x%02x, %s", rule->what, s.p[i],
                           rule->advice);
    return true;
}

bool pieces_template(struct gen_env *env, struct pieces *p, struct span text, struct where at,
                     const char *path, const struct piece_rule *rule)
{
    const struct expr *e = expr_parse_text(env->arena, text, at, env->errs);
    if (!e) return false;
    bool good = true;
    size_t exprs = 0;
    for (size_t k = 0; k < e->n; k++) {
        const struct expr *kid = e->kids[k].e;
        if (kid->kind != EXPR_STRING)
            good &= pieces_expr(env, p, kid, path, exprs++);
        else if (keeps_rule(env, kid->text, at, rule))
            pieces_text(env->arena, p, kid->text);
        else
            good = false;
    }
    return good;
}

bool pieces_entry(struct gen_env *env, struct pieces *p, const struct entry *e, const char *path,
                  const struct piece_rule *rule)
{
    if (!e->from_file) return pieces_template(env, p, e->value, e->at, path, rule);
    if (!keeps_rule(env, e->value, e->at, rule)) return false;
    pieces_text(env->arena, p, e->value);
    return true;
}

static size_t put_decimal(uint8_t *to, uint64_t v)
{
    uint8_t digits[DIGITS];
    size_t n = 0;
    do digits[n++] = (uint8_t)('0' + v % 10);
    while ((v /= 10) > 0);
    for (size_t i = 0; i < n; i++) to[i] = digits[n - 1 - i];
    return n;
}

/* The texts of every generated piece, by piece and unit; and how many bytes all units take at
 * most. */
static struct span **draw_columns(const struct pieces *p, const struct draw *d, size_t n,
                                  size_t *bytes)
{
    struct span **column = scratch_array(d->scratch, struct span *, p->n);
    *bytes = 0;
    for (size_t k = 0; k < p->n; k++) {
        const struct piece *piece = &p->v[k];
        *bytes += n * (piece->kind == PIECE_LENGTH ? DIGITS : piece->text.n);
        if (piece->kind != PIECE_GEN) continue;
        struct column out = {.s = scratch_array(d->scratch, struct span, n)};
        gen_fill(piece->gen, d, n, &out);
        column[k] = out.s;
        for (size_t i = 0; i < n; i++) *bytes += column[k][i].n;
    }
    return column;
}

static size_t put_piece(const struct pieces *p, size_t k, struct span *const *column, size_t i,
                        uint8_t *to)
{
    const struct piece *piece = &p->v[k];
    if (piece->kind == PIECE_LENGTH) {
        uint64_t length = piece->fixed;
        for (size_t j = piece->first; j < piece->last; j++)
            if (varies(&p->v[j])) length += column[j][i].n;
        return put_decimal(to, length);
    }
    struct span s = piece->kind == PIECE_GEN ? column[k][i] : piece->text;
    if (s.n) memcpy(to, s.p, s.n);
    return s.n;
}

void pieces_render(const struct pieces *p, const struct draw *d, size_t n, struct span *out)
{
    if (p->n == 0 || (p->n == 1 && p->v[0].kind == PIECE_TEXT)) {
        struct span same = p->n ? p->v[0].text : span_of("");
        for (size_t i = 0; i < n; i++) out[i] = same;
        return;
    }
    size_t bytes;
    struct span **column = draw_columns(p, d, n, &bytes);
    uint8_t *at = scratch_take(d->scratch, bytes);
    for (size_t i = 0; i < n; i++) {
        uint8_t *start = at;
        for (size_t k = 0; k < p->n; k++) at += put_piece(p, k, column, i, at);
        out[i] = span_make(start, (size_t)(at - start));
    }
}
