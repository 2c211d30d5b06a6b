#include "trace/rewrite.h"

#include "trace/edit.h"

const struct rewrite_target rewrite_targets[REWRITE_FIELDS] = {
#define FIELD(id, name_, type_, header_, bit_, bits_, sums_, mirror_, help_)                       \
    [REWRITE_##id] = {.name = name_,                                                               \
                      .help = help_,                                                               \
                      .type = VALUE_##type_,                                                       \
                      .header = IN_##header_,                                                      \
                      .bit = bit_,                                                                 \
                      .bits = bits_,                                                               \
                      .sums = SUMS_##sums_,                                                        \
                      .mirror = REWRITE_##mirror_},
#include "trace/field.def"
#undef FIELD
};

/* Where a header begins; false when the frame has none of the kind. */
static bool find_header(const struct draft *d, const struct rewrite_target *t, size_t *at)
{
    static const uint8_t proto[] = {
        [IN_TCP] = PROTO_TCP, [IN_UDP] = PROTO_UDP, [IN_SCTP] = PROTO_SCTP};
    const struct layout *l = &d->at;
    switch (t->header) {
    case IN_LINK:
        *at = 0;
        return d->n >= 14;
    case IN_TAG:
        *at = 14;
        return l->tags > 0;
    case IN_IP4:
        *at = l->net;
        return l->version == 4;
    case IN_IP6:
        *at = l->net;
        return l->version == 6;
    default:
        *at = l->up;
        return l->up && l->proto == proto[t->header];
    }
}

static void set_field(struct edit *e, enum rewrite_field field, uint64_t number, u128 wide)
{
    const struct rewrite_target *t = &rewrite_targets[field];
    size_t at;
    if (!find_header(e->draft, t, &at)) return;
    uint64_t before = e->sums.pseudo;
    if (t->type == VALUE_IP6)
        edit_address(e, at + t->bit / 8, (struct addr){wide, FAMILY_IP6});
    else
        edit_bits(e, at, t->bit, t->bits, number, t->sums);
    bool next_hop = field == REWRITE_IP4_DST || field == REWRITE_IP6_DST;
    if (next_hop && e->draft->at.routed) e->sums.pseudo = before;
}

static uint64_t draw_index(const struct rewrite *w, const struct draft *d, uint64_t flow)
{
    switch (w->per) {
    case PER_FLOW:
        return flow;
    case PER_LOOP:
        return d->loop;
    case PER_FLOW_AND_LOOP:
        return rng_mix(flow ^ rng_mix(d->loop));
    default:
        return d->index;
    }
}

/* What the batch is changed with beside its drafts: edits, what values are drawn for, and whether
 * each frame comes from its conversation's server, as it was recorded. */
struct batch {
    struct edit edit[BATCH];
    uint64_t index[BATCH], flow[BATCH];
    bool turned[BATCH];
    bool all_by_flow; /* not only the values `per flow` */
};

static void prepare(const struct rewrite *w, struct batch *b, struct draft *d, size_t n)
{
    bool copies = d->ends;
    b->all_by_flow = copies || w->per == PER_FLOW || w->per == PER_FLOW_AND_LOOP;
    bool by_flow = b->all_by_flow || w->flows;
    for (size_t i = 0; i < n; i++) {
        struct span s = span_make(d[i].p, d[i].n);
        uint64_t flow = by_flow && !copies ? layout_flow(s, &d[i].at) : 0;
        b->index[i] = draw_index(w, &d[i], flow);
        b->flow[i] = copies ? b->index[i] : flow;
        b->turned[i] =
            copies ? !d[i].ends->from_client : by_flow && !layout_from_client(s, &d[i].at);
        b->edit[i] = (struct edit){.draft = &d[i]};
    }
}

static void map_all(const struct rewrite *w, struct batch *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct draft *d = b->edit[i].draft;
        if (w->n_vlans) {
            rewrite_tags(w, d);
            layout_ethernet(span_make(d->p, d->n), &d->at);
        }
        rewrite_macs(w, &b->edit[i]);
        rewrite_nets(w, &b->edit[i]);
        rewrite_ports(w, &b->edit[i]);
        if (d->ends) rewrite_ends(&b->edit[i]);
    }
}

