#include "gate/metric.h"

static struct reading read_max(const struct gate *g, const struct subject *s)
{
    struct reading none;
    const struct hist *h = metric_latency(g, s, &none);
    return h ? (struct reading){(double)h->max, NULL} : none;
}

const struct metric metric_max = {
    .doc = {"max", "the longest latency", "max lateness < 10ms", NULL},
    .latency = true,
    .dims = DIM(DIM_TIME),
    .expected = EXPECT_TIME,
    .read = read_max,
};
