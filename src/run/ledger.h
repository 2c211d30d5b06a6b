/* ledger: what became of a replay's frames, loop by loop and conversation by conversation, beside
 * the recorder's books. A replay lane's own. */
#ifndef RUN_LEDGER_H
#define RUN_LEDGER_H

#include "stats/loops.h"
#include "stats/result.h"
#include "trace/flows.h"

/* What a frame is a part of. */
struct part_of {
    uint64_t loop, flow; /* flow: as layout_flow numbers it; 0: none */
};
struct ledger {
    struct loops loops;
    struct flows *flows; /* of the recording: every loop has the same */
};

bool ledger_open(struct ledger *g); /* false without memory */
void ledger_sent(struct ledger *g, const struct part_of *of);
/* A frame that does not leave tears its conversation. */
void ledger_shed(struct ledger *g, const struct part_of *of);
void ledger_failed(struct ledger *g, const struct part_of *of);
void ledger_skipped(struct ledger *g, const struct part_of *of, enum error_kind why);
struct result_recorded ledger_recorded(const struct ledger *g);
void ledger_close(struct ledger *g);

#endif
