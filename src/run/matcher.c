#include "run/matcher.h"

#define SLOT_SETTLED (1ull << 63)
#define WINDOW_MAX (1u << 20)

void matcher_open(struct matcher *m, uint64_t window, unsigned worker, unsigned workers,
                  struct arena *a)
{
    uint64_t size = 1024;
    while (size < window && size < WINDOW_MAX) size *= 2;
    m->slot = arena_array(a, struct slot, size);
    m->mask = size - 1;
    m->step = workers;
    m->first = worker;
    m->oldest = m->next = 0;
    atomic_init(&m->newest, worker);
}

static struct slot *slot_at(struct matcher *m, uint64_t count) { return &m->slot[count & m->mask]; }

/* Steps over what has been answered; true when a unit waits at `oldest`. */
static bool seek_waiting(struct matcher *m)
{
    for (; m->oldest < m->next; m->oldest++) {
        uint64_t state = atomic_load_explicit(&slot_at(m, m->oldest)->state, memory_order_acquire);
        if (state && !(state & SLOT_SETTLED)) return true;
    }
    return false;
}

bool matcher_room(struct matcher *m)
{
    seek_waiting(m);
    return m->next - m->oldest <= m->mask;
}

void matcher_retract(struct matcher *m, uint64_t index)
{
    uint64_t from = (index - m->first) / m->step;
    for (uint64_t count = from; count < m->next; count++)
        atomic_store_explicit(&slot_at(m, count)->state, 0, memory_order_release);
    if (from < m->next) m->next = from;
}

void matcher_open_unit(struct matcher *m, uint64_t index, uint64_t due, uint64_t sent,
                       uint32_t kind)
{
    uint64_t count = (index - m->first) / m->step;
    struct slot *s = slot_at(m, count);
    atomic_store_explicit(&s->state, 0, memory_order_relaxed); /* nobody settles what changes */
    s->due = due;
    s->sent = sent;
    s->kind = kind;
    atomic_store_explicit(&s->state, index + 1, memory_order_release);
    atomic_store_explicit(&m->newest, index, memory_order_relaxed);
    m->next = count + 1;
}

bool matcher_expire(struct matcher *m, uint64_t sent_before, uint64_t *due, uint32_t *kind)
{
    while (seek_waiting(m)) {
        struct slot *s = slot_at(m, m->oldest);
        if (s->sent > sent_before) return false;
        *due = s->due;
        *kind = s->kind;
        m->oldest++;
        uint64_t state = atomic_exchange_explicit(&s->state, 0, memory_order_acq_rel);
        if (state && !(state & SLOT_SETTLED)) return true;
    }
    return false;
}

uint64_t matcher_oldest(struct matcher *m)
{
    return seek_waiting(m) ? slot_at(m, m->oldest)->sent : UINT64_MAX;
}

enum settled matcher_settle(struct matcher *m, uint64_t index, uint64_t *due, uint64_t *sent,
                            uint32_t *kind)
{
    struct slot *s = slot_at(m, (index - m->first) / m->step);
    uint64_t waiting = index + 1;
    if (atomic_load_explicit(&s->state, memory_order_acquire) == (waiting | SLOT_SETTLED)) {
        *due = s->due;
        *kind = s->kind;
        return SETTLED_AGAIN;
    }
    *due = s->due;
    *sent = s->sent;
    *kind = s->kind;
    bool mine = atomic_compare_exchange_strong_explicit(
        &s->state, &waiting, waiting | SLOT_SETTLED, memory_order_acq_rel, memory_order_relaxed);
    return mine ? SETTLED_FIRST : SETTLED_UNKNOWN;
}
