/* The script of a stream of copies: recorded frames with the ends of their copy. */
#include "plan/clone.h"

struct cloning {
    struct script script;
    const struct clone *clone;
    struct scratch scratch;
};

/* A batch in the making, by columns. */
struct copies {
    uint64_t unit[BATCH], number[BATCH];
    const struct recorded_frame *frame[BATCH];
    struct new_ends ends[BATCH];
    struct draft draft[BATCH];
};

static const struct recorded *recorded_of(const struct script *s, const struct cue *c)
{
    return &((const struct cloning *)s)->clone->of.v[c->plot];
}

static void clone_begin(struct script *s, struct cue *c)
{
    struct cloning *x = (struct cloning *)s;
    struct draw d = {.index = &c->unit, .due_ns = &c->due, .scratch = &x->scratch};
    const struct gen *pick = x->clone->pick;
    c->plot = (uint32_t)(pick ? gen_u64(pick, &d) - 1 : c->unit % x->clone->of.n);
    c->step = 0;
    c->due += recorded_of(s, c)->frame[0]->at_ns;
}

static bool clone_next(struct script *s, struct cue *c)
{
    const struct recorded *r = recorded_of(s, c);
    if (c->step + 1 == r->n) return false;
    c->due += r->frame[c->step + 1]->at_ns - r->frame[c->step]->at_ns;
    c->step++;
    return true;
}

static uint32_t clone_kind(const struct script *s, const struct cue *c)
{
    return s->stream->n > 1 ? (uint32_t)recorded_of(s, c)->file : 0;
}

/* Fills in the addresses of one family, for the frames that are of it. */
static void give_addresses(const struct gen *g, enum family family, bool client,
                           const struct draw *d, struct copies *x, size_t n)
{
    if (!g) return;
    struct scratch_mark mark = scratch_mark(d->scratch);
    uint64_t *four = scratch_array(d->scratch, uint64_t, BATCH);
    u128 *six = scratch_array(d->scratch, u128, BATCH);
    struct column out = {.u = four};
    if (family == FAMILY_IP6) out.a = six;
    gen_fill(g, d, n, &out);
    for (size_t i = 0; i < n; i++) {
        struct new_ends *e = &x->ends[i];
        if (x->frame[i]->at.version != (family == FAMILY_IP4 ? 4 : 6)) continue;
        struct addr a = {family == FAMILY_IP4 ? four[i] : six[i], family};
        *(client ? &e->client : &e->server) = a;
        *(client ? &e->client_known : &e->server_known) = true;
    }
    scratch_restore(d->scratch, mark);
}

/* A client counts its own ports, from one of its own on: by one with each time its address comes
 * round. So copies that share an address differ in their ports until all of them were used. */
static void count_ports(const struct clone *c, const struct script *s, const struct cue *cue,
                        struct copies *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct new_ends *e = &x->ends[i];
        bool four = x->frame[i]->at.version == 4;
        struct addr a = e->client_known ? e->client : recorded_of(s, &cue[i])->client;
        uint64_t start = rng_at(c->port_key, (uint64_t)a.v ^ rng_mix((uint64_t)(a.v >> 64)));
        uint64_t round = x->unit[i] / (four ? c->four.cycle : c->six.cycle);
        uint64_t port = (start % CLONE_PORTS + round % CLONE_PORTS) % CLONE_PORTS;
        e->client_port = (uint16_t)(CLONE_PORT + port);
        e->client_port_known = true;
    }
}

static void draw_port(const struct gen *g, bool client, const struct draw *d, struct copies *x,
                      size_t n)
{
    uint64_t port[BATCH];
    if (!g) return;
    gen_fill(g, d, n, &(struct column){.u = port});
    for (size_t i = 0; i < n; i++) {
        struct new_ends *e = &x->ends[i];
        *(client ? &e->client_port : &e->server_port) = (uint16_t)port[i];
        *(client ? &e->client_port_known : &e->server_port_known) = true;
    }
}

static void shift_numbers(const struct clone *c, struct copies *x, size_t n)
{
    if (!c->shifted) return;
    for (size_t i = 0; i < n; i++) {
        x->ends[i].client_seq = (uint32_t)rng_at(c->seq_key[SIDE_CLIENT], x->unit[i]);
        x->ends[i].server_seq = (uint32_t)rng_at(c->seq_key[SIDE_SERVER], x->unit[i]);
    }
}

