/* info: what is in a capture, found in one pass and in constant memory.
 *
 * Called by cmd/info.c, which tells it. Tables have a fixed size: what does not fit is counted
 * together, and the number of flows is marked as a lower bound. */
#ifndef TRACE_INFO_H
#define TRACE_INFO_H

#include "base/addr.h"
#include "base/err.h"
#include "trace/destination.h"
#include "trace/sums.h"
#include "trace/talk.h"

#define INFO_ROWS 64
#define INFO_SIZES 8

struct info_row {
    uint32_t key;
    uint64_t frames, bytes;
};
/* Rows in the order of their first frame; `other` is what found no row. */
struct info_table {
    struct info_row row[INFO_ROWS], other;
    size_t n;
};

/* Keys of the protocol table: an EtherType, or INFO_IP plus an IP protocol number. Frames with
 * a length in place of the EtherType have INFO_LLC, those without either INFO_NONE. */
enum { INFO_IP = 0x10000, INFO_LLC = 0x20000, INFO_NONE = 0x20001 };

/* Why a frame stays behind, in the order in which a replay asks. */
enum info_fate { FATE_LEAVES, FATE_FOREIGN, FATE_CUT, FATE_TOO_BIG, FATE_NOT_ALLOWED, FATE_COUNT };

struct info_opts {
    uint32_t mtu;             /* of the device to replay on */
    destination_rule *allows; /* the target rules */
    const void *ctx;
};

struct info {
    char format[80];
    uint64_t frames, bytes, wire_bytes; /* bytes as captured, and as they were on the wire */
    uint32_t shortest, longest;         /* on the wire */
    uint64_t size[INFO_SIZES];          /* by info_size_below */
    uint64_t timed;                     /* frames with a time stamp */
    int64_t first_ns, last_ns;          /* earliest and latest stamp */
    uint64_t max_gap_ns;                /* between neighbours, forwards */
    uint64_t backwards, max_back_ns;    /* frames stamped before their predecessor */
    uint64_t peak_frames, peak_bytes;   /* of the fullest second that a frame begins */
    uint64_t cut, tagged, fragments, over_mtu, segmentable;
    uint64_t convertible; /* of other link types, with a packet inside */
    struct info_table links, interfaces, protocols;
    uint64_t flows;
    bool flows_capped; /* there are more */
    uint64_t tcp, udp; /* conversations that trace/talk.h tells of */
    uint64_t said[2];  /* bytes of theirs, by enum talk_side */
    struct talk_counts talk;
    uint64_t fate[FATE_COUNT];
    uint64_t segments;                               /* that segmentable frames would become */
    uint64_t sums[SUM_KINDS], sums_wrong[SUM_KINDS]; /* checksums verified, and faulty ones */
    uint64_t with_fcs;                               /* frames recorded with a check sequence */
    char problem[160]; /* how the file is damaged; empty when it is not */
};

/* "ipv4", "tcp", ... */
extern const char *const info_sums[SUM_KINDS];
/* Upper ends of the size classes, the last without limit. */
extern const uint32_t info_size_below[INFO_SIZES];
/* Reads the capture to its end; "-" is standard input. False after adding what is wrong: it
 * cannot be read, or is no capture. Damage further on is told in *out. */
bool info_read(const char *path, const struct info_opts *opts, struct info *out, struct errs *errs);
/* "IPv4", "TCP" for a key of the protocol table; its number in buf for what has no name. */
#define INFO_NAME 32
const char *info_protocol(uint32_t key, char buf[static INFO_NAME]);

#endif
