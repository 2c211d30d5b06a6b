#define PCRE2_CODE_UNIT_WIDTH 8
#include "proto/mask.h"

#include <pcre2.h>
#include <stdlib.h>

#define STEPS_MAX 1000000 /* of one match; backtracking without end is cut off here */

struct masks {
    pcre2_code **v;
    size_t n, cap;
};
struct mask_work {
    pcre2_match_data *found;
    pcre2_match_context *limits;
    uint8_t *copy;
    size_t room;
};

/* Expressions live and die with the plan. */
static void *from_arena(size_t n, void *arena)
{
    return arena_alloc(arena, n);
}
static void to_arena(void *p, void *arena)
{
    (void)p, (void)arena;
}

static bool compile_one(struct gen_env *env, const struct entry *e, struct masks *m,
                        pcre2_compile_context *context)
{
    int why;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile(e->value.p, e->value.n,
                                     PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &why, &at, context);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(why, text, sizeof text);
        return err_add(env->errs, e->at, "mask is no regular expression: %s at its character %zu",
                       (char *)text, (size_t)at + 1);
    }
    *VEC_PUSH(env->arena, m) = code;
    return true;
}

const struct masks *masks_compile(struct gen_env *env, struct section *sec)
{
    struct masks *m = arena_new(env->arena, struct masks);
    pcre2_general_context *memory = pcre2_general_context_create(from_arena, to_arena, env->arena);
    pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
    const struct entry *e;
    bool good = true;
    if (!context) abort();
    for (size_t i = 0; (e = section_nth(sec, "mask", i)); i++)
        good &= compile_one(env, e, m, context);
    return good && m->n ? m : NULL;
}

struct mask_work *mask_work_open(void)
{
    struct mask_work *w = calloc(1, sizeof *w);
    if (!w) abort();
    w->found = pcre2_match_data_create(1, NULL);
    w->limits = pcre2_match_context_create(NULL);
    if (!w->found || !w->limits) abort();
    pcre2_set_match_limit(w->limits, STEPS_MAX);
    return w;
}

void mask_work_close(struct mask_work *w)
{
    if (!w) return;
    pcre2_match_data_free(w->found);
    pcre2_match_context_free(w->limits);
    free(w->copy);
    free(w);
}

/* Copies what does not match to `out`. The text itself stays as it is to the end, for expressions
 * that look behind. */
static size_t apply_one(const pcre2_code *code, struct mask_work *w, struct span text, uint8_t *out)
{
    size_t copied = 0, kept = 0;
    for (size_t at = 0; at <= text.n;) {
        if (pcre2_match(code, text.p, text.n, at, 0, w->found, w->limits) < 0) break;
        const PCRE2_SIZE *where = pcre2_get_ovector_pointer(w->found);
        struct span before = span_sub(text, copied, where[0] - copied);
        if (where[1] <= where[0]) { /* an empty match takes nothing out */
            at = where[0] + 1;
            continue;
        }
        if (before.n) memcpy(out + kept, before.p, before.n);
        kept += before.n;
        copied = at = where[1];
    }
    struct span rest = span_from(text, copied);
    if (rest.n) memcpy(out + kept, rest.p, rest.n);
    return kept + rest.n;
}

size_t masks_apply(const struct masks *m, struct mask_work *w, uint8_t *text, size_t n)
{
    if (n > w->room) {
        free(w->copy);
        w->copy = malloc(w->room = n);
        if (!w->copy) abort();
    }
    for (size_t i = 0; i < m->n && n; i++) {
        size_t left = apply_one(m->v[i], w, span_make(text, n), w->copy);
        memcpy(text, w->copy, left);
        n = left;
    }
    return n;
}
