/* regular: unit n lies at position n; in a profile this arrival process is called constant. */
#include "pace/args.h"

static struct arrival *regular_compile(struct gen_env *env, const struct expr *e,
                                       const struct course *c)
{
    (void)c;
    if (!args_check(env, e, &pace_regular.doc, 0)) return NULL;
    return arena_new(env->arena, struct arrival);
}

static void regular_place(const struct arrival *a, void *state, uint64_t first, uint64_t step,
                          size_t n, u128 *out)
{
    (void)a, (void)state;
    for (size_t i = 0; i < n; i++) out[i] = (u128)(first + i * step) << 32;
}

static uint64_t regular_count(const struct arrival *a, u128 u)
{
    (void)a;
    u128 n = (u + UNIT - 1) >> 32;
    return n < NEVER ? (uint64_t)n : NEVER;
}

const struct pace_class pace_regular = {
    .doc = {.name = "constant",
            .help = "units follow each other evenly (what a stream does when it has no arrival)",
            .example = "constant"},
    .role = PACE_ARRIVAL,
    .arrival = {.compile = regular_compile,
                .even = true,
                .place = regular_place,
                .count = regular_count},
};
