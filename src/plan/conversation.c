/* [conversation]: packets of two sides in a fixed order, with pauses.
 *
 *   step = client syn
 *   step = server synack after 1ms
 *   step = server data * 10 after exp(200us)
 *   step = server data again after 1s
 *
 * TCP numbers that the packets leave open count on from step to step, as those of a connection
 * do: from an initial number for each side that is drawn for each conversation. */
#include "plan/inside.h"
#include "plan/script.h"

#define DAY 86400000000000ull
#define REPEATS_MAX 65536
#define OPEN_DEFAULT (1u << 20)
#define OPEN_MAX (1u << 28)

/* What has been sent of a kind of packets. */
struct past {
    uint64_t times;
    uint32_t seq; /* the last time */
};
/* A step as it is written. */
struct line_read {
    uint32_t kind;
    uint64_t times;
    bool again; /* with the TCP numbers of the last time, which do not count on */
    const struct expr *after;
};
/* What is being compiled: the conversations of a stream, one after the other. */
struct script_draft {
    struct compiling *c;
    struct {
        struct kind *v;
        size_t n, cap;
    } kinds; /* the packets of all of them */
    struct {
        struct past *v;
        size_t n, cap;
    } sent; /* of each kind, in the conversation at hand */
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

static bool add_kind(struct script_draft *d, const char *name, enum side side)
{
    char hint[80];
    struct section *sec = profile_section(d->c->profile, "packet", name);
    if (!sec)
        return err_add(d->c->env.errs, d->at, "step names '%s', expected a [packet %s] section%s",
                       name, name, err_suggest(hint, err_nearest(name, packet_at, d->c->profile)));
    struct packet *p = packet_compile_turn(&d->c->env, sec);
    *VEC_PUSH(d->c->plan->arena, &d->kinds) =
        (struct kind){.name = sec->name, .packet = p, .side = side};
    *VEC_PUSH(d->c->plan->arena, &d->sent) = (struct past){0};
    return true;
}

/* The position of a packet among the stream's kinds, to which it is added when it is new. */
static bool find_kind(struct script_draft *d, const char *name, enum side side, uint32_t *kind)
{
    size_t i = 0;
    while (i < d->kinds.n && strcmp(d->kinds.v[i].name, name) != 0) i++;
    if (i == d->kinds.n && !add_kind(d, name, side)) return false;
    *kind = (uint32_t)i;
    if (d->kinds.v[i].side == side) return true;
    return err_add(d->c->env.errs, d->at,
                   "both sides send [packet %s], expected a packet for each, such as one with "
                   "reverse = %s",
                   name, name);
}

/* Where nobody knows how far the numbers that a packet takes have got: behind which packet. */
static const char *lost_behind(const struct script_draft *d, enum side own,
                               const struct packet_turn *p)
{
    if (p->seq && d->tcp[own].lost) return d->tcp[own].lost;
    return p->ack ? d->tcp[own == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT].lost : NULL;
}

/* Gives a turn its TCP numbers and counts on. */
static void count_tcp(struct script_draft *d, bool again, struct turn *turn)
{
    const struct kind *k = &d->kinds.v[turn->kind];
    enum side own = k->side, other = own == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
    struct past *sent = &d->sent.v[turn->kind];
    struct packet_turn p;
    if (!k->packet || !packet_turn(k->packet, &p)) return;
    const char *lost = lost_behind(d, own, &p);
    if (lost)
        err_add(d->c->env.errs, d->at,
                "[packet %s] differs in length from conversation to conversation, so the TCP "
                "numbers behind it are not known; expected one length, or tcp.seq and tcp.ack in "
                "[packet %s]",
                lost, k->name);
    turn->seq = again ? sent->seq : d->tcp[own].sent;
    turn->ack = d->tcp[other].sent;
    sent->seq = turn->seq;
    if (again) return;
    d->tcp[own].sent += p.advance;
    if (!p.counted) d->tcp[own].lost = k->name;
}

/* A pause is drawn under the packet's name, so that a step more elsewhere shifts none. */
static bool compile_pause(struct script_draft *d, const struct expr *after, struct turn *turn)
{
    const char *packet = d->kinds.v[turn->kind].name;
    if (!after) return true;
    const char *path = arena_printf(d->c->plan->arena, "conversation %s.%s.%llu", d->out->name,
                                    packet, (unsigned long long)d->sent.v[turn->kind].times);
    turn->pause = gen_want(&d->c->env, after, path,
                           &(struct gen_want){.what = "a duration such as exp(2ms)",
                                              .type = GEN_U64,
                                              .format = FORMAT_TIME,
                                              .hi = DAY});
    return turn->pause;
}

static bool add_turns(struct script_draft *d, const struct line_read *l)
{
    const char *name = d->kinds.v[l->kind].name;
    if (l->again && d->sent.v[l->kind].times == 0)
        return err_add(d->c->env.errs, d->at,
                       "[packet %s] is sent again, expected a step before that sends it", name);
    for (uint64_t i = 0; i < l->times; i++) {
        struct turn turn = {.kind = l->kind};
        if (!compile_pause(d, l->after, &turn)) return false;
        count_tcp(d, l->again, &turn);
        d->sent.v[l->kind].times++;
        *VEC_PUSH(d->c->plan->arena, &d->turns) = turn;
    }
    return true;
}

/* "* N", or once. */
static bool read_times(struct script_draft *d, struct lex *lex, uint64_t *times)
{
    char here[64];
    *times = 1;
    if (!lex_accept(lex, "*")) return true;
    if (lex->tok.kind != TOK_NUMBER || !quantity_u64(&lex->tok.q, false, times) || *times < 1 ||
        *times > REPEATS_MAX)
        return err_add(d->c->env.errs, d->at, "step: %s, expected a number 1..%d behind '*'",
                       lex_here(lex, here), REPEATS_MAX);
    lex_next(lex);
    return true;
}

/* client|server PACKET [* N] [again] [after PAUSE] */
static bool read_step(struct script_draft *d, const struct entry *e)
{
    struct errs *errs = d->c->env.errs;
    struct line_read line = {0};
    struct lex lex;
    char here[64];
    d->at = e->at;
    lex_start(&lex, e->value);
    enum side side = lex_is(&lex, side_names[SIDE_SERVER]) ? SIDE_SERVER : SIDE_CLIENT;
    if (!lex_accept(&lex, side_names[side]))
        return err_add(errs, e->at, "step: %s, expected client or server", lex_here(&lex, here));
    if (lex.tok.kind != TOK_NAME)
        return err_add(errs, e->at, "step: %s, expected the name of a packet",
                       lex_here(&lex, here));
    const char *name = arena_str(d->c->plan->arena, lex.tok.text);
    lex_next(&lex);
    if (!read_times(d, &lex, &line.times)) return false;
    line.again = lex_accept(&lex, "again");
    if (lex_accept(&lex, "after")) {
        line.after = expr_parse_lex(d->c->plan->arena, &lex, true, e->at, errs);
        if (!line.after) return false;
    }
    if (lex.tok.kind != TOK_END)
        return err_add(errs, e->at, "step: %s, expected 'after' and a pause, or the end",
                       lex_here(&lex, here));
    return find_kind(d, name, side, &line.kind) && add_turns(d, &line);
}

/* The numbers of a conversation begin anew. */
static void begin_conversation(struct script_draft *d, const char *name)
{
    struct plan *p = d->c->plan;
    d->out->name = name;
    for (size_t side = 0; side < SIDES; side++) {
        const char *path = arena_printf(p->arena, "conversation %s.%s.seq", name, side_names[side]);
        d->out->initial[side] = rng_key(p->seed, span_of(path));
        d->tcp[side].sent = 0;
        d->tcp[side].lost = NULL;
    }
    memset(&d->turns, 0, sizeof d->turns);
    for (size_t i = 0; i < d->sent.n; i++) d->sent.v[i] = (struct past){0};
}

static void read_conversation(struct script_draft *d, struct section *sec)
{
    static const char *const known[] = {"step", NULL};
    struct errs *errs = d->c->env.errs;
    bool fine = true;
    begin_conversation(d, sec->name);
    for (size_t i = 0; i < sec->n; i++) {
        struct entry *e = &sec->v[i];
        if (strcmp(e->key, "step") != 0) continue;
        e->used = true;
        if (!read_step(d, e)) fine = false;
    }
    if (fine && d->turns.n == 0)
        err_add(errs, sec->at,
                "the conversation has no packets, expected lines such as step = client syn");
    if (d->turns.n > SCRIPT_STEPS_MAX)
        err_add(errs, sec->at, "the conversation has %zu packets, expected at most %u", d->turns.n,
                SCRIPT_STEPS_MAX);
    section_unused(sec, known, errs);
    d->out->turn = d->turns.v;
    d->out->n = d->turns.n;
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
    struct script_draft d = {.c = c};
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
        d.out = &s->conversations.v[s->conversations.n++];
        d.out->weight = names[i].weight;
        read_conversation(&d, sec);
    }
    s->kinds = d.kinds.v;
    s->n = d.kinds.n;
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
