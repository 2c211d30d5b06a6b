/* csv: columns of the same file belong together. The key of a csv() node is that of its file
 * and not of its place in the profile, so within one unit csv(users.csv, name) and
 * csv(users.csv, password) come from one row; `row=` names other draws of the same file. */
#include "gen/node.h"
#include "gen/pick.h"
#include "gen/records.h"

struct csv {
    struct gen g;
    struct pick pick;
    const struct records *r;
    uint64_t column; /* from 0 */
};

/* Column number `column` of a record, quotes resolved, at `to`, which has room for all of the
 * record. Returns its length; *found tells whether there is such a column. */
static size_t field(struct span record, uint64_t column, uint8_t *to, bool *found)
{
    enum csv_state s = CSV_START;
    size_t n = 0;
    for (size_t i = 0; i < record.n && column != UINT64_MAX; i++) {
        enum csv_state was = s;
        uint8_t c = record.p[i];
        s = csv_step(s, c);
        if (s == CSV_START) {
            column--;
            continue;
        }
        bool mark = c == '"' && (was == CSV_START || was == CSV_QUOTED);
        if (column == 0 && !mark) to[n++] = c;
    }
    *found = column == 0 || column == UINT64_MAX;
    return n;
}

/* The column's number from its name in the first record. */
static bool find_column(struct gen_env *env, const struct expr *e, struct records *r,
                        const char *name, uint64_t *out)
{
    struct span header;
    if (!records_header(env, e->at, r, &header)) return false;
    const char **names = arena_array(env->arena, const char *, header.n + 2);
    uint8_t *to = arena_alloc(env->arena, header.n + 1);
    bool found = true;
    for (uint64_t i = 0; found; i++) {
        size_t n = field(header, i, to, &found);
        if (!found) break;
        names[i] = arena_str(env->arena, span_trim(span_make(to, n)));
        *out = i;
        if (strcmp(names[i], name) == 0) return true;
    }
    char buf[80];
    return err_add(env->errs, e->at, "'%s' has no column '%s'%s", r->path, name,
                   err_suggest(buf, err_nearest_name(name, names)));
}

static bool which_column(const struct args *a, struct records *r, uint64_t *column, bool *named)
{
    const struct expr *e = args_expr(a, "column");
    *named = e->kind != EXPR_NUMBER;
    if (*named) {
        const char *name = args_text(a, "column");
        return name && find_column(a->env, e, r, name, column);
    }
    if (!quantity_u64(&e->q, false, column) || *column == 0 || *column > 10000)
        return err_add(a->env->errs, e->at,
                       "'" SRC "' is no column, expected a number 1..10000 or a name", SRC_OF(e));
    --*column;
    return true;
}

static struct gen *compile(struct gen_env *env, const struct expr *e, const char *path)
{
    static const char *const words[] = {"no", "yes", NULL};
    struct args a;
    struct pick pick;
    uint64_t column;
    unsigned header = 0;
    bool named;
    if (!args_bind(&a, env, &gen_csv, e, path)) return NULL;
    if (args_has(&a, "header") && !args_word(&a, "header", words, &header)) return NULL;
    const char *file = args_text(&a, "file");
    if (!pick_compile(&a, &pick) || !file) return NULL;
    struct records *r = records_open(env, e->at, file, true);
    if (!r || !which_column(&a, r, &column, &named)) return NULL;
    if (!records_index(env, e->at, r, named || header, column + 1)) return NULL;
    const char *row = args_has(&a, "row") ? args_text(&a, "row") : "";
    if (!row) return NULL;
    struct csv *c =
        gen_node(env, &gen_csv, sizeof *c, arena_printf(env->arena, "csv %s %s", file, row));
    c->r = r;
    c->column = column;
    c->pick = pick;
    pick_count(&c->pick, r->count);
    c->g.type = GEN_TEXT;
    c->g.hi = r->longest;
    return &c->g;
}

static void fill(const struct gen *g, const struct draw *d, size_t n, struct column *out)
{
    const struct csv *c = (const struct csv *)g;
    uint64_t *k = scratch_array(d->scratch, uint64_t, n);
    pick_column(&c->pick, g->key, d, n, k);
    struct record_reader reader = record_reader(c->r, d->scratch);
    for (size_t i = 0; i < n; i++) {
        bool found;
        struct span s = record_at(&reader, k[i]);
        uint8_t *to = scratch_take(d->scratch, s.n);
        size_t len = field(s, c->column, to, &found);
        scratch_trim(d->scratch, to, len);
        out->s[i] = span_make(to, len);
    }
}

static uint64_t period(const struct gen *g)
{
    return pick_period(&((const struct csv *)g)->pick);
}

static const struct param params[] = {
    {"file", "file", NULL,
     "a CSV file (RFC 4180) of any size; its path is relative to the profile"},
    {"column", "name or number", NULL, "a name from the first line, or a number from 1"},
    PICK_PARAM,
    {"header", "yes or no", "none",
     "whether the first line holds names; needed with a number only"},
    {"row", "name", "none", "any name: rows drawn under another name are other rows"},
    {0},
};

const struct gen_class gen_csv = {
    .doc = {.name = "csv",
            .help = "a column of a CSV file; in one unit, columns of one file come from one row",
            .example = "csv(users.csv, name)",
            .params = params},
    .compile = compile,
    .fill = fill,
    .period = period,
};
