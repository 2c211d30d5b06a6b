/* compile: a packet section becomes a template. */
#include <stdio.h>
#include "packet/template.h"

#include "packet/checksum.h"

#define SLACK 64 /* bytes behind the image that stores and sums may touch */

int packet_column(struct packet *p, int n)
{
    p->columns += n;
    return p->columns - n;
}

void packet_source(struct build *b, struct source s)
{
    struct packet *p = b->p;
    if (p->sources == p->source_cap) {
        p->source = arena_grow(b->env->arena, p->source, sizeof s, &p->source_cap);
    }
    p->source[p->sources++] = s;
}

void packet_place(struct build *b, uint32_t bit, uint16_t width, int column)
{
    struct packet *p = b->p;
    if (p->places == p->place_cap) {
        p->place = arena_grow(b->env->arena, p->place, sizeof *p->place, &p->place_cap);
    }
    p->place[p->places++] = (struct place){bit, width, column};
}

struct value *layer_value(const struct layer *l, const char *field)
{
    int i = field_find(l->class, span_of(field));
    return i < 0 ? NULL : &l->v[i];
}

bool build_is_set(const struct layer *l, const char *field)
{
    return layer_value(l, field)->given;
}

void build_default(struct layer *l, const char *field, uint64_t value)
{
    struct value *v = layer_value(l, field);
    if (v->given) return;
    v->constant = value;
    v->gen = NULL;
}

void build_link_src(struct build *b, struct layer *l, const char *field)
{
    struct value *v = layer_value(l, field);
    const struct value *src = layer_value(&b->p->layer[0], "src");
    if (v->given) return;
    v->gen = src->gen;
    v->entry = src->entry;
    v->constant = src->constant;
    v->given = true;
    if (src->given) return;
    v->column = packet_column(b->p, 1);
    b->p->link_mac = (uint64_t)src->constant;
    packet_source(b, (struct source){.kind = SOURCE_LINK, .column = v->column});
}

void build_part(struct layer *l, unsigned part)
{
    l->parts |= 1u << part;
}
bool build_has_part(const struct layer *l, unsigned part)
{
    return l->parts >> part & 1;
}

unsigned build_part_run(struct layer *l, unsigned first, unsigned last)
{
    while (last >= first && !build_has_part(l, last)) last--;
    for (unsigned k = first; k <= last; k++) build_part(l, k);
    return last + 1 - first;
}

unsigned build_run(const struct build *b, const struct layer *l, const struct layer_class *c)
{
    const struct layer *end = b->p->layer + b->p->layers, *at = l + 1;
    while (at < end && at->class == c) at++;
    return (unsigned)(at - l - 1);
}

unsigned build_count(const struct build *b, const struct layer *l, const struct layer_class *c)
{
    unsigned n = 0;
    for (const struct layer *at = l + 1; at < b->p->layer + b->p->layers; at++) n += at->class == c;
    return n;
}

const struct layer_class *build_upper(const struct build *b, const struct layer *l)
{
    return l + 1 < b->p->layer + b->p->layers ? l[1].class : NULL;
}

void build_error(struct build *b, const struct layer *l, const char *field, const char *text)
{
    const struct value *v = field ? layer_value(l, field) : NULL;
    struct where at = v && v->entry ? v->entry->at : l->where;
    err_add(b->env->errs, at, "%s%s%s: %s", l->name, field ? "." : "", field ? field : "", text);
    b->bad = true;
}

uint64_t gen_constant(struct build *b, const struct gen *g)
{
    (void)b;
    uint64_t zero = 0;
    struct scratch s = {0};
    struct draw d = {.index = &zero, .due_ns = &zero, .scratch = &s};
    uint64_t v = gen_u64(g, &d);
    scratch_free(&s);
    return v;
}

/* Each lower layer tells what follows it. */
static void set_types(struct build *b)
{
    for (size_t i = 0; i + 1 < b->p->layers; i++) {
        struct layer *lower = &b->p->layer[i];
        const struct over *o = layer_over(lower[1].class, lower->class->next);
        const char *field = like_type_field(b, lower);
        if (!o || o->type == TYPE_NONE || !field) continue;
        build_default(lower, field, o->type);
    }
}

