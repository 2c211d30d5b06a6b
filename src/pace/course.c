#include "pace/course.h"

#include "pace/rate.h"

/* The class of the rate an operand stands for; NULL after adding an error. */
static const struct pace_class *class_of(struct gen_env *env, const struct expr *e)
{
    if (e->kind == EXPR_NUMBER) return &pace_constant;
    if (e->kind == EXPR_CALL || e->kind == EXPR_NAME) {
        const struct pace_class *class = pace_class_find(PACE_RATE, e->text);
        if (!class) pace_class_unknown(env->errs, e->at, PACE_RATE, e->text);
        return class;
    }
    if (e->kind == EXPR_RANGE)
        err_add(env->errs, e->at, "rate is " SRC ", expected one rate, or ramp(" SRC ") for a time",
                SRC_OF(e), SRC_OF(e));
    else
        err_add(env->errs, e->at, "rate is " SRC ", expected a rate such as 2000/s", SRC_OF(e));
    return NULL;
}

/* The shape of an operand that lasts `length`; NULL after adding an error. */
static struct shape *compile_shape(struct gen_env *env, const struct expr *e, uint64_t length)
{
    const struct pace_class *class = class_of(env, e);
    struct shape *s = class ? class->rate.compile(env, e, length) : NULL;
    if (!s) return NULL;
    s->class = class;
    if (s->length == 0) s->length = length;
    if (s->length == NEVER)
        s->total = ENDLESS;
    else if (s->total == 0)
        s->total = class->rate.steps ? class->rate.at(s, NULL, s->length - 1) + 1
                                     : class->rate.at(s, NULL, s->length);
    return s;
}

/* `for 10s` at the lexer, if it is there. False after adding an error. */
static bool read_length(struct gen_env *env, struct lex *l, struct where at, uint64_t *length)
{
    char here[64];
    *length = NEVER;
    if (!lex_accept(l, "for")) return true;
    if (l->tok.kind != TOK_NUMBER || l->tok.q.dim != DIM_TIME)
        return err_add(env->errs, at, "%s after 'for', expected a duration such as 10s",
                       lex_here(l, here));
    if (!quantity_u64(&l->tok.q, false, length) || *length == 0 || *length > LENGTH_MAX)
        return err_add(env->errs, at, "phase for %.*s, expected whole nanoseconds up to 400d",
                       (int)l->tok.text.n, (const char *)l->tok.text.p);
    lex_next(l);
    return true;
}

/* Lays the shape behind the phases there are. */
static void append(struct gen_env *env, struct course *c, const struct shape *shape)
{
    uint64_t start = c->n ? c->v[c->n - 1].end : 0;
    u128 first = c->n ? c->v[c->n - 1].last : 0;
    *VEC_PUSH(env->arena, c) = (struct phase){
        .shape = shape,
        .start = start,
        .end = shape->length == NEVER ? NEVER : start + shape->length,
        .first = first,
        .last = shape->total == ENDLESS ? ENDLESS : first + shape->total,
    };
    if (shape->class->rate.timed) c->timed = true;
}

const struct course *course_compile(struct gen_env *env, const struct entry *rate)
{
    struct course *c = arena_new(env->arena, struct course);
    struct lex l;
    char here[64];
    bool ok = true, more = true;
    lex_start(&l, rate->value);
    while (more) {
        uint64_t length;
        const struct expr *e = expr_parse_lex(env->arena, &l, false, rate->at, env->errs);
        if (!e || !read_length(env, &l, rate->at, &length)) return NULL;
        more = lex_accept(&l, ",");
        if (!more && l.tok.kind != TOK_END) {
            err_add(env->errs, rate->at, "%s after a rate, expected 'for', a comma or the end",
                    lex_here(&l, here));
            return NULL;
        }
        if (more && length == NEVER)
            ok =
                err_add(env->errs, rate->at,
                        "phase " SRC " has no end, expected 'for' and a duration on each phase but "
                        "the last",
                        SRC_OF(e));
        const struct shape *shape = compile_shape(env, e, length);
        if (c->n == PHASES_MAX || (c->n && length != NEVER && c->v[c->n - 1].end > LENGTH_MAX)) {
            err_add(env->errs, rate->at, "too many phases, expected at most %d in 400d",
                    PHASES_MAX);
            return NULL;
        }
        ok = ok && shape;
        if (ok) append(env, c, shape);
    }
    return ok ? c : NULL;
}

