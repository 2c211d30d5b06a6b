/* show: what `spate gen` does with the units it makes: text, JSON, a hash, or a capture file. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "plan/script.h"
#include "stats/hash.h"

enum form { FORM_TEXT, FORM_JSON, FORM_HASH, FORM_FILE };
struct show {
    const struct stream *stream;
    enum form form;
    struct wire *wire; /* FORM_FILE */
    unit_hash hash;
    uint64_t frames, bytes; /* that were made */
};
/* A packet or request that has been made. */
struct shown {
    uint64_t index, due;
    uint64_t number; /* for the hash */
    uint32_t kind;
    const struct cue *cue; /* of a conversation's packet; else NULL */
    enum side side;        /* likewise */
    struct frame frame;
};

/* Takes n <= BATCH of them, in their order. False when they cannot be written. */
bool show_take(struct show *s, const struct shown *u, size_t n);

#endif
