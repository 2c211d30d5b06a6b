/* outbox: frames of a lane on their way out, in the order in which they leave.
 *
 * A lane puts in what is due and lets it send: frames go to their device in runs as long as one
 * system call takes, what a busy device refuses is tried again, and every frame is booked once,
 * as offered together with what became of it: sent, failed or shed. A stream with two sides has
 * two devices, and one order over both: a frame is handed to its device only after all before it
 * were. A lane's own. */
#ifndef RUN_OUTBOX_H
#define RUN_OUTBOX_H

#include "run/passage.h"

/* What a frame is to the books. */
struct outgoing {
    uint64_t due, number; /* number: of the frame among the stream's, for the hash and replies */
    uint32_t cell;
    enum side side; /* SIDE_CLIENT where there is one only */
};
enum gone { GONE_SENT, GONE_FAILED, GONE_SHED };
struct outbox {
    struct lane *lane;
    struct wire *wire, *server_wire; /* server_wire NULL: all leave through the other */
    struct passage *passage;         /* in strict order; NULL: no frame waits for the one before */
    size_t room, n;                  /* most frames; frames in it */
    /* Told of the frames at..at+n when they are booked; NULL: nobody asks. */
    void (*gone)(void *gone_for, size_t at, size_t n, enum gone how);
    void *gone_for;
    size_t from; /* those before it have left */
    struct frame *frame;
    uint64_t *due, *number, *bytes; /* columns, for rec_sent_column */
    uint32_t *cell;
    uint8_t *side;
    struct scratch scratch; /* for the flows of what has left */
    uint64_t blocked_since; /* when the device first refused frame `from`; 0: it did not */
    uint64_t free_since;    /* when the device or the matcher last refused a frame */
};

/* Opens the stream's wire; up to `room` frames are held at a time. False after adding what is
 * wrong. outbox_close is due either way. */
bool outbox_open(struct outbox *o, struct lane *l, size_t room, struct errs *errs);
/* Closes the wire, once; what a file did not take makes the lane fail. */
void outbox_close(struct outbox *o);

static inline bool outbox_empty(const struct outbox *o)
{
    return o->from == o->n;
}
/* Adds a frame, whose bytes stay where they are until it has left. There must be room. */
static inline void outbox_add(struct outbox *o, const struct frame *f, const struct outgoing *u)
{
    size_t i = o->n++;
    o->frame[i] = *f;
    o->due[i] = u->due;
    o->number[i] = u->number;
    o->bytes[i] = f->len;
    o->cell[i] = u->cell;
    o->side[i] = (uint8_t)u->side;
}
/* The wire of a side's frames. */
static inline struct wire *outbox_wire(const struct outbox *o, enum side side)
{
    return o->server_wire && side == SIDE_SERVER ? o->server_wire : o->wire;
}
/* Sends what is due by `until`. True when it has left; then all the room is free again if nothing
 * else is in it. False when the device is busy, too many replies are awaited, a frame is still on
 * its way, or lanes of higher priority come first: to be called again at outbox_again. A frame that
 * is refused for longer than the stream's timeout fails. Due times must not fall. */
bool outbox_send(struct outbox *o, uint64_t until);
/* Whether one of its frames is due by then. */
static inline bool outbox_due(const struct outbox *o, uint64_t until)
{
    return !outbox_empty(o) && o->due[o->from] <= until;
}
uint64_t outbox_again(const struct outbox *o, uint64_t now);
/* Whether, in strict order, the last frame has passed as well; looks for it. */
bool outbox_settled(struct outbox *o, uint64_t now);
/* What was due by `until` and has not left is shed; the rest is forgotten. */
void outbox_shed(struct outbox *o, uint64_t until);

#endif
