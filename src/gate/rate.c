#include "gate/metric.h"

#include <string.h>

static struct reading read_rate(const struct gate *g, const struct subject *s)
{
    double rate = metric_per_second(s, (double)s->counts->sent);
    if (strcmp(g->unit, "ratio") != 0) return (struct reading){rate, NULL};
    if (s->planned_rate <= 0)
        return no_data("a closed loop has no planned rate to compare with; name a rate in /s");
    return (struct reading){rate / s->planned_rate, NULL};
}

const struct metric metric_rate = {
    .doc = {"rate", "units sent per second, or as a share of the planned rate", "rate > 99%", NULL},
    .dims = DIM(DIM_RATIO) | DIM(DIM_RATE),
    .expected = "a share of the plan such as 99% or a rate such as 10k/s",
    .read = read_rate,
};
