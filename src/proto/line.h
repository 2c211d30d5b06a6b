/* line: lines out of a stream that comes in pieces.
 *
 * A line that lies wholly inside one piece is handed over where it stands. One that is split
 * is collected in the state, whose room is fixed: of a line longer than LINE_KEPT bytes only
 * the first LINE_KEPT are handed over, however it came, so that what a parser sees never
 * depends on where the pieces end. Used by http1_message.c and resp.c. */
#ifndef PROTO_LINE_H
#define PROTO_LINE_H

#include "base/span.h"

#define LINE_KEPT 2048
#define LINE_LAST 16

/* Zeroed (`seen` is enough) before the first line. */
struct line {
    size_t seen;             /* bytes of the unfinished line so far */
    uint8_t last[LINE_LAST]; /* of the bytes so far */
    uint8_t kept[LINE_KEPT];
};
struct line_text {
    struct span text; /* without its LF or CRLF; valid until the next call or piece */
    size_t length;    /* with the line end, and not cut */
    bool cut;         /* text is only the first LINE_KEPT bytes ... */
    struct span last; /* ... and this the last LINE_LAST, with a CR if there is one */
};

/* The next line of in. False: in is used up and the line goes on; l->seen tells how long it is
 * by now. */
bool line_take(struct line *l, struct reader *in, struct line_text *out);
/* The beginning of the unfinished line. */
static inline struct span line_held(const struct line *l)
{
    return span_make(l->kept, l->seen < LINE_KEPT ? l->seen : LINE_KEPT);
}

#endif
