/* streams: one direction of a TCP connection, from segments to bytes in order (RFC 9293).
 *
 * Segments may come early, late, twice and overlapping; of bytes that come twice the first copy
 * counts. What is told is told in order: bytes, then what follows them from the pieces that
 * came early, gaps, and at last that the sender has shut. A gap is told when the other side has
 * acknowledged bytes that are not in the capture, and STREAM_PATIENCE of its segments have said
 * so, since captures on machines with several queues swap neighbours; or when the caller gives
 * up waiting. Called by trace/talk.c, which owns the connections. */
#ifndef TRACE_STREAMS_H
#define TRACE_STREAMS_H

#include "trace/held.h"

#define STREAM_PATIENCE 3
#define STREAM_WINDOW (1 << 30) /* no sequence number of a connection is further off (RFC 7323) */

struct stream {
    uint32_t isn;   /* valid if `syn` */
    uint32_t next;  /* the first byte that was not told; valid if `known` */
    uint32_t acked; /* what the receiver waits for, the most it said; valid if `heard` */
    uint32_t fin;   /* where the stream ends; valid if `ends` */
    struct held held;
    bool known, syn, heard, ends;
    bool guessed;   /* `next` is only what the receiver waited for when it was first heard */
    bool shut;      /* the end was told */
    uint8_t beyond; /* segments that acknowledged bytes behind `next` */
};

/* A segment's sequence number says where the stream is; of a SYN, that it begins behind it. */
void stream_syn(struct stream *s, uint32_t isn);
void stream_begin(struct stream *s, uint32_t seq);
/* Whether a SYN with this number may belong to this stream as it is. */
bool stream_fits_syn(const struct stream *s, uint32_t isn);
/* Whether a segment from here on can only be of another connection with the same ports. */
bool stream_is_past(const struct stream *s, uint32_t seq);
/* Whether the receiver of a reset would have taken it (RFC 5961); before it has heard of the
 * sender, when that acknowledges the SYN (RFC 9293, section 3.10.7.3), which is in `other`. */
bool stream_takes_reset(const struct stream *s, const struct stream *other, uint32_t seq,
                        const uint32_t *ack);

/* The receiver waits for byte `ack`. */
void stream_ack(struct stream *s, uint32_t ack);
/* The stream ends at `at`; false: that was known, or cannot be. */
bool stream_end(struct stream *s, uint32_t at);

enum stream_taken {
    STREAM_NOW,    /* *bytes, cut to what is new, is what comes next: tell it, it counts as told */
    STREAM_HELD,   /* kept until what is missing before has come */
    STREAM_OLD,    /* nothing new in it */
    STREAM_FAR,    /* out of the window, or behind the stream's end */
    STREAM_NO_ROOM /* give up waiting for something, then try again */
};
/* Takes bytes that begin at `seq`; *fresh is how many of them had not been seen. */
enum stream_taken stream_take(struct stream *s, struct held_pool *p, uint32_t seq,
                              struct span *bytes, uint32_t blocks_max, size_t *fresh);

/* Of the n bytes from `at` on, which the capture cut off, those that were to be told next are given
 * up: returns how many. */
uint32_t stream_lose(struct stream *s, const struct held_pool *p, uint32_t at, uint32_t n);

enum stream_step {
    STREAM_BYTES, /* *bytes, valid until the pool is used again */
    STREAM_GAP,   /* *missing */
    STREAM_SHUT,  /* the end was reached; told once */
    STREAM_WAITS, /* nothing to tell now */
};
/* What comes next. `give_up`: what is known to be missing is told as missing. */
enum stream_step stream_step(struct stream *s, struct held_pool *p, bool give_up,
                             struct span *bytes, uint32_t *missing);

#endif
