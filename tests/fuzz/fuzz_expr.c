/* Expressions and templates: whatever the bytes, a tree or exactly one error; and what a tree
 * was read from reads as the same tree again. */
#include <stdlib.h>

#include "profile/expr.h"

static void check(bool ok)
{
    if (!ok) abort();
}

static bool same(const struct expr *a, const struct expr *b)
{
    if (a->kind != b->kind || a->n != b->n || !span_eq(a->text, b->text)) return false;
    if (a->q.num != b->q.num || a->q.den != b->q.den || a->addr.v != b->addr.v) return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->kids[i].weight != b->kids[i].weight || !same(a->kids[i].e, b->kids[i].e))
            return false;
    return true;
}

static void check_tokens(struct span text)
{
    struct lex l;
    char here[64];
    size_t end = 0;
    for (lex_start(&l, text); l.tok.kind != TOK_END; lex_next(&l)) {
        check(l.from >= end && l.at > l.from && l.at <= text.n && l.behind == end);
        check((l.tok.kind == TOK_BAD) == (l.tok.problem != NULL));
        check(strlen(lex_here(&l, here)) < 64);
        end = l.at;
    }
    check(l.from == text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct errs errs = {0};
    struct where at = {"fuzz", 1};
    struct span text = span_make(data, size);
    check_tokens(text);
    const struct expr *e = expr_parse(&a, text, at, &errs);
    check(errs.n == (e ? 0 : 1));
    if (e) {
        const struct expr *again = expr_parse(&a, e->src, at, &errs);
        check(again && same(e, again));
    }
    errs.n = 0;
    e = expr_parse_text(&a, text, at, &errs);
    check(errs.n == (e ? 0 : 1));
    if (e) check(span_eq(e->src, text));
    arena_free(&a);
    return 0;
}
