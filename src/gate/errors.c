#include "gate/metric.h"

static struct reading read_errors(const struct gate *g, const struct subject *s)
{
    return metric_share(g, counts_errors(s->counts), s->counts->offered, "nothing was offered");
}

const struct metric metric_errors = {
    .doc = {"errors", "units that failed, timed out or were answered wrongly, of those offered",
            "errors < 0.1%", NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_errors,
};
