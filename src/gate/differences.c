#include "gate/metric.h"

#include <string.h>

/* Of all replies that differ, only those that do so in one way, when the condition names one. */
static bool read_sort(struct gate_source *src, struct gate *g)
{
    g->differ = DIFFER_COUNT;
    for (unsigned i = 0; i < DIFFER_COUNT; i++)
        if (lex_accept(&src->lex, differ_names[i])) {
            g->differ = (enum differ)i;
            break;
        }
    return true;
}

static struct reading read_differences(const struct gate *g, const struct subject *s)
{
    const struct counts *c = s->counts;
    uint64_t n = g->differ < DIFFER_COUNT ? c->differs[g->differ] : counts_differences(c);
    return metric_share(g, n, c->compared, "no reply was compared with a recorded one");
}

static const struct param words[] = {
    {"sort", "missing, extra, status, length, body or bytes", "any", "what differs"},
    {0},
};

const struct metric metric_differences = {
    .doc = {"differences",
            "live replay: replies that differ from the recorded ones, of those compared",
            "differences < 1", words},
    .words = read_sort,
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_differences,
};
