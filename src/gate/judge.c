#include "gate/metric.h"

#include <string.h>

/* The counts that `of` names: a stream's, or the sum of all kinds of that name, which `room`
 * holds when there are several. False when the result has nothing of that name. */
static bool find_subject(const struct result *r, const char *of, struct subject *s,
                         struct counts *room)
{
    *s = (struct subject){r, &r->totals, result_planned_rate(r)};
    if (!of) return true;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->streams[i].name, of) == 0) {
            s->counts = &r->streams[i].counts;
            s->planned_rate = r->streams[i].planned_rate;
            return true;
        }
    size_t found = 0;
    bool has_plan = true;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->streams[i].n; k++) {
            if (strcmp(r->streams[i].kinds[k].name, of) != 0) continue;
            const struct counts *c = &r->streams[i].kinds[k].counts;
            if (found++ == 0)
                s->counts = c;
            else
                counts_merge(room, c);
            if (found == 2) {
                counts_merge(room, s->counts);
                s->counts = room;
            }
            has_plan &= r->streams[i].planned_rate > 0;
        }
    /* What is due of a kind is known only by what was offered of it. */
    s->planned_rate =
        has_plan && r->duration_s > 0 ? (double)s->counts->offered / r->duration_s : 0;
    return found > 0;
}

static bool holds(enum op op, double value, double limit)
{
    switch (op) {
    case OP_LESS:
        return value < limit;
    case OP_LESS_EQUAL:
        return value <= limit;
    case OP_MORE:
        return value > limit;
    case OP_MORE_EQUAL:
        return value >= limit;
    }
    return false;
}

static void judge(const struct gate *g, const struct result *r, struct result_gate *out)
{
    struct subject s;
    struct counts room;
    counts_open(&room);
    struct reading x = find_subject(r, g->of, &s, &room)
                           ? g->metric->read(g, &s)
                           : no_data("the run has no stream or kind of that name");
    counts_close(&room);
    *out = (struct result_gate){
        .name = g->name,
        .condition = g->condition,
        .unit = g->unit,
        .value = x.value,
        .verdict = x.why                             ? VERDICT_NODATA
                   : holds(g->op, x.value, g->limit) ? VERDICT_PASS
                                                     : VERDICT_FAIL,
        .why = x.why,
    };
}

void gates_judge(const struct gates *g, struct result *r)
{
    r->gates = arena_array(r->arena, struct result_gate, g->n);
    r->gate_count = g->n;
    for (size_t i = 0; i < g->n; i++) judge(g->v[i], r, &r->gates[i]);
}