/* The bytes of a part: the image gets them when it is there. */
static void place_text(struct build *b, struct layer *l, const struct part *part, uint32_t *at)
{
    struct packet *p = b->p;
    struct value *v = layer_value(l, part->text);
    uint32_t n = (uint32_t)v->content.n;
    bool last = l == &p->layer[p->layers - 1];
    if (l->class->fill || v->gen) {
        bool counted = l->class->length[0].header || l->class->length[1].header;
        if (!last || counted) build_error(b, l, part->text, "varies, expected a constant here");
        p->rest.text = v->gen;
        p->rest.part = part;
        p->rest.layer = l;
        p->rest.content = v->gen ? 0 : n;
        p->rest.cut = l->class->fill;
        p->head = *at;
        return;
    }
    v->bit = *at * 8;
    l->size += n;
    *at += n;
}

static void place_fields(struct layer *l, unsigned part, uint32_t at, bool moves)
{
    for (size_t f = 0; f < l->n; f++) {
        struct value *v = &l->v[f];
        if (v->field->part != part || !v->field->width) continue;
        v->bit = at * 8 + v->field->at;
        v->moves = moves;
    }
}

/* Gives every part and field its place, up to where the frame begins to vary in length. */
static void set_offsets(struct build *b)
{
    struct packet *p = b->p;
    uint32_t at = 0;
    for (size_t i = 0; i < p->layers; i++) {
        struct layer *l = &p->layer[i];
        const struct part *part = l->class->parts;
        l->at = at;
        for (unsigned k = 0; part[k].bytes || part[k].text; k++) {
            if (!build_has_part(l, k)) continue;
            if (part[k].text) {
                place_text(b, l, &part[k], &at);
                continue;
            }
            bool moves = p->rest.part != NULL;
            place_fields(l, k, moves ? p->rest.tail_n : at, moves);
            l->size += part[k].bytes;
            *(moves ? &p->rest.tail_n : &at) += part[k].bytes;
        }
        if (l->class->align) {
            p->rest.align = l->class->align;
            p->rest.align_at = l->at;
        }
    }
    if (!p->rest.part) p->head = at;
}

/* The part's constant bytes into the image or the tail. */
static void write_layer(struct build *b, const struct layer *l)
{
    struct packet *p = b->p;
    uint8_t *to = p->image + l->at;
    bool tail = false;
    for (unsigned k = 0; l->class->parts[k].bytes || l->class->parts[k].text; k++) {
        const struct part *part = &l->class->parts[k];
        if (!build_has_part(l, k)) continue;
        if (part->text) {
            struct span content = layer_value(l, part->text)->content;
            bool here = p->rest.part != part;
            if (!here) to = p->rest.tail, tail = true;
            if (here && content.n) memcpy(to, content.p, content.n), to += content.n;
            continue;
        }
        if (part->init) memcpy(to, part->init, part->bytes);
        to += part->bytes;
    }
    for (size_t f = 0; f < l->n; f++) {
        const struct value *v = &l->v[f];
        if (!v->field->width || !build_has_part(l, v->field->part)) continue;
        if (v->moves && !tail) continue;
        uint8_t *base = v->moves ? p->rest.tail : p->image;
        put_bits(base, v->bit, v->field->width, v->column < 0 ? v->constant : 0);
    }
}

static void write_image(struct build *b)
{
    struct packet *p = b->p;
    p->image = arena_alloc(b->env->arena, p->max_len + SLACK);
    p->rest.tail = arena_alloc(b->env->arena, p->rest.tail_n);
    for (size_t i = 0; i < p->layers; i++) write_layer(b, &p->layer[i]);
    rest_image(b);
}

