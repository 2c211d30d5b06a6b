/* Replies to packets: recognised by recomputation, settled in the matcher, booked once. */
#include "run/catcher.h"

#include <stdio.h>
#include <string.h>

struct replies {
    struct watch watch;
    struct matcher **matchers; /* by worker, then stream */
    struct scratch scratch;
};

static void book(struct replies *r, uint64_t index, uint64_t at, uint32_t len)
{
    struct catcher *c = r->watch.catcher;
    const struct stream *s = r->watch.stream;
    struct matcher *m = &r->matchers[index % c->plan->workers][s->number];
    uint64_t due = 0, sent = 0;
    uint32_t kind = 0;
    enum settled how = matcher_settle(m, index, &due, &sent, &kind);
    if (how == SETTLED_UNKNOWN) {
        c->counts.foreign++; /* after its timeout */
        return;
    }
    uint32_t cell = s->kinds[kind].cell;
    if (how == SETTLED_FIRST && watch_late(&r->watch, cell, due, sent, at)) return;
    uint64_t done = at > sent ? at : sent;
    struct flow_arrival by_flow = {.due = due, .transit_ns = done - sent, .intact = true};
    watch_flow(&r->watch, &r->scratch, how, index, by_flow);
    c->counts.matched++;
    if (how == SETTLED_FIRST)
        rec_answered(c->rec, cell, due, sent, done, len, STATUS_NONE, ERROR_NONE);
    else
        rec_duplicated(c->rec, cell, due);
}

static void on_frame(struct watch *w, uint64_t at, struct span frame, uint32_t len)
{
    struct replies *r = (struct replies *)w;
    uint64_t near = watch_newest(w, r->matchers), index;
    for (size_t k = 0; k < w->stream->n; k++) {
        if (!packet_match(w->stream->kinds[k].packet, &r->scratch, frame, near, &index)) continue;
        book(r, index, at, len);
        return;
    }
    catcher_stranger(w->catcher, frame);
}

static void on_close(struct watch *w)
{
    scratch_free(&((struct replies *)w)->scratch);
}

static void settle(struct watch *w, uint64_t read_to)
{
    watch_settled(w, ((struct replies *)w)->matchers, read_to);
}

static void finish(struct watch *w, uint64_t now)
{
    watch_expire(w, ((struct replies *)w)->matchers, now);
}

static const struct watch_class replies_class = {
    .frame = on_frame, .settle = settle, .finish = finish, .close = on_close};

/* Any kind's replies, tagged or not, and nothing else. */
static const char *filter_of(const struct stream *s, struct arena *a)
{
    char one[512];
    const char *all = NULL;
    for (size_t k = 0; k < s->n; k++) {
        if (!packet_reply_filter(s->kinds[k].packet, one, sizeof one)) continue;
        all = all ? arena_printf(a, "%s or (%s)", all, one) : arena_printf(a, "(%s)", one);
    }
    return all ? arena_printf(a, "(%s) or (vlan and (%s))", all, all) : NULL;
}

struct watch *replies_watch(struct catcher *c, const struct stream *s, struct matcher **matchers,
                            struct errs *errs)
{
    struct replies *r = arena_new(&c->arena, struct replies);
    r->watch = (struct watch){.class = &replies_class, .catcher = c, .stream = s};
    r->matchers = matchers;
    size_t longest = 0;
    for (size_t k = 0; k < s->n; k++)
        if (packet_max_len(s->kinds[k].packet) > longest)
            longest = packet_max_len(s->kinds[k].packet);
    struct capture_opts o = {
        .interface = s->place,
        .filter = filter_of(s, &c->arena),
        .snaplen = (uint32_t)longest + 64, /* tags and options a device may have added */
        .buffer = 16 << 20,
        .incoming = true,
    };
    r->watch.capture = capture_open(&o, s->at, errs);
    return r->watch.capture ? &r->watch : NULL;
}
