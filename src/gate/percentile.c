#include "gate/metric.h"

/* p0 .. p100, with any decimals. */
static bool is_percentile(struct span word, struct gate *g)
{
    const char *problem;
    struct span digits = span_from(word, 1);
    if (!word.n || word.p[0] != 'p' || !digits.n || digits.p[0] == '-') return false;
    if (quantity_read(digits, &g->percent, &problem) != digits.n || problem) return false;
    return g->percent.dim == DIM_NONE && g->percent.num / 100 <= g->percent.den &&
           quantity_double(&g->percent) <= 100;
}

static struct reading read_percentile(const struct gate *g, const struct subject *s)
{
    struct reading none;
    const struct hist *h = metric_latency(g, s, &none);
    if (!h) return none;
    double q = quantity_double(&g->percent) / 100;
    /* 1 / (1 - q), the number of values of which one is expected above the percentile. */
    unsigned __int128 hundred = (unsigned __int128)g->percent.den * 100;
    unsigned __int128 rest = hundred - g->percent.num;
    if (rest && h->count < (hundred + rest - 1) / rest)
        return no_data(arena_printf(
            s->result->arena, "too few values: p%g needs %llu, there are %llu", q * 100,
            (unsigned long long)((hundred + rest - 1) / rest), (unsigned long long)h->count));
    return (struct reading){(double)hist_quantile(h, q), NULL};
}

const struct metric metric_percentile = {
    .doc = {"p99", "the latency that 99% of the answers do not exceed; any percentile, as in p99.9",
            "p99 < 20ms", NULL},
    .is = is_percentile,
    .latency = true,
    .dims = DIM(DIM_TIME),
    .expected = EXPECT_TIME,
    .read = read_percentile,
};
