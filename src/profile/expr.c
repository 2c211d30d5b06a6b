#include "profile/expr.h"

#define DEPTH_MAX 32
#define NODES_MAX 65536

struct parse {
    struct arena *a;
    struct lex *l;
    struct where at;
    struct errs *errs;
    unsigned depth;
    size_t nodes;
};
struct kids {
    struct expr_kid *v;
    size_t n, cap;
};

static struct expr *parse_value(struct parse *p, bool comma);
static struct expr *parse_operand(struct parse *p);

/* Tells what was expected where the lexer stands, or what is wrong with the token there. */
static void *fail(struct parse *p, const char *expected)
{
    char here[64];
    const char *shown = lex_here(p->l, here);
    if (p->l->tok.kind == TOK_BAD)
        err_add(p->errs, p->at, "%s: %s", shown, p->l->tok.problem);
    else
        err_add(p->errs, p->at, "expected %s before %s", expected, shown);
    return NULL;
}

static struct expr *new_node(struct parse *p, enum expr_kind kind)
{
    if (++p->nodes > NODES_MAX) {
        err_add(p->errs, p->at, "the expression has more than %d parts", NODES_MAX);
        return NULL;
    }
    struct expr *e = arena_new(p->a, struct expr);
    e->kind = kind;
    e->at = p->at;
    e->q.den = 1;
    return e;
}

/* Gives e its source: from offset `from` to the end of the token last consumed. */
static struct expr *finish(struct parse *p, struct expr *e, size_t from)
{
    e->src = span_sub(p->l->all, from, p->l->behind - from);
    return e;
}

/* ":" NUMBER, when it is there. False after adding what is wrong. */
static bool parse_weight(struct parse *p, uint64_t *weight, bool *weighted)
{
    char here[64];
    *weight = 1;
    *weighted = lex_accept(p->l, ":");
    if (!*weighted) return true;
    const struct token *t = &p->l->tok;
    if (t->kind == TOK_BAD) return fail(p, "a weight");
    if (t->kind != TOK_NUMBER || t->q.dim != DIM_NONE || !quantity_u64(&t->q, false, weight) ||
        *weight == 0 || *weight > UINT32_MAX)
        return err_add(p->errs, p->at,
                       "the weight is %s, expected a whole number from 1 to 4294967295",
                       lex_here(p->l, here));
    lex_next(p->l);
    return true;
}

/* The name of a named argument when NAME "=" stands here, else NULL. */
static const char *parse_arg_name(struct parse *p)
{
    if (p->l->tok.kind != TOK_NAME) return NULL;
    struct lex ahead = *p->l;
    lex_next(&ahead);
    if (!lex_accept(&ahead, "=")) return NULL;
    const char *name = arena_str(p->a, p->l->tok.text);
    *p->l = ahead;
    return name;
}

/* An operand with its weight, if it has one; also into *kid. */
static struct expr *parse_item(struct parse *p, struct expr_kid *kid, bool *weighted)
{
    struct expr *e = parse_operand(p);
    kid->e = e;
    return e && parse_weight(p, &kid->weight, weighted) ? e : NULL;
}

/* The arguments and the ")" that ends them. */
static struct expr *parse_call(struct parse *p, struct expr *call)
{
    struct kids kids = {0};
    bool weighted;
    call->kind = EXPR_CALL;
    while (!lex_is(p->l, ")")) {
        if (kids.n && !lex_accept(p->l, ",")) return fail(p, "',' or ')'");
        struct expr_kid *kid = VEC_PUSH(p->a, &kids);
        kid->name = parse_arg_name(p);
        if (!parse_item(p, kid, &weighted)) return NULL;
    }
    lex_next(p->l);
    call->kids = kids.v;
    call->n = kids.n;
    return call;
}

static struct expr *parse_group(struct parse *p)
{
    struct expr *e = parse_value(p, true);
    if (e && !lex_accept(p->l, ")")) return fail(p, "',' or ')'");
    return e;
}

static bool enter(struct parse *p)
{
    if (p->depth == DEPTH_MAX)
        return err_add(p->errs, p->at, "the expression is nested deeper than %d", DEPTH_MAX);
    p->depth++;
    return true;
}

static struct expr *parse_literal(struct parse *p)
{
    static const enum expr_kind kinds[] = {
        [TOK_NUMBER] = EXPR_NUMBER, [TOK_ADDR] = EXPR_ADDR,     [TOK_PREFIX] = EXPR_PREFIX,
        [TOK_NAME] = EXPR_NAME,     [TOK_STRING] = EXPR_STRING,
    };
    const struct token *t = &p->l->tok;
    struct expr *e = new_node(p, kinds[t->kind]);
    if (!e) return NULL;
    e->text = t->kind == TOK_STRING ? lex_unescape(p->a, t->text) : t->text;
    e->q = t->q;
    e->addr = t->addr;
    e->prefix = t->prefix;
    lex_next(p->l);
    return e;
}

static struct expr *parse_atom(struct parse *p)
{
    size_t from = p->l->from;
    struct expr *e;
    if (lex_accept(p->l, "(")) {
        if (!enter(p)) return NULL;
        e = parse_group(p);
        p->depth--;
    } else if (p->l->tok.kind >= TOK_NUMBER && p->l->tok.kind <= TOK_STRING) {
        e = parse_literal(p);
        if (e && e->kind == EXPR_NAME && lex_accept(p->l, "(")) {
            if (!enter(p)) return NULL;
            e = parse_call(p, e);
            p->depth--;
        }
    } else {
        return fail(p, "a value");
    }
    return e ? finish(p, e, from) : NULL;
}

