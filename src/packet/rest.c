/* rest: what stands behind the head of a frame when its length or content varies.
 *
 * Constant content and padding lie in the image, so units of different sizes only differ in
 * their length; bytes that a unit changed are put back before the slot's next unit. */
#include "packet/template.h"

#include "packet/checksum.h"

/* The three ends of a frame whose content, up to `exact`, was asked to be so long. */
struct ends {
    uint32_t exact, end, len;
};

static struct ends ends_of(const struct packet *p, uint32_t wanted)
{
    const struct rest *r = &p->rest;
    struct ends e = {wanted, wanted, wanted};
    if (!r->align) return e;
    uint32_t over = (wanted - r->align_at) % r->align;
    if (r->size_kind == SIZE_FRAME) { /* the frame stays as long as the profile says */
        e.exact = e.end = wanted - over;
    } else if (over) {
        e.end = e.len = wanted + r->align - over;
    }
    return e;
}

static bool size_error(struct build *b, const char *text)
{
    b->bad = true;
    return err_add(b->env->errs, b->size_entry ? b->size_entry->at : b->sec->at, "%s", text);
}

struct bounds {
    uint64_t lo, hi;
};

/* The bytes behind the head that are asked for, padding not counted. */
static struct bounds content_bounds(const struct rest *r)
{
    struct bounds c = {r->content + r->tail_n, r->content + r->tail_n};
    if (!r->text) return c;
    /* Encoding may shorten a text too: labels that are too long are cut. */
    c.lo += r->part->encode ? 0 : r->text->lo;
    uint64_t growth = r->part->encode ? ENCODE_GROWTH : 0;
    c.hi = r->text->hi > UINT32_MAX ? UINT32_MAX : c.hi + r->text->hi + growth;
    return c;
}

/* Takes over the size keys; the bounds of the frame's length. */
static struct bounds size_bounds(struct build *b, struct bounds content)
{
    struct packet *p = b->p;
    struct rest *r = &p->rest;
    struct layer *last = &p->layer[p->layers - 1];
    struct value *own = r->cut ? layer_value(last, "size") : NULL;
    const struct gen *g = b->size;
    r->size_kind = g ? SIZE_FRAME : own && own->given ? SIZE_PAYLOAD : SIZE_CONTENT;
    if (r->size_kind == SIZE_CONTENT) {
        return (struct bounds){p->head + content.lo, p->head + content.hi};
    }
    if (r->size_kind == SIZE_PAYLOAD) {
        r->size = own->gen;
        r->size_const = (uint32_t)own->constant;
        if (own->gen) return (struct bounds){p->head + own->gen->lo, p->head + own->gen->hi};
        return (struct bounds){p->head + r->size_const, p->head + r->size_const};
    }
    if (!g->constant) {
        r->size = g;
        return (struct bounds){g->lo, g->hi};
    }
    r->size_const = (uint32_t)gen_constant(b, g);
    return (struct bounds){r->size_const, r->size_const};
}

static bool check_bounds(struct build *b, struct bounds content, struct bounds len)
{
    struct packet *p = b->p;
    struct arena *a = b->env->arena;
    struct rest *r = &p->rest;
    if (r->cut && b->size && layer_value(&p->layer[p->layers - 1], "size")->given) {
        return size_error(b, "size and payload.size are both set, expected one of them");
    }
    uint64_t need = p->head + (r->cut ? 0 : content.hi);
    if (r->size_kind == SIZE_FRAME && len.lo < need) {
        return size_error(b, arena_printf(a, "size: %llu bytes are too few, the headers need %llu",
                                          (unsigned long long)len.lo, (unsigned long long)need));
    }
    if (len.hi + r->align > FRAME_MAX) {
        const char *mend = r->cut ? "; size or payload.size would cut it" : "";
        return size_error(
            b, arena_printf(a, "the frame may become %llu bytes long, expected at most %d%s",
                            (unsigned long long)len.hi, FRAME_MAX, mend));
    }
    return true;
}

bool rest_plan(struct build *b)
{
    struct packet *p = b->p;
    struct rest *r = &p->rest;
    struct bounds content = content_bounds(r);
    struct bounds len = size_bounds(b, content);
    if (!check_bounds(b, content, len)) return false;
    bool padded = len.hi > p->head + content.lo;
    if (!padded || !r->cut) r->fill = FILL_IMAGE;
    r->varies = r->text || r->size || r->fill == FILL_RANDOM;
    p->end_varies = r->text || (r->cut && r->size);
    uint64_t padding = len.lo - p->head;
    if (r->cut && r->fill == FILL_IMAGE && !b->pattern && padding > content.hi) {
        b->pad_min = (uint32_t)(padding - content.hi);
    }
    p->min_len = ends_of(p, (uint32_t)len.lo).len;
    p->max_len = ends_of(p, (uint32_t)len.hi).len;
    struct ends e = ends_of(p, (uint32_t)len.lo);
    p->end = r->cut || r->text ? e.end : p->head + r->content;
    p->exact = r->cut ? e.exact : p->end;
    if (!r->varies) p->head = p->max_len;
    return true;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i]) return false;
    }
    return true;
}

/* The payload's constant bytes, and the sums that units of any size look up. */
void rest_image(struct build *b)
{
    struct packet *p = b->p;
    struct rest *r = &p->rest;
    if (r->cut) {
        struct layer *l = &p->layer[p->layers - 1];
        uint8_t *to = p->image + l->at;
        size_t room = p->max_len - l->at;
        struct span content = layer_value(l, "text")->content;
        for (size_t i = 0; b->pattern_n && i < room; i++) to[i] = b->pattern[i % b->pattern_n];
        if (content.n) memcpy(to, content.p, content.n < room ? content.n : room);
    }
    size_t n = p->max_len - p->head;
    if (!r->varies || r->text || r->fill == FILL_RANDOM || all_zero(p->image + p->head, n)) return;
    r->prefix = arena_array(b->env->arena, uint16_t, n + 1);
    for (size_t k = 0; k < n; k++) {
        uint32_t byte = p->image[p->head + k];
        r->prefix[k + 1] = (uint16_t)sum_fold(r->prefix[k] + (k & 1 ? byte : byte << 8));
    }
}

