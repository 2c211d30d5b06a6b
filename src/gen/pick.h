/* pick: which of `count` things each unit takes, by the `order` argument of lines and csv.
 * Called within gen/ only. */
#ifndef GEN_PICK_H
#define GEN_PICK_H

#include "gen/args.h"
#include "gen/perm.h"

enum order { ORDER_RANDOM, ORDER_SEQ, ORDER_PERMUTE };
struct pick {
    enum order order;
    uint64_t count;
    struct perm perm; /* its cycle serves ORDER_SEQ too */
};

/* The parameter as it stands in doc.params. */
#define PICK_PARAM                                                                                 \
    {                                                                                              \
        "order", "random, seq or permute", "random",                                               \
            "random draws, in order, or each once per cycle in random order"                       \
    }

/* Reads the argument. False after adding errors. The count is set later. */
bool pick_compile(const struct args *a, struct pick *p);
void pick_count(struct pick *p, uint64_t count);
uint64_t pick_period(const struct pick *p); /* for gen_period */
void pick_column(const struct pick *p, uint64_t key, const struct draw *d, size_t n, uint64_t *out);

#endif
