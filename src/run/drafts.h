/* drafts: a replay's frames between its reel and its outbox.
 *
 * A batch of frames is shaped one by one, rewritten as columns, and put into the outbox, in parts
 * where one is too long. What cannot leave is booked here: as shed where the profile says to skip
 * it, else as failed. A replay lane's own. */
#ifndef RUN_DRAFTS_H
#define RUN_DRAFTS_H

#include "run/ledger.h"
#include "run/outbox.h"

#define DRAFTS_PARTS                                                                               \
    1024 /* most frames that a batch may become: the room that the outbox needs                    \
          */

/* A recorded frame as it is taken. */
struct taken {
    struct outgoing out;
    struct part_of of;
    uint64_t at_ns; /* as recorded; 0: not known */
};
struct drafts {
    struct lane *lane;
    struct outbox *out;
    struct ledger *ledger;
    const struct replay *replay;
    struct scratch scratch;

    uint8_t *slab, *parts_slab; /* parts_slab: of frames that are split; NULL: none is */
    size_t used, parts_used;
    size_t n, finished; /* those before `finished` are in the outbox or stay behind */
    size_t parts;       /* that these may become */
    bool splits;        /* frames too long may become several */
    struct draft draft[BATCH];
    struct taken taken[BATCH];
    struct part_of out_of[DRAFTS_PARTS]; /* of the frames in the outbox, by their places in it */
};

/* Everything outlives the drafts. */
void drafts_open(struct drafts *d, struct lane *l, struct outbox *out, struct ledger *g);
/* Begins anew; the outbox must be empty. */
void drafts_clear(struct drafts *d);
/* Whether the frame fits in beside the others. */
bool drafts_room(const struct drafts *d, const struct trace_frame *f, enum side side);
/* Shapes a frame, whose headers are `at`, or books why it stays behind. */
void drafts_take(struct drafts *d, const struct trace_frame *f, const struct layout *at,
                 const struct taken *t);
/* Books a frame as skipped that is not even looked at. */
void drafts_skip(struct drafts *d, const struct taken *t, enum error_kind why);
/* Rewrites what was taken since and puts it into the outbox. Returns the bytes that a rate in bits
 * counts. */
uint64_t drafts_finish(struct drafts *d);
void drafts_close(struct drafts *d);

#endif
