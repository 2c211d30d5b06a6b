#include "run/by_flow.h"

static bool has_figures(const struct stream *s)
{
    return s->way == WAY_PACKETS && s->population && s->replies;
}

struct flow_table **by_flow_open(const struct plan *p)
{
    struct flow_table **tables = arena_array(p->arena, struct flow_table *, p->n);
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        if (has_figures(s))
            tables[i] =
                flow_table_open(s->population->count, p->workers, s->receive != NULL, p->warmup);
    }
    return tables;
}

void by_flow_close(const struct plan *p, struct flow_table **tables)
{
    for (size_t i = 0; i < p->n; i++) flow_table_close(tables[i]);
}

void by_flow_sent(const struct lane *l, const uint64_t *index, const uint64_t *due, size_t n,
                  struct scratch *scratch)
{
    uint64_t slot[BATCH];
    population_slots(l->stream->population, index, n, scratch, slot, NULL);
    for (size_t i = 0; i < n; i++) flow_table_sent(l->env->flows, l->env->worker, slot[i], due[i]);
}

static void tell_waiting(const struct stream *s, struct flow_table *t, struct matcher *m)
{
    struct scratch scratch = {0};
    uint64_t index, due, slot;
    while (matcher_abandon(m, &index, &due)) {
        population_slots(s->population, &index, 1, &scratch, &slot, NULL);
        flow_table_waits(t, slot, due);
    }
    scratch_free(&scratch);
}

void by_flow_tell(const struct plan *p, struct flow_table **tables, struct matcher **matchers,
                  struct result *r)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct stream *s = &p->streams[i];
        struct flow_summary *flows = &r->streams[i].flows;
        if (!s->population) continue;
        for (unsigned w = 0; tables[i] && w < p->workers; w++)
            tell_waiting(s, tables[i], &matchers[w][i]);
        if (tables[i]) *flows = flow_table_sum(tables[i]);
        tables[i] = NULL;
        if (flows->table && s->receive && !flows->ordered)
            flows->order_absent = "the numbers of all workers would take more than 64 MiB";
        if (flows->table) continue;
        flows->number = s->population->count;
        flows->absent = has_figures(s) ? "there are more than 1,048,576 flows"
                                       : "the stream has neither receive nor replies";
    }
}
