/* value: the fields of a packet section become constants or columns. */
#include <stdio.h>
#include "packet/template.h"

/* Where the last dot of a key splits it: layer names may hold dots, field names do not. */
static bool split_key(const char *key, struct span *layer, struct span *field)
{
    const char *dot = strrchr(key, '.');
    if (!dot) return false;
    *layer = span_make(key, (size_t)(dot - key));
    *field = span_of(dot + 1);
    return true;
}

/* names_to_numbers: a field's own names (`syn+ack:3, rst`) become numbers before the value is
 * parsed, so that they may stand wherever a number may. */
static const struct named *find_name(const struct field *f, struct span text)
{
    for (const struct named *n = f->names; n && n->name; n++) {
        if (span_is_nocase(text, n->name)) return n;
    }
    return NULL;
}

struct text {
    char *p;
    size_t n;
};
static void text_add(struct text *t, const void *p, size_t n)
{
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

static struct span names_to_numbers(struct build *b, const struct field *f, struct span in)
{
    if (!f->names || !in.n) return in;
    /* A name of one letter may become a number of 20 digits. */
    struct text out = {arena_alloc(b->env->arena, in.n * 20 + 1), 0};
    struct lex lex;
    size_t copied = 0; /* input up to here is in the output */
    lex_start(&lex, in);
    while (lex.tok.kind != TOK_END && lex.tok.kind != TOK_BAD) {
        const struct named *name = lex.tok.kind == TOK_NAME ? find_name(f, lex.tok.text) : NULL;
        size_t from = (size_t)(lex.tok.text.p - in.p), to = from + lex.tok.text.n;
        lex_next(&lex);
        if (!name || lex_is(&lex, "(")) continue;
        uint64_t v = name->value;
        while (f->type == FIELD_FLAGS && lex_accept(&lex, "+")) {
            const struct named *more = lex.tok.kind == TOK_NAME ? find_name(f, lex.tok.text) : NULL;
            if (!more) break;
            v |= more->value;
            to = (size_t)(lex.tok.text.p - in.p) + lex.tok.text.n;
            lex_next(&lex);
        }
        char digits[24];
        int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
        text_add(&out, in.p + copied, from - copied);
        text_add(&out, digits, (size_t)n);
        copied = to;
    }
    text_add(&out, in.p + copied, in.n - copied);
    return span_make(out.p, out.n);
}

static struct gen_want want_of(struct build *b, const struct layer *l, const struct field *f)
{
    struct arena *a = b->env->arena;
    struct gen_want w = {.type = GEN_U64};
    struct param param = {0};
    layer_param(l->class, (size_t)(f - l->class->fields), a, &param);
    const char *article = param.type[0] == 'I' ? "an" : "a";
    w.what = arena_printf(a, "%s %s for %s.%s", article, param.type, l->name, f->name);
    unsigned bits = f->type == FIELD_MAC ? 48 : f->type == FIELD_IP4 ? 32 : f->width;
    w.hi = bits == 0 ? FRAME_MAX : bits >= 64 ? UINT64_MAX : (1ull << bits) - 1;
    if (f->type == FIELD_IP4) w.format = FORMAT_IP4;
    if (f->type == FIELD_MAC) w.format = FORMAT_MAC;
    if (f->type == FIELD_IP6) w.type = GEN_IP6;
    if (f->type == FIELD_BYTES) w.type = GEN_TEXT, w.hi = UINT64_MAX;
    return w;
}

/* After a mistake: the names that the field knows. */
static void tell_names(struct build *b, const struct layer *l, const struct field *f,
                       const struct entry *e)
{
    char list[256] = "";
    size_t n = 0;
    for (const struct named *name = f->names; name->name && n < sizeof list; name++) {
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", name->name);
    }
    err_add(b->env->errs, e->at, "%s.%s also takes the names %s%s", l->name, f->name, list,
            f->type == FIELD_FLAGS ? ", joined by '+'" : "");
}

static const struct gen *compile_gen(struct build *b, const struct layer *l, const struct field *f,
                                     const struct entry *e, const char *path)
{
    if (f->type == FIELD_TEXT) return gen_template(b->env, e, path);
    struct gen_want want = want_of(b, l, f);
    if (f->type == FIELD_BYTES) return gen_entry(b->env, e, path, &want);
    struct span text = names_to_numbers(b, f, e->value);
    const struct expr *x = expr_parse(b->env->arena, text, e->at, b->env->errs);
    const struct gen *g = x ? gen_want(b->env, x, path, &want) : NULL;
    if (!g && f->names) tell_names(b, l, f, e);
    return g;
}

/* The value of a constant generator. */
static u128 constant_of(const struct gen *g, struct scratch *s)
{
    uint64_t zero = 0;
    struct draw d = {.index = &zero, .due_ns = &zero, .scratch = s};
    if (g->type != GEN_IP6) return gen_u64(g, &d);
    u128 v = 0;
    struct column out = {.a = &v};
    gen_fill(g, &d, 1, &out);
    return v;
}

/* The wire form of a constant text, in the arena. */
static struct span content_of(struct build *b, const struct layer *l, const struct field *f,
                              struct span text)
{
    size_t (*encode)(struct span, uint8_t *) = l->class->parts[f->part].encode;
    uint8_t *out = arena_alloc(b->env->arena, text.n + ENCODE_GROWTH);
    if (encode) return span_make(out, encode(text, out));
    if (text.n) memcpy(out, text.p, text.n);
    return span_make(out, text.n);
}

static struct span constant_text(const struct gen *g, struct scratch *s)
{
    uint64_t zero = 0;
    struct draw d = {.index = &zero, .due_ns = &zero, .scratch = s};
    return gen_span(g, &d);
}

static void set_value(struct build *b, struct layer *l, struct value *v, const struct gen *g)
{
    if (!g) {
        b->bad = true;
        return;
    }
    struct scratch s = {0};
    v->gen = NULL;
    v->content = (struct span){0};
    if (!g->constant) {
        v->gen = g;
    } else if (g->type == GEN_TEXT) {
        v->content = content_of(b, l, v->field, constant_text(g, &s));
    } else {
        v->constant = constant_of(g, &s);
    }
    scratch_free(&s);
}

static const char *field_name_at(const void *list, size_t i)
{
    return ((const struct layer_class *)list)->fields[i].name;
}
static const char *layer_name_at(const void *list, size_t i)
{
    const struct packet *p = list;
    return i < p->layers ? p->layer[i].name : NULL;
}

/* Tells that a key's layer is not in the stack. */
static void unknown_layer(struct build *b, const struct entry *e, struct span name)
{
    char buf[80], *text = arena_str(b->env->arena, name);
    if (layer_find(name)) {
        err_add(b->env->errs, e->at, "%s: '%s' is not among the packet's layers", e->key, text);
    } else {
        err_add(b->env->errs, e->at, "%s: there is no layer '%s'%s", e->key, text,
                err_suggest(buf, err_nearest(text, layer_name_at, b->p)));
    }
    b->bad = true;
}

static void give_value(struct build *b, struct layer *l, struct value *v, const struct entry *e)
{
    const struct field *f = v->field;
    l->parts |= 1u << f->part;
    if (span_is(e->value, "auto") && field_is_computed(l->class, f->name)) return;
    v->entry = e;
    v->given = true;
    if (f->type == FIELD_WORD) return;
    const char *path =
        arena_printf(b->env->arena, "packet %s.%s.%s", b->sec->name, l->name, f->name);
    set_value(b, l, v, compile_gen(b, l, f, e, path));
}

static void parse_entry(struct build *b, struct entry *e)
{
    struct span layer, field;
    if (!split_key(e->key, &layer, &field)) return;
    e->used = true;
    struct layer *l = stack_layer(b, layer);
    if (!l && b->copies != COPIES_MOST) return; /* a copy that this template does not have */
    if (!l) {
        unknown_layer(b, e, layer);
        return;
    }
    int i = field_find(l->class, field);
    if (i < 0) {
        char buf[80], *text = arena_str(b->env->arena, field);
        err_add(b->env->errs, e->at, "%s: %s has no field '%s'%s", e->key, l->class->doc.name, text,
                err_suggest(buf, err_nearest(text, field_name_at, l->class)));
        b->bad = true;
        return;
    }
    give_value(b, l, &l->v[i], e);
}

/* What the first of a repeated layer is given holds for its copies; each draws for itself. */
static void share_values(struct build *b, struct layer *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct value *first = &l->copy_of->v[i];
        struct value *v = &l->v[i];
        if (!first->entry || first->entry == v->entry || (v->given && !v->shared)) continue;
        give_value(b, l, v, first->entry);
        v->shared = true;
    }
}

