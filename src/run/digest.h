/* digest: what is remembered of a reply so that it can be compared with another: its status, its
 * lengths, checksums of its bytes, and its beginning for people.
 *
 * The recorded reply and the one that came may be read at different times and in any pieces; equal
 * bytes have equal digests. Used by the lane of live replay (run/live.h). */
#ifndef RUN_DIGEST_H
#define RUN_DIGEST_H

#include "base/pool.h"
#include "base/span.h"
#include "plan/plan.h"

#define DIGEST_KEPT 256     /* bytes of the beginning that are kept */
#define DIGEST_MASKED 65536 /* masks reach so far into a body; what follows counts as it is */

struct digest {
    unsigned status;        /* 0: the protocol has none */
    uint64_t length, total; /* of the body, of all; without what masks take out */
    uint64_t body, bytes;   /* checksums */
    uint8_t *text;          /* with masks: the body so far, in the pool */
    size_t text_n, text_room;
    size_t kept_n;
    uint8_t kept[DIGEST_KEPT]; /* the beginning of the body */
};
struct digest_work {
    const struct live_rules *rules;
    struct pool *pool;
    struct mask_work *masks; /* may be NULL without masks */
};

void digest_begin(struct digest *d);
/* Bytes as they came, framing included. */
void digest_bytes(struct digest *d, const struct digest_work *w, struct span piece);
/* Of these the body. */
void digest_body(struct digest *d, const struct digest_work *w, struct span piece);
/* The reply is whole: masks are applied. */
void digest_end(struct digest *d, const struct digest_work *w);
/* Gives back what it holds of the pool. */
void digest_drop(struct digest *d, const struct digest_work *w);

/* Both have ended. The first sort in which they differ, of those compared; DIFFER_COUNT: none. */
enum differ digest_compare(const struct digest *recorded, const struct digest *came,
                           const struct live_rules *rules);
/* "200", "17 bytes", or text around the first byte that differs; for people. */
#define DIGEST_TEXT 96
void digest_tell(const struct digest *d, const struct digest *other, enum differ differs,
                 char buf[static DIGEST_TEXT]);

#endif
