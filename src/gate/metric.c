#include "gate/metric.h"

#include <string.h>

#define METRIC(name) extern const struct metric metric_##name;
#include "gate/metric.def"
#undef METRIC

const struct metric *const metrics[] = {
#define METRIC(name) &metric_##name,
#include "gate/metric.def"
#undef METRIC
};
const struct doc *const metric_docs[] = {
#define METRIC(name) &metric_##name.doc,
#include "gate/metric.def"
#undef METRIC
};
const size_t metric_count = sizeof metrics / sizeof *metrics;

const struct hist *metric_latency(const struct gate *g, const struct subject *s,
                                  struct reading *none)
{
    const struct hist *h = &s->counts->latency[g->latency];
    if (h->count) return h;
    if (g->latency == LATENCY_WIRE)
        *none = no_data(s->result->wire_absent ? s->result->wire_absent
                                               : "no reply was seen on the wire");
    else if (g->latency == LATENCY_LATENESS)
        *none = no_data("nothing was sent");
    else
        *none = no_data("nothing was answered as expected");
    return NULL;
}

struct reading metric_share(const struct gate *g, uint64_t part, uint64_t whole, const char *none)
{
    if (!whole) return no_data(none);
    bool ratio = strcmp(g->unit, "ratio") == 0;
    return (struct reading){ratio ? (double)part / (double)whole : (double)part, NULL};
}

double metric_per_second(const struct subject *s, double n)
{
    double t = result_seconds(s->result);
    return t > 0 ? n / t : 0;
}
