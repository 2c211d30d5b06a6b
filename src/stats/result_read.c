/* A result read back from JSON. The file may come from anybody: every type, range and law is
 * checked. */
#include "stats/result.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "stats/load.h"
#include "stats/save.h"

#define FILE_LIMIT (256ll << 20)
#define GATES_MAX 10000

static void read_slices(struct load *l, json_t *root, struct result *r)
{
    json_t *all = load_array(l, root, NULL, "slices", SLICES_MAX);
    const struct step up = {NULL, "slices", 0};
    r->slices = arena_array(l->arena, struct result_slice, json_array_size(all));
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct result_slice *s = &r->slices[r->slice_count++];
        struct step at = {&up, NULL, i};
        json_t *o = json_array_get(all, i);
        double plan;
        counts_open_coarse(&s->counts);
        if (!json_is_object(o)) {
            load_wrong(l, &at, "is not an object");
            continue;
        }
        s->start_s = load_real(l, o, &at, "start_s");
        s->length_s = load_real(l, o, &at, "length_s");
        load_counts(l, o, &at, &s->counts, &plan);
    }
}

static void read_gates(struct load *l, json_t *root, struct result *r)
{
    json_t *all = load_array(l, root, NULL, "gates", GATES_MAX);
    const struct step up = {NULL, "gates", 0};
    r->gates = arena_array(l->arena, struct result_gate, json_array_size(all));
    for (size_t i = 0; i < json_array_size(all); i++) {
        struct result_gate *g = &r->gates[r->gate_count++];
        struct step at = {&up, NULL, i};
        json_t *o = json_array_get(all, i);
        *g = (struct result_gate){"", "", "", 0, VERDICT_NODATA, NULL};
        if (!json_is_object(o)) {
            load_wrong(l, &at, "is not an object");
            continue;
        }
        g->name = load_text(l, o, &at, "name", true);
        g->condition = load_text(l, o, &at, "condition", true);
        const char *unit = load_text(l, o, &at, "unit", false);
        g->unit = unit ? unit : "";
        g->why = load_text(l, o, &at, "why", false);
        const char *verdict = load_text(l, o, &at, "verdict", true);
        unsigned v = 0;
        while (v < VERDICTS && strcmp(verdict_names[v], verdict) != 0) v++;
        if (v == VERDICTS) load_wrong_key(l, &at, "verdict", "is not one of pass, fail, nodata");
        g->verdict = v < VERDICTS ? (enum verdict)v : VERDICT_NODATA;
        if (g->verdict != VERDICT_NODATA) g->value = load_real(l, o, &at, "value");
    }
}

static void read_capture(struct load *l, json_t *root, struct result *r)
{
    if (!json_object_get(root, "capture")) return;
    json_t *o = load_object(l, root, NULL, "capture");
    const struct step at = {NULL, "capture", 0};
    if (!o) return;
    r->captured = true;
    r->capture.seen = load_count(l, o, &at, "seen");
    r->capture.matched = load_count(l, o, &at, "matched");
    r->capture.foreign = load_count(l, o, &at, "foreign");
    r->capture.dropped = load_count(l, o, &at, "dropped");
    r->capture.cut = json_object_get(o, "cut") ? load_count(l, o, &at, "cut") : 0;
}

static void read_invalid(struct load *l, json_t *root, struct result *r)
{
    json_t *all = load_array(l, root, NULL, "invalid_because",
                             sizeof r->invalid_because / sizeof *r->invalid_because);
    bool valid = load_bool(l, root, NULL, "valid");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *why = json_string_value(json_array_get(all, i));
        if (why)
            result_invalid(r, why);
        else
            load_wrong_key(l, NULL, "invalid_because", "is not a list of text");
    }
    if (valid != (r->invalid == 0))
        load_wrong_key(l, NULL, "valid", "contradicts 'invalid_because'");
}

static void read_head(struct load *l, json_t *root, struct result *r)
{
    r->spate = load_text(l, root, NULL, "spate", true);
    r->profile = load_text(l, root, NULL, "profile", false);
    r->profile_sha256 = load_text(l, root, NULL, "profile_sha256", false);
    r->target = load_text(l, root, NULL, "target", false);
    r->start = load_text(l, root, NULL, "start", false);
    r->failed_because = load_text(l, root, NULL, "failed_because", false);
    r->wire_absent = load_text(l, root, NULL, "wire_absent", false);
    unsigned __int128 seed = load_wide(l, root, NULL, "seed");
    r->seed = (uint64_t)seed;
    if (seed > UINT64_MAX) load_wrong_key(l, NULL, "seed", "is beyond 2^64");
    uint64_t workers = load_count(l, root, NULL, "workers");
    r->workers = workers > UINT_MAX ? UINT_MAX : (unsigned)workers;
    r->duration_s = load_real(l, root, NULL, "duration_s");
    if (json_object_get(root, "planned_s")) r->planned_s = load_real(l, root, NULL, "planned_s");
    if (json_object_get(root, "cpu_s")) r->cpu_s = load_real(l, root, NULL, "cpu_s");
    if (json_object_get(root, "achieved_ns"))
        r->achieved_ns = load_count(l, root, NULL, "achieved_ns");
    r->complete = load_bool(l, root, NULL, "complete");
}

