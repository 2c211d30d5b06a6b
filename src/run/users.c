#include "run/users.h"

void users_open(struct users *u, size_t most, struct arena *a)
{
    u->v = arena_array(a, struct user_ready, most);
    u->n = 0;
}

void users_push(struct users *u, uint64_t at, uint32_t user)
{
    size_t i = u->n++;
    for (; i > 0 && u->v[(i - 1) / 2].at > at; i = (i - 1) / 2) u->v[i] = u->v[(i - 1) / 2];
    u->v[i] = (struct user_ready){at, user};
}

struct user_ready users_pop(struct users *u)
{
    struct user_ready first = u->v[0], last = u->v[--u->n];
    size_t i = 0;
    for (;;) {
        size_t kid = 2 * i + 1;
        if (kid >= u->n) break;
        if (kid + 1 < u->n && u->v[kid + 1].at < u->v[kid].at) kid++;
        if (u->v[kid].at >= last.at) break;
        u->v[i] = u->v[kid];
        i = kid;
    }
    u->v[i] = last;
    return first;
}