static void set_defaults(struct build *b, struct layer *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct value *v = &l->v[i];
        const struct field *f = v->field;
        if (f->type == FIELD_BYTES) v->content = content_of(b, l, f, (struct span){0});
        if (!f->dflt || f->type == FIELD_WORD) continue;
        struct entry e = {.key = f->name, .value = span_of(f->dflt), .at = l->where};
        set_value(b, l, v, compile_gen(b, l, f, &e, "packet default"));
    }
}

const struct param packet_keys[] = {
    {"layers", "layers", NULL,
     "the headers from the outside in, such as eth / ipv4 / udp; `as NAME` renames one, `* 1..4` "
     "repeats it; a second of its kind without a name is called KIND.2"},
    {"like", "packet", "none",
     "take the layers and fields of this packet; what is set here comes on top"},
    {"reverse", "packet", "none",
     "the same with sides exchanged, as in a reply: Ethernet, IP and ARP addresses and ports"},
    {"size", "size or generator", "as the layers need",
     "the frame's length in bytes without the check sequence: what is missing is filled up"},
    {0},
};

/* The size of a frame, where the section tells it. */
static void parse_size(struct build *b)
{
    static const struct gen_want want = {.what = "a frame length of 0..65535 bytes",
                                         .hi = FRAME_MAX};
    struct entry *size = section_get(b->sec, "size");
    if (!size) return;
    b->size_entry = size;
    b->size =
        gen_entry(b->env, size, arena_printf(b->env->arena, "packet %s.size", b->sec->name), &want);
    if (!b->size) b->bad = true;
}

/* What one section says of the packet. */
static void parse_section(struct build *b, const struct origin *from)
{
    if (from->reversed) like_reverse(b);
    b->sec = from->sec;
    for (size_t i = 0; i < b->sec->n; i++) parse_entry(b, &b->sec->v[i]);
    for (size_t i = 0; i < b->p->layers; i++)
        if (b->p->layer[i].copy_of) share_values(b, &b->p->layer[i]);
    parse_size(b);
}

bool values_parse(struct build *b)
{
    static const char *const known[] = {"layers", "like", "reverse", "size", NULL};
    size_t errors = b->env->errs->n + b->env->errs->more;
    for (size_t i = 0; i < b->p->layers; i++) set_defaults(b, &b->p->layer[i]);
    for (size_t i = 0; i < b->origins; i++) parse_section(b, &b->origin[i]);
    section_unused(b->sec, known, b->env->errs);
    return !b->bad && b->env->errs->n + b->env->errs->more == errors;
}
