/* script: which packets the conversations of a stream consist of, and when they follow each other.
 *
 * A unit of such a stream is a conversation: packets of two sides in a fixed order. Conversation n
 * is a function of (profile, seed, n): its plot, the pause before each packet, the bytes of each
 * packet. So a script has no memory of conversations: a cue says all that there is to know about
 * one that is under way, and the cues that wait for their time are all that run/agenda.h holds.
 *
 * A script is one worker's: it owns the buffers that packets are made in, and the stream, shared by
 * all workers, has what the packets are made from. Opened by run/conversations.c and `spate gen`.
 * Adding one: a struct that begins with struct script, its class, and a case in script_open. */
#ifndef PLAN_SCRIPT_H
#define PLAN_SCRIPT_H

#include "plan/plan.h"

/* A packet that is to come: packet `step` of conversation `unit`. */
struct cue {
    uint64_t due;  /* ns since the start */
    uint64_t unit; /* the conversation's number in the stream */
    uint32_t plot; /* which course of packets it follows; the script's own numbering */
    uint32_t step; /* from 0 */
};

/* A packet as it leaves. */
struct line {
    struct frame frame; /* at_ns is left 0 */
    uint32_t kind;      /* position in stream->kinds: where it is booked */
    enum side side;
};

struct script;
struct script_class {
    /* The first packet of a conversation. On entry c->unit is the conversation and c->due its due
     * time; sets plot and step 0, and may move due, to later only. */
    void (*begin)(struct script *s, struct cue *c);
    /* Turns the cue of a packet into that of the next: step + 1, due later by the pause between
     * them, never earlier. False when the packet was the last; the cue is then of no more use.
     * Called once for each packet, so it has to be cheap: no search, no loop over steps. */
    bool (*next)(struct script *s, struct cue *c);
    /* Where the packet is booked, without making it. */
    uint32_t (*kind)(const struct script *s, const struct cue *c);
    /* Makes the packets of n <= BATCH cues: of any conversations, in any order, perhaps several of
     * one. out[i] belongs to c[i]. The bytes stay valid until the next call with this script. */
    void (*make)(struct script *s, const struct cue *c, size_t n, struct line *out);
    /* Gives back what the arena does not. */
    void (*close)(struct script *s);
};
struct script {
    const struct script_class *class;
    const struct stream *stream;
};

/* A worker's script for a stream of conversations; cannot fail, what could is in the plan. */
struct script *script_open(const struct stream *s, struct arena *a);

/* The number that a packet's bytes are hashed with (stats/hash.h): conversation and step. A script
 * has at most 2^20 steps in a plot. */
#define SCRIPT_STEPS_MAX (1u << 20)
static inline uint64_t cue_number(const struct cue *c)
{
    return c->unit << 20 | c->step;
}

#endif