/* Generators become columns. */
static void set_columns(struct build *b)
{
    struct packet *p = b->p;
    for (size_t i = 0; i < p->layers; i++) {
        struct layer *l = &p->layer[i];
        for (size_t f = 0; f < l->n; f++) {
            struct value *v = &l->v[f];
            if (!v->gen || !v->field->width || v->column >= 0) continue;
            bool ip6 = v->field->type == FIELD_IP6;
            v->column = packet_column(p, ip6 ? 2 : 1);
            packet_source(b, (struct source){.kind = ip6 ? SOURCE_IP6 : SOURCE_GEN,
                                             .column = v->column,
                                             .gen = v->gen});
        }
    }
}

/* The fields that vary so far get their places. */
static void set_places(struct build *b)
{
    struct packet *p = b->p;
    for (size_t i = 0; i < p->layers; i++) {
        const struct layer *l = &p->layer[i];
        for (size_t f = 0; f < l->n; f++) {
            const struct value *v = &l->v[f];
            if (v->column < 0 || v->moves) continue;
            uint16_t width = v->field->width;
            packet_place(b, v->bit, width > 64 ? 64 : width, v->column);
            if (width > 64) packet_place(b, v->bit + 64, 64, v->column + 1);
        }
    }
}

static void length_error(struct build *b, const struct layer *l, const struct value *v,
                         uint64_t most)
{
    const char *text =
        arena_printf(b->env->arena, "%llu would be needed, the field holds at most %llu",
                     (unsigned long long)most, (unsigned long long)((1ull << v->field->width) - 1));
    build_error(b, l, v->field->name, text);
}

static void set_length(struct build *b, struct layer *l, const struct length_rule *rule)
{
    struct packet *p = b->p;
    struct value *v = layer_value(l, rule->field);
    unsigned unit = rule->unit ? rule->unit : 1;
    if (v->given || !build_has_part(l, v->field->part)) return;
    int64_t bias = rule->bias - (int64_t)l->at;
    int64_t most = (int64_t)p->max_len;
    if (!p->end_varies) most = (int64_t)(rule->unaligned ? p->exact : p->end);
    if (rule->header) most = (int64_t)(l->at + l->size);
    uint64_t top = (uint64_t)(most + bias) / unit;
    if (top >> v->field->width) length_error(b, l, v, top);
    if (rule->header || !p->end_varies) {
        v->constant = top;
        return;
    }
    v->column = packet_column(p, 1);
    packet_source(b, (struct source){.kind = SOURCE_LENGTH,
                                     .column = v->column,
                                     .bias = bias,
                                     .unit = unit,
                                     .unaligned = rule->unaligned});
}

static void set_lengths(struct build *b)
{
    for (size_t i = 0; i < b->p->layers; i++) {
        struct layer *l = &b->p->layer[i];
        for (int r = 0; r < 2; r++) {
            if (l->class->length[r].field) set_length(b, l, &l->class->length[r]);
        }
    }
}

struct packet *template_compile(struct gen_env *env, struct section *sec, enum packet_use use,
                                uint64_t copies, const struct gen **times)
{
    struct packet *p = arena_new(env->arena, struct packet);
    struct build b = {.env = env,
                      .sec = sec,
                      .p = p,
                      .reply = use == PACKET_ASKS,
                      .turn = use == PACKET_TURN,
                      .copies = copies};
    p->name = sec->name;
    sec->used = true;
    const char *key = arena_printf(env->arena, "packet %s.token", sec->name);
    p->rest.fill_key = rng_sub(rng_key(env->seed, span_of(key)), 1);
    p->token_key = rng_key(env->seed, span_of("token"));
    packet_share_tokens(p, 0, 1);
    if (!like_resolve(&b) || !stack_parse(&b) || !values_parse(&b)) return NULL;
    set_types(&b);
    for (size_t i = 0; i < p->layers; i++) {
        struct layer *l = &p->layer[i];
        if (l->class->finish) l->class->finish(&b, l);
    }
    link_defaults(&b);
    set_offsets(&b);
    if (b.bad || !rest_plan(&b)) return NULL;
    set_columns(&b);
    token_plan(&b);
    turn_plan(&b);
    set_lengths(&b);
    if (b.bad) return NULL;
    set_places(&b);
    write_image(&b);
    sums_plan(&b);
    words_plan(&b);
    token_content(p);
    link_plan(&b);
    *times = b.times;
    return p;
}
