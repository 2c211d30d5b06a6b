#include "gate/metric.h"

static struct reading read_mean(const struct gate *g, const struct subject *s)
{
    struct reading none;
    const struct hist *h = metric_latency(g, s, &none);
    return h ? (struct reading){hist_mean(h), NULL} : none;
}

const struct metric metric_mean = {
    .doc = {"mean", "the mean latency", "mean service < 5ms", NULL},
    .latency = true,
    .dims = DIM(DIM_TIME),
    .expected = EXPECT_TIME,
    .read = read_mean,
};
