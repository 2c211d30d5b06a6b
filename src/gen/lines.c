#include "gen/pick.h"
#include "gen/records.h"

struct lines {
    struct gen g;
    struct pick pick;
    const struct records *r;
};

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    struct args a;
    struct pick pick;
    if (!args_bind(&a, env, &gen_lines, e, path)) return NULL;
    const char *file = args_text(&a, "file");
    if (!pick_compile(&a, &pick) || !file) return NULL;
    struct records *r = records_open(env, e->at, file, false);
    if (!r || !records_index(env, e->at, r, false, 0)) return NULL;
    struct lines *l = gen_node(env, &gen_lines, sizeof *l, path);
    l->r = r;
    l->pick = pick;
    pick_count(&l->pick, r->count);
    l->g.type = GEN_TEXT;
    l->g.hi = r->longest;
    return &l->g;
}

/* A copy that outlives the reader's buffer. */
static struct span kept(struct scratch *scratch, struct span s)
{
    uint8_t *to = scratch_take(scratch, s.n);
    if (s.n) memcpy(to, s.p, s.n);
    return span_make(to, s.n);
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct lines *l = (const struct lines *)g;
    uint64_t *k = scratch_array(d->scratch, uint64_t, n);
    pick_column(&l->pick, g->key, d, n, k);
    struct record_reader c = record_reader(l->r, d->scratch);
    for (size_t i = 0; i < n; i++) {
        struct span s = record_at(&c, k[i]);
        out->s[i] = l->r->memory ? s : kept(d->scratch, s);
    }
}

static uint64_t period(const struct gen *g)
{
    return pick_period(&((const struct lines *)g)->pick);
}

static const struct param params[] = {
    {"file", "file", NULL, "a text file of any size; its path is relative to the profile"},
    PICK_PARAM,
    {0},
};

const struct gen_class gen_lines = {
    .doc = {.name = "lines",
            .help = "the lines of a file, without their line ends",
            .example = "lines(words.txt, order=seq)",
            .params = params},
    .compile = compile,
    .fill = fill,
    .period = period,
};