static struct expr *parse_operand(struct parse *p)
{
    size_t from = p->l->from;
    struct expr *lo = parse_atom(p);
    if (!lo || !lex_accept(p->l, "..")) return lo;
    struct expr *range = new_node(p, EXPR_RANGE);
    struct expr *hi = range ? parse_atom(p) : NULL;
    if (!hi) return NULL;
    range->n = 2;
    range->kids = arena_array(p->a, struct expr_kid, 2);
    range->kids[0] = (struct expr_kid){.weight = 1, .e = lo};
    range->kids[1] = (struct expr_kid){.weight = 1, .e = hi};
    if (lex_accept(p->l, "step")) {
        if (p->l->tok.kind != TOK_NUMBER) return fail(p, "a number");
        range->has_step = true;
        range->q = p->l->tok.q;
        lex_next(p->l);
    }
    return finish(p, range, from);
}

static struct expr *parse_list(struct parse *p, bool comma)
{
    size_t from = p->l->from;
    struct kids kids = {0};
    bool weighted;
    do {
        struct expr_kid *kid = VEC_PUSH(p->a, &kids);
        struct expr *e = parse_item(p, kid, &weighted);
        if (!e) return NULL;
        if (kids.n == 1 && !weighted && !(comma && lex_is(p->l, ","))) return e;
    } while (comma && lex_accept(p->l, ","));
    struct expr *list = new_node(p, EXPR_LIST);
    if (!list) return NULL;
    list->kids = kids.v;
    list->n = kids.n;
    return finish(p, list, from);
}

/* "per flow" or "along flow" behind a value. */
static struct expr *parse_flow(struct parse *p, struct expr *value, size_t from, bool comma)
{
    struct expr *e = new_node(p, lex_is(p->l, "per") ? EXPR_PER_FLOW : EXPR_ALONG_FLOW);
    if (!e) return NULL;
    lex_next(p->l);
    if (!lex_accept(p->l, "flow")) return fail(p, "'flow'");
    if (comma && lex_is(p->l, ","))
        return fail(p, "parentheses around one item of a list, or the end");
    e->n = 1;
    e->kids = arena_array(p->a, struct expr_kid, 1);
    e->kids[0] = (struct expr_kid){.weight = 1, .e = value};
    return finish(p, e, from);
}

static struct expr *parse_value(struct parse *p, bool comma)
{
    size_t from = p->l->from;
    struct expr *e = parse_list(p, comma);
    bool flow = e && (lex_is(p->l, "per") || lex_is(p->l, "along"));
    return flow ? parse_flow(p, e, from, comma) : e;
}

const struct expr *expr_parse_lex(struct arena *a, struct lex *l, bool comma, struct where at,
                                  struct errs *errs)
{
    struct parse p = {.a = a, .l = l, .at = at, .errs = errs};
    return parse_value(&p, comma);
}

const struct expr *expr_parse(struct arena *a, struct span text, struct where at, struct errs *errs)
{
    struct lex l;
    lex_start(&l, arena_span(a, text));
    struct parse p = {.a = a, .l = &l, .at = at, .errs = errs};
    const struct expr *e = parse_value(&p, true);
    if (e && l.tok.kind != TOK_END) return fail(&p, "',' or the end");
    return e;
}

/* A template under construction. */
struct text {
    struct parse p;
    struct kids kids;
    struct span all;
    size_t literal; /* where the literal text not yet made a node begins */
};

/* The literal text up to `end` becomes a node. */
static bool literal_end(struct text *t, size_t end)
{
    if (end == t->literal) return true;
    struct expr *e = new_node(&t->p, EXPR_STRING);
    if (!e) return false;
    e->src = e->text = span_sub(t->all, t->literal, end - t->literal);
    *VEC_PUSH(t->p.a, &t->kids) = (struct expr_kid){.weight = 1, .e = e};
    return true;
}

/* The expression behind the "${" that ends at *at; *at moves behind its "}". */
static bool placeholder(struct text *t, size_t *at)
{
    struct lex l;
    lex_start(&l, span_from(t->all, *at));
    t->p.l = &l;
    if (lex_is(&l, "}")) return err_add(t->p.errs, t->p.at, "'${}' is empty, expected ${value}");
    const struct expr *e = parse_value(&t->p, true);
    if (!e) return false;
    if (l.tok.kind == TOK_END)
        return err_add(t->p.errs, t->p.at, "'${%.*s' is not closed, expected '}'",
                       l.all.n > 40 ? 40 : (int)l.all.n, (const char *)l.all.p);
    if (!lex_is(&l, "}")) return fail(&t->p, "'}'");
    *VEC_PUSH(t->p.a, &t->kids) = (struct expr_kid){.weight = 1, .e = e};
    *at += l.at;
    return true;
}

const struct expr *expr_parse_text(struct arena *a, struct span text, struct where at,
                                   struct errs *errs)
{
    struct text t = {.p = {.a = a, .at = at, .errs = errs}, .all = arena_span(a, text)};
    struct expr *e = new_node(&t.p, EXPR_TEXT);
    for (size_t i = 0; (i += span_find(span_from(t.all, i), '$')) < t.all.n;) {
        struct span rest = span_from(t.all, i);
        bool dollar = span_starts(rest, "$$");
        if (!dollar && !span_starts(rest, "${")) {
            err_add(errs, at, "a lone '$', expected ${value}, or $$ for a dollar sign");
            return NULL;
        }
        if (!literal_end(&t, i + dollar)) return NULL;
        i += 2;
        if (!dollar && !placeholder(&t, &i)) return NULL;
        t.literal = i;
    }
    if (!literal_end(&t, t.all.n)) return NULL;
    e->src = t.all;
    e->kids = t.kids.v;
    e->n = t.kids.n;
    return e;
}
