/* fill: units of a template as frames, a batch at a time. */
#include "packet/template.h"

#include "base/simd.h"
#include "gen/population.h"
#include "packet/checksum.h"

struct packet_room {
    uint8_t *slots; /* BATCH of them */
    size_t stride;
    struct dirty *dirty;          /* of each slot; only when the rest varies */
    struct packet_room **variant; /* one for each of the template's variants */
};

/* An odd number of cache lines, so that the same field of all slots does not fall into a few
 * sets of the cache. */
static size_t stride_of(const struct packet *p)
{
    size_t lines = (p->max_len + SLOT_ALIGN - 1) / SLOT_ALIGN;
    return (lines | 1) * SLOT_ALIGN;
}

struct packet_room *packet_room_new(const struct packet *p, struct arena *a)
{
    struct packet_room *room = arena_new(a, struct packet_room);
    if (p->times) {
        room->variant = arena_array(a, struct packet_room *, p->variants);
        for (size_t i = 0; i < p->variants; i++)
            room->variant[i] = packet_room_new(p->variant[i], a);
        return room;
    }
    room->stride = stride_of(p);
    room->slots = arena_alloc_aligned(a, room->stride * BATCH, SLOT_ALIGN);
    if (p->rest.varies) room->dirty = arena_array(a, struct dirty, BATCH);
    size_t n = p->max_len; /* fresh memory is zero: pages of padding stay untouched */
    while (n > 0 && p->image[n - 1] == 0) n--;
    for (size_t i = 0; i < BATCH; i++) memcpy(room->slots + i * room->stride, p->image, n);
    return room;
}

static void fill_ip6(const struct source *s, const struct draw *d, size_t n, uint64_t *const *col)
{
    struct scratch_mark mark = scratch_mark(d->scratch);
    struct column out = {.a = scratch_array(d->scratch, u128, n)};
    gen_fill(s->gen, d, n, &out);
    for (size_t i = 0; i < n; i++) {
        col[s->column][i] = (uint64_t)(out.a[i] >> 64);
        col[s->column + 1][i] = (uint64_t)out.a[i];
    }
    scratch_restore(d->scratch, mark);
}

SIMD static void fill_check(uint64_t key, const uint64_t *index, size_t n, uint64_t *hi,
                            uint64_t *lo)
{
    rng_column(key, index, n, lo);
    for (size_t i = 0; i < n; i++) {
        hi[i] = lo[i] >> 32;
        lo[i] &= 0xffffffff;
    }
}

static void fill_token(const struct packet *p, const struct source *s, const uint64_t *index,
                       size_t n, uint64_t *out)
{
    uint64_t mask = (1ull << s->width) - 1;
    for (size_t i = 0; i < n; i++) {
        out[i] = token_of_index(p, index[i]) >> s->shift & mask;
    }
}

void source_run(const struct packet *p, const struct source *s, const struct draw *d, size_t n,
                uint64_t *const *col)
{
    uint64_t *to = col[s->column];
    switch (s->kind) {
    case SOURCE_GEN:
        gen_fill(s->gen, d, n, &(struct column){.u = to});
        break;
    case SOURCE_IP6:
        fill_ip6(s, d, n, col);
        break;
    case SOURCE_LINK:
        for (size_t i = 0; i < n; i++) to[i] = p->link_mac;
        break;
    case SOURCE_INDEX:
        memcpy(to, d->index, n * sizeof *to);
        break;
    case SOURCE_CHECK:
        fill_check(p->check_key, d->index, n, to, col[s->column + 1]);
        break;
    case SOURCE_TOKEN:
        fill_token(p, s, d->index, n, to);
        break;
    case SOURCE_GIVEN:
        if (d->given)
            memcpy(to, d->given[s->shift], n * sizeof *to);
        else
            memset(to, 0, n * sizeof *to);
        break;
    case SOURCE_LENGTH:
        break; /* made after the rest, by fill_lengths */
    }
}

