#include "gate/metric.h"

static struct reading read_duplicates(const struct gate *g, const struct subject *s)
{
    return metric_share(g, s->counts->duplicated, s->counts->answered, "nothing was answered");
}

const struct metric metric_duplicates = {
    .doc = {"duplicates", "replies beyond the first, of the packets answered", "duplicates < 0.01%",
            NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_duplicates,
};
