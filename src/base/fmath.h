/* fmath: logarithm, exponential and sine whose results are the same bits everywhere.
 *
 * Only the operations that IEEE 754 rounds exactly (+ - * / sqrt and conversions) are used,
 * and the program is built with -ffp-contract=off, so gcc or clang, -O0 or -O3, x86-64 or
 * arm64 agree to the last bit, which libm does not promise. Bytes of traffic and due times
 * depend on these. Relative error below 4e-16 * the condition of the argument; see
 * tests/unit/test_fmath.c. Called by gen/ and pace/. */
#ifndef BASE_FMATH_H
#define BASE_FMATH_H

#include <stdint.h>

double fm_log(double x);  /* natural logarithm of x > 0, normal numbers only */
double fm_exp(double x);  /* |x| <= 700 */
double fm_sin2pi(double x); /* sine of 2 pi x */
double fm_pow(double x, double y); /* x > 0; exp(y log x) */

/* 64 uniform bits as a double in (0, 1), never 0 or 1: the middle of one of 2^52 cells. */
static inline double fm_unit(uint64_t bits) { return ((double)(bits >> 12) + 0.5) * 0x1p-52; }
/* A standard normal deviate from 64 uniform bits, by inversion (Wichura, AS 241, 1988). */
double fm_normal(uint64_t bits);
/* An exponential deviate of mean 1 from 64 uniform bits, by inversion. */
static inline double fm_expo(uint64_t bits) { return -fm_log(fm_unit(bits)); }

#endif
