#include "proto/expect.h"
#include "proto/search.h"

#include <inttypes.h>

enum test { TEST_RANGES, TEST_PRESENT, TEST_IS, TEST_CONTAINS };

struct bounds {
    uint64_t lo, hi;
};
struct rule {
    const char *written;
    enum expect_kind kind;
    enum test test;
    bool negated;
    struct span header; /* name */
    struct span text;   /* TEST_IS */
    struct search search;
    struct { /* TEST_RANGES: a status, or the body's size */
        struct bounds *v;
        size_t n, cap;
    } ranges;
};
struct expect {
    struct rule *v;
    size_t n, cap;
    bool asks[EXPECT_BODY + 1];
    bool reads_body; /* more than its size */
};

/* What is known of one rule so far. */
struct progress {
    bool met, missed;
    uint32_t matched; /* bytes of the text */
};
struct check {
    const struct expect *x;
    const struct rule *failed;
    struct progress v[];
};

/* What a rule is compiled from. */
struct source {
    struct gen_env *env;
    struct lex lex;
    struct where at;
};

static bool wrong(struct source *src, const char *expected)
{
    char here[64];
    return err_add(src->env->errs, src->at, "expect has %s, expected %s", lex_here(&src->lex, here),
                   expected);
}

static bool read_number(struct source *src, uint64_t *out, const char *expected)
{
    const struct token *t = &src->lex.tok;
    bool fits = t->kind == TOK_NUMBER && (t->q.dim == DIM_NONE || t->q.dim == DIM_SIZE) &&
                quantity_u64(&t->q, false, out);
    if (!fits) return wrong(src, expected);
    lex_next(&src->lex);
    return true;
}

/* number [.. number] {, number [.. number]} */
static bool read_ranges(struct source *src, struct rule *r, uint64_t max, const char *expected)
{
    r->test = TEST_RANGES;
    do {
        struct bounds b;
        if (!read_number(src, &b.lo, expected)) return false;
        b.hi = b.lo;
        if (lex_accept(&src->lex, "..") && !read_number(src, &b.hi, expected)) return false;
        if (b.lo > b.hi || b.hi > max)
            return err_add(src->env->errs, src->at,
                           "expect has the range %" PRIu64 "..%" PRIu64 ", expected %s", b.lo, b.hi,
                           expected);
        *VEC_PUSH(src->env->arena, &r->ranges) = b;
    } while (lex_accept(&src->lex, ","));
    return true;
}

/* A quoted text, its escapes resolved. */
static bool read_text(struct source *src, struct rule *r, enum test test)
{
    struct arena *a = src->env->arena;
    if (src->lex.tok.kind != TOK_STRING) return wrong(src, "a text in double quotes");
    if (span_search(src->lex.tok.text, span_of("${")) < src->lex.tok.text.n)
        return err_add(
            src->env->errs, src->at,
            "expect takes fixed texts, expected no ${...} (\\x24{ for these characters)");
    r->text = lex_unescape(a, src->lex.tok.text);
    lex_next(&src->lex);
    if (test == TEST_CONTAINS && (r->text.n == 0 || r->text.n > UINT32_MAX))
        return err_add(src->env->errs, src->at,
                       "expect contains \"\", expected a text to look for");
    r->test = test;
    if (test == TEST_CONTAINS) search_compile(a, &r->search, r->text);
    return true;
}

static bool read_header(struct source *src, struct rule *r)
{
    r->kind = EXPECT_HEADER;
    if (src->lex.tok.kind != TOK_NAME) return wrong(src, "a header's name");
    r->header = arena_span(src->env->arena, src->lex.tok.text);
    lex_next(&src->lex);
    r->negated = lex_accept(&src->lex, "not");
    r->test = TEST_PRESENT;
    if (lex_accept(&src->lex, "present")) return true;
    if (lex_accept(&src->lex, "is")) return read_text(src, r, TEST_IS);
    if (lex_accept(&src->lex, "contains")) return read_text(src, r, TEST_CONTAINS);
    return wrong(src, "'present', 'is \"text\"' or 'contains \"text\"'");
}

static bool read_body(struct source *src, struct rule *r)
{
    r->kind = EXPECT_BODY;
    r->negated = lex_accept(&src->lex, "not");
    if (lex_accept(&src->lex, "contains")) return read_text(src, r, TEST_CONTAINS);
    if (lex_accept(&src->lex, "is")) return read_text(src, r, TEST_IS);
    if (lex_accept(&src->lex, "size"))
        return read_ranges(src, r, UINT64_MAX, "a size such as 10..20KiB");
    return wrong(src, "'contains \"text\"', 'is \"text\"' or 'size 10..20'");
}

static bool read_status(struct source *src, struct rule *r)
{
    r->kind = EXPECT_STATUS;
    r->negated = lex_accept(&src->lex, "not");
    return read_ranges(src, r, 9999, "a status such as 200 or 200..299");
}

