#include "proto/http1_edit.h"

#define METHOD_MAX 24 /* a longer first word is no method that anybody uses */

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

/* Whether the line that begins at `at` and ends before `end` is empty. */
static bool is_blank(struct span s, size_t at, size_t end)
{
    return end == at || (end == at + 1 && s.p[at] == '\r');
}

size_t http1_head_end(struct span s, size_t from)
{
    bool begun = from > 0;
    size_t at = from;
    /* Back to the beginning of the line that `from` lies in. */
    while (at > 0 && s.p[at - 1] != '\n') at--;
    if (begun) { /* empty lines before the request line do not end anything */
        struct span before = span_sub(s, 0, at);
        begun = span_trim(before).n > 0;
    }
    while (at < s.n) {
        size_t end = at + span_find(span_from(s, at), '\n');
        if (end == s.n) return 0;
        if (!is_blank(s, at, end))
            begun = true;
        else if (begun)
            return end + 1;
        at = end + 1;
    }
    return 0;
}

bool http1_head_likely(struct span s)
{
    while (s.n && (s.p[0] == '\r' || s.p[0] == '\n')) s = span_from(s, 1);
    size_t end = span_find(s, '\n'), blank = span_find(span_sub(s, 0, end), ' ');
    struct span method = span_sub(s, 0, blank);
    if (s.n == 0) return true;
    if (method.n > METHOD_MAX || !http1_token(method)) return false;
    if (end == s.n) return true; /* the line goes on */
    struct span line = span_trim(span_sub(s, 0, end));
    return line.n > 9 && span_starts(span_from(line, line.n - 9), " HTTP/1.");
}

static const struct change *change_of(const struct http1_edit *x, struct span line)
{
    struct span name = span_sub(line, 0, span_find(line, ':'));
    for (size_t i = 0; i < x->n; i++)
        if (same_name(name, x->v[i].name)) return &x->v[i];
    return NULL;
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
    bool request_line = true, dropping = false;
    while (head.n) {
        size_t end = span_find(head, '\n') + 1;
        struct span line = span_sub(head, 0, end);
        head = span_from(head, end);
        bool blank = span_trim(line).n == 0;
        bool folded = line.p[0] == ' ' || line.p[0] == '\t';
        if (request_line) {
            request_line = blank; /* empty lines may come before it */
        } else if (blank) {
            for (size_t i = 0; i < x->n; i++) to = put(to, lines[i]);
            dropping = false;
        } else {
            dropping = folded ? dropping : change_of(x, line) != NULL;
        }
        if (!dropping) to = put(to, line);
    }
    return span_make(out, (size_t)(to - out));
}
