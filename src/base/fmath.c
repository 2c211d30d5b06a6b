#include "base/fmath.h"

#include <string.h>

#include "base/simd.h"

static inline uint64_t bits_of(double x)
{
    uint64_t b;
    memcpy(&b, &x, 8);
    return b;
}
static inline double from_bits(uint64_t b)
{
    double x;
    memcpy(&x, &b, 8);
    return x;
}

static const double LN2_HI = 6.93147180369123816490e-01; /* low 32 bits zero: k * LN2_HI is exact */
static const double LN2_LO = 1.90821492927058770002e-10;

/* The kernels have no branches, so that the columns below can be vectorised. */

/* x = 2^k * m, m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m-1)/(m+1), as a series in
 * s^2 <= 0.0295: eleven terms reach 1e-18. */
static inline double log_of(double x)
{
    uint64_t b = bits_of(x), mantissa = b & 0xfffffffffffff;
    uint64_t big = mantissa > 0x6a09e667f3bcd; /* above sqrt(2) */
    double m = from_bits(mantissa | (0x3ff - big) << 52);
    double dk = fm_small((b >> 52 & 0x7ff) + big) - 1023;
    double f = m - 1.0, s = f / (m + 1.0), z = s * s;
    double sum = 1.0 / 23;
    for (int i = 21; i >= 3; i -= 2) sum = sum * z + 1.0 / i;
    double r = 2.0 * s * z * sum; /* log m = 2s + r; 2s = f - s*f keeps the low bits of f */
    return dk * LN2_HI + (f - (s * f - r - dk * LN2_LO));
}

/* x = k ln 2 + r, |r| <= 0.35; *scale = 2^k; the result is exp(r) - 1. */
static inline double exp_part(double x, double *scale)
{
    static const double inverse_factorial[] = {
        1.0 / 2,         1.0 / 6,          1.0 / 24,          1.0 / 120,           1.0 / 720,
        1.0 / 5040,      1.0 / 40320,      1.0 / 362880,      1.0 / 3628800,       1.0 / 39916800,
        1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 1.0 / 1307674368000,
    };
    /* |x| <= 700, by integers: comparing doubles could trap, and so would not be vectorised. */
    int64_t size = (int64_t)(bits_of(x) & INT64_MAX), most = 0x4085e00000000000;
    x = from_bits((uint64_t)(size < most ? size : most) | (bits_of(x) & ~(uint64_t)INT64_MAX));
    /* Adding 1.5 * 2^52 rounds to a whole number and leaves it in the low bits. */
    double t = x * 1.44269504088896338700 + 0x1.8p52; /* 1/ln 2 */
    double dk = t - 0x1.8p52;
    double hi = x - dk * LN2_HI, lo = dk * LN2_LO, r = hi - lo;
    double sum = inverse_factorial[13];
    for (int i = 12; i >= 0; i--) sum = sum * r + inverse_factorial[i];
    *scale = from_bits((bits_of(t) + 1023) << 52);
    return hi - (lo - r * r * sum);
}

static inline double exp_of(double x)
{
    double scale, part = exp_part(x, &scale);
    return (1.0 + part) * scale;
}

static inline double expm1_of(double x)
{
    double scale, part = exp_part(x, &scale);
    return part * scale + (scale - 1.0);
}

/* log(1 + x): what rounding 1 + x lost comes back as the first term of its series. */
static inline double log1p_of(double x)
{
    double u = 1.0 + x;
    return log_of(u) + (x - (u - 1.0)) / u;
}

double fm_log(double x)
{
    return log_of(x);
}
double fm_exp(double x)
{
    return exp_of(x);
}
double fm_pow(double x, double y)
{
    return exp_of(y * log_of(x));
}
double fm_log1p(double x)
{
    return log1p_of(x);
}
double fm_expm1(double x)
{
    return expm1_of(x);
}

