/* transcript: what the connections of a capture said, in order, each event with the time at which
 * it is due.
 *
 * Reads the source, leaves out what is not selected, puts the rest together to conversations
 * (trace/talk.h), starts over for each loop, and puts the recording's time on the run's clock.
 * What reel.h is for frames. One lane's own. */
#ifndef RUN_TRANSCRIPT_H
#define RUN_TRANSCRIPT_H

#include "plan/plan.h"
#include "trace/talk.h"

enum transcript_state {
    TRANSCRIPT_EVENT, /* transcript->event is the next one, due at transcript->due */
    TRANSCRIPT_LATER, /* look again, so that others get their turn */
    TRANSCRIPT_END,
};
struct transcript {
    const struct replay *replay;
    struct source *source;
    struct selector *selector;
    struct talk *talk;

    struct talk_event event; /* its bytes stay until the next one is looked for */
    uint64_t due;            /* scaled; since the run's start */
    bool have, ended;
    char damage[320]; /* what is wrong with a file; empty: nothing so far */

    struct axis frames;   /* time as the selection sees it */
    struct axis events;   /* time as the run sees it, unscaled */
    uint64_t number;      /* frames of this loop that were read */
    uint64_t loop, start; /* when the loop began, unscaled */
    uint64_t told, last;  /* events of this loop; the latest one's position, unscaled */
};

/* One of `workers` that read the capture, each all of it. False after adding what is wrong;
 * transcript_close is due either way. */
bool transcript_open(struct transcript *s, const struct stream *stream, unsigned workers,
                     struct errs *errs);
enum transcript_state transcript_look(struct transcript *s);
/* The event has been used. */
static inline void transcript_take(struct transcript *s)
{
    s->have = false;
}
void transcript_close(struct transcript *s);

#endif
