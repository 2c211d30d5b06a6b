#include "trace/flows.h"

#include <stdlib.h>

#define SLOTS (1u << 19)

struct flows {
    uint64_t n;
    bool capped;
    uint64_t slot[SLOTS]; /* 0: free */
};

struct flows *flows_open(void)
{
    return calloc(1, sizeof(struct flows));
}

void flows_add(struct flows *f, uint64_t number)
{
    size_t i = number % SLOTS;
    while (f->slot[i] && f->slot[i] != number) i = (i + 1) % SLOTS;
    if (f->slot[i] == number) return;
    if (f->n == FLOWS_MAX) {
        f->capped = true;
        return;
    }
    f->slot[i] = number;
    f->n++;
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
