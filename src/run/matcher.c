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
    atomic_init(&m->read_to, 0);
}

static struct slot *slot_at(struct matcher *m, uint64_t count)
{
    return &m->slot[count & m->mask];
}

/* Steps over what has been answered; true when a unit waits at `oldest`. */
static bool seek_waiting(struct matcher *m)
{
    for (; m->oldest < m->next; m->oldest++) {
        uint64_t state = atomic_load_explicit(&slot_at(m, m->oldest)->state, memory_order_acquire);
        if (state && !(state & SLOT_SETTLED)) return true;
    }
    return false;
}

static uint64_t count_of(const struct matcher *m, uint64_t index)
{
    return (index - m->first) / m->step;
}

bool matcher_room(struct matcher *m, uint64_t index)
{
    if (!seek_waiting(m)) return true;
    return count_of(m, index) - m->oldest <= m->mask;
}

void matcher_retract(struct matcher *m, uint64_t index)
{
    uint64_t from = count_of(m, index);
    for (uint64_t count = from; count < m->next; count++)
        atomic_store_explicit(&slot_at(m, count)->state, 0, memory_order_release);
    if (from < m->next) m->next = from;
}

/* What a slot holds is read by the catcher while the worker may give it to another unit, so it is
 * written between two changes of the state, and read_slot looks at the state twice: the fences
 * order the fields, which order nothing themselves. */
void matcher_open_unit(struct matcher *m, uint64_t index, uint64_t due, uint64_t sent,
                       uint32_t kind)
{
    uint64_t count = count_of(m, index);
    struct slot *s = slot_at(m, count);
    if (m->oldest == m->next) m->oldest = count; /* nothing waits before it */
    atomic_store_explicit(&s->state, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&s->due, due, memory_order_relaxed);
    atomic_store_explicit(&s->sent, sent, memory_order_relaxed);
    atomic_store_explicit(&s->kind, kind, memory_order_relaxed);
    atomic_store_explicit(&s->state, index + 1, memory_order_release);
    atomic_store_explicit(&m->newest, index, memory_order_relaxed);
    m->next = count + 1;
}

/* The fields that go with the returned state; they mean nothing when it is 0. */
static uint64_t read_slot(struct slot *s, uint64_t *due, uint64_t *sent, uint32_t *kind)
{
    uint64_t state = atomic_load_explicit(&s->state, memory_order_acquire);
    *due = atomic_load_explicit(&s->due, memory_order_relaxed);
    *sent = atomic_load_explicit(&s->sent, memory_order_relaxed);
    *kind = atomic_load_explicit(&s->kind, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&s->state, memory_order_relaxed) == state ? state : 0;
}

uint64_t matcher_known(const struct matcher *m, uint64_t now)
{
    uint64_t read_to = atomic_load_explicit(&m->read_to, memory_order_acquire);
    return read_to < now ? read_to : now;
}

void matcher_read_to(struct matcher *m, uint64_t at)
{
    atomic_store_explicit(&m->read_to, at, memory_order_release);
}

bool matcher_expire(struct matcher *m, uint64_t sent_before, uint64_t *due, uint32_t *kind)
{
    while (seek_waiting(m)) {
        struct slot *s = slot_at(m, m->oldest);
        if (atomic_load_explicit(&s->sent, memory_order_relaxed) > sent_before) return false;
        *due = atomic_load_explicit(&s->due, memory_order_relaxed);
        *kind = atomic_load_explicit(&s->kind, memory_order_relaxed);
        m->oldest++;
        uint64_t state = atomic_exchange_explicit(&s->state, 0, memory_order_acq_rel);
        if (state && !(state & SLOT_SETTLED)) return true;
    }
    return false;
}

bool matcher_abandon(struct matcher *m, uint64_t *index, uint64_t *due)
{
    if (!seek_waiting(m)) return false;
    const struct slot *s = slot_at(m, m->oldest++);
    *index = atomic_load_explicit(&s->state, memory_order_relaxed) - 1;
    *due = atomic_load_explicit(&s->due, memory_order_relaxed);
    return true;
}

uint64_t matcher_oldest(struct matcher *m)
{
    if (!seek_waiting(m)) return UINT64_MAX;
    return atomic_load_explicit(&slot_at(m, m->oldest)->sent, memory_order_relaxed);
}

enum settled matcher_settle(struct matcher *m, uint64_t index, uint64_t *due, uint64_t *sent,
                            uint32_t *kind)
{
    struct slot *s = slot_at(m, count_of(m, index));
    uint64_t waiting = index + 1, state = read_slot(s, due, sent, kind);
    if (state == (waiting | SLOT_SETTLED)) return SETTLED_AGAIN;
    if (state != waiting) return SETTLED_UNKNOWN;
    bool mine = atomic_compare_exchange_strong_explicit(&s->state, &waiting, waiting | SLOT_SETTLED,
                                                        memory_order_acq_rel, memory_order_relaxed);
    return mine ? SETTLED_FIRST : SETTLED_UNKNOWN;
}
