/* edit: changing bytes of a draft while keeping account of its checksums. Private to trace/. */
#ifndef TRACE_EDIT_H
#define TRACE_EDIT_H

#include "trace/rewrite.h"
#include "trace/sums.h"

struct edit {
    struct draft *draft;
    struct sums_change sums;
    bool changed;
};

/* Replaces n bytes (n even, `at` an even number of bytes behind its header) by `bytes`. */
void edit_put(struct edit *e, size_t at, const uint8_t *bytes, size_t n, enum sums sums);
/* Sets `bits` bits, at most 48, from bit `bit` of the header at `base` on. */
void edit_bits(struct edit *e, size_t base, unsigned bit, unsigned bits, uint64_t value,
               enum sums sums);
/* Replaces an IP address of the family; those of IPv4 are in its header's checksum as well. */
void edit_address(struct edit *e, size_t at, struct addr a);

/* The rules of a struct rewrite, one after the other. */
void rewrite_tags(const struct rewrite *w, struct draft *d);
void rewrite_macs(const struct rewrite *w, struct edit *e);
void rewrite_nets(const struct rewrite *w, struct edit *e);
/* The payload of the packet; `text` for PAYLOAD_TEXT. */
void rewrite_payload(const struct rewrite *w, struct edit *e, uint64_t index, struct span text);
/* Gives the frame another length, but for fragments and what was cut. */
void rewrite_size(struct draft *d, uint32_t size);
/* What the packet carries, if that is a packet: by the maps where they are for the inside, its
 * payload, and its checksums. False when it is none. */
bool rewrite_inside(const struct rewrite *w, struct edit *outer, uint64_t index, struct span text,
                    unsigned depth);
/* The checksums of the draft's own packet. */
void rewrite_settle(const struct rewrite *w, struct draft *d, const struct edit *e);
void rewrite_ports(const struct rewrite *w, struct edit *e);
/* The draft's new ends, which it has. */
void rewrite_ends(struct edit *e);

#endif
