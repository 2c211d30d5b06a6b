#include "proto/http1_edit.h"

#include "proto/http1_request.h"

/* One header; no pieces: it is removed. */
struct change {
    struct span name;
    struct pieces line; /* "Name: value" and the line end */
};
struct http1_edit {
    struct change *v;
    size_t n, cap;
};

static bool no_control(uint8_t c)
{
    return c >= 0x20 ? c != 0x7f : c == '\t';
}
static const struct piece_rule value_rule = {
    .what = "a header", .allows = no_control, .advice = "a header is one line of text"};

static bool same_name(struct span a, struct span b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++) {
        uint8_t x = a.p[i], y = b.p[i];
        if (x >= 'A' && x <= 'Z') x |= 0x20;
        if (y >= 'A' && y <= 'Z') y |= 0x20;
        if (x != y) return false;
    }
    return true;
}

static bool compile_one(struct gen_env *env, const struct section *sec, const struct entry *e,
                        size_t i, struct http1_edit *x)
{
    struct arena *a = env->arena;
    size_t colon = span_find(e->value, ':');
    struct span name = span_sub(e->value, 0, colon);
    struct span value = span_trim(span_from(e->value, colon + 1));
    if (colon == e->value.n || !http1_token(name))
        return err_add(env->errs, e->at, "header is not 'Name: value' with a plain name");
    if (span_is_nocase(name, "content-length") || span_is_nocase(name, "transfer-encoding"))
        return err_add(env->errs, e->at,
                       "header changes %.*s, but bodies are sent as recorded; expected another",
                       (int)name.n, (const char *)name.p);
    struct change *c = VEC_PUSH(a, x);
    c->name = arena_span(a, name);
    if (value.n == 0) return true;
    pieces_text(a, &c->line, name);
    pieces_str(a, &c->line, ": ");
    char *path = arena_printf(a, "%s %s.header.%zu", sec->kind, sec->name, i);
    if (!pieces_template(env, &c->line, value, e->at, path, &value_rule)) return false;
    pieces_str(a, &c->line, "\r\n");
    return true;
}

const struct http1_edit *http1_edit_compile(struct gen_env *env, struct section *sec)
{
    struct http1_edit *x = arena_new(env->arena, struct http1_edit);
    const struct entry *e;
    bool good = true;
    for (size_t i = 0; (e = section_nth(sec, "header", i)); i++)
        good &= compile_one(env, sec, e, i, x);
    return good && x->n ? x : NULL;
}

static bool changes(const struct http1_edit *x, struct span name)
{
    for (size_t i = 0; i < x->n; i++)
        if (same_name(name, x->v[i].name)) return true;
    return false;
}

static uint8_t *put(uint8_t *to, struct span s)
{
    if (s.n) memcpy(to, s.p, s.n);
    return to + s.n;
}

struct span http1_edit_apply(const struct http1_edit *x, struct span head, const struct draw *d)
{
    struct span *lines = scratch_array(d->scratch, struct span, x->n);
    size_t room = head.n;
    for (size_t i = 0; i < x->n; i++) {
        pieces_render(&x->v[i].line, d, 1, &lines[i]);
        room += lines[i].n;
    }
    uint8_t *out = scratch_take(d->scratch, room), *to = out;
    struct reader r = reader_of(head);
    struct http1_head_line line;
    bool in_headers = false;
    while (http1_head_next(&r, &line)) {
        bool blank = span_trim(line.raw).n == 0;
        /* The empty line that ends the section; there may be some before the request line. */
        for (size_t i = 0; blank && in_headers && i < x->n; i++) to = put(to, lines[i]);
        if (!in_headers || !changes(x, line.name)) to = put(to, line.raw);
        if (!blank) in_headers = true;
    }
    return span_make(out, (size_t)(to - out));
}
