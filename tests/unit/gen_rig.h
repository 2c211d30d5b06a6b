/* gen_rig: what the tests of generators share: an environment, and values by index. */
#ifndef GEN_RIG_H
#define GEN_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <math.h>

#include "gen/gen.h"
#include "gen/population.h"

struct rig {
    struct arena arena;
    struct errs errs;
    struct profile profile;
    struct gen_env env;
    struct scratch scratch;
    uint64_t index[BATCH], due[BATCH], flow[BATCH], step[BATCH];
};

static const struct population rig_flows = {.count = 3};

/* A capture of three frames, for the generators that want one. */
static inline size_t rig_frames(struct gen_env *env, struct where at, const char *path,
                                struct span *out, size_t most)
{
    static const char *const frame[] = {"ethernet one", "ethernet two too", "ethernet 3"};
    size_t n = most < 3 ? most : 3;
    (void)env, (void)at, (void)path;
    for (size_t i = 0; i < n; i++) out[i] = span_of(frame[i]);
    return n;
}

static inline struct rig *rig_new(uint64_t seed)
{
    struct rig *r = calloc(1, sizeof *r);
    r->profile = (struct profile){.arena = &r->arena, .file = "test.ini", .dir = "."};
    r->env = (struct gen_env){.arena = &r->arena,
                              .errs = &r->errs,
                              .profile = &r->profile,
                              .seed = seed,
                              .read_frames = rig_frames,
                              .population = &rig_flows};
    return r;
}

static inline void rig_free(struct rig *r)
{
    scratch_free(&r->scratch);
    arena_free(&r->arena);
    free(r);
}

static const struct where rig_here = {.file = "test.ini", .line = 1};

static inline struct entry rig_entry(const char *text)
{
    return (struct entry){.key = "key", .value = span_of(text), .at = rig_here};
}

/* The node of an expression; NULL after an error, which is in r->errs. */
static inline const struct gen *rig_try(struct rig *r, const char *text)
{
    const struct expr *e = expr_parse(&r->arena, span_of(text), rig_here, &r->errs);
    return e ? gen_compile(&r->env, e, "test.x") : NULL;
}

static inline const struct gen *rig_gen(struct rig *r, const char *text)
{
    const struct gen *g = rig_try(r, text);
    if (!g) {
        errs_print(&r->errs, stderr);
        fail_msg("'%s' does not compile", text);
    }
    return g;
}

static inline const struct gen *rig_text(struct rig *r, const char *text)
{
    struct entry e = rig_entry(text);
    const struct gen *g = gen_template(&r->env, &e, "test.x");
    if (!g) {
        errs_print(&r->errs, stderr);
        fail_msg("'%s' does not compile", text);
    }
    return g;
}

/* The variables of a [vars] section made of `name = value` pairs; ends with NULL. */
static inline void rig_vars(struct rig *r, const char *const *pairs)
{
    struct section *s = arena_new(&r->arena, struct section);
    s->kind = "vars";
    for (; pairs[0]; pairs += 2) {
        struct entry *e = VEC_PUSH(&r->arena, s);
        *e = rig_entry(pairs[1]);
        e->key = pairs[0];
    }
    r->env.vars = gen_vars_new(&r->env, s);
}

/* Units first, first + step, ...; due every 1.5 ms; of three flows in turn. */
static inline struct draw rig_draw(struct rig *r, uint64_t first, uint64_t step, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        r->index[i] = first + i * step;
        r->due[i] = r->index[i] * 1500000;
        r->flow[i] = r->index[i] % 3;
        r->step[i] = r->index[i] / 3;
    }
    return (struct draw){.index = r->index,
                         .due_ns = r->due,
                         .scratch = &r->scratch,
                         .flow = r->flow,
                         .step = r->step};
}

static inline uint64_t rig_u64(struct rig *r, const struct gen *g, uint64_t index)
{
    struct draw d = rig_draw(r, index, 1, 1);
    return gen_u64(g, &d);
}

static inline double rig_real(struct rig *r, const struct gen *g, uint64_t index)
{
    struct draw d = rig_draw(r, index, 1, 1);
    double v = 0;
    gen_fill(g, &d, 1, &(struct column){.r = &v});
    return v;
}

/* The text of one unit, in the arena, zero-terminated. */
static inline const char *rig_str(struct rig *r, const struct gen *g, uint64_t index)
{
    struct draw d = rig_draw(r, index, 1, 1);
    struct scratch_mark m = scratch_mark(&r->scratch);
    const char *s = arena_str(&r->arena, gen_span(g, &d));
    scratch_restore(&r->scratch, m);
    return s;
}

/* `text` must not compile; its first error must hold each of the words (ends with NULL). */
static inline void rig_refuse(struct rig *r, const char *text, const char *words)
{
    r->errs.n = 0;
    const struct gen *g = rig_try(r, text);
    if (g || r->errs.n == 0) fail_msg("'%s' compiles", text);
    if (!strstr(r->errs.v[0].text, words))
        fail_msg("'%s': \"%s\" lacks \"%s\"", text, r->errs.v[0].text, words);
    r->errs.n = 0;
}

#endif
