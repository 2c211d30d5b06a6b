#include "gate/metric.h"

static struct reading read_min(const struct gate *g, const struct subject *s)
{
    struct reading none;
    const struct hist *h = metric_latency(g, s, &none);
    return h ? (struct reading){(double)h->min, NULL} : none;
}

const struct metric metric_min = {
    .doc = {"min", "the shortest latency", "min < 1ms", NULL},
    .latency = true,
    .dims = DIM(DIM_TIME),
    .expected = EXPECT_TIME,
    .read = read_min,
};
