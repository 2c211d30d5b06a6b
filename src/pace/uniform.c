/* uniform: unit n lies anywhere between positions n and n+1. */
#include "pace/args.h"

static struct arrival *uniform_compile(struct gen_env *env, const struct expr *e,
                                       const struct course *c)
{
    (void)c;
    if (!args_check(env, e, &pace_uniform.doc, 0)) return NULL;
    return arena_new(env->arena, struct arrival);
}

static void uniform_place(const struct arrival *a, void *state, uint64_t first, uint64_t step,
                          size_t n, u128 *out)
{
    (void)state;
    for (size_t i = 0; i < n; i++) {
        uint64_t unit = first + i * step;
        out[i] = (u128)unit << 32 | rng_at(a->key, unit) >> 32;
    }
}

static uint64_t uniform_count(const struct arrival *a, u128 u)
{
    if (u >> 32 >= NEVER) return NEVER;
    uint64_t n = (uint64_t)(u >> 32);
    return n + (rng_at(a->key, n) >> 32 < (uint32_t)u);
}

const struct pace_class pace_uniform = {
    .doc = {.name = "uniform",
            .help = "each unit comes at a random time within its own slot",
            .example = "uniform"},
    .role = PACE_ARRIVAL,
    .arrival = {.compile = uniform_compile, .place = uniform_place, .count = uniform_count},
};
