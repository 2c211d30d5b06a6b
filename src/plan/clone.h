/* clone: copies of recorded conversations, as a stream whose units are such copies.
 *
 * Copy n is a function of (profile, seed, n): which conversation it copies, its addresses and
 * ports. So a copy under way takes no more room than its cue (plan/script.h). Compiled by
 * plan/clone.c, made by plan/clone_script.c. */
#ifndef PLAN_CLONE_H
#define PLAN_CLONE_H

#include "plan/script.h"
#include "trace/conversations.h"

/* The dynamic ports of a client that counts its own: CLONE_PORTS of them from CLONE_PORT on. */
#define CLONE_PORT 1024u
#define CLONE_PORTS 64512u

enum clone_port { PORT_RECORDED, PORT_DRAWN, PORT_COUNTED };
/* NULL anywhere: as recorded. */
struct clone_family {
    const struct gen *client, *server;
    /* A client's address comes once in so many copies, and again in the next as many; 1: nobody
     * knows how often. Tells how a client counts its ports. */
    uint64_t cycle;
};
struct clone {
    struct conversations of;
    const struct gen *pick; /* which conversation, from 1; NULL: in turn */
    bool even;              /* each conversation is copied as often as any other */
    struct clone_family four, six;
    bool any_four, any_six; /* there are conversations of the family */
    enum clone_port how;    /* the client's port or identifier */
    const struct gen *client_port, *server_port;
    uint64_t port_key;
    bool shifted; /* TCP numbers are moved, by a draw for each side */
    uint64_t seq_key[SIDES];
    bool per_frame; /* fields are drawn for each frame, not for each copy */
};

void clone_print(const struct stream *s, FILE *f);
struct script *clone_script_open(const struct stream *s, struct arena *a);

#endif
