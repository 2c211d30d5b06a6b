/* hash: a fingerprint of traffic that does not depend on who made it or in which order.
 *
 * Each unit is hashed with its index; the sum of these over all units, modulo 2^128, is the
 * stream's hash. Sums of shards and workers add up. Not cryptographic. */
#ifndef STATS_HASH_H
#define STATS_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 unit_hash;

unit_hash hash_unit(uint64_t index, const void *p, size_t n);
/* 32 hexadecimal digits and a zero. */
char *hash_format(char buf[static 33], unit_hash h);
int hash_parse(const char *text, unit_hash *h); /* 0, or -1 */

#endif
