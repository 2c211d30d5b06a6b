#include "gate/metric.h"

static bool read_code(struct gate_source *src, unsigned *code)
{
    uint64_t v;
    const struct token *t = &src->lex.tok;
    if (t->kind != TOK_NUMBER || t->q.dim != DIM_NONE || !quantity_u64(&t->q, false, &v) ||
        v >= STATUS_MAX)
        return gate_wrong(src, "a status code of 0..999");
    *code = (unsigned)v;
    lex_next(&src->lex);
    return true;
}

static bool read_codes(struct gate_source *src, struct gate *g)
{
    if (!read_code(src, &g->status_lo)) return false;
    g->status_hi = g->status_lo;
    if (!lex_accept(&src->lex, "..")) return true;
    if (!read_code(src, &g->status_hi)) return false;
    if (g->status_lo <= g->status_hi) return true;
    return err_add(src->errs, src->at, "gate '%s' has the range %u..%u, expected a rising one",
                   src->name, g->status_lo, g->status_hi);
}

static struct reading read_status(const struct gate *g, const struct subject *s)
{
    uint64_t n = 0;
    for (unsigned i = g->status_lo; i <= g->status_hi; i++) n += s->counts->status[i];
    return metric_share(g, n, s->counts->answered, "nothing was answered");
}

static const struct param words[] = {
    {"codes", "code or range", NULL, "the status codes that are counted, such as 404 or 500..599"},
    {0},
};

const struct metric metric_status = {
    .doc = {"status", "replies with these status codes, of all replies", "status 500..599 < 1%",
            words},
    .words = read_codes,
    .dims = DIMS_SHARE,
    .expected = EXPECT_SHARE,
    .read = read_status,
};
