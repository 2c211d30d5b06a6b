/* Packets that arrive behind a device: lost, duplicated, out of order, changed, and how long they
 * took. Each worker numbers its own packets, so order is told worker by worker. */
#include "run/catcher.h"

struct order {
    uint64_t next; /* RFC 4737, section 3.3: one more than the greatest index that arrived */
    /* Indices that arrived above `next` of others, for the extent: the last ones that came. */
    uint64_t recent[64];
    uint64_t arrived;
};
struct arrivals {
    struct watch watch;
    struct matcher **matchers;
    struct packet_room **room; /* of each kind */
    struct scratch scratch;
    struct order *order; /* of each worker */
    uint64_t last_transit;
    bool any;
};

/* RFC 3550, section 6.4.1. */
static void jitter(struct arrivals *a, uint64_t transit)
{
    struct path *path = &a->watch.catcher->path[a->watch.stream->number];
    double d = (double)transit - (double)a->last_transit;
    if (a->any) path->jitter_ns += ((d < 0 ? -d : d) - path->jitter_ns) / 16;
    a->last_transit = transit;
    a->any = true;
}

/* How many packets before this one arrived that were sent after it, back to the earliest
 * (RFC 4737, section 4.2.2); at most as far back as is kept. */
static uint64_t extent_of(const struct order *o, uint64_t index)
{
    uint64_t kept = o->arrived < 64 ? o->arrived : 64, extent = 0;
    for (uint64_t back = 1; back <= kept; back++)
        if (o->recent[(o->arrived - back) % 64] > index) extent = back;
    return extent;
}

/* Whether the packet is reordered: RFC 4737, section 3.3, type-P-reordered. */
static bool out_of_order(struct arrivals *a, uint64_t index)
{
    struct path *path = &a->watch.catcher->path[a->watch.stream->number];
    struct order *o = &a->order[index % a->watch.catcher->plan->workers];
    bool reordered = index < o->next;
    if (reordered) {
        uint64_t extent = extent_of(o, index);
        if (extent > path->reorder_extent) path->reorder_extent = extent;
    } else {
        o->next = index + 1;
    }
    o->recent[o->arrived++ % 64] = index;
    return reordered;
}

static void book(struct arrivals *a, uint64_t index, enum content content, uint64_t at,
                 uint32_t len)
{
    struct catcher *c = a->watch.catcher;
    const struct stream *s = a->watch.stream;
    struct matcher *m = &a->matchers[index % c->plan->workers][s->number];
    uint64_t due = 0, sent = 0;
    uint32_t kind = 0;
    enum settled how = matcher_settle(m, index, &due, &sent, &kind);
    if (how == SETTLED_UNKNOWN) {
        c->counts.foreign++; /* after its timeout */
        return;
    }
    uint32_t cell = s->kinds[kind].cell;
    if (how == SETTLED_FIRST && watch_late(&a->watch, cell, due, sent, at)) return;
    c->counts.matched++;
    uint64_t done = at > sent ? at : sent;
    struct flow_arrival by_flow = {
        .due = due, .transit_ns = done - sent, .intact = content != CONTENT_CHANGED};
    watch_flow(&a->watch, &a->scratch, how, index, by_flow);
    if (how == SETTLED_AGAIN) {
        rec_duplicated(c->rec, cell, due);
        return;
    }
    rec_answered(c->rec, cell, due, sent, done, len, STATUS_NONE,
                 content == CONTENT_CHANGED ? ERROR_CORRUPTED : ERROR_NONE);
    c->path[s->number].unchecked += content == CONTENT_CUT;
    if (out_of_order(a, index)) rec_reordered(c->rec, cell, due);
    jitter(a, done - sent);
}

static void on_frame(struct watch *w, uint64_t at, struct span frame, uint32_t len)
{
    struct arrivals *a = (struct arrivals *)w;
    uint64_t near = watch_newest(w, a->matchers), index;
    enum content content;
    for (size_t k = 0; k < w->stream->n; k++) {
        const struct packet *p = w->stream->kinds[k].packet;
        if (!packet_arrived(p, a->room[k], &a->scratch, frame, near, &index, &content)) continue;
        book(a, index, content, at, len);
        return;
    }
    catcher_stranger(w->catcher, frame);
}

static void on_close(struct watch *w)
{
    scratch_free(&((struct arrivals *)w)->scratch);
}

static void settle(struct watch *w, uint64_t read_to)
{
    watch_settled(w, ((struct arrivals *)w)->matchers, read_to);
}

static void finish(struct watch *w, uint64_t now)
{
    watch_expire(w, ((struct arrivals *)w)->matchers, now);
}

static const struct watch_class arrivals_class = {
    .frame = on_frame, .settle = settle, .finish = finish, .close = on_close};

struct watch *arrivals_watch(struct catcher *c, const struct stream *s, struct matcher **matchers,
                             struct errs *errs)
{
    struct arrivals *a = arena_new(&c->arena, struct arrivals);
    size_t longest = 0;
    a->watch = (struct watch){.class = &arrivals_class, .catcher = c, .stream = s};
    a->matchers = matchers;
    a->order = arena_array(&c->arena, struct order, c->plan->workers);
    a->room = arena_array(&c->arena, struct packet_room *, s->n);
    for (size_t k = 0; k < s->n; k++) {
        const struct packet *p = s->kinds[k].packet;
        a->room[k] = packet_room_new(p, &c->arena);
        if (packet_max_len(p) > longest) longest = packet_max_len(p);
    }
    /* Addresses, ports and tags may be others behind the device; only the token is sure. */
    struct capture_opts o = {
        .interface = s->receive,
        .filter = "ip or ip6 or ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864 or "
                  "vlan", /* IP, with labels or in a PPPoE session */
        .snaplen = (uint32_t)longest + 64,
        .buffer = 16 << 20,
        .incoming = true,
    };
    a->watch.capture = capture_open(&o, s->at, errs);
    return a->watch.capture ? &a->watch : NULL;
}