double fm_sin2pi(double x)
{
    static const double coefficient[] = {
        /* 1/1!, -1/3!, 1/5!, ... 1/21! */
        1.0,
        -1.0 / 6,
        1.0 / 120,
        -1.0 / 5040,
        1.0 / 362880,
        -1.0 / 39916800,
        1.0 / 6227020800,
        -1.0 / 1307674368000,
        1.0 / 355687428096000,
        -1.0 / 121645100408832000,
        1.0 / 51090942171709440000.0,
    };
    double whole = (double)(int64_t)x;
    double f = x - whole;
    if (f < 0) f += 1.0; /* [0, 1) */
    double sign = 1;
    if (f >= 0.5) {
        f -= 0.5;
        sign = -1;
    }
    if (f > 0.25) f = 0.5 - f; /* [0, 1/4]: the angle is at most pi/2 */
    double a = f * 6.28318530717958647693, z = a * a, sum = 0;
    for (int i = 10; i >= 0; i--) sum = sum * z + coefficient[i];
    return sign * a * sum;
}

static inline double ratio(const double num[8], const double den[8], double r)
{
    double a = 0, b = 0;
    for (int i = 7; i >= 0; i--) {
        a = a * r + num[i];
        b = b * r + den[i];
    }
    return a / b;
}

/* Coefficients of algorithm AS 241 (PPND16), relative accuracy about 1e-16. */
static const double A[8] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                            1.9715909503065514427e3, 1.3731693765509461125e4,
                            4.5921953931549871457e4, 6.7265770927008700853e4,
                            3.3430575583588128105e4, 2.5090809287301226727e3};
static const double B[8] = {1.0,
                            4.2313330701600911252e1,
                            6.8718700749205790830e2,
                            5.3941960214247511077e3,
                            2.1213794301586595867e4,
                            3.9307895800092710610e4,
                            2.8729085735721942674e4,
                            5.2264952788528545610e3};
static const double C[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                            5.76949722146069140550e0,  3.64784832476320460504e0,
                            1.27045825245236838258e0,  2.41780725177450611770e-1,
                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double D[8] = {1.0,
                            2.05319162663775882187e0,
                            1.67638483018380384940e0,
                            6.89767334985100004550e-1,
                            1.48103976427480074590e-1,
                            1.51986665636164571966e-2,
                            5.47593808499534494600e-4,
                            1.05075007164441684324e-9};
static const double E[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                            1.78482653991729133580e0,  2.96560571828504891230e-1,
                            2.65321895265761230930e-2, 1.24266094738807843860e-3,
                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double F[8] = {1.0,
                            5.99832206555887937690e-1,
                            1.36929880922735805310e-1,
                            1.48753612908506148525e-2,
                            7.86869131145613259100e-4,
                            1.84631831751005468180e-5,
                            1.42151175831644588870e-7,
                            2.04426310338993978564e-15};

/* The middle 85 %, and the two tails. */
static inline double normal_middle(double q)
{
    return q * ratio(A, B, 0.180625 - q * q);
}

static double normal_tail(double p)
{
    double r = __builtin_sqrt(-log_of(p < 0.5 ? p : 1.0 - p));
    double v = r <= 5.0 ? ratio(C, D, r - 1.6) : ratio(E, F, r - 5.0);
    return p < 0.5 ? -v : v;
}

static inline bool in_middle(double q)
{
    return q >= -0.425 && q <= 0.425;
}

double fm_normal(uint64_t bits)
{
    double p = fm_unit(bits), q = p - 0.5;
    return in_middle(q) ? normal_middle(q) : normal_tail(p);
}

SIMD static void middle_column(const uint64_t *bits, size_t n, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = normal_middle(fm_unit(bits[i]) - 0.5);
}

void fm_normal_column(const uint64_t *bits, size_t n, double *out)
{
    middle_column(bits, n, out);
    for (size_t i = 0; i < n; i++) {
        double p = fm_unit(bits[i]);
        if (!in_middle(p - 0.5)) out[i] = normal_tail(p);
    }
}

SIMD void fm_expo_column(const uint64_t *bits, size_t n, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = -log_of(fm_unit(bits[i]));
}

SIMD void fm_exp_column(const double *x, size_t n, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = exp_of(x[i]);
}

SIMD void fm_log1p_column(const double *x, size_t n, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = log1p_of(x[i]);
}

SIMD void fm_expm1_column(const double *x, size_t n, double *out)
{
    INPLACE
    for (size_t i = 0; i < n; i++) out[i] = expm1_of(x[i]);
}
