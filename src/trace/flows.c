#include "trace/flows.h"

#include <stdlib.h>

#define SLOTS (1u << 19)

struct flows {
    uint64_t n, torn;
    bool capped;
    uint64_t slot[SLOTS]; /* 0: free; the number in its upper bits, and TORN */
};
enum { TORN = 1, TAKEN = 2 };

struct flows *flows_open(void)
{
    return calloc(1, sizeof(struct flows));
}

/* The slot that holds the number, or is free for it. */
static uint64_t *slot_of(struct flows *f, uint64_t number)
{
    size_t i = number / 4 % SLOTS;
    while (f->slot[i] && (f->slot[i] | TORN | TAKEN) != (number | TORN | TAKEN))
        i = (i + 1) % SLOTS;
    return &f->slot[i];
}

void flows_add(struct flows *f, uint64_t number)
{
    uint64_t *slot = slot_of(f, number);
    if (*slot) return;
    if (f->n == FLOWS_MAX) {
        f->capped = true;
        return;
    }
    *slot = (number | TAKEN) & ~(uint64_t)TORN;
    f->n++;
}

void flows_tear(struct flows *f, uint64_t number)
{
    uint64_t *slot = slot_of(f, number);
    if (!*slot || *slot & TORN) return;
    *slot |= TORN;
    f->torn++;
}

uint64_t flows_torn(const struct flows *f)
{
    return f->torn;
}

uint64_t flows_count(const struct flows *f, bool *capped)
{
    *capped = f->capped;
    return f->n;
}

void flows_close(struct flows *f)
{
    free(f);
}
