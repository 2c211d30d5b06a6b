#include "gate/metric.h"

static bool read_direction(struct gate_source *src, struct gate *g)
{
    g->received = lex_accept(&src->lex, "received");
    if (!g->received) lex_accept(&src->lex, "sent");
    return true;
}

static struct reading read_throughput(const struct gate *g, const struct subject *s)
{
    if (!s->counts->sent) return no_data("nothing was sent");
    uint64_t bytes = g->received ? s->counts->bytes_received : s->counts->bytes_sent;
    return (struct reading){metric_per_second(s, 8 * (double)bytes), NULL};
}

static const struct param words[] = {
    {"sent", "word", "sent", "what the units brought out"},
    {"received", "word", "sent", "what came back for them"},
    {0},
};

const struct metric metric_throughput = {
    .doc = {"throughput", "bits per second sent, or received", "throughput received > 10Mbit/s",
            words},
    .words = read_direction,
    .dims = DIM(DIM_BITRATE),
    .expected = "a bit rate such as 10Mbit/s",
    .read = read_throughput,
};
