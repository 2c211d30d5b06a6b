/* answer: what a request is answered with, as a pure function of (seed, number, offset).
 *
 * A connection keeps a number and an offset, never the bytes: what the kernel did not take is
 * made again when it will. So a reply of 2^40 bytes, or ten thousand slow readers, cost no
 * more memory than a short one. Used by http.c, and by tests to recompute replies. */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "serve/config.h"

struct answer {
    uint64_t number; /* of the request */
    uint64_t delay_ns;
    enum fail fail;
    unsigned status;
    bool keep; /* the connection carries on after it */
    bool chunked;
    bool old;       /* to an HTTP/1.0 client */
    bool body_sent; /* false after HEAD, and for 204 and 304 */
    uint64_t body;  /* bytes of the body, without framing */
    uint64_t head;  /* bytes of the head */
    uint64_t size;  /* bytes of the whole reply, framing included */
};

/* What the client asked for, as far as the answer depends on it. */
struct asked {
    bool head; /* the method is HEAD */
    bool old;  /* HTTP/1.0 */
    bool keep; /* the client wants to go on */
};
/* Draws the answer to request `number`. */
void answer_draw(const struct serve *s, struct scratch *scratch, uint64_t number,
                 struct asked asked, struct answer *out);
/* Writes bytes [offset, offset + n) of the reply to `out`; n is at most `room`, and less only
 * at the reply's end. Returns n. */
size_t answer_piece(const struct serve *s, struct scratch *scratch, const struct answer *a,
                    uint64_t offset, uint8_t *out, size_t room);

#endif
