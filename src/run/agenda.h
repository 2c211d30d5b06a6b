/* agenda: packets that are to come, each with its time; the next one first.
 *
 * A heap of cues (plan/script.h), one for each conversation under way. A node has four children,
 * which lie side by side, so the heap is half as deep as a binary one (D. Johnson, "Priority
 * queues with update and finding minimum spanning trees", 1975). Cues that are due at once come
 * in the order of their units. Memory is 24 bytes for each cue that there is room for, and is only
 * touched as far as it has ever been full. Owned by a lane, or by `spate gen`. */
#ifndef RUN_AGENDA_H
#define RUN_AGENDA_H

#include "plan/script.h"

struct agenda {
    struct cue *cue;
    size_t n, room;
};

/* Empty, with room for so many. In the arena. */
void agenda_open(struct agenda *a, size_t room, struct arena *arena);
/* False when it is full: nothing is added. */
bool agenda_add(struct agenda *a, const struct cue *c);
/* The cue that comes first; NULL when there is none. Its owner may move it to a later time, and
 * then says so with agenda_moved, or have it dropped; before anything else is done. */
static inline struct cue *agenda_first(struct agenda *a)
{
    return a->n ? a->cue : NULL;
}
void agenda_moved(struct agenda *a);
void agenda_drop(struct agenda *a);

#endif
