#include "run/turns.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Frames leave in the same place, or in one that both have. Requests have connections of their
 * own. */
static bool same_place(const struct stream *a, const struct stream *b)
{
    if (a->way == WAY_REQUESTS || b->way == WAY_REQUESTS) return false;
    bool devices = a->wire && b->wire && a->wire->device && b->wire->device;
    if (!devices && a->wire != b->wire) return false;
    return (!a->place && !b->place) || same(a->place, b->place) ||
           same(a->place, b->server_place) || same(a->server_place, b->place) ||
           same(a->server_place, b->server_place);
}

void turns_open(struct turns *t, struct lane *const *lanes, size_t n, struct arena *a)
{
    t->lane = arena_array(a, struct lane *, n);
    t->rivals = arena_array(a, size_t, n);
    t->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!lanes[i]) continue;
        size_t at = t->n++;
        unsigned priority = lanes[i]->stream->priority;
        for (; at > 0 && t->lane[at - 1]->stream->priority < priority; at--)
            t->lane[at] = t->lane[at - 1];
        t->lane[at] = lanes[i];
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct stream *s = t->lane[i]->stream;
        for (size_t k = 0; k < i && t->lane[k]->stream->priority > s->priority; k++)
            if (same_place(t->lane[k]->stream, s)) t->rivals[i] = k + 1;
        t->ranked = t->ranked || t->rivals[i];
    }
}

/* Whether a lane that goes before lane i has more to send. */
static bool must_wait(const struct turns *t, size_t i)
{
    for (size_t k = 0; k < t->rivals[i]; k++)
        if (t->lane[k]->pressed && same_place(t->lane[k]->stream, t->lane[i]->stream)) return true;
    return false;
}

uint64_t turns_work(struct turns *t, uint64_t now)
{
    uint64_t next = NEVER;
    for (size_t i = 0; i < t->n; i++) {
        struct lane *l = t->lane[i];
        bool held = must_wait(t, i);
        l->refused = false;
        l->may_send = held ? 0 : t->rivals[i] ? TURN_FRAMES : SIZE_MAX;
        if (held) l->held_at = now;
        uint64_t again = l->class->work(l, now);
        if (held) continue; /* those before it wake the worker */
        if (l->may_send == 0) again = now;
        if (t->ranked) l->pressed = l->refused || again <= lane_now(l);
        if (again < next) next = again;
    }
    return next;
}
