#include "gen/args.h"
#include "gen/node.h"
#include "gen/perm.h"
#include "gen/range.h"

struct permute {
    struct gen g;
    struct domain d;
    struct perm perm;
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    struct domain d;
    if (!args_bind(&a, env, &gen_permute, e, path) ||
        !domain_of(env, args_expr(&a, "range"), args_path(&a, "range"), "permute", &d))
        return NULL;
    if (d.last > UINT64_MAX && (uint64_t)d.last != UINT64_MAX) {
        err_add(env->errs, e->at,
                "'" SRC "' has more than 2^64 values, expected fewer, or a prefix",
                SRC_OF(args_expr(&a, "range")));
        return NULL;
    }
    struct permute *p = gen_node(env, &gen_permute, sizeof *p, path);
    p->d = d;
    p->perm = perm_of((uint64_t)d.last);
    domain_type(&d, &p->g);
    return &p->g;
}

/* More addresses than there are units: the low 64 bits are permuted, so no address comes
 * twice, and the bits above them are drawn. */
static void add_upper(const struct permute *p, const struct draw *d, size_t n, u128 *out)
{
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *x = scratch_array(d->scratch, uint64_t, n);
    uint64_t span = (uint64_t)(p->d.last >> 64) + 1;
    rng_column_below(rng_sub(p->g.key, UINT64_MAX), d->index, n, 0, span, x);
    for (size_t i = 0; i < n; i++) out[i] += (u128)x[i] << 64;
    scratch_restore(d->scratch, m);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct permute *p = (const struct permute *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    uint64_t *k = g->type == GEN_U64 ? out->u : scratch_array(d->scratch, uint64_t, n);
    perm_column(&p->perm, g->key, d->index, n, d->scratch, k);
    domain_values(&p->d, k, n, out);
    if (p->d.last > UINT64_MAX) add_upper(p, d, n, out->a);
    scratch_restore(d->scratch, m);
}

static bool mean(const struct gen *g, struct fraction *out)
{
    return domain_mean(&((const struct permute *)g)->d, out);
}

static uint64_t period(const struct gen *g)
{
    return domain_period(&((const struct permute *)g)->d);
}

static const struct param params[] = {
    {"range", "range or prefix", NULL, "the values to be permuted"},
    {0},
};

const struct gen_class gen_permute = {
    .doc = {.name = "permute",
            .help = "the values of a range in random order, each exactly once per cycle, each "
                    "cycle in another order; no table",
            .example = "permute(198.18.0.0/16)",
            .params = params},
    .compile = compile,
    .fill = fill,
    .mean = mean,
    .period = period,
};