void course_start(const struct course *c, struct arena *a, struct course_state *st)
{
    st->phase = 0;
    st->of = arena_array(a, void *, c->n);
    for (size_t i = 0; i < c->n; i++) {
        size_t size = c->v[i].shape->class->rate.state_size;
        if (size) st->of[i] = arena_alloc(a, size);
    }
}

/* The phase that holds position u, from the one last used; NULL past the end. */
static const struct phase *phase_of(const struct course *c, struct course_state *st, u128 u)
{
    if (u < c->v[st->phase].first) st->phase = 0;
    while (u >= c->v[st->phase].last) {
        if (st->phase + 1 == c->n) return NULL;
        st->phase++;
    }
    return &c->v[st->phase];
}

u128 course_reach(const struct course *c, const struct course_state *st, uint64_t t)
{
    size_t i = 0;
    while (i + 1 < c->n && t >= c->v[i].end) i++;
    const struct phase *p = &c->v[i];
    if (t >= p->end) return p->last;
    u128 u = p->first + p->shape->class->rate.at(p->shape, st ? st->of[i] : NULL, t - p->start) + 1;
    return u < p->last ? u : p->last;
}

static void to_run_time(const struct phase *p, size_t n, uint64_t *t)
{
    if (p->start == 0) return;
    for (size_t i = 0; i < n; i++) t[i] = t[i] < NEVER - p->start ? t[i] + p->start : NEVER;
}

void course_due(const struct course *c, struct course_state *st, u128 *u, size_t n, uint64_t *t)
{
    for (size_t i = 0; i < n;) {
        const struct phase *p = phase_of(c, st, u[i]);
        if (!p) {
            while (i < n) t[i++] = NEVER;
            return;
        }
        size_t k = i;
        for (; k < n && u[k] < p->last; k++) u[k] -= p->first;
        p->shape->class->rate.due(p->shape, st->of[st->phase], u + i, k - i, t + i);
        to_run_time(p, k - i, t + i);
        i = k;
    }
}

void course_due_even(const struct course *c, struct course_state *st, uint64_t first, uint64_t step,
                     size_t n, uint64_t *t)
{
    u128 u[BATCH], stride = (u128)step << 32, at = (u128)first << 32;
    for (size_t i = 0; i < n;) {
        const struct phase *p = phase_of(c, st, at);
        size_t k = n - i < BATCH ? n - i : BATCH;
        if (p && stride && (p->last - at - 1) / stride < k)
            k = (size_t)((p->last - at - 1) / stride) + 1;
        if (p && p->shape->class->rate.due_even &&
            p->shape->class->rate.due_even(p->shape, at - p->first, stride, k, t + i)) {
            to_run_time(p, k, t + i);
        } else {
            for (size_t j = 0; j < k; j++) u[j] = at + j * stride;
            course_due(c, st, u, k, t + i);
        }
        i += k;
        at += k * stride;
    }
}

uint64_t course_end(const struct course *c)
{
    return c->v[c->n - 1].end;
}

double course_rate_at(const struct course *c, uint64_t t)
{
    for (size_t i = 0; i < c->n; i++)
        if (t < c->v[i].end)
            return c->v[i].shape->class->rate.rate_at(c->v[i].shape, t - c->v[i].start);
    return 0;
}

void course_describe(const struct course *c, char *buf, size_t size)
{
    char shape[160], length[SAY_BUF];
    size_t n = 0;
    for (size_t i = 0; i < c->n && n < size; i++) {
        const struct shape *s = c->v[i].shape;
        s->class->rate.describe(s, shape, sizeof shape);
        n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", then " : "", shape);
        if (s->length == NEVER || n >= size) continue;
        n += (size_t)snprintf(buf + n, size - n, " for %s", say_time(length, s->length));
    }
}
