#include "gate/metric.h"

static struct reading read_timeouts(const struct gate *g, const struct subject *s)
{
    return metric_share(g, s->counts->timed_out, s->counts->sent, "nothing was sent");
}

const struct metric metric_timeouts = {
    .doc = {"timeouts", "units without a complete answer in time, of those sent", "timeouts < 1%",
            NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_timeouts,
};
