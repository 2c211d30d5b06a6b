/* rehearsal: the packets of a stream's conversations in order of time, without sending them.
 *
 * What a lane does (run/conversations.c), but on the clock of the schedule alone. Used by `spate
 * gen`. */
#ifndef CMD_REHEARSAL_H
#define CMD_REHEARSAL_H

#include "run/agenda.h"

struct rehearsal {
    const struct stream *stream;
    struct script *script;
    struct agenda agenda;
    struct schedule_state *state;
    uint64_t next, end,
        step;        /* the conversation that begins next; where they end; one in so many */
    uint64_t begins; /* when `next` does; NEVER: there is none */
    uint64_t begun;
};

/* Conversations at, at + step, ... below `end`, as far as the schedule goes. In the arena;
 * rehearsal_close when done. */
void rehearsal_open(struct rehearsal *r, const struct stream *s, uint64_t at, uint64_t end,
                    uint64_t step, struct arena *a);
/* The next n <= BATCH packets; fewer only at the end, or after adding that more conversations are
 * under way at a time than `open` allows. */
size_t rehearsal_take(struct rehearsal *r, size_t n, struct cue *cue, struct errs *errs);
void rehearsal_close(struct rehearsal *r);

#endif
