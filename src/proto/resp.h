/* resp: the incremental parser of Redis replies, RESP2 and RESP3.
 *
 * A reply is one value, with whatever is nested in it. Pushed messages (`>`) and attributes
 * (`|`) stand beside the values and are passed over. Bad are: unknown types, streamed values
 * (`$?`), nesting deeper than RESP_DEPTH, lengths that are no number, or above RESP_BULK_MAX or
 * RESP_COUNT_MAX. Used by redis.c and tests. */
#ifndef PROTO_RESP_H
#define PROTO_RESP_H

#include "proto/line.h"
#include "proto/proto.h"

#define RESP_DEPTH 32
#define RESP_BULK_MAX (UINT64_C(1) << 40)
#define RESP_COUNT_MAX (UINT64_C(1) << 32)
#define RESP_LINE_MAX 65536

struct resp {
    enum resp_part { RESP_TYPE, RESP_BULK, RESP_BULK_END, RESP_END } part;
    bool begun;
    unsigned depth;            /* open aggregates */
    unsigned asides;           /* of them pushed messages and attributes */
    uint64_t left[RESP_DEPTH]; /* values still to come, by depth */
    bool aside[RESP_DEPTH];
    uint64_t bulk; /* bytes still to come */
    struct line line;
};

/* Also resets *reply but for its callbacks. */
void resp_begin(struct resp *p, struct reply *reply);
/* As proto->parse and proto->eof; state is a struct resp. The reply's status is 1 when it is or
 * holds an error; its body are the contents of all texts, numbers and errors in it (of a line
 * at most LINE_KEPT - 1 bytes), one after the other. */
enum parsed resp_parse(void *state, struct span in, size_t *used, struct reply *reply);
enum parsed resp_eof(void *state, struct reply *reply);

#endif
