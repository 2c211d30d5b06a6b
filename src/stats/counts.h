/* counts: what happened to a set of units: numbers, errors by kind, status codes, latencies.
 *
 * The same struct serves one kind of unit, a stream, a slice and the whole run; adding two is
 * merging. Two laws hold in each, always:
 *     offered = sent + shed + failed        sent = answered + timed_out + in_flight
 * `answered` means that the peer's last word came: a reply as expected or not, or a reset;
 * units that expect no reply are answered when they have left. */
#ifndef STATS_COUNTS_H
#define STATS_COUNTS_H

#include "stats/hist.h"

enum latency {
    LATENCY_RESPONSE, /* due to complete */
    LATENCY_SERVICE,  /* actual send to complete */
    LATENCY_WIRE,     /* last byte out to first byte in, by the kernel's stamps */
    LATENCY_LATENESS, /* due to actual send */
    LATENCY_RECORDED, /* live replay: in the capture, last byte out to first byte in */
    LATENCY_COUNT,
};
extern const char *const latency_names[LATENCY_COUNT];

/* Why a unit failed or was answered wrongly: ERROR(id, "name", "help") in stats/error.def.
 * ERROR_NONE is 0. */
enum error_kind {
    ERROR_NONE,
#define ERROR(id, name, help) ERROR_##id,
#include "stats/error.def"
#undef ERROR
    ERROR_COUNT,
};
extern const char *const error_names[ERROR_COUNT];
extern const char *const error_help[ERROR_COUNT];
/* The kind for an errno of a socket or device. */
enum error_kind error_of_errno(int e);

/* How a reply differs from the recorded one: DIFFER(id, "name", "help") in stats/differ.def. */
enum differ {
#define DIFFER(id, name, help) DIFFER_##id,
#include "stats/differ.def"
#undef DIFFER
    DIFFER_COUNT,
};
extern const char *const differ_names[DIFFER_COUNT];
extern const char *const differ_help[DIFFER_COUNT];

#define STATUS_MAX 1000 /* status codes 0..999 are counted; what they mean is the protocol's */
#define STATUS_NONE STATUS_MAX /* a reply without any */

struct counts {
    uint64_t offered, sent, shed, failed, answered, timed_out;
    uint64_t late;       /* left more than the stream's `late_after` behind their time */
    uint64_t duplicated; /* replies or arrivals beyond the first; for packets */
    uint64_t reordered;  /* arrived behind one that was sent later (RFC 4737); for packets */
    uint64_t bytes_sent, bytes_received;
    uint64_t errors[ERROR_COUNT];
    uint64_t
        skipped[ERROR_COUNT]; /* of those shed: left out by a policy of the profile, by reason */
    uint64_t *status;         /* STATUS_MAX counters */
    uint64_t compared;        /* live replay: replies set against the recorded ones */
    uint64_t differs[DIFFER_COUNT]; /* of those compared, by what differs */
    struct hist latency[LATENCY_COUNT];
};

void counts_open(struct counts *c);
void counts_open_coarse(struct counts *c); /* with coarse histograms: for slices */
void counts_close(struct counts *c);
void counts_clear(struct counts *c);
void counts_merge(struct counts *into, const struct counts *from);
static inline uint64_t counts_in_flight(const struct counts *c)
{
    return c->sent - c->answered - c->timed_out;
}
/* Units that ended badly: failed, timed out, or answered with an error. Shed ones are told
 * apart: they were never sent by choice. */
uint64_t counts_errors(const struct counts *c);
/* Of those shed, how many a policy left out. */
uint64_t counts_skipped(const struct counts *c);
/* Of the replies compared, how many differ. */
uint64_t counts_differences(const struct counts *c);
/* Whether both laws hold with nothing negative. */
bool counts_lawful(const struct counts *c);

#endif
