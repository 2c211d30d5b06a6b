#include "gate/metric.h"

static struct reading read_late(const struct gate *g, const struct subject *s)
{
    return metric_share(g, s->counts->late, s->counts->sent, "nothing was sent");
}

const struct metric metric_late = {
    .doc = {"late", "units that left behind their time by more than late_after, of those sent",
            "late < 1%", NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_late,
};
