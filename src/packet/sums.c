/* sums: Internet checksums (RFC 1071) from columns, without reading a packet.
 *
 * A field whose last bit lies s bits before the end of a 16-bit word adds v * 2^s to the sum
 * modulo 65535, whatever its width, because 2^16 is 1 there. So a checksum is a constant, for
 * all bytes that do not vary, plus shifted columns; the checksum of an inner header is just
 * another column of the outer one. */
#include "packet/template.h"

#include "base/simd.h"
#include "packet/checksum.h"

#define FUSED 4 /* terms that one loop adds */

/* A column whose last bit lies `shift` bits before the end of a 16-bit word. */
static void add_term(struct sum *s, int column, unsigned width, unsigned shift)
{
    s->term[s->n++] =
        (struct sum_term){.column = column, .shift = (uint8_t)shift, .narrow = width + shift <= 32};
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
        bool ip6 = v->field->width > 64;
        add_term(s, v->column, ip6 ? 64 : 32, 0);
        if (ip6) add_term(s, v->column + 1, 64, 0);
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
    add_term(s, column, 16, 0);
}

/* The sum over [from, to) of the head, varying bits included. */
static void add_region(const struct packet *p, struct sum *s, uint32_t from, uint32_t to)
{
    s->base += sum_bytes(p->image + from, to - from);
    for (size_t i = 0; i < p->places; i++) {
        const struct place *f = &p->place[i];
        uint32_t end = f->bit + f->width - from * 8;
        if (f->bit < from * 8 || f->bit >= to * 8) continue;
        add_term(s, f->column, f->width, (16 - end % 16) % 16);
    }
}

/* Narrow terms first, as many as one loop takes. */
static void sort_terms(struct sum *s)
{
    for (size_t i = 0; i < s->n && s->fused < FUSED; i++) {
        if (!s->term[i].narrow) continue;
        struct sum_term t = s->term[s->fused];
        s->term[s->fused++] = s->term[i];
        s->term[i] = t;
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
    add_region(p, &s, l->at, header ? l->at + l->size : end);
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
    s.base = sum_fold(s.base);
    sort_terms(&s);
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
        v->crc = rule->kind == SUM_CRC32C;
        if (v->crc) {
            p->crc[p->crcs++] = (struct crc){.from = l->at, .at = v->bit / 8};
        } else {
            plan_sum(b, l, v);
        }
    }
}

/* ~x folded to 16 bits, for x below 2^36: the low 32 bits plus what is above; then the halves
 * of that added to each other, the end-around carry coming from the addition below them. */
static inline __attribute__((always_inline)) uint64_t folded(uint64_t x)
{
    x = (x & 0xffffffff) + (x >> 32);
    return ~((x + (x << 16) + (x >> 16)) >> 16) & 0xffff;
}

/* out[i] from the first `k` terms and, when `more`, what `out` holds; k and more are constants
 * where this is called. A sum of 0 becomes `zero`. */
static inline __attribute__((always_inline)) void fuse(const struct sum *s, unsigned k, bool more,
                                                       uint64_t *const *col, size_t n,
                                                       uint64_t *restrict out)
{
    const uint64_t *in[FUSED] = {0};
    unsigned shift[FUSED] = {0};
    uint64_t zero = s->never_zero ? 0xffff : 0, base = s->base;
    for (unsigned j = 0; j < k; j++) in[j] = col[s->term[j].column], shift[j] = s->term[j].shift;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = more ? out[i] : base;
        if (k > 0) v += in[0][i] << shift[0];
        if (k > 1) v += in[1][i] << shift[1];
        if (k > 2) v += in[2][i] << shift[2];
        if (k > 3) v += in[3][i] << shift[3];
        v = folded(v);
        out[i] = v ? v : zero;
    }
}

/* The other terms and the rest of the frame, folded. */
static inline __attribute__((always_inline)) void collect(const struct sum *s, uint64_t *const *col,
                                                          const uint64_t *rest, size_t n,
                                                          uint64_t *restrict out)
{
    for (size_t i = 0; i < n; i++) out[i] = s->base + (s->rest ? rest[i] << s->shift : 0);
    for (size_t t = s->fused; t < s->n; t++) {
        const uint64_t *in = col[s->term[t].column];
        unsigned shift = s->term[t].shift;
        for (size_t i = 0; i < n; i++) out[i] += ((in[i] & 0xffffffff) + (in[i] >> 32)) << shift;
    }
    for (size_t i = 0; i < n; i++) out[i] = sum_fold(out[i]);
}

SIMD static void sum_run(const struct sum *s, uint64_t *const *col, const uint64_t *rest, size_t n,
                         uint64_t *restrict out)
{
    bool more = s->n > s->fused || s->rest;
    if (more) collect(s, col, rest, n, out);
    switch (s->fused * 2 + more) {
    case 1:
        fuse(s, 0, true, col, n, out);
        break;
    case 2:
        fuse(s, 1, false, col, n, out);
        break;
    case 3:
        fuse(s, 1, true, col, n, out);
        break;
    case 4:
        fuse(s, 2, false, col, n, out);
        break;
    case 5:
        fuse(s, 2, true, col, n, out);
        break;
    case 6:
        fuse(s, 3, false, col, n, out);
        break;
    case 7:
        fuse(s, 3, true, col, n, out);
        break;
    case 8:
        fuse(s, 4, false, col, n, out);
        break;
    default:
        fuse(s, 4, true, col, n, out);
        break;
    }
}

void sums_run(const struct packet *p, uint64_t **col, const uint64_t *rest, size_t n)
{
    for (size_t i = 0; i < p->sums; i++) sum_run(&p->sum[i], col, rest, n, col[p->sum[i].column]);
}
