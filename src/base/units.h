/* units: numbers with units, read and written.
 *
 * A literal is an exact fraction in its dimension's base unit, so `0.1%` or `2.5k/s` lose
 * nothing. Read by profile/, written by report/ and cmd/. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/span.h"

enum dim {
    DIM_NONE,    /* a bare number, also with k, M, G (1000) or Ki, Mi, Gi (1024) */
    DIM_TIME,    /* ns us ms s m min h d             base: nanosecond */
    DIM_SIZE,    /* B KB MB GB KiB MiB GiB           base: byte */
    DIM_RATE,    /* /s /min /h, with k M G before    base: per second */
    DIM_BITRATE, /* bit/s kbit/s Mbit/s Gbit/s       base: bit per second */
    DIM_RATIO,   /* %                                base: 1 */
    DIM_FACTOR,  /* 2x                               base: 1 */
};

/* The value num/den in lowest terms, negative if neg. den is never 0. */
struct quantity {
    enum dim dim;
    bool neg;
    uint64_t num, den;
};

/* Reads a literal from the start of s: decimal or 0x hexadecimal digits, `_` between digits,
 * a fraction, a unit. Returns how many bytes it took; 0: no number begins here. When the
 * number does not fit or the unit is unknown, returns the length of the faulty literal and
 * sets *problem to what is wrong (static text), else NULL. A leading '-' is taken. */
size_t quantity_read(struct span s, struct quantity *q, const char **problem);

/* As a whole number of base units, rounded to nearest when `round`, else exact only. False
 * when negative, not whole or beyond 2^64. */
bool quantity_u64(const struct quantity *q, bool round, uint64_t *out);
double quantity_double(const struct quantity *q);
/* The dimension for people: "a duration such as 20ms". */
const char *dim_help(enum dim d);

/* Writing, into a caller's buffer, which is returned. Three significant digits. */
#define UNITS_BUF 32
char *units_time(char buf[static UNITS_BUF], double ns); /* 1.23ms */
/* From two minutes on in minutes, hours, days or years: 14.0s, 2.50 h, 10.3 years. */
char *units_span(char buf[static UNITS_BUF], double ns);
char *units_count(char buf[static UNITS_BUF], double n);     /* 12.3k */
char *units_bytes(char buf[static UNITS_BUF], double bytes); /* 1.5MiB */
/* Whole number with separators, as in 1,234,567. */
char *units_whole(char buf[static UNITS_BUF], uint64_t n);
/* What makes a noun of n things: "frame" and this. */
static inline const char *units_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

#endif
