/* fmath: logarithm, exponential and sine whose results are the same bits everywhere.
 *
 * Only the operations that IEEE 754 rounds exactly (+ - * / sqrt and conversions) are used,
 * and the program is built with -ffp-contract=off, so gcc or clang, -O0 or -O3, x86-64 or
 * arm64 agree to the last bit, which libm does not promise. Bytes of traffic and due times
 * depend on these. Relative errors are below 2.5e-16 (log, exp, log1p, expm1: about one unit in
 * the last place), 3.2e-16 (sin2pi), 1e-15 (normal); pow adds |y log x| times the first.
 * tests/unit/test_fmath.c measures them. Called by gen/ and pace/. */
#ifndef BASE_FMATH_H
#define BASE_FMATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

double fm_log(double x);           /* natural logarithm of x > 0, normal numbers only */
double fm_exp(double x);           /* x beyond 700 or -700 is taken as that */
double fm_log1p(double x);         /* log(1 + x), x > -1 */
double fm_expm1(double x);         /* exp(x) - 1 */
double fm_sin2pi(double x);        /* sine of 2 pi x, |x| < 2^63 */
double fm_pow(double x, double y); /* x > 0; exp(y log x) */

/* A whole number below 2^52 as a double, in a way that every vector unit has. */
static inline double fm_small(uint64_t v)
{
    double x;
    v |= 0x4330000000000000; /* 2^52 + v */
    memcpy(&x, &v, 8);
    return x - 0x1p52;
}

/* 64 uniform bits as a double in (0, 1), never 0 or 1: the middle of one of 2^52 cells. */
static inline double fm_unit(uint64_t bits)
{
    return (fm_small(bits >> 12) + 0.5) * 0x1p-52;
}
/* A standard normal deviate from 64 uniform bits, by inversion (Wichura, AS 241, 1988). */
double fm_normal(uint64_t bits);
/* An exponential deviate of mean 1 from 64 uniform bits, by inversion. */
static inline double fm_expo(uint64_t bits)
{
    return -fm_log(fm_unit(bits));
}

/* Columns of the above, vectorised; out[i] has the bits that the single call gives. x may
 * be out; bits may not. */
void fm_expo_column(const uint64_t *bits, size_t n, double *out);
void fm_normal_column(const uint64_t *bits, size_t n, double *out);
void fm_exp_column(const double *x, size_t n, double *out);
void fm_log1p_column(const double *x, size_t n, double *out);
void fm_expm1_column(const double *x, size_t n, double *out);

#endif