static bool read_rule(struct source *src, struct rule *r)
{
    bool good;
    if (lex_accept(&src->lex, "status"))
        good = read_status(src, r);
    else if (lex_accept(&src->lex, "header"))
        good = read_header(src, r);
    else if (lex_accept(&src->lex, "body"))
        good = read_body(src, r);
    else
        return wrong(src, "'status 200', 'header NAME ...' or 'body ...'");
    if (good && src->lex.tok.kind != TOK_END) return wrong(src, "the end");
    return good;
}

const struct expect *expect_compile(struct gen_env *env, struct section *sec)
{
    struct expect *x = arena_new(env->arena, struct expect);
    const struct entry *e;
    bool good = true;
    for (size_t i = 0; (e = section_nth(sec, "expect", i)); i++) {
        struct source src = {.env = env, .at = e->at};
        struct rule r = {.written = entry_text(env->arena, e)};
        lex_start(&src.lex, e->value);
        good &= read_rule(&src, &r);
        x->asks[r.kind] = true;
        if (r.kind == EXPECT_BODY && r.test != TEST_RANGES) x->reads_body = true;
        *VEC_PUSH(env->arena, x) = r;
    }
    return good && x->n > 0 ? x : NULL;
}

size_t expect_state_size(const struct expect *x)
{
    return x ? sizeof(struct check) + x->n * sizeof(struct progress) : 0;
}

bool expect_asks(const struct expect *x, enum expect_kind kind)
{
    return x && x->asks[kind];
}

/* A whole value at once. */
static bool value_fits(const struct rule *r, struct span value)
{
    switch (r->test) {
    case TEST_PRESENT:
        return true;
    case TEST_IS:
        return span_eq(value, r->text);
    default:
        return span_search(value, r->text) < value.n;
    }
}

static bool same_name(struct span a, struct span b)
{
    for (size_t i = 0; a.n == b.n && i < a.n; i++) {
        uint8_t x = a.p[i], y = b.p[i];
        if (x >= 'A' && x <= 'Z') x |= 0x20;
        if (y >= 'A' && y <= 'Z') y |= 0x20;
        if (x != y) return false;
    }
    return a.n == b.n;
}

static void see_header(void *ctx, struct span name, struct span value)
{
    struct check *c = ctx;
    for (size_t i = 0; i < c->x->n; i++) {
        const struct rule *r = &c->x->v[i];
        if (r->kind == EXPECT_HEADER && !c->v[i].met && same_name(name, r->header))
            c->v[i].met = value_fits(r, value);
    }
}

static void see_body(void *ctx, struct span piece)
{
    struct check *c = ctx;
    for (size_t i = 0; i < c->x->n; i++) {
        const struct rule *r = &c->x->v[i];
        struct progress *p = &c->v[i];
        size_t end;
        if (r->kind != EXPECT_BODY || p->met || p->missed) continue;
        if (r->test == TEST_CONTAINS) {
            p->met = search_step(&r->search, &p->matched, piece, &end);
        } else if (r->test == TEST_IS) {
            p->missed = !span_eq(span_sub(r->text, p->matched, piece.n), piece);
            if (!p->missed) p->matched += (uint32_t)piece.n;
        }
    }
}

void expect_begin(const struct expect *x, void *state, struct reply *reply)
{
    reply->on_header = NULL;
    reply->on_body = NULL;
    if (!x) return;
    struct check *c = state;
    memset(c, 0, expect_state_size(x));
    c->x = x;
    reply->ctx = c;
    if (x->asks[EXPECT_HEADER]) reply->on_header = see_header;
    if (x->reads_body) reply->on_body = see_body;
}

static bool in_ranges(const struct rule *r, uint64_t v)
{
    for (size_t i = 0; i < r->ranges.n; i++)
        if (v >= r->ranges.v[i].lo && v <= r->ranges.v[i].hi) return true;
    return false;
}

static bool holds(const struct rule *r, const struct progress *p, const struct reply *reply)
{
    if (r->test == TEST_RANGES)
        return in_ranges(r, r->kind == EXPECT_STATUS ? reply->status : reply->body_bytes);
    if (r->kind == EXPECT_BODY && r->test == TEST_IS) return !p->missed && p->matched == r->text.n;
    return p->met;
}

const char *expect_verdict(const struct expect *x, void *state, const struct reply *reply)
{
    struct check *c = state;
    for (size_t i = 0; x && i < x->n; i++) {
        if (holds(&x->v[i], &c->v[i], reply) != x->v[i].negated) continue;
        c->failed = &x->v[i];
        return x->v[i].written;
    }
    return NULL;
}

enum expect_kind expect_verdict_kind(const struct expect *x, void *state)
{
    (void)x;
    return ((const struct check *)state)->failed->kind;
}
