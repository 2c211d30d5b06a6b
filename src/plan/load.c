/* What a unit of a stream weighs: from packets to bits, and to shares of a link. */
#include "plan/clone.h"
#include "plan/inside.h"
#include "wire/device.h"

#define TAG 4        /* of a VLAN */
#define FCS 4        /* frame check sequence */
#define GAP_BYTES 20 /* preamble and start of frame 8, gap between frames 12 (IEEE 802.3) */

unsigned frame_overhead(unsigned layer)
{
    return layer == 1 ? FCS + GAP_BYTES : layer == 2 ? FCS : 0;
}

static bool packet_len(const struct packet *p, unsigned layer, struct fraction *len)
{
    if (layer == 3) return packet_mean_ip_len(p, len);
    struct fraction more = {frame_overhead(layer), 1};
    return packet_mean_len(p, len) && fraction_add(len, more, 1);
}

/* The mean of all conversations that are copied. */
static bool clone_bits(const struct stream *s, unsigned layer, struct fraction *bits,
                       const char **why)
{
    const struct clone *x = s->replay.clone;
    const struct rewrite *w = &s->replay.rewrite;
    uint64_t bytes = 0, more = frame_overhead(layer);
    *why = "which conversations are copied most is not known";
    if (!x->even || x->of.n == 0) return false;
    for (size_t i = 0; i < w->n_vlans; i++) {
        *why = "how many VLAN tags the frames will lose is not known";
        if (w->vlans[i].how == VLAN_POP && layer < 3) return false;
        more += w->vlans[i].how == VLAN_PUSH && layer < 3 ? TAG : 0;
    }
    for (size_t i = 0; i < x->of.n; i++)
        for (size_t k = 0; k < x->of.v[i].n; k++) {
            const struct recorded_frame *f = x->of.v[i].frame[k];
            bytes += layer == 3 ? f->at.end - f->at.net : f->n + more;
        }
    return fraction_divide((struct fraction){bytes, 1}, (struct fraction){x->of.n, 8}, bits);
}

bool stream_unit_bits(const struct stream *s, unsigned layer, struct fraction *bits,
                      const char **why)
{
    const char *none;
    struct fraction sum = {0, 1}, len;
    uint64_t weights = 0;
    if (!why) why = &none;
    *why = s->way == WAY_REPLAY ? "the sizes of a replay's frames are not known"
                                : "requests have no size on the wire that is known";
    if (s->replay.clone) return clone_bits(s, layer, bits, why);
    if (s->way != WAY_PACKETS && s->way != WAY_CONVERSATIONS) return false;
    for (size_t i = 0; i < s->n; i++) {
        const struct packet *p = s->kinds[i].packet;
        *why = layer == 3 ? "the mean size of the IP packets is not known"
                          : "the mean size of the packets is not known";
        if (!p || !packet_len(p, layer, &len) || !fraction_add(&sum, len, s->kinds[i].weight))
            return false;
        weights += s->kinds[i].weight;
    }
    if (s->way == WAY_CONVERSATIONS) weights = s->weights;
    return fraction_divide(sum, (struct fraction){weights, 8}, bits);
}

uint64_t stream_period(const struct stream *s)
{
    uint64_t all = s->pick ? gen_period(s->pick) : 1;
    for (size_t i = 0; i < s->n; i++)
        all = s->kinds[i].packet ? period_join(all, packet_period(s->kinds[i].packet)) : 0;
    return all;
}

static bool compiled(const struct stream *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->kinds[i].packet) return false;
    return s->n > 0;
}

struct unit_load stream_load(const struct stream *s)
{
    struct unit_load load = {.bits = {0, 1}, .full = {0, 1}};
    struct fraction bits;
    uint64_t speed = s->place && s->wire && s->wire->device ? device_speed(s->place) : 0;
    /* Why a packet is wrong has been told; its rate is not to be blamed as well. */
    bool packets = s->way != WAY_REPLAY && s->way != WAY_REQUESTS && !s->replay.clone;
    if (s->way == WAY_NONE || (packets && !compiled(s)))
        return (struct unit_load){.bits = {1000, 1}, .full = {1000, 1}};
    if (s->by_size) { /* a unit is a byte */
        load.bits = load.full = (struct fraction){8, 1};
        load.no_full = "the link speed of its interface is not known";
        if (!fraction_divide((struct fraction){speed, 1}, load.bits, &load.full)) load.full.num = 0;
        return load;
    }
    if (!stream_unit_bits(s, s->rate_layer ? s->rate_layer : 2, &load.bits, &load.no_bits))
        load.bits.num = 0;
    if (!stream_unit_bits(s, s->rate_layer ? s->rate_layer : 1, &bits, &load.no_full)) return load;
    load.no_full = s->place ? "the link speed of its interface is not known"
                            : "the stream has no interface whose link speed could be meant";
    if (!fraction_divide((struct fraction){speed, 1}, bits, &load.full)) load.full.num = 0;
    return load;
}
