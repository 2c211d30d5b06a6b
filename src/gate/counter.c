#include "gate/metric.h"

#include <string.h>

static struct reading read_counter(const struct gate *g, const struct subject *s)
{
    const struct counts *c = s->counts;
    const struct {
        const char *name;
        uint64_t n;
    } counters[] = {
        {"offered", c->offered},
        {"sent", c->sent},
        {"failed", c->failed},
        {"answered", c->answered},
        {"in_flight", counts_in_flight(c)},
    };
    size_t i = 0;
    while (strcmp(counters[i].name, g->counter) != 0) i++;
    return (struct reading){(double)counters[i].n, NULL};
}

static const char *const names[] = {"answered", "offered", "sent", "failed", "in_flight", NULL};

const struct metric metric_counter = {
    .doc = {"answered", "units counted: answered, offered, sent, failed or in_flight",
            "answered > 1000", NULL},
    .names = names,
    .dims = DIM(DIM_NONE),
    .expected = "a number such as 1000",
    .read = read_counter,
};
