/* sums: Internet checksums (RFC 1071) from columns, without reading a packet.
 *
 * A field whose last bit lies s bits before the end of a 16-bit word adds v * 2^s to the sum
 * modulo 65535, whatever its width, because 2^16 is 1 there. So a checksum is a constant, for
 * all bytes that do not vary, plus shifted columns; the checksum of an inner header is just
 * another column of the outer one. */
#include "packet/template.h"

#include "base/simd.h"
#include "packet/checksum.h"

static void add_term(struct build *b, struct sum *s, uint32_t from_bit, struct place f)
{
    (void)b;
    uint32_t end = f.bit + f.width - from_bit;
    s->term[s->n++] = (struct sum_term){
        .column = f.column, .shift = (uint8_t)((16 - end % 16) % 16), .wide = f.width > 32};
}

static const struct layer *ip_below(const struct packet *p, const struct layer *l)
{
    while (l > p->layer) {
        if ((--l)->class->ip) return l;
    }
    return NULL;
}

/* Addresses, protocol and length; the length of what varies in size is a column. */
static void add_pseudo(struct build *b, struct sum *s, const struct layer *l)
{
    struct packet *p = b->p;
    const struct layer *ip = ip_below(p, l);
    if (!ip) return;
    const char *names[] = {"src", "dst"};
    for (int i = 0; i < 2; i++) {
        const struct value *v = layer_value(ip, names[i]);
        if (v->column < 0) {
            uint64_t hi = (uint64_t)(v->constant >> 64), lo = (uint64_t)v->constant;
            s->base += sum_fold(hi) + sum_fold(lo);
            continue;
        }
        bool wide = v->field->width > 32;
        s->term[s->n++] = (struct sum_term){.column = v->column, .wide = wide};
        if (wide) s->term[s->n++] = (struct sum_term){.column = v->column + 1, .wide = true};
    }
    s->base += l->class->protocol;
    if (!p->end_varies) {
        s->base += p->end - l->at;
        return;
    }
    int column = packet_column(p, 1);
    packet_source(b,
                  (struct source){
                      .kind = SOURCE_LENGTH, .column = column, .bias = -(int64_t)l->at, .unit = 1});
    s->term[s->n++] = (struct sum_term){.column = column};
}

/* The sum over [from, to) of the head, varying bits included. */
static void add_region(struct build *b, struct sum *s, uint32_t from, uint32_t to)
{
    struct packet *p = b->p;
    s->base += sum_bytes(p->image + from, to - from);
    for (size_t i = 0; i < p->places; i++) {
        if (p->place[i].bit >= from * 8 && p->place[i].bit < to * 8) {
            add_term(b, s, from * 8, p->place[i]);
        }
    }
}

static void plan_sum(struct build *b, struct layer *l, struct value *v)
{
    struct packet *p = b->p;
    const struct sum_rule *rule = &l->class->sum;
    size_t cap = p->places + 8;
    struct sum s = {.never_zero = rule->never_zero,
                    .term = arena_array(b->env->arena, struct sum_term, cap)};
    bool header = rule->kind == SUM_HEADER;
    uint32_t end = (uint32_t)(p->end_varies || p->end > p->head ? p->head : p->end);
    add_region(b, &s, l->at, header ? l->at + l->size : end);
    if (rule->kind == SUM_PSEUDO) add_pseudo(b, &s, l);
    s.rest = !header && p->rest.varies && p->end_varies;
    if (!header && p->rest.fill == FILL_RANDOM) s.rest = true;
    s.shift = (p->head - l->at) & 1 ? 8 : 0;
    if (!s.n && !s.rest) {
        uint16_t sum = sum_final(s.base);
        v->constant = rule->never_zero && !sum ? 0xffff : sum;
        put_bits(p->image, v->bit, v->field->width, v->constant);
        return;
    }
    v->column = s.column = packet_column(p, 1);
    packet_place(b, v->bit, v->field->width, v->column);
    p->sum[p->sums++] = s;
}

/* Innermost first: an outer checksum covers the inner ones. */
void sums_plan(struct build *b)
{
    struct packet *p = b->p;
    p->sum = arena_array(b->env->arena, struct sum, p->layers);
    p->crc = arena_array(b->env->arena, struct crc, p->layers);
    for (size_t i = p->layers; i-- > 0;) {
        struct layer *l = &p->layer[i];
        const struct sum_rule *rule = &l->class->sum;
        if (rule->kind == SUM_NONE) continue;
        struct value *v = layer_value(l, rule->field);
        if (v->given || !(l->parts & 1u << v->field->part)) continue;
        if (rule->kind == SUM_CRC32C) {
            p->crc[p->crcs++] = (struct crc){.from = l->at, .at = v->bit / 8};
        } else {
            plan_sum(b, l, v);
        }
    }
}

/* acc[i] += up to three narrow columns; k is a constant where this is called. */
static inline __attribute__((always_inline)) void add_columns(const struct sum_term *t, int k,
                                                              uint64_t *const *col, size_t n,
                                                              uint64_t *restrict acc)
{
    const uint64_t *a = col[t[0].column];
    const uint64_t *b = col[t[k > 1 ? 1 : 0].column];
    const uint64_t *c = col[t[k > 2 ? 2 : 0].column];
    unsigned sa = t[0].shift, sb = t[k > 1 ? 1 : 0].shift, sc = t[k > 2 ? 2 : 0].shift;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = a[i] << sa;
        if (k > 1) v += b[i] << sb;
        if (k > 2) v += c[i] << sc;
        acc[i] += v;
    }
}

static inline __attribute__((always_inline)) void add_wide(struct sum_term t, uint64_t *const *col,
                                                           size_t n, uint64_t *restrict acc)
{
    const uint64_t *a = col[t.column];
    for (size_t i = 0; i < n; i++) acc[i] += ((a[i] & 0xffffffff) + (a[i] >> 32)) << t.shift;
}

static inline __attribute__((always_inline)) void add_terms(const struct sum *s,
                                                            uint64_t *const *col, size_t n,
                                                            uint64_t *restrict acc)
{
    for (size_t t = 0; t < s->n;) {
        size_t narrow = 0;
        while (narrow < 3 && t + narrow < s->n && !s->term[t + narrow].wide) narrow++;
        if (narrow == 3) add_columns(s->term + t, 3, col, n, acc);
        if (narrow == 2) add_columns(s->term + t, 2, col, n, acc);
        if (narrow == 1) add_columns(s->term + t, 1, col, n, acc);
        if (narrow == 0) add_wide(s->term[t], col, n, acc);
        t += narrow ? narrow : 1;
    }
}

SIMD static void sum_run(const struct sum *s, uint64_t *const *col, const uint64_t *rest, size_t n,
                         uint64_t *restrict out)
{
    for (size_t i = 0; i < n; i++) out[i] = s->base;
    add_terms(s, col, n, out);
    if (s->rest) {
        for (size_t i = 0; i < n; i++) out[i] += rest[i] << s->shift;
    }
    uint64_t zero = s->never_zero ? 0xffff : 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = ~(uint64_t)sum_fold(out[i]) & 0xffff;
        out[i] = v ? v : zero;
    }
}

void sums_run(const struct packet *p, uint64_t **col, const uint64_t *rest, size_t n)
{
    for (size_t i = 0; i < p->sums; i++) sum_run(&p->sum[i], col, rest, n, col[p->sum[i].column]);
}
