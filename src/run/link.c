#include "run/link.h"

#include "wire/device.h"
#include "wire/neigh.h"

static const char *place_of(const struct stream *s, enum side side)
{
    return side == SIDE_SERVER && s->server_place ? s->server_place : s->place;
}

/* The address of the device that a side leaves by. */
static bool own_address(const struct stream *s, enum side side, uint8_t own[6], struct errs *errs)
{
    struct device d;
    if (!device_find(place_of(s, side), &d, s->at, errs)) return false;
    memcpy(own, d.mac, 6);
    return true;
}

static bool link_one(const struct stream *s, const struct kind *k, const uint8_t own[6],
                     struct errs *errs)
{
    uint8_t mac[6];
    struct addr to;
    memset(mac, 0xff, 6); /* a packet without IP has no next hop: it is for the whole link */
    if (packet_next_hop(k->packet, &to) &&
        !neigh_resolve(place_of(s, k->side), to, mac, s->at, errs))
        return false;
    packet_set_link(k->packet, own, mac);
    return true;
}

/* The packets of one side; those that are no part of a conversation are all the client's. */
static bool link_packets_of(const struct stream *s, enum side side, struct errs *errs)
{
    uint8_t own[6];
    bool fine = true, known = false;
    for (size_t k = 0; k < s->n; k++) {
        const struct kind *kind = &s->kinds[k];
        if (!kind->packet || kind->side != side) continue;
        if (!known && !own_address(s, side, own, errs)) return false;
        known = true;
        if (!link_one(s, kind, own, errs)) fine = false;
    }
    return fine;
}

/* The addresses that the frames of one side of a replay get. */
static bool link_replay(struct stream *s, enum side side, struct errs *errs)
{
    struct replay_hop *h = &s->replay.hop[side];
    if (!h->asked || !s->wire->device) return true;
    if (!own_address(s, side, h->own, errs)) return false;
    h->has_own = true;
    return h->to.family == FAMILY_MAC ||
           neigh_resolve(place_of(s, side), h->to, h->mac, s->at, errs);
}

bool link_packets(struct plan *p, struct errs *errs)
{
    bool fine = true;
    for (size_t i = 0; i < p->n; i++) {
        struct stream *s = &p->streams[i];
        for (enum side side = 0; s->wire && s->wire->device && side < SIDES; side++) {
            bool linked =
                s->replay.path ? link_replay(s, side, errs) : link_packets_of(s, side, errs);
            fine = fine && linked;
        }
    }
    return fine;
}
