/* [stream]: from its section to its compiled form, part by part. */
#include "plan/inside.h"

#define SECOND 1000000000ull

static void compile_replies(struct compiling *c, struct stream *s, struct section *sec)
{
    struct errs *errs = c->env.errs;
    entry_bool(section_get(sec, "replies"), &s->replies, errs);
    struct entry *receive = section_get(sec, "receive");
    if (receive && s->replies)
        err_add(errs, receive->at,
                "the stream has both replies and receive, expected replies for "
                "packets that are answered or receive for packets that pass through");
    if (receive) {
        s->receive = entry_text(c->plan->arena, receive);
        s->replies = true;
    }
}

static void compile_stream(struct compiling *c, struct section *sec, struct stream *s)
{
    struct errs *errs = c->env.errs;
    s->name = sec->name;
    s->at = sec->at;
    s->number = (uint32_t)(s - c->plan->streams);
    s->timeout = SECOND;
    if (!*sec->name) err_add(errs, sec->at, "a stream has no name, expected [stream NAME]");
    compile_replies(c, s, sec);
    compile_population(c, s, sec);
    if (section_get(sec, "replay"))
        compile_replay(c, s, sec);
    else
        compile_send(c, s, sec);
    c->env.population = NULL;
    bool packets = s->way == WAY_PACKETS || s->way == WAY_CONVERSATIONS;
    bool frames = packets || s->way == WAY_REPLAY;
    if (frames) compile_wire(c, s, sec);
    if (s->way == WAY_REPLAY || s->replay.clone) compile_sides(c, s, sec);
    if (s->replay.clone) compile_clone(c, s, sec);
    compile_when(c, s, sec);
    if (s->way == WAY_REPLAY) s->replay.alone = replay_alone(s);
    if (s->replies && s->way != WAY_PACKETS && s->way != WAY_NONE) {
        const char *key = s->receive ? "receive" : "replies";
        err_add(errs, section_get(sec, key)->at, "%s is for %spackets, expected it to be left out",
                key, s->way == WAY_CONVERSATIONS ? "single " : "");
    }
    if (s->population && s->way != WAY_PACKETS && s->way != WAY_NONE)
        err_add(errs, section_get(sec, "flows")->at,
                "flows is for %spackets, expected it to be left out",
                s->way == WAY_CONVERSATIONS ? "single " : "");
    uint64_t priority = 0;
    if (frames) entry_count(section_get(sec, "priority"), 0, 7, &priority, errs);
    s->priority = (unsigned)priority;
    if (frames) entry_time(section_get(sec, "timeout"), 1000000, 60 * SECOND, &s->timeout, errs);
    if (s->way == WAY_REQUESTS) compile_requests(c, s, sec);
    if (s->way == WAY_CONVERSATIONS) compile_conversing(c, s, sec);
    if (packets && !s->replay.clone) compile_packets(c, s, sec);
    const char *const *known = key_names(c->plan->arena, stream_keys);
    /* Not knowing what it sends, there is no telling which of the known keys have a use. */
    for (size_t i = 0; s->way == WAY_NONE && known[i]; i++) section_get(sec, known[i]);
    section_unused(sec, known, errs);
}

void compile_streams(struct compiling *c)
{
    struct plan *p = c->plan;
    struct profile *profile = c->profile;
    for (size_t i = 0; i < profile->n; i++) p->n += strcmp(profile->v[i].kind, "stream") == 0;
    p->streams = arena_array(p->arena, struct stream, p->n);
    size_t k = 0;
    for (size_t i = 0; i < profile->n; i++) {
        struct section *s = &profile->v[i];
        if (strcmp(s->kind, "stream") != 0) continue;
        s->used = true;
        compile_stream(c, s, &p->streams[k++]);
    }
    if (p->n == 0 && !errs_any(c->env.errs))
        err_add(c->env.errs, (struct where){profile->file, 0},
                "there is no stream, expected at least one [stream NAME] section");
    for (size_t i = 0; i < profile->n; i++) { /* what no stream sends is still checked */
        struct section *s = &profile->v[i];
        if (s->used) continue;
        if (strcmp(s->kind, "conversation") == 0) check_unsent_conversation(c, s);
        if (strcmp(s->kind, "packet") == 0) {
            s->used = true;
            c->env.population = &some_flows;
            packet_compile(&c->env, s, false);
            c->env.population = NULL;
        } else if (strcmp(s->kind, "request") == 0) {
            s->used = true;
            if (!c->target_bad) request_compile(&c->env, s, &p->target);
        }
    }
}
