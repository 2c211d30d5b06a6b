#include "gate/metric.h"

static struct reading read_reordered(const struct gate *g, const struct subject *s)
{
    return metric_share(g, s->counts->reordered, s->counts->answered, "nothing was answered");
}

const struct metric metric_reordered = {
    .doc = {"reordered",
            "packets that arrived behind one sent later (RFC 4737), of those that arrived",
            "reordered < 0.01%", NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_reordered,
};
