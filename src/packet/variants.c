/* variants: `layers = eth / mpls * 1..4 / ipv4`, a layer that stands there a varying number of
 * times. Each number is a template of its own; a batch is sorted by number, filled variant by
 * variant, and handed out in its order. */
#include "packet/template.h"

static struct packet *compile_variants(struct gen_env *env, struct section *sec,
                                       enum packet_use use, struct packet *longest,
                                       const struct gen *times)
{
    struct packet *p = arena_new(env->arena, struct packet);
    const struct gen *same;
    *p = *longest;
    p->variants = (size_t)(times->hi - times->lo + 1);
    p->variant = arena_array(env->arena, struct packet *, p->variants);
    for (size_t i = 0; i + 1 < p->variants; i++) {
        p->variant[i] = template_compile(env, sec, use, times->lo + i, &same);
        if (!p->variant[i]) return NULL;
        if (p->variant[i]->min_len < p->min_len) p->min_len = p->variant[i]->min_len;
        if (p->variant[i]->max_len > p->max_len) p->max_len = p->variant[i]->max_len;
        if (p->variant[i]->token != p->token) p->token = TOKEN_NONE;
    }
    p->variant[p->variants - 1] = longest;
    p->times = times;
    p->end_varies = true;
    return p;
}

static struct packet *compile(struct gen_env *env, struct section *sec, enum packet_use use)
{
    const struct gen *times = NULL;
    env->by = 0;
    struct packet *p = template_compile(env, sec, use, COPIES_MOST, &times);
    if (p && times) p = compile_variants(env, sec, use, p, times);
    if (!p) return NULL;
    p->population = env->population;
    p->by = env->by;
    return p;
}

struct packet *packet_compile(struct gen_env *env, struct section *sec, bool reply)
{
    return compile(env, sec, reply ? PACKET_ASKS : PACKET_ALONE);
}

struct packet *packet_compile_turn(struct gen_env *env, struct section *sec)
{
    return compile(env, sec, PACKET_TURN);
}

void variants_fill(const struct packet *p, struct packet_room *const *room, const struct draw *d,
                   size_t n, struct frame *out)
{
    struct scratch_mark mark = scratch_mark(d->scratch);
    uint64_t *number = scratch_array(d->scratch, uint64_t, (1 + GIVEN_COUNT) * BATCH);
    uint64_t *given[GIVEN_COUNT];
    for (size_t k = 0; k < GIVEN_COUNT; k++) given[k] = number + (k + 1) * BATCH;
    uint32_t *place = scratch_array(d->scratch, uint32_t, n);
    struct frame *made = scratch_array(d->scratch, struct frame, n);
    struct draw_part parts = draw_parts(d, n);
    gen_fill(p->times, d, n, &(struct column){.u = number});
    for (size_t v = 0; v < p->variants; v++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            if (number[i] - p->times->lo != v) continue;
            for (size_t k = 0; d->given && k < GIVEN_COUNT; k++) given[k][m] = d->given[k][i];
            place[m++] = (uint32_t)i;
        }
        if (!m) continue;
        struct draw part = draw_pick(&parts, place, m);
        if (d->given) part.given = (const uint64_t *const *)given;
        packet_fill(p->variant[v], room[v], &part, m, made);
        for (size_t i = 0; i < m; i++) out[place[i]] = made[i];
    }
    scratch_restore(d->scratch, mark);
}

/* Whether the frame has this template's length and constant bytes. */
static bool fits(const struct packet *p, struct span frame)
{
    if (frame.n < p->min_len || frame.n > p->max_len) return false;
    for (size_t i = 0; i < p->layers; i++) {
        const struct layer *l = &p->layer[i];
        for (size_t f = 0; f < l->n; f++) {
            const struct value *v = &l->v[f];
            unsigned width = v->field->width;
            if (!width || v->moves || v->crc || v->column >= 0 ||
                !build_has_part(l, v->field->part))
                continue;
            if ((v->bit + width + 7) / 8 > frame.n) return false;
            if (get_bits(frame.p, v->bit, width) != v->constant) return false;
        }
    }
    return true;
}

const struct packet *variant_of(const struct packet *p, struct span frame)
{
    for (size_t i = 0; i < p->variants; i++) {
        if (fits(p->variant[i], frame)) return p->variant[i];
    }
    return p;
}
