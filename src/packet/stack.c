/* stack: the `layers` key of a packet section, checked layer by layer. */
#include <stdio.h>
#include "packet/template.h"

#define TIMES_MAX 16

static const char *class_name(const void *list, size_t i)
{
    (void)list;
    return i < layer_class_count ? layer_classes[i]->doc.name : NULL;
}

static void follow_error(struct build *b, struct where at, const struct layer_class *lower,
                         const struct layer_class *upper)
{
    char list[256];
    layer_followers(lower, list, sizeof list);
    if (!lower) {
        err_add(b->env->errs, at, "layers: a frame cannot begin with %s, expected %s",
                upper->doc.name, list);
    } else {
        err_add(b->env->errs, at, "layers: %s cannot follow %s, expected %s", upper->doc.name,
                lower->doc.name, list);
    }
    b->bad = true;
}

struct layer *stack_layer(struct build *b, struct span name)
{
    for (size_t i = 0; i < b->p->layers; i++) {
        if (span_is(name, b->p->layer[i].name)) return &b->p->layer[i];
    }
    return NULL;
}

/* "ipv4" for the first of its kind that has no alias, "ipv4.2" for the second. */
static const char *automatic_name(struct build *b, const struct layer_class *c)
{
    const char *name = c->doc.name;
    for (unsigned nth = 2; stack_layer(b, span_of(name)); nth++) {
        name = arena_printf(b->env->arena, "%s.%u", c->doc.name, nth);
    }
    return name;
}

static void layer_init(struct build *b, struct layer *l, const struct layer_class *c)
{
    l->class = c;
    while (c->fields[l->n].name) l->n++;
    l->v = arena_array(b->env->arena, struct value, l->n);
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].field = &c->fields[i];
        l->v[i].column = -1;
    }
    for (unsigned i = 0; c->parts[i].bytes || c->parts[i].text; i++) {
        if (!c->parts[i].optional) l->parts |= 1u << i;
    }
}

static void stack_push(struct build *b, const struct layer_class *c, const char *name,
                       struct where at)
{
    struct packet *p = b->p;
    if (p->layers == LAYERS_MAX) {
        err_add(b->env->errs, at, "layers: more than %d layers", LAYERS_MAX);
        b->bad = true;
        return;
    }
    const struct layer_class *lower = p->layers ? p->layer[p->layers - 1].class : NULL;
    if (!layer_over(c, lower ? lower->next : NEXT_START)) follow_error(b, at, lower, c);
    if (!name) name = automatic_name(b, c);
    if (stack_layer(b, span_of(name))) {
        err_add(b->env->errs, at, "layers: two layers are called '%s', expected another alias",
                name);
        b->bad = true;
    }
    struct layer *l = &p->layer[p->layers++];
    l->name = name;
    l->where = at;
    layer_init(b, l, c);
}

/* "* 1..4": how often the layer stands there. False after a mistake. When it differs by unit,
 * b->copies says for which number this template is; the most comes first. */
static bool read_times(struct build *b, struct lex *lex, struct where at, uint64_t *times)
{
    static const struct gen_want want = {.what = "a number of layers 0..16", .hi = TIMES_MAX};
    *times = 1;
    if (!lex_accept(lex, "*")) return true;
    const struct expr *x = expr_parse_lex(b->env->arena, lex, false, at, b->env->errs);
    const char *path = arena_printf(b->env->arena, "packet %s.layers", b->sec->name);
    const struct gen *g = x ? gen_want(b->env, x, path, &want) : NULL;
    if (!g) return false;
    if (g->constant) {
        *times = gen_constant(b, g);
        return true;
    }
    if (b->times) return err_add(b->env->errs, at, "layers: more than one layer varies in number");
    b->times = g;
    *times = b->copies == COPIES_MOST ? g->hi : b->copies;
    return true;
}

static void push_copies(struct build *b, const struct layer_class *c, const char *alias,
                        struct where at, uint64_t times)
{
    struct layer *first = &b->p->layer[b->p->layers];
    for (uint64_t i = 0; i < times && !b->bad; i++) {
        const char *name = alias;
        if (alias && i) name = arena_printf(b->env->arena, "%s.%u", alias, (unsigned)i + 1);
        stack_push(b, c, name, at);
        if (i && !b->bad) first[i].copy_of = first;
    }
}

/* One "name [as alias] [* times]". False when the text cannot be understood any further. */
static bool read_layer(struct build *b, struct lex *lex, struct where at)
{
    char here[64], buf[80], name[64];
    if (lex->tok.kind != TOK_NAME) {
        return err_add(b->env->errs, at, "layers: %s, expected the name of a layer",
                       lex_here(lex, here));
    }
    struct span text = lex->tok.text;
    const struct layer_class *c = layer_find(text);
    const char *alias = NULL;
    lex_next(lex);
    if (lex_accept(lex, "as")) {
        if (lex->tok.kind != TOK_NAME) {
            return err_add(b->env->errs, at, "layers: %s, expected a name after 'as'",
                           lex_here(lex, here));
        }
        alias = arena_str(b->env->arena, lex->tok.text);
        lex_next(lex);
    }
    if (!c) {
        snprintf(name, sizeof name, "%.*s", (int)(text.n < 63 ? text.n : 63), (const char *)text.p);
        return err_add(b->env->errs, at, "layers: there is no layer '%s'%s", name,
                       err_suggest(buf, err_nearest(name, class_name, NULL)));
    }
    uint64_t times;
    if (!read_times(b, lex, at, &times)) return false;
    push_copies(b, c, alias, at, times);
    return true;
}

static bool wants_payload(const struct section *sec)
{
    for (size_t i = 0; i < sec->n; i++) {
        const char *key = sec->v[i].key;
        if (strcmp(key, "size") == 0 || strncmp(key, "payload.", 8) == 0) return true;
    }
    return false;
}

/* `size` and payload fields need somewhere to put padding: a stack that could carry a payload
 * gets one. */
static void implicit_payload(struct build *b, struct where at)
{
    struct packet *p = b->p;
    const struct layer_class *last = p->layer[p->layers - 1].class;
    const struct layer_class *payload = layer_find(span_of("payload"));
    if (last->fill || !layer_over(payload, last->next)) return;
    for (size_t k = 0; k < b->origins; k++)
        if (wants_payload(b->origin[k].sec)) {
            stack_push(b, payload, NULL, at);
            return;
        }
}

static bool parse_layers(struct build *b)
{
    struct entry *e = section_get(b->sec, "layers");
    if (!e) {
        return err_add(b->env->errs, b->sec->at,
                       "the packet has no layers, expected a line such as "
                       "'layers = eth / ipv4 / udp'");
    }
    b->p->layer = arena_array(b->env->arena, struct layer, LAYERS_MAX);
    struct lex lex;
    lex_start(&lex, e->value);
    for (;;) {
        if (!read_layer(b, &lex, e->at)) return false;
        if (!lex_accept(&lex, "/")) break;
    }
    if (lex.tok.kind != TOK_END) {
        char here[64];
        return err_add(b->env->errs, e->at, "layers: %s, expected '/' and another layer",
                       lex_here(&lex, here));
    }
    if (!b->p->layers) return err_add(b->env->errs, e->at, "layers: nothing is left of them");
    if (b->bad) return false;
    implicit_payload(b, e->at);
    return !b->bad;
}

bool stack_parse(struct build *b)
{
    struct section *own = b->sec;
    b->sec = b->origin[0].sec;
    bool fine = parse_layers(b);
    b->sec = own;
    return fine;
}
