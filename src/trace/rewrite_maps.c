/* Link addresses, IP addresses and ports by the profile's maps. */
#include "packet/checksum.h"
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

/* Where the packet's bytes end that are there. */
static size_t end_of(const struct draft *d)
{
    return d->at.end < d->n ? d->at.end : d->n;
}

static void map_mac(const struct rewrite *w, struct edit *e, size_t at, enum sums sums)
{
    uint8_t now[6];
    memcpy(now, e->draft->p + at, 6);
    for (size_t i = 0; i < w->n_macs; i++) {
        const struct rewrite_mac *m = &w->macs[i];
        bool group = now[0] & 1;
        if (m->any ? group : memcmp(now, m->from, 6) != 0) continue;
        edit_put(e, at, m->to, 6, sums);
        return;
    }
}

/* Where the options of a neighbour discovery message begin (RFC 4861, section 4); 0: it is none. */
static size_t discovery_options(const struct draft *d)
{
    static const uint8_t offset[] = {8, 16, 24, 24, 40}; /* of types 133 to 137 */
    const struct layout *l = &d->at;
    if (l->version != 6 || l->proto != PROTO_ICMP6 || !l->up || l->fragment) return 0;
    uint8_t type = d->p[l->up];
    return type >= 133 && type <= 137 ? l->up + offset[type - 133] : 0;
}

/* Options 1 and 2 hold the sender's and the target's link address (RFC 2464, section 6). */
static void map_discovery(const struct rewrite *w, struct edit *e)
{
    const uint8_t *p = e->draft->p;
    size_t at = discovery_options(e->draft), end = end_of(e->draft);
    while (at && at + 8 <= end && p[at + 1]) {
        if ((p[at] == 1 || p[at] == 2) && p[at + 1] == 1) map_mac(w, e, at + 2, SUMS_UP);
        at += p[at + 1] * 8u;
    }
}

void rewrite_macs(const struct rewrite *w, struct edit *e)
{
    if (w->n_macs == 0 || e->draft->n < 12) return;
    map_mac(w, e, 0, SUMS_NONE);
    map_mac(w, e, 6, SUMS_NONE);
    map_discovery(w, e);
    if (!is_arp(e->draft)) return;
    map_mac(w, e, e->draft->at.net + 8, SUMS_NONE);
    map_mac(w, e, e->draft->at.net + 18, SUMS_NONE);
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
    size_t end = end_of(e->draft);
    if (l->proto != PROTO_ICMP6 || !l->up || l->fragment) return;
    uint8_t type = e->draft->p[l->up];
    size_t n = type == 135 || type == 136 ? 1 : type == 137 ? 2 : 0, at = l->up + 8;
    for (; n && at + 16 <= end; n--, at += 16) map_net(w, e, at, FAMILY_IP6);
}

/* Both ends. What a routed packet names as its destination is only the next hop, which the
 * transport's checksum is not about. */
static void map_ends(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    enum family family = l->version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    uint32_t n = layout_address_size(l), src = l->net + (n == 4 ? 12u : 8u);
    map_net(w, e, src, family);
    uint64_t before = e->sums.pseudo;
    map_net(w, e, src + n, family);
    if (l->routed) e->sums.pseudo = before;
}

/* The addresses of a source route, of which the last hop is in the pseudo header. Options of IPv4
 * may begin at odd places: there the halves of their words count the other way round. */
static void map_hops(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    enum family family = l->version == 4 ? FAMILY_IP4 : FAMILY_IP6;
    uint32_t n = layout_address_size(l), at = l->hops;
    for (unsigned i = 0; i < l->n_hops && at + n <= e->draft->n; i++, at += n) {
        struct sums_change before = e->sums;
        map_net(w, e, at, family);
        uint64_t change = e->sums.net - before.net;
        if ((at - l->net) % 2 && change) e->sums.net = before.net + sum_swap(sum_fold(change));
        if (at != l->last) e->sums.pseudo = before.pseudo;
    }
}

void rewrite_nets(const struct rewrite *w, struct edit *e)
{
    const struct layout *l = &e->draft->at;
    if (w->n_nets == 0) return;
    if (l->version) {
        map_ends(w, e);
        map_hops(w, e);
        if (l->version == 6) map_neighbours(w, e);
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
