#include "base/fraction.h"

typedef unsigned __int128 u128;

static u128 gcd(u128 a, u128 b)
{
    while (b) {
        u128 t = a % b;
        a = b;
        b = t;
    }
    return a;
}

bool fraction_of(u128 num, u128 den, struct fraction *out)
{
    if (den == 0) return false;
    u128 g = gcd(num, den);
    num /= g;
    den /= g;
    if (num > UINT64_MAX || den > UINT64_MAX) return false;
    *out = (struct fraction){(uint64_t)num, (uint64_t)den};
    return true;
}

bool fraction_add(struct fraction *sum, struct fraction x, uint64_t times)
{
    if (!fraction_of((u128)x.num * times, x.den, &x)) return false;
    u128 a = (u128)sum->num * x.den, b = (u128)x.num * sum->den;
    return !__builtin_add_overflow(a, b, &a) && fraction_of(a, (u128)sum->den * x.den, sum);
}

bool fraction_divide(struct fraction a, struct fraction b, struct fraction *out)
{
    return fraction_of((u128)a.num * b.den, (u128)a.den * b.num, out);
}
