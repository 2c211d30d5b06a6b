/* stepper: leave to send, frame by frame, as somebody presses Enter.
 *
 * Reads lines from a descriptor: an empty one lets one frame leave, a number that many; the end of
 * the input, or a line with q, ends the replay. A lane's own; its event wakes the lane's worker. */
#ifndef RUN_STEPPER_H
#define RUN_STEPPER_H

#include "run/lane.h"

struct stepper;

/* NULL after adding what is wrong: nobody gives leave here. */
struct stepper *stepper_open(struct lane *l, struct errs *errs);
/* How many frames may leave now. */
uint64_t stepper_leave(struct stepper *s);
/* One of them was taken. */
void stepper_used(struct stepper *s);
/* No more leave will be given. */
bool stepper_over(const struct stepper *s);
void stepper_close(struct stepper *s);

#endif
