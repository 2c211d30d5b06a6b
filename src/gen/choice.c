/* choice: a weighted draw from a list. The units of a batch are sorted by the item drawn, so
 * that each item's generator is asked once for all its units. */
#include "gen/choice.h"

#include "base/simd.h"
#include "gen/const.h"
#include "gen/node.h"
#include "gen/text.h"

struct choice {
    struct gen g;
    const struct gen **item;
    uint64_t *until; /* item k is drawn by until[k-1] <= x < until[k], x below the total */
    size_t n;
    const struct constant **fixed; /* the items, when all are constant; else NULL */
};

static bool same_kind(const struct gen *a, const struct gen *b)
{
    return a->type == b->type && a->format == b->format;
}

static bool is_number(const struct gen *g)
{
    return g->type == GEN_REAL || (g->type == GEN_U64 && g->format == FORMAT_NUMBER);
}

static bool is_zero(const struct gen *g)
{
    return g->class == &gen_const && g->type == GEN_U64 && g->format == FORMAT_NUMBER && g->hi == 0;
}

/* Makes all items one type: their own, reals for mixed numbers, else text. */
static void unify(struct gen_env *env, struct choice *c)
{
    const struct gen *model = c->item[0];
    bool same = true, numbers = true;
    for (size_t i = 1; i < c->n && is_zero(model); i++) model = c->item[i];
    for (size_t i = 0; i < c->n; i++) {
        if (model->format == FORMAT_TIME && is_zero(c->item[i]))
            c->item[i] = const_u64(env, 0, FORMAT_TIME);
        same = same && same_kind(model, c->item[i]);
        numbers = numbers && is_number(c->item[i]);
    }
    for (size_t i = 0; i < c->n && !same; i++)
        c->item[i] = numbers ? gen_convert(env, c->item[i], GEN_REAL) : text_of(env, c->item[i]);
}

static void set_bounds(struct choice *c)
{
    struct gen *g = &c->g;
    g->type = c->item[0]->type;
    g->format = c->item[0]->format;
    g->rounds = true;
    g->lo = UINT64_MAX;
    for (size_t i = 0; i < c->n; i++) {
        const struct gen *k = c->item[i];
        if (k->lo < g->lo) g->lo = k->lo;
        if (k->hi > g->hi) g->hi = k->hi;
        g->rounds = g->rounds && k->rounds;
    }
}

static void find_fixed(struct gen_env *env, struct choice *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->item[i]->class != &gen_const) return;
    c->fixed = arena_array(env->arena, const struct constant *, c->n);
    for (size_t i = 0; i < c->n; i++) c->fixed[i] = (const struct constant *)c->item[i];
}

struct gen *choice_node(struct gen_env *env, const char *path, const struct gen *const *item,
                        const uint64_t *weight, size_t n)
{
    struct choice *c = gen_node(env, &gen_choice, sizeof *c, path);
    uint64_t total = 0;
    c->n = n;
    c->item = arena_array(env->arena, const struct gen *, n);
    c->until = arena_array(env->arena, uint64_t, n);
    for (size_t i = 0; i < n; i++) {
        c->item[i] = item[i];
        c->until[i] = total += weight[i];
    }
    unify(env, c);
    set_bounds(c);
    find_fixed(env, c);
    return &c->g;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    const struct gen **item = arena_array(env->arena, const struct gen *, e->n);
    uint64_t *weight = arena_array(env->arena, uint64_t, e->n);
    bool good = true;
    for (size_t i = 0; i < e->n; i++) {
        const struct expr_kid *k = &e->kids[i];
        if (k->name)
            good = err_add(env->errs, k->e->at, "'%s=' has no place in a list of choices", k->name);
        weight[i] = k->weight; /* below 2^32, and there are below 2^16 items */
        item[i] = gen_compile(env, k->e, gen_subpath_n(env, path, i));
        good = good && item[i];
    }
    if (e->n == 0) good = err_add(env->errs, e->at, "a choice needs at least one value");
    return good ? choice_node(env, path, item, weight, e->n) : NULL;
}

/* Short lists: count the bounds that the draw has reached, for a whole column per bound. */
SIMD static void pick_short(const uint64_t *until, size_t items, const uint64_t *x, size_t n,
                            uint32_t *k)
{
    for (size_t i = 0; i < n; i++) k[i] = 0;
    for (size_t j = 0; j + 1 < items; j++)
        for (size_t i = 0; i < n; i++) k[i] += x[i] >= until[j];
}

