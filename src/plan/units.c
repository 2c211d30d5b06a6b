#include "plan/units.h"

struct maker {
    const struct stream *stream;
    struct scratch scratch;
    struct packet_room **room; /* per kind, for packets */
};

struct maker *maker_new(const struct stream *s, struct arena *a)
{
    struct maker *m = arena_new(a, struct maker);
    m->stream = s;
    m->room = arena_array(a, struct packet_room *, s->n);
    for (size_t i = 0; i < s->n; i++)
        if (s->kinds[i].packet) m->room[i] = packet_room_new(s->kinds[i].packet, a);
    return m;
}

void maker_free(struct maker *m)
{
    scratch_free(&m->scratch);
}

/* Units that are all of one kind. */
static void make_kind(struct maker *m, uint32_t kind, const struct draw *d, size_t n,
                      struct frame *out)
{
    const struct kind *k = &m->stream->kinds[kind];
    if (k->packet) {
        packet_fill(k->packet, m->room[kind], d, n, out);
        return;
    }
    struct span text[BATCH];
    k->request->proto->render(k->request, d, n, text);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct frame){
            .p = text[i].p, .len = (uint32_t)text[i].n, .wire_len = (uint32_t)text[i].n};
}

/* Mixed kinds: each kind makes its own units as one column, which then return to their order. */
static void make_mixed(struct maker *m, const struct draw *d, size_t n, struct unit *out)
{
    uint64_t pick[BATCH], index[BATCH], due[BATCH];
    struct frame frame[BATCH];
    uint16_t place[BATCH];
    gen_fill(m->stream->pick, d, n, &(struct column){.u = pick});
    for (uint32_t k = 0; k < m->stream->n; k++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            if (pick[i] != k) continue;
            index[count] = d->index[i];
            due[count] = d->due_ns ? d->due_ns[i] : 0;
            place[count++] = (uint16_t)i;
        }
        if (count == 0) continue;
        struct draw part = {.index = index, .due_ns = due, .scratch = d->scratch};
        make_kind(m, k, &part, count, frame);
        for (size_t i = 0; i < count; i++) out[place[i]] = (struct unit){k, frame[i]};
    }
}

void maker_make(struct maker *m, const uint64_t *index, const uint64_t *due_ns, size_t n,
                struct unit *out)
{
    static const struct scratch_mark bottom;
    scratch_restore(&m->scratch, bottom);
    struct draw d = {.index = index, .due_ns = due_ns, .scratch = &m->scratch};
    if (m->stream->pick) {
        make_mixed(m, &d, n, out);
        return;
    }
    struct frame frame[BATCH];
    make_kind(m, 0, &d, n, frame);
    for (size_t i = 0; i < n; i++) out[i] = (struct unit){0, frame[i]};
}
