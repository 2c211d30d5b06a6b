/* length: how long the frames of a template are on average, and when its units repeat. */
#include "packet/template.h"

static bool frame_mean(const struct packet *p, struct fraction *out)
{
    const struct rest *r = &p->rest;
    struct fraction size;
    if (p->min_len == p->max_len) return fraction_of(p->min_len, 1, out);
    if (!r->size || !gen_mean(r->size, &size)) return false;
    if (r->size_kind == SIZE_FRAME) return fraction_of(size.num, size.den, out);
    if (r->size_kind != SIZE_PAYLOAD || r->align) return false;
    *out = (struct fraction){p->head, 1};
    return fraction_add(out, size, 1);
}

static bool ip_mean(const struct packet *p, struct fraction *out)
{
    const struct layer *ip = outer_ip(p);
    if (!ip) return false;
    if (!p->end_varies) return fraction_of(p->end - ip->at, 1, out);
    /* Padding of a payload belongs to the packet; other padding comes behind it. */
    if (!p->rest.cut || p->rest.align || !frame_mean(p, out)) return false;
    return fraction_of(out->num - (u128)ip->at * out->den, out->den, out);
}

/* Lengths grow evenly with the number of the layer that varies, so the mean number tells. */
static bool mean_over_variants(const struct packet *p,
                               bool (*one)(const struct packet *, struct fraction *),
                               struct fraction *out)
{
    struct fraction times, first, last;
    if (!p->times) return one(p, out);
    if (!one(p->variant[0], &first) || !one(p->variant[p->variants - 1], &last) ||
        !gen_mean(p->times, &times))
        return false;
    *out = first;
    if (p->variants == 1 || (first.num == last.num && first.den == last.den)) return true;
    u128 a = (u128)last.num * first.den, b = (u128)first.num * last.den;
    u128 den = (u128)first.den * last.den * (p->variants - 1);
    u128 more = times.num - (u128)p->times->lo * times.den;
    struct fraction slope, steps;
    return a >= b && fraction_of(a - b, den, &slope) && fraction_of(more, times.den, &steps) &&
           fraction_of((u128)slope.num * steps.num, (u128)slope.den * steps.den, &slope) &&
           fraction_add(out, slope, 1);
}

bool packet_mean_len(const struct packet *p, struct fraction *out)
{
    return mean_over_variants(p, frame_mean, out);
}

bool packet_mean_ip_len(const struct packet *p, struct fraction *out)
{
    return mean_over_variants(p, ip_mean, out);
}

uint64_t packet_period(const struct packet *p)
{
    uint64_t all = p->times ? gen_period(p->times) : 1;
    const struct rest *r = &p->rest;
    if (r->fill == FILL_RANDOM) return 0;
    if (r->size) all = period_join(all, gen_period(r->size));
    if (r->text) all = period_join(all, gen_period(r->text));
    for (size_t i = 0; i < p->sources; i++)
        if (p->source[i].gen) all = period_join(all, gen_period(p->source[i].gen));
    return all;
}