static void give_ends(struct cloning *x, const struct cue *cue, struct copies *b, size_t n)
{
    const struct clone *c = x->clone;
    uint64_t due[BATCH]; /* of the copy */
    for (size_t i = 0; i < n; i++) due[i] = cue[i].due - b->frame[i]->at_ns;
    struct draw d = {.index = b->unit, .due_ns = due, .scratch = &x->scratch};
    if (c->any_four) {
        give_addresses(c->four.client, FAMILY_IP4, true, &d, b, n);
        give_addresses(c->four.server, FAMILY_IP4, false, &d, b, n);
    }
    if (c->any_six) {
        give_addresses(c->six.client, FAMILY_IP6, true, &d, b, n);
        give_addresses(c->six.server, FAMILY_IP6, false, &d, b, n);
    }
    if (c->how == PORT_COUNTED) count_ports(c, &x->script, cue, b, n);
    draw_port(c->client_port, true, &d, b, n);
    draw_port(c->server_port, false, &d, b, n);
    shift_numbers(c, b, n);
    /* What is sent to a group is still sent to it. */
    for (size_t i = 0; i < n; i++)
        if (b->frame[i]->p[0] & 1) b->ends[i].server_known = false;
}

/* The recorded frames, where they may be changed. */
static void copy_frames(struct cloning *x, const struct cue *cue, struct copies *b, size_t n)
{
    const struct clone *c = x->clone;
    size_t room = 0;
    for (size_t i = 0; i < n; i++) {
        b->frame[i] = recorded_of(&x->script, &cue[i])->frame[cue[i].step];
        b->unit[i] = cue[i].unit;
        room += SHAPE_ROOM(b->frame[i]->n);
    }
    uint8_t *p = scratch_take(&x->scratch, room);
    for (size_t i = 0; i < n; i++) {
        const struct recorded_frame *f = b->frame[i];
        uint64_t of_frame = cue[i].unit * c->of.most_frames + cue[i].step;
        memcpy(p + DRAFT_HEADROOM, f->p, f->n);
        b->ends[i] = (struct new_ends){.from_client = f->from_client};
        b->draft[i] = (struct draft){
            .p = p + DRAFT_HEADROOM,
            .n = f->n,
            .wire_len = f->n,
            .index = c->per_frame ? of_frame : cue[i].unit,
            .filled = f->filled,
            .at = f->at,
            .ends = &b->ends[i],
        };
        p += SHAPE_ROOM(f->n);
    }
}

static void clone_make(struct script *s, const struct cue *cue, size_t n, struct line *out)
{
    static const struct scratch_mark bottom;
    struct cloning *x = (struct cloning *)s;
    struct copies b;
    scratch_restore(&x->scratch, bottom);
    copy_frames(x, cue, &b, n);
    give_ends(x, cue, &b, n);
    rewrite_batch(&s->stream->replay.rewrite, &x->scratch, b.draft, n);
    for (size_t i = 0; i < n; i++) {
        const struct draft *d = &b.draft[i];
        enum side side = b.frame[i]->from_client ? SIDE_CLIENT : SIDE_SERVER;
        replay_address(&s->stream->replay.hop[s->stream->server_place ? side : SIDE_CLIENT], d->p);
        out[i] = (struct line){
            .frame = {.p = d->p, .len = d->n, .wire_len = d->wire_len},
            .kind = clone_kind(s, &cue[i]),
            .side = side,
        };
    }
}

static void clone_close(struct script *s)
{
    scratch_free(&((struct cloning *)s)->scratch);
}

static const struct script_class clone_class = {
    .begin = clone_begin,
    .next = clone_next,
    .kind = clone_kind,
    .make = clone_make,
    .close = clone_close,
};

struct script *clone_script_open(const struct stream *s, struct arena *a)
{
    struct cloning *x = arena_new(a, struct cloning);
    x->script = (struct script){.class = &clone_class, .stream = s};
    x->clone = s->replay.clone;
    return &x->script;
}
