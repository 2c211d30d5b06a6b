/* addr: IPv4, IPv6 and MAC addresses and prefixes as values, read and written.
 *
 * One 128-bit form serves both families: an IPv4 address is kept as a.v = 0..2^32-1 with
 * family 4. Used by profile/ (literals), gen/ (prefixes), packet/, trace/ and wire/. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/span.h"

typedef unsigned __int128 u128;

enum family { FAMILY_IP4 = 4, FAMILY_IP6 = 6, FAMILY_MAC = 48 };

struct addr {
    u128 v; /* most significant byte of the address first when read as a number */
    enum family family;
};
struct prefix {
    struct addr first; /* host bits zero */
    unsigned bits;     /* 0..32 or 0..128 */
};

#define ADDR_BUF 52
/* Reads exactly the whole span. */
bool addr_parse(struct span s, struct addr *out);
/* "10.0.0.0/8". Host bits that are set are an error the caller may tell: *host_bits. */
bool prefix_parse(struct span s, struct prefix *out, bool *host_bits);
char *addr_format(char buf[static ADDR_BUF], struct addr a);
unsigned family_bits(enum family f); /* 32, 128, 48 */
/* Network order bytes: 4, 16 or 6 of them; returns how many. */
size_t addr_bytes(struct addr a, uint8_t out[static 16]);
struct addr addr_from_bytes(enum family f, const uint8_t *p);
bool prefix_has(struct prefix p, struct addr a);

#endif