static void fill_lengths(const struct packet *p, const struct rest_out *rest, size_t n,
                         uint64_t *const *col)
{
    for (size_t k = 0; k < p->sources; k++) {
        const struct source *s = &p->source[k];
        if (s->kind != SOURCE_LENGTH) continue;
        const uint64_t *end = s->unaligned ? rest->exact : rest->end;
        uint64_t *out = col[s->column];
        unsigned shift = (unsigned)__builtin_ctz(s->unit); /* units are powers of two */
        for (size_t i = 0; i < n; i++) out[i] = (end[i] + (uint64_t)s->bias) >> shift;
    }
}

static void fill_crcs(const struct packet *p, struct packet_room *room, const struct rest_out *rest,
                      size_t n)
{
    for (size_t k = 0; k < p->crcs; k++) {
        const struct crc *c = &p->crc[k];
        for (size_t i = 0; i < n; i++) {
            uint8_t *frame = room->slots + i * room->stride;
            size_t end = p->rest.varies ? rest->end[i] : p->end;
            memset(frame + c->at, 0, 4);
            uint32_t crc = crc32c(frame + c->from, end - c->from);
            put_u32(frame + c->at, __builtin_bswap32(crc));
        }
    }
}

/* Columns lie in scratch, each with room for a whole batch: loops may run past n. */
static uint64_t **columns_new(const struct packet *p, struct scratch *s)
{
    uint64_t **col = scratch_array(s, uint64_t *, (size_t)p->columns + 1);
    uint64_t *room = scratch_array(s, uint64_t, (size_t)p->columns * BATCH);
    for (int c = 0; c < p->columns; c++) col[c] = room + (size_t)c * BATCH;
    return col;
}

static void frames_out(const struct packet *p, const struct packet_room *room, const uint32_t *len,
                       size_t n, struct frame *out)
{
    const uint8_t *slot = room->slots;
    uint32_t same = (uint32_t)p->max_len;
    for (size_t i = 0; i < n; i++, slot += room->stride) {
        uint32_t bytes = len ? len[i] : same;
        out[i] = (struct frame){.p = slot, .len = bytes, .wire_len = bytes};
    }
}

struct draw packet_draw(const struct packet *p, const struct draw *d, size_t n)
{
    struct draw own = *d;
    if (!p->by || d->flow) return own;
    uint64_t *flow = scratch_array(d->scratch, uint64_t, 2 * n), *step = flow + n;
    population_flows(p->population, d->index, n, d->scratch, flow, p->by & BY_STEP ? step : NULL);
    own.flow = flow;
    own.step = step;
    return own;
}

static void fill_template(const struct packet *p, struct packet_room *room, const struct draw *d,
                          size_t n, struct frame *out)
{
    uint64_t **col = columns_new(p, d->scratch);
    struct rest_out rest = {0};
    for (size_t k = 0; k < p->sources; k++) source_run(p, &p->source[k], d, n, col);
    if (p->rest.varies) {
        uint64_t *numbers = scratch_array(d->scratch, uint64_t, 4 * BATCH);
        rest = (struct rest_out){.end = numbers,
                                 .exact = numbers + BATCH,
                                 .sum = numbers + 2 * BATCH,
                                 .len = (uint32_t *)(numbers + 3 * BATCH)};
        rest_fill(p, d, n, col, room->slots, room->stride, room->dirty, &rest);
        fill_lengths(p, &rest, n, col);
    }
    sums_run(p, col, rest.sum, n);
    words_write(p, col, n, room->slots, room->stride);
    if (p->crcs) fill_crcs(p, room, &rest, n);
    frames_out(p, room, rest.len, n, out);
}

size_t packet_fill(const struct packet *p, struct packet_room *room, const struct draw *d, size_t n,
                   struct frame *out)
{
    struct scratch_mark mark = scratch_mark(d->scratch);
    struct draw own = packet_draw(p, d, n);
    if (p->times)
        variants_fill(p, room->variant, &own, n, out);
    else
        fill_template(p, room, &own, n, out);
    scratch_restore(d->scratch, mark);
    return n;
}
