/* tap: how a worker tells the catcher where in a connection's bytes a request ended and its
 * reply began. A ring with one writer and one reader, without locks; when it is full the
 * request has no wire latency: the latency's count is then lower than the answers'. */
#ifndef RUN_TAP_H
#define RUN_TAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TAP_SIZE 8192

struct tap_note {
    uint64_t due, done;
    uint32_t cell;
    uint32_t sent_end;    /* bytes sent over the connection up to the request's end, mod 2^32 */
    uint32_t reply_start; /* bytes received before the reply, mod 2^32 */
    uint16_t port;        /* local port */
};
struct tap {
    struct tap_note note[TAP_SIZE];
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t read;
};

static inline void tap_write(struct tap *t, const struct tap_note *n)
{
    uint64_t at = atomic_load_explicit(&t->written, memory_order_relaxed);
    if (at - atomic_load_explicit(&t->read, memory_order_acquire) == TAP_SIZE) return;
    t->note[at % TAP_SIZE] = *n;
    atomic_store_explicit(&t->written, at + 1, memory_order_release);
}
/* The oldest note, or NULL; it stays until tap_drop. */
static inline const struct tap_note *tap_peek(struct tap *t)
{
    uint64_t at = atomic_load_explicit(&t->read, memory_order_relaxed);
    if (at == atomic_load_explicit(&t->written, memory_order_acquire)) return NULL;
    return &t->note[at % TAP_SIZE];
}
static inline void tap_drop(struct tap *t)
{
    uint64_t at = atomic_load_explicit(&t->read, memory_order_relaxed);
    atomic_store_explicit(&t->read, at + 1, memory_order_release);
}

#endif
