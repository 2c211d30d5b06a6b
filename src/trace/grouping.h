/* grouping: which conversation a frame belongs to, while a capture is being read.
 *
 * A table by both ends of the conversations that may go on; one that is over makes room for the
 * next with the same ends. Called by trace/conversations.c only. */
#ifndef TRACE_GROUPING_H
#define TRACE_GROUPING_H

#include "trace/conversations.h"

/* A frame kept for its conversation. */
struct kept {
    struct kept *next;
    struct recorded_frame frame;
};
struct group {
    struct recorded about;
    struct kept *first, **last; /* *last is where the next frame goes */
    struct axis axis;
    struct group *next; /* begun after this one */
    uint64_t hash;      /* of its ends */
    uint32_t syn;       /* sequence number of the client's SYN */
    bool syn_seen, over;
};
struct groups {
    struct arena *arena; /* of the groups */
    struct group *first, **last;
    size_t n;
    struct group **slot; /* open addressing; NULL: free */
    size_t slots, used;
};

void groups_open(struct groups *s, struct arena *a);
/* The conversation of an Ethernet frame, a new one where none is under way. *from_client: on
 * entry whether a conversation that begins with this frame begins with its client's; on return
 * whether the frame comes from its conversation's client. NULL, and *why, when it belongs to
 * none. */
struct group *groups_find(struct groups *s, struct span frame, const struct layout *l,
                          bool *from_client, enum left_out *why);
/* All conversations are over: whatever comes begins another one. Gives back what the arena does
 * not. */
void groups_forget(struct groups *s);

#endif