/* Long lists: halving, without branches. */
static void pick_long(const uint64_t *until, size_t items, const uint64_t *x, size_t n, uint32_t *k)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = 0, len = items;
        while (len > 1) {
            size_t half = len / 2;
            at += x[i] >= until[at + half - 1] ? half : 0;
            len -= half;
        }
        k[i] = (uint32_t)at;
    }
}

static uint32_t *pick(const struct choice *c, const struct draw *d, size_t n)
{
    uint64_t *x = scratch_array(d->scratch, uint64_t, n);
    uint32_t *k = scratch_array(d->scratch, uint32_t, n);
    rng_column_below(c->g.key, d->index, n, 0, c->until[c->n - 1], x);
    (c->n <= 16 ? pick_short : pick_long)(c->until, c->n, x, n, k);
    return k;
}

static void fill_fixed(const struct choice *c, const uint32_t *k, size_t n, struct column *out)
{
    const struct constant *const *v = c->fixed;
    switch (c->g.type) {
    case GEN_U64:
        for (size_t i = 0; i < n; i++) out->u[i] = v[k[i]]->u;
        break;
    case GEN_REAL:
        for (size_t i = 0; i < n; i++) out->r[i] = v[k[i]]->r;
        break;
    case GEN_IP6:
        for (size_t i = 0; i < n; i++) out->a[i] = v[k[i]]->a;
        break;
    case GEN_TEXT:
        for (size_t i = 0; i < n; i++) out->s[i] = v[k[i]]->s;
        break;
    }
}

/* values[i] goes to out[to[i]]. */
static void scatter(enum gen_type type, const struct column *values, const uint32_t *to, size_t n,
                    struct column *out)
{
    switch (type) {
    case GEN_U64:
    case GEN_REAL: /* both have 64 bits */
        for (size_t i = 0; i < n; i++) memcpy(&out->u[to[i]], &values->u[i], 8);
        break;
    case GEN_IP6:
        for (size_t i = 0; i < n; i++) out->a[to[i]] = values->a[i];
        break;
    case GEN_TEXT:
        for (size_t i = 0; i < n; i++) out->s[to[i]] = values->s[i];
        break;
    }
}

/* The places from number `from` on that drew the same item as it; marks them done. */
static size_t gather(const uint32_t *k, size_t from, size_t n, bool *done, uint32_t *place)
{
    size_t m = 0;
    for (size_t i = from; i < n; i++) {
        bool same = k[i] == k[from];
        place[m] = (uint32_t)i;
        m += same;
        done[i] |= same;
    }
    return m;
}

static void fill_each(const struct choice *c, const struct draw *d, const uint32_t *k, size_t n,
                      struct column *out)
{
    _Static_assert(sizeof(struct span) <= sizeof(u128), "the largest value");
    struct draw_part parts = draw_parts(d, n);
    uint32_t *place = scratch_array(d->scratch, uint32_t, n);
    struct column values = {.u = scratch_take(d->scratch, n * sizeof(u128))};
    bool done[BATCH] = {false};
    for (size_t i = 0; i < n; i++) {
        if (done[i]) continue;
        size_t m = gather(k, i, n, done, place);
        struct draw part = draw_pick(&parts, place, m);
        gen_fill(c->item[k[i]], &part, m, &values);
        scatter(c->g.type, &values, place, m, out);
    }
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct choice *c = (const struct choice *)g;
    struct scratch_mark m = scratch_mark(d->scratch);
    const uint32_t *k = pick(c, d, n);
    if (c->fixed)
        fill_fixed(c, k, n, out);
    else
        fill_each(c, d, k, n, out);
    /* Texts that items made must stay in the scratch, and so what lies below them. */
    if (g->type != GEN_TEXT || c->fixed) scratch_restore(d->scratch, m);
}

static bool mean(const struct gen *g, struct fraction *out)
{
    const struct choice *c = (const struct choice *)g;
    struct fraction sum = {0, 1}, item;
    for (size_t i = 0; i < c->n; i++) {
        uint64_t weight = c->until[i] - (i ? c->until[i - 1] : 0);
        if (!gen_mean(c->item[i], &item) || !fraction_add(&sum, item, weight)) return false;
    }
    return fraction_divide(sum, (struct fraction){c->until[c->n - 1], 1}, out);
}

const struct gen_class gen_choice = {
    .doc = {.name = "choice",
            .help = "a draw from a list of values with weights, 1 when none is given",
            .example = "53:8, 443:2"},
    .compile = compile,
    .fill = fill,
    .mean = mean,
};