/* The numbers that add up: those of the laws, and of what moved. */
#define SUMMED 9
static void take_summed(const struct counts *c, uint64_t sum[SUMMED])
{
    const uint64_t v[SUMMED] = {c->offered,   c->sent, c->shed,       c->failed,        c->answered,
                                c->timed_out, c->late, c->bytes_sent, c->bytes_received};
    for (size_t i = 0; i < SUMMED; i++) sum[i] += v[i];
}

static bool adds_up(const struct counts *whole, const uint64_t sum[SUMMED])
{
    uint64_t want[SUMMED] = {0};
    take_summed(whole, want);
    return memcmp(want, sum, sizeof want) == 0;
}

static void check_sums(struct load *l, const struct result *r)
{
    uint64_t streams[SUMMED] = {0}, slices[SUMMED] = {0};
    for (size_t i = 0; i < r->n; i++) {
        uint64_t kinds[SUMMED] = {0};
        const struct step up = {NULL, "streams", 0}, at = {&up, NULL, i};
        take_summed(&r->streams[i].counts, streams);
        for (size_t k = 0; k < r->streams[i].n; k++)
            take_summed(&r->streams[i].kinds[k].counts, kinds);
        if (!adds_up(&r->streams[i].counts, kinds))
            load_wrong(l, &at, "is not the sum of its kinds");
    }
    for (size_t i = 0; i < r->slice_count; i++) take_summed(&r->slices[i].counts, slices);
    if (!adds_up(&r->totals, streams))
        load_wrong_key(l, NULL, "totals", "are not the sum of the streams");
    if (!adds_up(&r->totals, slices))
        load_wrong_key(l, NULL, "totals", "are not the sum of the slices");
}

static void read_root(struct load *l, json_t *root, struct result *r)
{
    double plan;
    read_head(l, root, r);
    read_invalid(l, root, r);
    json_t *totals = load_object(l, root, NULL, "totals");
    if (totals) load_counts(l, totals, &(struct step){NULL, "totals", 0}, &r->totals, &plan);
    if (json_object_get(root, "warmup")) {
        json_t *warmup = load_object(l, root, NULL, "warmup");
        if (warmup) load_counts(l, warmup, &(struct step){NULL, "warmup", 0}, &r->warmup, &plan);
    }
    load_streams(l, root, r);
    read_slices(l, root, r);
    read_gates(l, root, r);
    read_capture(l, root, r);
    if (!l->told) check_sums(l, r);
}

static json_t *parse_file(const char *file, struct errs *errs)
{
    struct where at = {file, 0};
    struct stat st;
    json_error_t e;
    FILE *f = fopen(file, "re");
    if (!f || fstat(fileno(f), &st) != 0) {
        err_add(errs, at, "cannot be read: %s", strerror(errno));
        if (f) fclose(f);
        return NULL;
    }
    json_t *root = NULL;
    if (st.st_size > FILE_LIMIT)
        err_add(errs, at, "is larger than any result, expected at most 256 MiB");
    else if (!(root = json_loadf(f, JSON_REJECT_DUPLICATES, &e)))
        err_add(errs, (struct where){file, e.line > 0 ? (unsigned)e.line : 0},
                "is not a result: %s", e.text);
    fclose(f);
    return root;
}

struct result *result_read(struct arena *a, const char *file, struct errs *errs)
{
    file = arena_strdup(a, file);
    json_t *root = parse_file(file, errs);
    if (!root) return NULL;
    struct load l = {.arena = a, .at = {file, 0}, .errs = errs};
    json_t *format = json_object_get(root, "format");
    if (!json_is_integer(format) || json_integer_value(format) != 1) {
        err_add(errs, l.at, "%s",
                format ? "has a format that this version does not know, expected 1"
                       : "is not a result: it has no 'format'");
        json_decref(root);
        return NULL;
    }
    struct result *r = arena_new(a, struct result);
    r->arena = a;
    counts_open(&r->totals);
    counts_open(&r->warmup);
    read_root(&l, root, r);
    json_decref(root);
    if (!l.told) return r;
    result_close(r);
    return NULL;
}
