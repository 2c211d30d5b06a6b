/* matcher: which units of a packet stream still wait for their reply.
 *
 * A ring of slots by index, one ring for each worker of the stream. The worker opens a slot
 * before the packet leaves; the catcher's thread settles it when a reply carries the index;
 * the worker takes it back when the timeout has passed. A slot changes hands by one atomic
 * exchange, so each unit is counted once. A packet's index comes out of the reply itself
 * (packet_match): the ring holds only times. */
#ifndef RUN_MATCHER_H
#define RUN_MATCHER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"

struct slot {
    _Atomic uint64_t state;     /* index + 1 while waiting; with SLOT_SETTLED: answered */
    _Atomic uint64_t due, sent; /* of that unit only while `state` stays the same */
    _Atomic uint32_t kind;
};
struct matcher {
    struct slot *slot;
    uint64_t mask, step;      /* ring size - 1; number of workers */
    uint64_t first;           /* the worker's number: its first index */
    uint64_t oldest, next;    /* the worker's own: counts of units, not indices */
    _Atomic uint64_t newest;  /* index of the last unit opened, for packet_match */
    _Atomic uint64_t read_to; /* what came until then has been settled: the catcher's to say */
};

/* Room for `window` units under way at a time, at most 2^20. */
void matcher_open(struct matcher *m, uint64_t window, unsigned worker, unsigned workers,
                  struct arena *a);

/* The worker's side; indices rise, and some may be left out. room: whether the slot for `index`
 * is free of a unit that still waits. */
bool matcher_room(struct matcher *m, uint64_t index);
void matcher_open_unit(struct matcher *m, uint64_t index, uint64_t due, uint64_t sent,
                       uint32_t kind);
/* Closes the slots from `index` on again: these packets did not leave after all. */
void matcher_retract(struct matcher *m, uint64_t index);
/* Up to when it is known which replies came, `now` at most: the catcher may be behind, and a reply
 * that it has not read yet is not late. Timeouts are judged against this. */
uint64_t matcher_known(const struct matcher *m, uint64_t now);
/* Takes back the oldest unit sent at or before `sent_before`. False when there is none. */
bool matcher_expire(struct matcher *m, uint64_t sent_before, uint64_t *due, uint32_t *kind);
/* After the run: takes back the oldest unit that still waits. False when there is none. */
bool matcher_abandon(struct matcher *m, uint64_t *index, uint64_t *due);
/* When the oldest waiting unit was sent; UINT64_MAX when none waits. */
uint64_t matcher_oldest(struct matcher *m);

/* The catcher's side. read_to: every reply that came until `at` has been settled; times rise. */
void matcher_read_to(struct matcher *m, uint64_t at);
enum settled { SETTLED_FIRST, SETTLED_AGAIN, SETTLED_UNKNOWN };
enum settled matcher_settle(struct matcher *m, uint64_t index, uint64_t *due, uint64_t *sent,
                            uint32_t *kind);

#endif
