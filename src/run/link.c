#include "run/link.h"

#include "wire/neigh.h"

static bool link_one(const struct stream *s, struct packet *k, const uint8_t own[6],
                     struct errs *errs)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t mac[6];
    struct addr to;
    memcpy(mac, everybody, 6); /* a packet without IP has no next hop: it is for the whole link */
    if (packet_next_hop(k, &to) && !neigh_resolve(s->place, to, mac, s->at, errs)) return false;
    packet_set_link(k, own, mac);
    return true;
}

/* The addresses of one side of a replay. */
static bool link_side(struct stream *s, enum side side, struct errs *errs)
{
    struct replay_hop *h = &s->replay.hop[side];
    struct wire_opts o = {.place = side == SIDE_SERVER ? s->server_place : s->place};
    if (!h->asked || !s->wire->device) return true;
    struct wire *w = s->wire->open(&o, s->at, errs);
    if (!w) return false;
    memcpy(h->own, w->mac, 6);
    h->has_own = true;
    w->class->close(w, errs);
    return h->to.family == FAMILY_MAC || neigh_resolve(o.place, h->to, h->mac, s->at, errs);
}

bool link_packets(struct plan *p, struct errs *errs)
{
    bool fine = true;
    for (size_t i = 0; i < p->n; i++)
        for (unsigned side = 0; p->streams[i].way == WAY_REPLAY && side < SIDES; side++)
            if (!link_side(&p->streams[i], side, errs)) fine = false;
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        if (s->way != WAY_PACKETS || !s->wire->device) continue;
        struct wire_opts o = {.place = s->place};
        struct wire *w = s->wire->open(&o, s->at, errs);
        if (!w) return false;
        for (size_t k = 0; k < s->n; k++)
            if (!link_one(s, s->kinds[k].packet, w->mac, errs)) fine = false;
        w->class->close(w, errs);
    }
    return fine;
}
