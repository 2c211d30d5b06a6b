/* turns: in which order a worker's lanes do what is due.
 *
 * Lanes of higher priority go first. While one of them has frames that are due, or that its device
 * refused, those of lower priority on the same interface send nothing: a stream that never pauses
 * keeps lower ones from ever sending, which is what a priority asks for. A lane that others go
 * before sends TURN_FRAMES at a time, so they wait no longer than that. Each worker by itself.
 * Used by worker.c alone. */
#ifndef RUN_TURNS_H
#define RUN_TURNS_H

#include "run/lane.h"

#define TURN_FRAMES 64

struct turns {
    struct lane **lane; /* by falling priority, then as in the profile */
    size_t *rivals;     /* how many of the lanes before this one go before it: they are the first */
    size_t n;
    bool ranked; /* some have */
};

/* `lanes` may hold NULLs, which have no turn. */
void turns_open(struct turns *t, struct lane *const *lanes, size_t n, struct arena *a);
/* Lets every lane work that may; returns when the first of them wants to be called again. */
uint64_t turns_work(struct turns *t, uint64_t now);

#endif
