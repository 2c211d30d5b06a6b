#include "run/agenda.h"

#define CHILDREN 4

static inline bool before(const struct cue *a, const struct cue *b)
{
    return a->due != b->due ? a->due < b->due : a->unit < b->unit;
}

void agenda_open(struct agenda *a, size_t room, struct arena *arena)
{
    *a = (struct agenda){.cue = arena_array(arena, struct cue, room), .room = room};
}

bool agenda_add(struct agenda *a, const struct cue *c)
{
    if (a->n == a->room) return false;
    size_t i = a->n++;
    while (i > 0) {
        size_t parent = (i - 1) / CHILDREN;
        if (!before(c, &a->cue[parent])) break;
        a->cue[i] = a->cue[parent];
        i = parent;
    }
    a->cue[i] = *c;
    return true;
}

/* Finds a place for a cue that is to stand at the top or below it. */
static void sink(struct agenda *a, struct cue c)
{
    size_t i = 0;
    for (;;) {
        size_t first = i * CHILDREN + 1, end = first + CHILDREN, least = first;
        if (first >= a->n) break;
        if (end > a->n) end = a->n;
        for (size_t k = first + 1; k < end; k++)
            if (before(&a->cue[k], &a->cue[least])) least = k;
        if (!before(&a->cue[least], &c)) break;
        a->cue[i] = a->cue[least];
        i = least;
    }
    a->cue[i] = c;
}

void agenda_moved(struct agenda *a)
{
    sink(a, a->cue[0]);
}

void agenda_drop(struct agenda *a)
{
    struct cue last = a->cue[--a->n];
    if (a->n) sink(a, last);
}
