/* Answers on behalf of the addresses a stream makes up: without them nobody on the link knows
 * where replies to these addresses go. What is asked and what is answered is in packet/answer.h. */
#include "run/catcher.h"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include "packet/answer.h"
#include "wire/wire.h"

#define TAGS 16 /* room in a frame for tags that the interface's MTU does not count */

/* Requests of each kind, tagged or not. */
#define ASKS "(arp or (icmp and icmp[0] = 8) or (ip6[6] = 58 and (ip6[40] = 128 or ip6[40] = 135)))"

struct answers {
    struct watch watch;
    struct wire *wire;
    struct answerer answerer;
    const char *interface;
    uint8_t *room;
    size_t size;
};

/* An answer that does not leave is not counted; whoever asked asks again. */
static void on_frame(struct watch *w, uint64_t at, struct span frame, uint32_t len)
{
    struct answers *a = (struct answers *)w;
    struct asked_for *told = &w->catcher->asked_for[w->stream->number];
    struct frame out = {.p = a->room};
    size_t n, done;
    (void)at, (void)len;
    enum answered what = answer_make(&a->answerer, frame, a->room, a->size, &n);
    if (what == ANSWERED_NOTHING) return;
    out.len = (uint32_t)n;
    if (a->wire->class->send(a->wire, &out, 1, &done) != SENT_OK) return;
    told->arp += what == ANSWERED_ARP;
    told->nd += what == ANSWERED_ND;
    told->echo += what == ANSWERED_ECHO;
}

static void on_close(struct watch *w)
{
    struct answers *a = (struct answers *)w;
    struct errs errs = {0};
    a->wire->class->close(a->wire, &errs);
}

static const struct watch_class answers_class = {
    .frame = on_frame, .close = on_close, .aside = true};

static void add_range(struct addr_ranges *r, struct arena *a, struct addr lo, struct addr hi)
{
    *VEC_PUSH(a, r) = (struct addr_range){lo, hi};
}

/* For what the kernel holds on the interface it answers itself. */
static bool leave_to_kernel(struct answers *a, struct arena *arena)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) return false;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        const void *bytes;
        if (!i->ifa_addr || strcmp(i->ifa_name, a->interface) != 0) continue;
        int family = i->ifa_addr->sa_family;
        if (family == AF_INET)
            bytes = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
        else if (family == AF_INET6)
            bytes = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
        else
            continue;
        struct addr own = addr_from_bytes(family == AF_INET ? FAMILY_IP4 : FAMILY_IP6, bytes);
        add_range(&a->answerer.theirs, arena, own, own);
    }
    freeifaddrs(all);
    return true;
}

/* Which end of a packet is at this interface: what arrives behind a device is at its destination
 * there. */
static bool at_source(const struct stream *s, const struct kind *k, bool behind)
{
    return s->server_place ? behind == (k->side == SIDE_SERVER) : !behind;
}

/* The stream's addresses at this end are ours; the one it talks to, if it is one, is the other's,
 * unless both sides of conversations are here. */
static void take_ranges(struct answers *a, bool behind, struct arena *arena)
{
    const struct stream *s = a->watch.stream;
    bool others = s->way == WAY_PACKETS || s->server_place;
    struct addr lo, hi;
    for (size_t k = 0; k < s->n; k++) {
        const struct packet *p = s->kinds[k].packet;
        bool source = at_source(s, &s->kinds[k], behind);
        if (source ? packet_sources(p, &lo, &hi) : packet_destinations(p, &lo, &hi))
            add_range(&a->answerer.mine, arena, lo, hi);
        if (others && (source ? packet_destinations(p, &lo, &hi) : packet_sources(p, &lo, &hi)) &&
            lo.v == hi.v)
            add_range(&a->answerer.theirs, arena, lo, hi);
    }
}

/* Two streams may share addresses; one answer is enough. */
static void leave_to_others(struct answers *a, const struct catcher *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct answers *other = (const struct answers *)c->watches[i];
        if (other->watch.class != &answers_class || strcmp(other->interface, a->interface) != 0)
            continue;
        for (size_t k = 0; k < other->answerer.mine.n; k++) {
            const struct addr_range *r = &other->answerer.mine.v[k];
            add_range(&a->answerer.theirs, &a->watch.catcher->arena, r->lo, r->hi);
        }
    }
}

static bool open_ends(struct answers *a, struct errs *errs)
{
    const struct stream *s = a->watch.stream;
    /* A few frames now and then, of a thread of their own: the device's queues are the workers'. */
    a->wire =
        wire_class_named("raw")->open(&(struct wire_opts){.place = a->interface}, s->at, errs);
    if (!a->wire) return false;
    memcpy(a->answerer.mac, a->wire->mac, sizeof a->answerer.mac);
    a->size = a->wire->mtu + TAGS;
    a->room = arena_alloc(&a->watch.catcher->arena, a->size);
    struct capture_opts o = {
        .interface = a->interface,
        .filter = ASKS " or (vlan and (" ASKS " or (vlan and " ASKS ")))",
        .snaplen = (uint32_t)a->size,
        .incoming = true,
    };
    a->watch.capture = capture_open(&o, s->at, errs);
    if (!a->watch.capture) a->wire->class->close(a->wire, errs);
    return a->watch.capture;
}

struct watch *answers_watch(struct catcher *c, const struct stream *s, bool behind,
                            struct errs *errs)
{
    struct answers *a = arena_new(&c->arena, struct answers);
    a->watch = (struct watch){.class = &answers_class, .catcher = c, .stream = s};
    a->interface = !behind ? s->place : s->receive ? s->receive : s->server_place;
    take_ranges(a, behind, &c->arena);
    leave_to_others(a, c);
    if (!leave_to_kernel(a, &c->arena)) {
        err_add(errs, s->at, "cannot learn the addresses of '%s'", a->interface);
        return NULL;
    }
    return open_ends(a, errs) ? &a->watch : NULL;
}