struct row {
    const struct packet *p;
    uint8_t *slot;
    struct dirty *dirty;
    uint64_t index;
    size_t i;
    uint64_t *const *col;
};

static void restore(const struct row *w, uint32_t from)
{
    const struct dirty *d = w->dirty;
    if (from < d->from) from = d->from;
    if (from < d->to) memcpy(w->slot + from, w->p->image + from, d->to - from);
}

/* The fields behind a varying text. */
static void write_tail(const struct row *w, uint8_t *to)
{
    const struct rest *r = &w->p->rest;
    const struct layer *l = r->layer;
    memcpy(to, r->tail, r->tail_n);
    for (size_t f = 0; f < l->n; f++) {
        const struct value *v = &l->v[f];
        if (!v->moves || v->column < 0) continue;
        put_bits(to, v->bit, v->field->width, w->col[v->column][w->i]);
    }
}

/* Content of one unit; the bytes it took. A payload is cut to `room`. */
static uint32_t write_content(const struct row *w, struct span text, uint32_t room)
{
    const struct rest *r = &w->p->rest;
    uint8_t *to = w->slot + w->p->head;
    if (r->cut) {
        uint32_t n = text.n < room ? (uint32_t)text.n : room;
        if (n) memcpy(to, text.p, n);
        return n;
    }
    uint32_t n = r->part->encode ? (uint32_t)r->part->encode(text, to) : (uint32_t)text.n;
    if (!r->part->encode && n) memcpy(to, text.p, n);
    write_tail(w, to + n);
    return n + r->tail_n;
}

static uint64_t write_trailer(const struct row *w, uint32_t at)
{
    const struct packet *p = w->p;
    uint64_t hi = w->col[p->check_column][w->i], lo = w->col[p->check_column + 1][w->i];
    put_u32(w->slot + at, (uint32_t)hi);
    put_u64(w->slot + at + 4, w->index);
    put_u32(w->slot + at + 12, (uint32_t)lo);
    uint32_t sum = sum_fold(hi + (w->index >> 32) + (w->index & 0xffffffff) + lo);
    return (at - p->head) & 1 ? sum_swap(sum) : sum;
}

/* A unit whose bytes differ: text, random padding. */
static uint64_t fill_row(const struct row *w, struct span text, uint32_t wanted, struct ends *e)
{
    const struct packet *p = w->p;
    const struct rest *r = &p->rest;
    uint32_t head = (uint32_t)p->head, room = wanted - head;
    uint32_t n = r->text ? write_content(w, text, r->size_kind == SIZE_CONTENT ? FRAME_MAX : room)
                         : (r->content < room ? r->content : room);
    if (r->size_kind == SIZE_CONTENT) wanted = head + n;
    *e = ends_of(p, wanted);
    if (!r->cut) e->exact = e->end = head + n;
    restore(w, head + n);
    if (r->fill == FILL_RANDOM && e->exact > head + n) {
        bytes_at(r->fill_key, w->index, 0, e->exact - head - n, w->slot + head + n);
        n = e->exact - head;
    }
    if (r->trailer) write_trailer(w, e->end - TRAILER), n = e->end - head;
    *w->dirty = (struct dirty){head, head + n};
    return sum_bytes(w->slot + head, e->end - head);
}

/* A unit that differs from the image in its length only, and in a trailer. */
static uint64_t size_row(const struct row *w, uint32_t wanted, struct ends *e)
{
    const struct packet *p = w->p;
    const struct rest *r = &p->rest;
    *e = ends_of(p, wanted);
    if (!r->cut) e->exact = e->end = (uint32_t)p->end;
    uint64_t sum = r->prefix ? r->prefix[e->end - p->head] : 0;
    if (!r->trailer) return sum;
    restore(w, 0);
    *w->dirty = (struct dirty){e->end - TRAILER, e->end};
    return sum + write_trailer(w, e->end - TRAILER);
}

void rest_fill(const struct packet *p, const struct draw *d, size_t n, uint64_t *const *col,
               uint8_t *slots, size_t stride, struct dirty *dirty, struct rest_out *out)
{
    const struct rest *r = &p->rest;
    struct column size = {.u = scratch_array(d->scratch, uint64_t, n)};
    struct column text = {.s = r->text ? scratch_array(d->scratch, struct span, n) : NULL};
    if (r->size) gen_fill(r->size, d, n, &size);
    if (r->text) gen_fill(r->text, d, n, &text);
    uint32_t base = r->size_kind == SIZE_PAYLOAD ? (uint32_t)p->head : 0;
    bool bytes_vary = r->text || r->fill == FILL_RANDOM;
    for (size_t i = 0; i < n; i++) {
        struct row w = {p, slots + i * stride, dirty + i, d->index[i], i, col};
        uint32_t wanted = base + (r->size ? (uint32_t)size.u[i] : r->size_const);
        if (r->size_kind == SIZE_CONTENT) wanted = (uint32_t)p->head + r->content;
        struct ends e;
        out->sum[i] = bytes_vary ? fill_row(&w, text.s ? text.s[i] : (struct span){0}, wanted, &e)
                                 : size_row(&w, wanted, &e);
        out->len[i] = e.len;
        out->end[i] = e.end;
        out->exact[i] = e.exact;
    }
}
