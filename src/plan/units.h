/* units: making the units of a stream as bytes, by index. Shared by run/ and `spate gen`.
 *
 * A maker holds one worker's rooms and scratch for one stream of packets or requests. */
#ifndef PLAN_UNITS_H
#define PLAN_UNITS_H

#include "plan/plan.h"

struct unit {
    uint32_t kind;      /* position in stream->kinds */
    struct frame frame; /* a packet's bytes, or a request's in p and len */
};
struct maker;
struct maker *maker_new(const struct stream *s, struct arena *a);
void maker_free(struct maker *m); /* its scratch; the rest is the arena's */
/* Units index[0..n), n <= BATCH, due at due_ns[] (may be NULL). Bytes stay valid until the
 * next call with the same maker. */
void maker_make(struct maker *m, const uint64_t *index, const uint64_t *due_ns, size_t n,
                struct unit *out);

#endif
