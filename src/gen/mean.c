/* What can be said of a node's values without making them. */
#include "gen/gen.h"

bool gen_mean(const struct gen *g, struct fraction *out)
{
    if (g->type != GEN_U64) return false;
    if (g->lo == g->hi) return fraction_of(g->lo, 1, out);
    return g->class->mean && g->class->mean(g, out);
}

uint64_t gen_period(const struct gen *g)
{
    if (g->constant) return 1;
    return g->class->period ? g->class->period(g) : 0;
}

uint64_t period_join(uint64_t a, uint64_t b)
{
    uint64_t x = a, y = b, joined;
    if (a == 0 || b == 0) return 0;
    while (y) {
        uint64_t t = x % y;
        x = y;
        y = t;
    }
    return __builtin_mul_overflow(a / x, b, &joined) ? UINT64_MAX : joined;
}
