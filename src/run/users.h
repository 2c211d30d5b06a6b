/* users: when each user of a closed loop is ready for the next unit; a binary heap. */
#ifndef RUN_USERS_H
#define RUN_USERS_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

struct user_ready {
    uint64_t at;
    uint32_t user;
};
struct users {
    struct user_ready *v;
    size_t n;
};
/* Room for `most` users; none is in it yet. */
void users_open(struct users *u, size_t most, struct arena *a);
void users_push(struct users *u, uint64_t at, uint32_t user);
/* Takes the user who is ready first; the heap must not be empty. */
struct user_ready users_pop(struct users *u);

#endif
