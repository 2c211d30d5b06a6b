/* result: the whole outcome of a run, as one mergeable value and one JSON file.
 *
 * Every report is a view of it; shards of a run add up without loss. Made by run/ from the
 * workers' recorders, or read back from a file; judged by gate/, told by report/. The file's
 * keys are stable: DESIGN of the result file is in docs/guide.md. */
#ifndef STATS_RESULT_H
#define STATS_RESULT_H

#include "base/arena.h"
#include "base/err.h"
#include "stats/counts.h"
#include "stats/flow_table.h"
#include "stats/gaps.h"
#include "stats/hash.h"
#include "stats/loops.h"
#include "stats/recorder.h"
#include "trace/conversations.h"
#include "trace/sides.h"

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_NODATA };
#define VERDICTS 3
extern const char *const verdict_names[VERDICTS]; /* pass fail nodata */

/* What a replay with two sides told apart, and, in strict order, how many frames were seen on the
 * other side before the next one left. */
struct result_sides {
    struct sides_counts told;
    uint64_t seen, unseen;
};
/* What a stream of copies was made from: conversations of a capture, their frames, and the frames
 * that belong to none, by reason. */
struct result_templates {
    uint64_t conversations, frames;
    uint64_t left_out[LEFT_OUT_COUNT];
};
void result_sides_merge(struct result_sides *into, const struct result_sides *from);
/* Frames told apart; 0: the stream has one side. */
static inline uint64_t result_sides_count(const struct result_sides *s)
{
    return s->told.frames[SIDE_CLIENT] + s->told.frames[SIDE_SERVER];
}
/* Conversations of a recording, warm-up included; those of which a frame stayed behind are torn. */
struct result_recorded {
    uint64_t count, torn;
    bool capped; /* there are more, which are not told apart */
};
/* Conversations of a stream, behind the warm-up: started = completed + cut_short, and those that
 * were to begin are started or shed. */
struct result_talks {
    uint64_t started, completed, cut_short, shed;
};
void result_talks_merge(struct result_talks *into, const struct result_talks *from);
struct result_kind {
    const char *name;
    struct counts counts;
};
/* A reply of a live replay that is not as recorded. */
struct result_difference {
    uint64_t connection, message; /* of the capture, and of the connection's client; from 1 */
    enum differ differs;
    const char *recorded, *came; /* what differs of them, for people */
};
#define DIFFERENCES_MAX 20 /* told one by one for each stream; the counts have all */

struct result_stream {
    const char *name;
    const char *loop;    /* "open", "closed", "partly-open" */
    const char *wire;    /* what its frames left by, the wire's name; NULL: none, or not told */
    bool flood;          /* closed by the wire alone: rate = max */
    bool silent;         /* its units expect no reply: those that have left count as answered */
    double planned_rate; /* units due per second of measured time; 0 for a closed loop */
    uint64_t planned;    /* units due in the measured time; 0 for a closed loop */
    struct result_kind *kinds;
    size_t n;
    struct counts counts; /* the sum of its kinds */
    unit_hash hash;
    struct gaps gaps;                  /* open loops of packets; count 0 for others */
    const struct loops *loops;         /* replays; NULL for others */
    struct result_recorded recorded;   /* replays; zero for others */
    struct result_sides sides;         /* replays with two sides; zero for others */
    struct result_talks talks;         /* streams of conversations; zero for others */
    struct result_templates templates; /* streams of copies; zero for others */
    /* Streams received on another interface; 0 for others. */
    uint64_t reorder_extent; /* the largest, in packets (RFC 4737, section 4.2.2) */
    uint64_t unchecked;      /* arrived cut short: their content could not be compared */
    double jitter_ns;        /* smoothed variation of transit times (RFC 3550, section 6.4.1) */
    struct result_difference *differing; /* the first by connection and message */
    size_t differing_count;
    /* Requests for the stream's own addresses that were answered. */
    struct {
        uint64_t arp, nd, echo;
    } answers;
    struct flow_summary flows; /* of packets; number 0 for others. Its table is the result's. */
};
struct result_slice {
    double start_s, length_s; /* since the start of the measured time */
    struct counts counts;
};
struct result_gate {
    const char *name, *condition, *unit; /* unit: "ns", "ratio", "/s", "" */
    double value;                        /* meaningless when there is no data */
    enum verdict verdict;
    const char *why; /* for no data; NULL otherwise */
};
struct result {
    struct arena *arena;
    const char *spate, *profile, *profile_sha256, *start; /* start: RFC 3339 */
    const char *target;                                   /* url or interface, for people */
    uint64_t seed;
    unsigned workers;
    double duration_s;              /* measured: without warm-up and drain */
    double planned_s;               /* what it should have been; 0: until told to stop */
    bool complete;                  /* not interrupted, not cut short by an error */
    const char *invalid_because[8]; /* why the figures cannot be vouched for */
    size_t invalid;                 /* how many; valid means 0 */
    const char *failed_because;     /* the run itself failed; NULL: it did not */
    const char *wire_absent;        /* why there is no wire latency; NULL: there is */
    double cpu_s;                   /* of the whole process, in the measured time */
    uint64_t achieved_ns;           /* from the start of the measured time to its end or the last
                                     * unit sent, whichever is later: for rates; 0: duration_s */
    struct counts totals, warmup;
    struct result_stream *streams;
    size_t n;
    struct result_slice *slices;
    size_t slice_count;
    struct result_gate *gates;
    size_t gate_count;
    bool captured;
    struct {
        uint64_t seen, matched, foreign, dropped;
        uint64_t cut; /* shorter than they say, so that a token was not there to be found */
    } capture;
};

/* An empty result with its streams and kinds laid out like the recorders. In the arena;
 * result_close frees what is mapped. */
struct result *result_open(struct arena *a, const struct rec_layout *l,
                           const char *const *stream_names, const char *const *kind_names);
void result_close(struct result *r);
/* Adds one worker's recorder: kinds, streams, slices, totals, warm-up, hashes. Its slices are
 * given back on the way, so that they are not held twice: it can only be closed after that. */
void result_add(struct result *r, struct rec *rec);
/* Once all are added and duration_s is known: ends the last slice where the measured time ends,
 * and drops empty ones behind it. */
void result_cut(struct result *r);
/* `why` is copied. The same reason is told once; there is room for eight. */
void result_invalid(struct result *r, const char *why);
/* The time that rates are taken over, in seconds. */
double result_seconds(const struct result *r);
/* Units sent per second of it. */
double result_rate(const struct result *r, const struct counts *c);
/* Units due per second by the plan in total; 0 when any stream is a closed loop. */
double result_planned_rate(const struct result *r);

/* JSON, format 1. False when writing failed (errno). */
bool result_write(const struct result *r, FILE *f);
/* NULL after adding what is wrong. Checks types, the format number and the laws. */
struct result *result_read(struct arena *a, const char *file, struct errs *errs);

#endif
