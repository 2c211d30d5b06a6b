/* inside: what the files of plan/ share while a plan is being compiled. */
#ifndef PLAN_INSIDE_H
#define PLAN_INSIDE_H

#include "plan/plan.h"

struct compiling {
    struct plan *plan;
    struct profile *profile;
    struct gen_env env;
    const struct plan_opts *opts;
    bool target_bad; /* told already: requests cannot be compiled without knowing more */
};

/* [run], [target] and the target rules. */
void compile_run(struct compiling *c);
void compile_target(struct compiling *c);
/* Adds an error with the line to add when `to` may not be sent to. */
bool check_allowed(struct compiling *c, struct addr to, struct where at, const char *what);
/* All [stream] sections, and the packets and requests they send. */
void compile_streams(struct compiling *c);
/* The flows of a stream's packets, which are compiled next. */
void compile_population(struct compiling *c, struct stream *s, struct section *sec);
/* Any flows, for packets that no stream sends or whose stream has told what is wrong with its
 * own. */
extern const struct population some_flows;
/* The parts of a stream, in this order: what, where, when, and what its way asks for. */
void compile_send(struct compiling *c, struct stream *s, struct section *sec);
void compile_replay(struct compiling *c, struct stream *s, struct section *sec);
void compile_wire(struct compiling *c, struct stream *s, struct section *sec);
void compile_clone(struct compiling *c, struct stream *s, struct section *sec);
void compile_when(struct compiling *c, struct stream *s, struct section *sec);
void compile_packets(struct compiling *c, struct stream *s, struct section *sec);
void compile_requests(struct compiling *c, struct stream *s, struct section *sec);

/* Of a live replay: what is compared and changed, and the connections; its capture has been
 * compiled. */
void compile_live(struct compiling *c, struct stream *s, struct section *sec);
/* The conversations that `send` names, with their packets as the stream's kinds. */
void compile_conversations(struct compiling *c, struct stream *s, const struct expr_kid *names,
                           size_t n, struct where at);
/* One that no stream sends is checked all the same. */
void check_unsent_conversation(struct compiling *c, struct section *sec);
/* The keys of a stream whose units are conversations, of whatever origin. */
void compile_conversing(struct compiling *c, struct stream *s, struct section *sec);

/* The key that says when units are due, in a stream that is open; NULL: it has none. */
struct entry *rate_entry(const struct stream *s, struct section *sec);
/* Adds an error unless one allowed network holds all from lo to hi: "packet destination" is what
 * they are. */
void check_allowed_range(struct compiling *c, struct addr lo, struct addr hi, const char *what,
                         struct where at);

/* Why one worker has to replay all frames of a compiled stream; NULL: workers may share its
 * conversations. */
const char *replay_alone(const struct stream *s);
/* The parts of a replay: which frames, and what becomes of them. */
void compile_selection(struct compiling *c, struct replay *x, struct section *sec);
void compile_rewriting(struct compiling *c, struct stream *s, struct section *sec);
void compile_sides(struct compiling *c, struct stream *s, struct section *sec);
/* A MAC address at the lexer, which steps over it; false when there is none. */
bool mapped_mac(struct lex *l, uint8_t out[6]);
/* The same for a prefix, or an address as one of full length. */
bool lex_net(struct lex *l, struct prefix *out);
/* What rates in bits and percent of the stream mean; it and its wire have been compiled. */
struct unit_load stream_load(const struct stream *s);

/* After all streams: no packet's tokens are those of another, in whatever stream. */
void share_tokens(struct compiling *c);
/* For gen_env. */
size_t read_frames(struct gen_env *env, struct where at, const char *path, struct span *out,
                   size_t most);

/* The names of a key table as the lists that section_unused takes. */
const char *const *key_names(struct arena *a, const struct param *keys);

#endif
