/* [conversation]: packets of two sides in a fixed order, with pauses.
 *
 *   step = client syn
 *   step = server synack after 1ms
 *   step = server data * 10 after exp(200us)
 *
 * TCP numbers that the packets leave open count on from step to step, as those of a connection
 * do: from an initial number for each side that is drawn for each conversation. */
#include "plan/inside.h"
#include "plan/script.h"

#define DAY 86400000000000ull
#define REPEATS_MAX 65536
#define OPEN_DEFAULT (1u << 20)
#define OPEN_MAX (1u << 28)

/* What is being compiled: the conversations of a stream, one after the other. */
struct talk {
    struct compiling *c;
    struct {
        struct kind *v;
        size_t n, cap;
    } kinds; /* the packets of all of them */
    struct {
        uint64_t *v;
        size_t n, cap;
    } sent; /* how often each has been sent in the conversation at hand */
    struct conversation *out;
    struct {
        struct turn *v;
        size_t n, cap;
    } turns;
    struct where at; /* of the step at hand */
    struct {
        uint32_t sent;    /* how far the side's TCP numbers have got */
        const char *lost; /* the packet that nobody knows the length of; NULL: none so far */
    } tcp[SIDES];
};

static const char *packet_at(const void *profile, size_t i)
{
    const struct profile *p = profile;
    for (size_t k = 0; k < p->n; k++)
        if (strcmp(p->v[k].kind, "packet") == 0 && i-- == 0) return p->v[k].name;
    return NULL;
}

static bool add_kind(struct talk *t, const char *name, enum side side)
{
    char hint[80];
    struct section *sec = profile_section(t->c->profile, "packet", name);
    if (!sec)
        return err_add(t->c->env.errs, t->at, "step names '%s', expected a [packet %s] section%s",
                       name, name, err_suggest(hint, err_nearest(name, packet_at, t->c->profile)));
    struct packet *p = packet_compile_turn(&t->c->env, sec);
    *VEC_PUSH(t->c->plan->arena, &t->kinds) =
        (struct kind){.name = sec->name, .packet = p, .side = side};
    *VEC_PUSH(t->c->plan->arena, &t->sent) = 0;
    return true;
}

/* The position of a packet among the stream's kinds, to which it is added when it is new. */
static bool find_kind(struct talk *t, const char *name, enum side side, uint32_t *kind)
{
    size_t i = 0;
    while (i < t->kinds.n && strcmp(t->kinds.v[i].name, name) != 0) i++;
    if (i == t->kinds.n && !add_kind(t, name, side)) return false;
    *kind = (uint32_t)i;
    if (t->kinds.v[i].side == side) return true;
    return err_add(t->c->env.errs, t->at,
                   "both sides send [packet %s], expected a packet for each, such as one with "
                   "reverse = %s",
                   name, name);
}

/* Gives a step its TCP numbers and counts on. */
static void count_tcp(struct talk *t, struct turn *s)
{
    const struct kind *k = &t->kinds.v[s->kind];
    enum side own = k->side, other = own == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    struct packet_turn tcp;
    if (!k->packet || !packet_turn(k->packet, &tcp)) return;
    const char *lost = tcp.seq && t->tcp[own].lost     ? t->tcp[own].lost
                       : tcp.ack && t->tcp[other].lost ? t->tcp[other].lost
                                                       : NULL;
    if (lost)
        err_add(
            t->c->env.errs, t->at,
            "[packet %s] differs in length from conversation to conversation, so the TCP numbers "
            "behind it are not known; expected one length, or tcp.seq and tcp.ack in [packet "
            "%s]",
            lost, k->name);
    s->seq = t->tcp[own].sent;
    s->ack = t->tcp[other].sent;
    t->tcp[own].sent += tcp.advance;
    if (!tcp.counted) t->tcp[own].lost = k->name;
}

/* A pause is drawn under the packet's name, so that a step more elsewhere shifts none. */
static bool compile_pause(struct talk *t, const struct expr *after, struct turn *s)
{
    const char *packet = t->kinds.v[s->kind].name;
    uint64_t nth = t->sent.v[s->kind]++;
    if (!after) return true;
    const char *path = arena_printf(t->c->plan->arena, "conversation %s.%s.%llu", t->out->name,
                                    packet, (unsigned long long)nth);
    s->pause = gen_want(&t->c->env, after, path,
                        &(struct gen_want){.what = "a duration such as exp(2ms)",
                                           .type = GEN_U64,
                                           .format = FORMAT_TIME,
                                           .hi = DAY});
    return s->pause;
}

static bool add_steps(struct talk *t, uint32_t kind, uint64_t times, const struct expr *after)
{
    for (uint64_t i = 0; i < times; i++) {
        struct turn s = {.kind = kind};
        if (!compile_pause(t, after, &s)) return false;
        count_tcp(t, &s);
        *VEC_PUSH(t->c->plan->arena, &t->turns) = s;
    }
    return true;
}

