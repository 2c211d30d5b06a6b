#include "gen/population.h"

#include "gen/args.h"
#include "gen/node.h"

static const struct param zipf_params[] = {
    {"s", "number", "1.1", "exponent 0..16: flow k comes in proportion to 1 / k^s"},
    {0},
};
static const struct gen_class zipf_popularity = {
    .doc = {.name = "zipf", .example = "zipf(s=1.1)", .params = zipf_params}};

static bool read_zipf(struct gen_env *env, const struct expr *e, const char *path, double *s)
{
    struct args a;
    return args_bind(&a, env, &zipf_popularity, e, path) && args_real(&a, "s", 0, 16, s);
}

static bool compile_popularity(struct gen_env *env, const struct entry *entry, const char *path,
                               struct population *p)
{
    const struct expr *e = expr_parse(env->arena, entry->value, entry->at, env->errs);
    if (!e) return false;
    bool call = e->kind == EXPR_CALL;
    if (e->kind == EXPR_NAME && span_is(e->text, "uniform")) return true;
    if (!(call || e->kind == EXPR_NAME) || !span_is(e->text, "zipf"))
        return err_add(env->errs, e->at, "popularity is '" SRC "', expected uniform or zipf(s=1.1)",
                       SRC_OF(e));
    if (!read_zipf(env, e, path, &p->s)) return false;
    p->shares = shares_new(env->arena, p->s, p->count, p->key);
    return p->shares || err_add(env->errs, e->at,
                                "'" SRC "' leaves the last of %llu flows less than one packet in "
                                "2^42, expected fewer flows or a smaller exponent",
                                SRC_OF(e), (unsigned long long)p->count);
}

static bool compile_length(struct gen_env *env, const struct entry *entry, const char *path,
                           struct population *p)
{
    const struct gen *g = gen_entry(
        env, entry, path,
        &(struct gen_want){.what = "packets per flow, 1..4294967295", .lo = 1, .hi = UINT32_MAX});
    if (g) p->lengths = lengths_new(env->arena, g);
    return g;
}

struct population *population_compile(struct gen_env *env, const struct entry *count,
                                      const struct entry *popularity, const struct entry *length,
                                      const char *path)
{
    struct population *p = arena_new(env->arena, struct population);
    bool good = entry_count(count, 1, POPULATION_MAX, &p->count, env->errs);
    if (!good) p->count = 1;
    p->key = rng_key(env->seed, span_of(gen_subpath(env, path, "flows")));
    p->perm = perm_of(p->count - 1);
    if (popularity && !compile_popularity(env, popularity, path, p)) good = false;
    if (length && !compile_length(env, length, gen_subpath(env, path, "flow_length"), p))
        good = false;
    return good ? p : NULL;
}

void population_slots(const struct population *p, const uint64_t *index, size_t n,
                      struct scratch *scratch, uint64_t *slot, uint64_t *turn)
{
    if (p->shares) {
        shares_column(p->shares, index, n, scratch, slot, turn);
        return;
    }
    uint64_t place;
    for (size_t i = 0; turn && i < n; i++) turn[i] = cycle_split(&p->perm.cycle, index[i], &place);
    perm_column(&p->perm, p->key, index, n, scratch, slot);
}

void population_flows(const struct population *p, const uint64_t *index, size_t n,
                      struct scratch *scratch, uint64_t *flow, uint64_t *step)
{
    struct scratch_mark m = scratch_mark(scratch);
    if (!p->lengths) {
        population_slots(p, index, n, scratch, flow, step);
        return;
    }
    uint64_t *turn = scratch_array(scratch, uint64_t, n);
    if (!step) step = scratch_array(scratch, uint64_t, n);
    population_slots(p, index, n, scratch, flow, turn);
    lengths_split(p->lengths, flow, n, scratch, turn, step);
    for (size_t i = 0; i < n; i++) flow[i] += turn[i] * p->count;
    scratch_restore(scratch, m);
}
