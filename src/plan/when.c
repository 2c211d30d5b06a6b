/* rate, users, late: when the units of a stream are due. */
#include "plan/inside.h"

#define SECOND 1000000000ull

static bool is_max(const struct entry *e)
{
    return e && span_is(span_trim(e->value), "max");
}
static bool is_step(const struct stream *s, const struct entry *e)
{
    return s->way == WAY_REPLAY && e && span_is(span_trim(e->value), "step");
}

static void compile_rate_layer(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const layers[] = {"1", "2", "3", NULL};
    struct entry *e = section_get(sec, "rate_layer");
    unsigned i = 0;
    if (e && entry_choice(e, layers, &i, c->env.errs)) s->rate_layer = i + 1;
}

struct entry *rate_entry(const struct stream *s, struct section *sec)
{
    return section_get(sec, s->replay.clone ? "clone" : "rate");
}

/* A replay's frames have no common size, so a rate in bits or percent places bytes in time. */
static void compile_by_size(struct compiling *c, struct stream *s, struct section *sec)
{
    struct entry *rate = section_get(sec, "rate"), *arrival = section_get(sec, "arrival");
    bool frames = false;
    struct lex l;
    if (!rate) return;
    for (lex_start(&l, rate->value); l.tok.kind != TOK_END && l.tok.kind != TOK_BAD; lex_next(&l)) {
        enum dim dim = l.tok.kind == TOK_NUMBER ? l.tok.q.dim : DIM_NONE;
        if (dim == DIM_RATE) frames = true;
        if (dim == DIM_BITRATE || dim == DIM_RATIO) s->by_size = true;
    }
    if (!s->by_size) return;
    compile_rate_layer(c, s, sec);
    /* Shares of a link take along what the link spends on a frame. */
    if (!s->rate_layer) s->rate_layer = memmem(rate->value.p, rate->value.n, "%", 1) ? 1 : 2;
    if (frames)
        err_add(c->env.errs, rate->at,
                "rate has both frames and bits, expected one of them throughout a replay");
    if (arrival)
        err_add(c->env.errs, arrival->at,
                "arrival spreads frames, but the replay's rate is in bits; expected one of them");
}

void compile_when(struct compiling *c, struct stream *s, struct section *sec)
{
    static const char *const policies[] = {"catchup", "drop", "stretch", NULL};
    struct errs *errs = c->env.errs;
    char *path = arena_printf(c->plan->arena, "stream %s", s->name);
    struct entry *rate = rate_entry(s, sec), *arrival = section_get(sec, "arrival");
    struct entry *users = section_get(sec, "users"), *think = section_get(sec, "think");
    unsigned late = LATE_CATCHUP;
    if (s->way == WAY_REPLAY) compile_by_size(c, s, sec);
    bool packets = s->way == WAY_PACKETS || s->way == WAY_CONVERSATIONS;
    if (packets) compile_rate_layer(c, s, sec);
    s->count = NEVER;
    s->late_after = 1000000;
    if (!users && !is_max(rate)) entry_choice(section_get(sec, "late"), policies, &late, errs);
    s->late = (enum late_policy)late;
    entry_time(section_get(sec, "late_after"), 1000, 3600 * SECOND, &s->late_after, errs);
    entry_count(section_get(sec, "count"), 1, UINT64_MAX - 1, &s->count, errs);
    if (users && rate)
        err_add(errs, users->at,
                "the stream has both rate and users, expected rate for an open "
                "loop or users for a closed one");
    if (users && (packets || s->way == WAY_REPLAY || s->way == WAY_LIVE))
        err_add(errs, users->at, "users is for requests, expected rate = 1000/s for packets");
    if (think && !users)
        err_add(errs, think->at, "think needs users: it is the pause of a closed loop's users");
    if (arrival && (!rate || is_max(rate) || is_step(s, rate)))
        err_add(errs, arrival->at, "arrival needs a rate: it spreads the units around it");
    if (users) {
        s->loop = LOOP_CLOSED;
        entry_count(users, 1, 1000000, &s->users, errs);
        if (think)
            s->think = gen_entry(&c->env, think, arena_printf(c->plan->arena, "%s.think", path),
                                 &(struct gen_want){.what = "a duration such as exp(100ms)",
                                                    .type = GEN_U64,
                                                    .format = FORMAT_TIME,
                                                    .hi = 86400 * SECOND});
    } else if (is_max(rate) || is_step(s, rate)) {
        s->loop = LOOP_FLOOD;
        s->replay.step = is_step(s, rate);
        if (s->replay.step && strcmp(s->replay.path, "-") == 0)
            err_add(errs, rate->at,
                    "rate = step reads standard input, which is the capture, expected a file");
    } else if (rate) {
        struct unit_load load = stream_load(s);
        c->env.load = &load;
        s->schedule = schedule_compile(&c->env, rate, arrival, path);
        c->env.load = NULL;
    } else if (packets) {
        err_add(errs, sec->at, "the stream has no rate, expected one such as rate = 1000/s%s",
                s->way == WAY_PACKETS ? ", or max" : "");
    } else if (s->way != WAY_REPLAY && s->way != WAY_LIVE) {
        err_add(errs, sec->at,
                "the stream has no rate, expected rate = 1000/s for an open loop or "
                "users = 64 for a closed one");
    }
}
