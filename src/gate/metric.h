/* metric: what a gate looks at: a class in one file, and the compiled condition it reads.
 *
 * Internal to gate/: gate.c compiles conditions by these classes, judge.c asks them for
 * values. */
#ifndef GATE_METRIC_H
#define GATE_METRIC_H

#include "gate/gate.h"
#include "profile/lex.h"

enum op { OP_LESS, OP_LESS_EQUAL, OP_MORE, OP_MORE_EQUAL };

struct metric;
struct gate {
    const char *name, *condition;
    const struct metric *metric;
    const char *of; /* a stream or kind; NULL: the whole run */
    enum op op;
    double limit;
    const char *unit; /* of limit and value, as in struct result_gate */
    /* What the metric's own words said; each is used by the metrics that read it. */
    enum latency latency;
    struct quantity percent; /* of a percentile: 0..100 */
    unsigned status_lo, status_hi;
    const char *counter;
    enum differ differ; /* DIFFER_COUNT: any */
    bool received;
};

/* A condition while it is read. */
struct gate_source {
    struct lex lex;
    struct where at;
    const char *name; /* the gate's */
    struct arena *arena;
    struct errs *errs;
};
/* Adds "gate 'name' has HERE, expected ..."; always false. */
bool gate_wrong(struct gate_source *src, const char *expected);

/* What a gate is about: the run, a stream, or all kinds of one name. */
struct subject {
    const struct result *result;
    const struct counts *counts;
    double planned_rate; /* units per second; 0: a closed loop has none */
};
/* A value, or why there is none (then the value means nothing). */
struct reading {
    double value;
    const char *why; /* static, or in the result's arena */
};
static inline struct reading no_data(const char *why)
{
    return (struct reading){0, why};
}

struct metric {
    struct doc doc;
    const char *const *names; /* ends with NULL; NULL: doc.name alone */
    /* Whether the word names this metric, for those with more names than can be listed. */
    bool (*is)(struct span word, struct gate *g);
    /* Reads the words between the metric's name and `of`; false after adding what is wrong. */
    bool (*words)(struct gate_source *src, struct gate *g);
    bool latency;         /* a latency may be named: service, wire, lateness */
    unsigned dims;        /* what the limit may be: a set of DIM() */
    const char *expected; /* the same, for people */
    struct reading (*read)(const struct gate *g, const struct subject *s);
};
#define DIM(d) (1u << (d))
#define DIMS_SHARE (DIM(DIM_RATIO) | DIM(DIM_NONE))
#define EXPECT_SHARE "a percentage such as 0.1% or a number"
#define EXPECT_TIME "a duration such as 20ms"

extern const struct metric *const metrics[]; /* metric_count of them */

/* The histogram of the gate's latency; NULL and *none set when nothing is in it. */
const struct hist *metric_latency(const struct gate *g, const struct subject *s,
                                  struct reading *none);
/* part of whole when the limit is a percentage, else part; no data when there is no whole. */
struct reading metric_share(const struct gate *g, uint64_t part, uint64_t whole, const char *none);
/* Units or bits per second of the time in which units were sent. */
double metric_per_second(const struct subject *s, double n);

#endif
