/* Addresses and ports by the profile's maps. */
#include "trace/edit.h"

#include <string.h>

#define ARP_LENGTH 28u /* for Ethernet and IPv4 (RFC 826) */

/* Whether the frame holds an ARP packet whose addresses are where we expect them. */
static bool is_arp(const struct draft *d)
{
    const struct layout *l = &d->at;
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4};
    return l->type == TYPE_ARP && l->net + ARP_LENGTH <= d->n &&
           memcmp(d->p + l->net, head, sizeof head) == 0;
}

static void map_mac(const struct rewrite *w, struct edit *e, size_t at)
{
    uint8_t now[6];
    memcpy(now, e->draft->p + at, 6);
    for (size_t i = 0; i < w->n_macs; i++) {
        const struct rewrite_mac *m = &w->macs[i];
        bool group = now[0] & 1;
        if (m->any ? group : memcmp(now, m->from, 6) != 0) continue;
        edit_put(e, at, m->to, 6, SUMS_NONE);
        return;
    }
}

void rewrite_macs(const struct rewrite *w, struct edit *e)
{
    if (w->n_macs == 0 || e->draft->n < 12) return;
    map_mac(w, e, 0);
    map_mac(w, e, 6);
    if (!is_arp(e->draft)) return;
    map_mac(w, e, e->draft->at.net + 8);
    map_mac(w, e, e->draft->at.net + 18);
}

bool rewrite_map_address(const struct rewrite *w, struct addr *a)
{
    for (size_t i = 0; i < w->n_nets; i++) {
        const struct rewrite_net *m = &w->nets[i];
        if (!prefix_has(m->from, *a)) continue;
        unsigned keep = family_bits(a->family) - m->to.bits;
        u128 mask = keep == 128 ? ~(u128)0 : ((u128)1 << keep) - 1;
        /* From a longer prefix the bits between are the old network's own: none to keep. */
        unsigned own = family_bits(a->family) - m->from.bits;
        if (own < keep) mask = own == 0 ? 0 : ((u128)1 << own) - 1;
        a->v = m->to.first.v | (a->v & mask);
        return true;
    }
    return false;
}

static void map_net(const struct rewrite *w, struct edit *e, size_t at, enum family family)
{
    struct addr a = addr_from_bytes(family, e->draft->p + at);
    if (rewrite_map_address(w, &a)) edit_address(e, at, a);
}

/* Solicitations and advertisements name a target, redirects a destination as well (RFC 4861,
 * sections 4.3 to 4.5): to IPv6 what addresses in ARP are to IPv4. */
static void map_neighbours(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    size_t end = l->end < e->draft->n ? l->end : e->draft->n;
    if (l->proto != PROTO_ICMP6 || !l->up || l->fragment) return;
    uint8_t type = e->draft->p[l->up];
    size_t n = type == 135 || type == 136 ? 1 : type == 137 ? 2 : 0, at = l->up + 8;
    for (; n && at + 16 <= end; n--, at += 16) map_net(w, e, at, FAMILY_IP6);
}

void rewrite_nets(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    if (w->n_nets == 0) return;
    if (l->version == 4) {
        map_net(w, e, l->net + 12, FAMILY_IP4);
        map_net(w, e, l->net + 16, FAMILY_IP4);
    } else if (l->version == 6) {
        map_net(w, e, l->net + 8, FAMILY_IP6);
        uint64_t before = e->sums.pseudo;
        map_net(w, e, l->net + 24, FAMILY_IP6);
        if (l->routed) e->sums.pseudo = before; /* the checksum is about the last hop's address */
        map_neighbours(w, e);
    } else if (is_arp(e->draft)) {
        map_net(w, e, l->net + 14, FAMILY_IP4);
        map_net(w, e, l->net + 24, FAMILY_IP4);
    }
}

static void map_port(const struct rewrite *w, struct edit *e, size_t at)
{
    uint16_t now = get_u16(e->draft->p + at);
    uint8_t bytes[2];
    for (size_t i = 0; i < w->n_ports; i++) {
        const struct rewrite_port *m = &w->ports[i];
        if (now < m->lo || now > m->hi) continue;
        put_u16(bytes, (uint16_t)(m->to + (now - m->lo)));
        edit_put(e, at, bytes, 2, SUMS_UP);
        return;
    }
}

void rewrite_ports(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    bool has = l->up && proto_has_ports(l->proto);
    if (w->n_ports == 0 || !has) return;
    map_port(w, e, l->up);
    map_port(w, e, l->up + 2);
}
