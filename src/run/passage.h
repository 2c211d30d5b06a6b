/* passage: whether the frame that left last has come out on the other side of a device.
 *
 * For replays in strict order between two interfaces: what leaves one is captured on the other,
 * and only then, or when too long has passed, the next frame may leave. A lane's own; its events
 * wake the lane's worker. Called by run/outbox.c. */
#ifndef RUN_PASSAGE_H
#define RUN_PASSAGE_H

#include "run/lane.h"

struct passage;

/* Captures on both interfaces of the stream. NULL after adding what is wrong. */
struct passage *passage_open(struct lane *l, struct errs *errs);
/* This frame has left at `now`, by its side's interface. */
void passage_sent(struct passage *p, enum side from, const struct frame *f, uint64_t now);
/* The next frame may leave: nothing is on its way. */
bool passage_clear(struct passage *p, uint64_t now);
/* When it may leave at the latest. */
uint64_t passage_until(const struct passage *p);
/* Nobody waits for what is still on its way: it was not seen. */
void passage_give_up(struct passage *p);
void passage_close(struct passage *p);

#endif
