#include "gen/pick.h"

bool pick_compile(const struct args *a, struct pick *p)
{
    static const char *const words[] = {"random", "seq", "permute", NULL};
    unsigned order;
    *p = (struct pick){.count = 0};
    if (!args_word(a, "order", words, &order)) return false;
    p->order = (enum order)order;
    return true;
}

void pick_count(struct pick *p, uint64_t count)
{
    p->count = count;
    p->perm = perm_of(count - 1);
}

uint64_t pick_period(const struct pick *p)
{
    return p->order == ORDER_RANDOM ? 0 : p->count;
}

void pick_column(const struct pick *p, uint64_t key, const struct draw *d, size_t n, uint64_t *out)
{
    switch (p->order) {
    case ORDER_RANDOM:
        rng_column_below(key, d->index, n, 0, p->count, out);
        break;
    case ORDER_SEQ:
        for (size_t i = 0; i < n; i++) cycle_split(&p->perm.cycle, d->index[i], &out[i]);
        break;
    case ORDER_PERMUTE:
        perm_column(&p->perm, key, d->index, n, d->scratch, out);
        break;
    }
}
