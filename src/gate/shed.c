#include "gate/metric.h"

static struct reading read_shed(const struct gate *g, const struct subject *s)
{
    return metric_share(g, s->counts->shed, s->counts->offered, "nothing was offered");
}

const struct metric metric_shed = {
    .doc = {"shed", "units not sent because it was too late for them, of those offered",
            "shed < 1%", NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_shed,
};