/* "* N", or once. */
static bool read_times(struct talk *t, struct lex *lex, uint64_t *times)
{
    char here[64];
    *times = 1;
    if (!lex_accept(lex, "*")) return true;
    if (lex->tok.kind != TOK_NUMBER || !quantity_u64(&lex->tok.q, false, times) || *times < 1 ||
        *times > REPEATS_MAX)
        return err_add(t->c->env.errs, t->at, "step: %s, expected a number 1..%d behind '*'",
                       lex_here(lex, here), REPEATS_MAX);
    lex_next(lex);
    return true;
}

/* client|server PACKET [* N] [after PAUSE] */
static bool read_step(struct talk *t, const struct entry *e)
{
    struct errs *errs = t->c->env.errs;
    struct lex lex;
    char here[64];
    uint64_t times;
    uint32_t kind;
    const struct expr *after = NULL;
    t->at = e->at;
    lex_start(&lex, e->value);
    enum side side = lex_is(&lex, side_names[SIDE_SERVER]) ? SIDE_SERVER : SIDE_CLIENT;
    if (!lex_accept(&lex, side_names[side]))
        return err_add(errs, e->at, "step: %s, expected client or server", lex_here(&lex, here));
    if (lex.tok.kind != TOK_NAME)
        return err_add(errs, e->at, "step: %s, expected the name of a packet",
                       lex_here(&lex, here));
    const char *name = arena_str(t->c->plan->arena, lex.tok.text);
    lex_next(&lex);
    if (!read_times(t, &lex, &times)) return false;
    if (lex_accept(&lex, "after")) {
        after = expr_parse_lex(t->c->plan->arena, &lex, true, e->at, errs);
        if (!after) return false;
    }
    if (lex.tok.kind != TOK_END)
        return err_add(errs, e->at, "step: %s, expected 'after' and a pause, or the end",
                       lex_here(&lex, here));
    return find_kind(t, name, side, &kind) && add_steps(t, kind, times, after);
}

static void read_conversation(struct talk *t, struct section *sec)
{
    static const char *const known[] = {"step", NULL};
    struct plan *p = t->c->plan;
    struct entry *e;
    t->out->name = sec->name;
    for (size_t side = 0; side < SIDES; side++) {
        const char *path =
            arena_printf(p->arena, "conversation %s.%s.seq", sec->name, side_names[side]);
        t->out->initial[side] = rng_key(p->seed, span_of(path));
        t->tcp[side].sent = 0;
        t->tcp[side].lost = NULL;
    }
    memset(&t->turns, 0, sizeof t->turns);
    for (size_t i = 0; i < t->sent.n; i++) t->sent.v[i] = 0;
    bool fine = true;
    for (size_t i = 0; (e = section_nth(sec, "step", i)); i++)
        if (!read_step(t, e)) fine = false;
    if (fine && t->turns.n == 0)
        err_add(t->c->env.errs, sec->at,
                "the conversation has no packets, expected lines such as step = client syn");
    if (t->turns.n > SCRIPT_STEPS_MAX)
        err_add(t->c->env.errs, sec->at, "the conversation has %zu packets, expected at most %u",
                t->turns.n, SCRIPT_STEPS_MAX);
    section_unused(sec, known, t->c->env.errs);
    t->out->turn = t->turns.v;
    t->out->n = t->turns.n;
}

/* How many packets of each kind there are in as many conversations as the weights say. */
static void weigh_kinds(struct stream *s)
{
    for (size_t i = 0; i < s->conversations.n; i++) {
        const struct conversation *x = &s->conversations.v[i];
        s->weights += x->weight;
        for (size_t k = 0; k < x->n; k++) s->kinds[x->turn[k].kind].weight += x->weight;
    }
}

void compile_conversations(struct compiling *c, struct stream *s, const struct expr_kid *names,
                           size_t n, struct where at)
{
    struct talk t = {.c = c};
    s->way = WAY_CONVERSATIONS;
    s->conversations.v = arena_array(c->plan->arena, struct conversation, n);
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_str(c->plan->arena, names[i].e->text);
        struct section *sec = profile_section(c->profile, "conversation", name);
        if (!sec) {
            err_add(c->env.errs, at,
                    "send names '%s' beside conversations, expected a [conversation %s] section",
                    name, name);
            continue;
        }
        t.out = &s->conversations.v[s->conversations.n++];
        t.out->weight = names[i].weight;
        read_conversation(&t, sec);
    }
    s->kinds = t.kinds.v;
    s->n = t.kinds.n;
    weigh_kinds(s);
}

void check_unsent_conversation(struct compiling *c, struct section *sec)
{
    struct stream unsent = {0};
    struct expr e = {.kind = EXPR_NAME, .text = span_of(sec->name)};
    compile_conversations(c, &unsent, &(struct expr_kid){.weight = 1, .e = &e}, 1, sec->at);
}

void compile_conversing(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    s->open = OPEN_DEFAULT;
    entry_count(section_get(sec, "open"), 1, OPEN_MAX, &s->open, errs);
    if (s->loop == LOOP_FLOOD)
        err_add(errs, rate_entry(s, sec)->at,
                "max is for packets, expected a rate of conversations such as 1000/s");
}
