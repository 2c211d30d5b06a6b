#include "base/fmath.h"

#include <string.h>

static uint64_t bits_of(double x)
{
    uint64_t b;
    memcpy(&b, &x, 8);
    return b;
}
static double from_bits(uint64_t b)
{
    double x;
    memcpy(&x, &b, 8);
    return x;
}

static const double LN2_HI = 6.93147180369123816490e-01; /* low 32 bits zero: k * LN2_HI is exact */
static const double LN2_LO = 1.90821492927058770002e-10;

/* x = 2^k * m, m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m-1)/(m+1), as a series in
 * s^2 <= 0.0295: eleven terms reach 1e-18. */
double fm_log(double x)
{
    uint64_t b = bits_of(x);
    int k = (int)(b >> 52 & 0x7ff) - 1023;
    double m = from_bits((b & 0xfffffffffffff) | 0x3ff0000000000000);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    double f = m - 1.0, s = f / (m + 1.0), z = s * s;
    double sum = 0;
    for (int i = 23; i >= 3; i -= 2) sum = sum * z + 1.0 / i;
    double r = 2.0 * s * z * sum; /* log m = 2s + r; 2s = f - s*f keeps the low bits of f */
    double dk = k;
    return dk * LN2_HI + (f - (s * f - r - dk * LN2_LO));
}

double fm_exp(double x)
{
    double t = x * 1.44269504088896338700; /* 1/ln 2 */
    int k = (int)(t + (t < 0 ? -0.5 : 0.5));
    double dk = k;
    double hi = x - dk * LN2_HI, lo = dk * LN2_LO, r = hi - lo;
    double sum = 0;
    static const double inverse_factorial[] = {
        1.0 / 2,         1.0 / 6,          1.0 / 24,          1.0 / 120,          1.0 / 720,
        1.0 / 5040,      1.0 / 40320,      1.0 / 362880,      1.0 / 3628800,      1.0 / 39916800,
        1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 1.0 / 1307674368000,
    };
    for (int i = 13; i >= 0; i--) sum = sum * r + inverse_factorial[i];
    double e = 1.0 + (hi - (lo - r * r * sum));
    if (k < -1022) return e * from_bits((uint64_t)(k + 1023 + 200) << 52) * 0x1p-200;
    if (k > 1023) return e * from_bits((uint64_t)(k + 1023 - 200) << 52) * 0x1p200;
    return e * from_bits((uint64_t)(k + 1023) << 52);
}

double fm_pow(double x, double y) { return fm_exp(y * fm_log(x)); }

double fm_sin2pi(double x)
{
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
    for (int i = 21; i >= 1; i -= 2) sum = 1.0 - z / ((i + 1.0) * (i + 2.0)) * (i == 21 ? 1.0 : sum);
    return sign * a * sum;
}

static double ratio(const double num[8], const double den[8], double r)
{
    double a = 0, b = 0;
    for (int i = 7; i >= 0; i--) {
        a = a * r + num[i];
        b = b * r + den[i];
    }
    return a / b;
}

double fm_normal(uint64_t bits)
{
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
    static const double C[8] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                                5.76949722146069140550e0, 3.64784832476320460504e0,
                                1.27045825245236838258e0, 2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double D[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double E[8] = {6.65790464350110377720e0, 5.46378491116411436990e0,
                                1.78482653991729133580e0, 2.96560571828504891230e-1,
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
    double p = fm_unit(bits), q = p - 0.5;
    if (q >= -0.425 && q <= 0.425) return q * ratio(A, B, 0.180625 - q * q);
    double r = __builtin_sqrt(-fm_log(q < 0 ? p : 1.0 - p));
    double v = r <= 5.0 ? ratio(C, D, r - 1.6) : ratio(E, F, r - 5.0);
    return q < 0 ? -v : v;
}
