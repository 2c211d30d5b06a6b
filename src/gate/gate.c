#include "gate/gate.h"

#include <string.h>
#include "gate/metric.h"

bool gate_wrong(struct gate_source *src, const char *expected)
{
    char here[64];
    return err_add(src->errs, src->at, "gate '%s' has %s, expected %s", src->name,
                   lex_here(&src->lex, here), expected);
}

/* Names to suggest from: each metric's, then those of streams and kinds. */
static const char *metric_name(const void *list, size_t i)
{
    (void)list;
    for (size_t m = 0; m < metric_count; m++) {
        if (!metrics[m]->names) {
            if (i-- == 0) return metrics[m]->doc.name;
            continue;
        }
        for (const char *const *n = metrics[m]->names; *n; n++)
            if (i-- == 0) return *n;
    }
    return NULL;
}

static const char *subject_name(const void *list, size_t i)
{
    const struct gate_names *names = list;
    if (i < names->n_streams) return names->streams[i];
    i -= names->n_streams;
    return i < names->n_kinds ? names->kinds[i] : NULL;
}

static bool names_metric(const struct metric *m, struct span word, struct gate *g)
{
    if (m->is) return m->is(word, g);
    if (!m->names) return span_is(word, m->doc.name);
    for (const char *const *n = m->names; *n; n++)
        if (span_is(word, *n)) {
            g->counter = *n;
            return true;
        }
    return false;
}

static bool read_metric(struct gate_source *src, struct gate *g)
{
    char hint[80];
    struct span word = src->lex.tok.text;
    if (src->lex.tok.kind != TOK_NAME)
        return gate_wrong(src, "a metric such as p99, errors or rate");
    for (size_t i = 0; i < metric_count && !g->metric; i++)
        if (names_metric(metrics[i], word, g)) g->metric = metrics[i];
    if (!g->metric) {
        const char *name = arena_str(src->arena, span_sub(word, 0, 60));
        return err_add(src->errs, src->at, "gate '%s' has the unknown metric '%s'%s", src->name,
                       name, err_suggest(hint, err_nearest(name, metric_name, NULL)));
    }
    lex_next(&src->lex);
    if (g->metric->words && !g->metric->words(src, g)) return false;
    for (unsigned i = 0; g->metric->latency && i < LATENCY_COUNT; i++)
        if (lex_accept(&src->lex, latency_names[i])) {
            g->latency = (enum latency)i;
            break;
        }
    return true;
}

static bool read_subject(struct gate_source *src, struct gate *g, const struct gate_names *names)
{
    char hint[80];
    const struct token *t = &src->lex.tok;
    if (!lex_accept(&src->lex, "of")) return true;
    if (t->kind != TOK_NAME && t->kind != TOK_STRING)
        return gate_wrong(src, "the name of a stream, packet, request or session");
    for (size_t i = 0; !g->of && subject_name(names, i); i++)
        if (span_is(t->text, subject_name(names, i)))
            g->of = arena_strdup(src->arena, subject_name(names, i));
    if (!g->of) {
        const char *name = arena_str(src->arena, span_sub(t->text, 0, 60));
        return err_add(src->errs, src->at, "gate '%s': nothing that is sent is called '%s'%s",
                       src->name, name, err_suggest(hint, err_nearest(name, subject_name, names)));
    }
    lex_next(&src->lex);
    return true;
}

static bool read_op(struct gate_source *src, struct gate *g)
{
    static const char *const ops[] = {
        [OP_LESS] = "<", [OP_LESS_EQUAL] = "<=", [OP_MORE] = ">", [OP_MORE_EQUAL] = ">="};
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++)
        if (lex_accept(&src->lex, ops[i])) {
            g->op = (enum op)i;
            return true;
        }
    if (g->of) return gate_wrong(src, "one of < <= > >=");
    return gate_wrong(src, g->metric->latency ? "service, wire, lateness, of, or one of < <= > >="
                                              : "of, or one of < <= > >=");
}

static const char *unit_of(enum dim d)
{
    switch (d) {
    case DIM_TIME:
        return "ns";
    case DIM_RATIO:
        return "ratio";
    case DIM_RATE:
        return "/s";
    case DIM_BITRATE:
        return "bit/s";
    default:
        return "";
    }
}

static bool read_limit(struct gate_source *src, struct gate *g)
{
    const struct token *t = &src->lex.tok;
    if (t->kind != TOK_NUMBER || t->q.neg || !(g->metric->dims & DIM(t->q.dim)))
        return gate_wrong(src, g->metric->expected);
    g->limit = quantity_double(&t->q);
    g->unit = unit_of(t->q.dim);
    if (lex_next(&src->lex) != TOK_END) return gate_wrong(src, "nothing more");
    return true;
}

static const struct gate *compile(struct arena *a, struct entry *e, const struct gate_names *names,
                                  struct errs *errs)
{
    struct gate *g = arena_new(a, struct gate);
    struct gate_source src = {.at = e->at, .name = e->key, .arena = a, .errs = errs};
    g->name = arena_strdup(a, e->key);
    g->condition = arena_str(a, e->value);
    lex_start(&src.lex, e->value);
    bool ok = read_metric(&src, g) && read_subject(&src, g, names) && read_op(&src, g) &&
              read_limit(&src, g);
    return ok ? g : NULL;
}

struct gates gates_compile(struct arena *a, struct section *sec, const struct gate_names *names,
                           struct errs *errs)
{
    struct gates all = {0};
    if (!sec) return all;
    all.v = arena_array(a, const struct gate *, sec->n);
    for (size_t i = 0; i < sec->n; i++) {
        sec->v[i].used = true;
        const struct gate *g = compile(a, &sec->v[i], names, errs);
        if (g) all.v[all.n++] = g;
    }
    return all;
}
