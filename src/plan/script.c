/* The script of [conversation] sections: what plan/conversation.c has compiled, packet by packet.
 */
#include "plan/clone.h"

struct stepwise {
    struct script script;
    struct scratch scratch;
    struct packet_room **room; /* by kind */
};

static const struct conversation *plot_of(const struct script *s, const struct cue *c)
{
    return &s->stream->conversations.v[c->plot];
}

static const struct turn *turn_of(const struct script *s, const struct cue *c)
{
    return &plot_of(s, c)->turn[c->step];
}

/* One draw for the conversation. */
static uint64_t draw_of(struct script *s, const struct gen *g, const struct cue *c)
{
    struct draw d = {
        .index = &c->unit, .due_ns = &c->due, .scratch = &((struct stepwise *)s)->scratch};
    return gen_u64(g, &d);
}

static void pause_before(struct script *s, struct cue *c)
{
    const struct gen *pause = turn_of(s, c)->pause;
    if (pause) c->due += pause->constant ? pause->lo : draw_of(s, pause, c);
}

static void stepwise_begin(struct script *s, struct cue *c)
{
    c->plot = s->stream->pick ? (uint32_t)draw_of(s, s->stream->pick, c) : 0;
    c->step = 0;
    pause_before(s, c);
}

static bool stepwise_next(struct script *s, struct cue *c)
{
    if (++c->step == plot_of(s, c)->n) return false;
    pause_before(s, c);
    return true;
}

static uint32_t stepwise_kind(const struct script *s, const struct cue *c)
{
    return turn_of(s, c)->kind;
}

/* The cues of one kind as the columns of a draw, and where each stands among all. */
struct part {
    uint64_t index[BATCH], due[BATCH], seq[BATCH], ack[BATCH];
    uint16_t place[BATCH];
    size_t n;
};

static void add_to_part(const struct script *s, const struct cue *c, size_t place, struct part *p)
{
    const struct conversation *x = plot_of(s, c);
    const struct turn *turn = &x->turn[c->step];
    enum side own = s->stream->kinds[turn->kind].side;
    size_t i = p->n++;
    p->index[i] = c->unit;
    p->due[i] = c->due;
    p->seq[i] = (uint32_t)(rng_at(x->initial[own], c->unit) + turn->seq);
    p->ack[i] = (uint32_t)(rng_at(x->initial[!own], c->unit) + turn->ack);
    p->place[i] = (uint16_t)place;
}

/* Each kind makes its packets as one column, which then return to their places. */
static void stepwise_make(struct script *s, const struct cue *c, size_t n, struct line *out)
{
    static const struct scratch_mark bottom;
    struct stepwise *x = (struct stepwise *)s;
    struct part part;
    struct frame frame[BATCH];
    scratch_restore(&x->scratch, bottom);
    for (uint32_t k = 0; k < s->stream->n; k++) {
        const struct kind *kind = &s->stream->kinds[k];
        part.n = 0;
        for (size_t i = 0; i < n; i++)
            if (turn_of(s, &c[i])->kind == k) add_to_part(s, &c[i], i, &part);
        if (part.n == 0) continue;
        const uint64_t *given[GIVEN_COUNT] = {[GIVEN_SEQ] = part.seq, [GIVEN_ACK] = part.ack};
        struct draw d = {
            .index = part.index, .due_ns = part.due, .given = given, .scratch = &x->scratch};
        packet_fill(kind->packet, x->room[k], &d, part.n, frame);
        for (size_t i = 0; i < part.n; i++)
            out[part.place[i]] = (struct line){frame[i], k, kind->side};
    }
}

static void stepwise_close(struct script *s)
{
    scratch_free(&((struct stepwise *)s)->scratch);
}

static const struct script_class stepwise_class = {
    .begin = stepwise_begin,
    .next = stepwise_next,
    .kind = stepwise_kind,
    .make = stepwise_make,
    .close = stepwise_close,
};

struct script *script_open(const struct stream *s, struct arena *a)
{
    if (s->replay.clone) return clone_script_open(s, a);
    struct stepwise *x = arena_new(a, struct stepwise);
    x->script = (struct script){.class = &stepwise_class, .stream = s};
    x->room = arena_array(a, struct packet_room *, s->n);
    for (size_t i = 0; i < s->n; i++) x->room[i] = packet_room_new(s->kinds[i].packet, a);
    return &x->script;
}