static void draw_all(const struct rewrite *w, struct batch *b, struct scratch *scratch, size_t n)
{
    struct draw draw = {.index = b->index, .flow = b->flow, .scratch = scratch};
    struct scratch_mark mark = scratch_mark(scratch);
    u128 *wide = scratch_array(scratch, u128, BATCH);
    uint64_t *number = scratch_array(scratch, uint64_t, BATCH);
    for (size_t k = 0; k < w->n_draws; k++) {
        const struct rewrite_draw *x = &w->draws[k];
        bool is_wide = x->gen->type == GEN_IP6;
        struct column out = {.u = number};
        if (is_wide) out.a = wide;
        gen_fill(x->gen, &draw, n, &out);
        bool turn = b->all_by_flow || x->by_flow;
        for (size_t i = 0; i < n; i++)
            set_field(&b->edit[i],
                      turn && b->turned[i] ? rewrite_targets[x->field].mirror : x->field,
                      is_wide ? 0 : number[i], is_wide ? wide[i] : 0);
    }
    const struct {
        const struct gen *gen;
        enum rewrite_field four, six;
    } both[] = {{w->ttl, REWRITE_IP4_TTL, REWRITE_IP6_HOPS},
                {w->dscp, REWRITE_IP4_DSCP, REWRITE_IP6_DSCP}};
    for (size_t k = 0; k < 2; k++) {
        struct column out = {.u = number};
        if (!both[k].gen) continue;
        gen_fill(both[k].gen, &draw, n, &out);
        for (size_t i = 0; i < n; i++) {
            set_field(&b->edit[i], both[k].four, number[i], 0);
            set_field(&b->edit[i], both[k].six, number[i], 0);
        }
    }
    if (w->size) {
        gen_fill(w->size, &draw, n, &(struct column){.u = number});
        for (size_t i = 0; i < n; i++) rewrite_size(b->edit[i].draft, (uint32_t)number[i]);
    }
    scratch_restore(scratch, mark);
}

/* Payloads, and what tunnels carry. */
static void change_bodies(const struct rewrite *w, struct batch *b, struct scratch *scratch,
                          size_t n)
{
    struct draw draw = {.index = b->index, .flow = b->flow, .scratch = scratch};
    struct scratch_mark mark = scratch_mark(scratch);
    struct span *text = scratch_array(scratch, struct span, BATCH);
    if (w->payload == PAYLOAD_TEXT)
        gen_fill(w->text, &draw, n, &(struct column){.s = text});
    else
        memset(text, 0, n * sizeof *text);
    for (size_t i = 0; i < n; i++)
        if (!rewrite_inside(w, &b->edit[i], b->index[i], text[i], 0) && w->payload)
            rewrite_payload(w, &b->edit[i], b->index[i], text[i]);
    scratch_restore(scratch, mark);
}

void rewrite_settle(const struct rewrite *w, struct draft *d, const struct edit *e)
{
    if (w->checksums == CHECKSUMS_KEEP) return;
    if (e && e->changed) sums_update(d->p, d->n, &d->at, &e->sums);
    if (w->checksums == CHECKSUMS_ALWAYS || d->filled) sums_make(d->p, d->n, &d->at);
}

void rewrite_batch(const struct rewrite *w, struct scratch *scratch, struct draft *d, size_t n)
{
    struct batch b;
    size_t rules = w->n_nets + w->n_ports + w->n_macs + w->n_vlans + w->n_draws;
    bool drawn = w->n_draws || w->ttl || w->dscp || w->size;
    bool bodies = w->inside || w->payload || w->size || w->checksums == CHECKSUMS_ALWAYS;
    if (rules == 0 && !drawn && !bodies && !d->ends) { /* nothing is changed: most replays */
        for (size_t i = 0; i < n; i++) rewrite_settle(w, &d[i], NULL);
        return;
    }
    prepare(w, &b, d, n);
    map_all(w, &b, n);
    if (drawn) draw_all(w, &b, scratch, n);
    if (bodies) change_bodies(w, &b, scratch, n);
    for (size_t i = 0; i < n; i++) rewrite_settle(w, &d[i], &b.edit[i]);
}
