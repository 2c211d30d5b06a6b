#include "gate/metric.h"

/* A capture that missed packets, or none at all, cannot tell a lost packet from one that was
 * not looked at. */
static struct reading read_loss(const struct gate *g, const struct subject *s)
{
    const struct result *r = s->result;
    if (!r->captured) return no_data("nothing was captured, so lost packets cannot be told");
    if (r->capture.dropped)
        return no_data(arena_printf(r->arena,
                                    "the capture dropped %llu packets, so a loss cannot be told",
                                    (unsigned long long)r->capture.dropped));
    return metric_share(g, s->counts->timed_out, s->counts->sent, "nothing was sent");
}

const struct metric metric_loss = {
    .doc = {"loss", "packets that were not answered in time, of those sent; needs a capture",
            "loss < 0.01%", NULL},
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_loss,
};
