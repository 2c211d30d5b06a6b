/* straight: a rate that goes from one value to another in a straight line, and its inverse.
 *
 * The integral from 0 to t of a rate that goes from a to b over `length` ticks is
 * a*t + (b-a)*t^2/(2*length). It is evaluated exactly, in 128 bits, and inverted by a guess in
 * doubles that the exact evaluation corrects: due times do not depend on the guess. Used by
 * ramp.c (a tick is a nanosecond) and sine.c (1024 pieces; a tick is 1/1024 ns). */
#ifndef PACE_STRAIGHT_H
#define PACE_STRAIGHT_H

#include "pace/rate.h"

/* The integral at t, times 2^shift, rounded down; in numerators times ticks. Needs a and b
 * up to 2^46, t <= length <= 2^55, shift <= 23. */
static inline u128 straight_at(uint64_t a, uint64_t b, uint64_t length, unsigned shift, uint64_t t)
{
    uint64_t twice = 2 * length;
    u128 p = (u128)a * (twice - t) + (u128)b * t; /* mean rate so far, times 2*length; < 2^103 */
    u128 mean = p / twice;
    u128 over = (p - mean * twice) * t; /* < 2^111 */
    u128 whole = over / twice, part = over - whole * twice;
    return ((mean * t + whole) << shift) + (part << shift) / twice;
}

/* About the t at which the integral is `done` > 0 and `left` is missing to that over the whole
 * length. A falling rate is measured from its far end, so that neither loses digits. */
static inline double straight_guess(double a, double b, double length, double done, double left)
{
    if (a <= b) return 2 * done / (a + __builtin_sqrt(a * a + 2 * (b - a) * done / length));
    if (left <= 0) return length;
    return length - 2 * left / (b + __builtin_sqrt(b * b + 2 * (a - b) * left / length));
}

/* The smallest t in lo..hi with at(t) >= u, where at never falls and at(hi) >= u: from the
 * guess outwards in growing steps, then by halving. Two evaluations when the guess is right. */
static inline uint64_t straight_settle(u128 (*at)(const void *, uint64_t), const void *of, u128 u,
                                       uint64_t lo, uint64_t hi, double guess)
{
    uint64_t t = guess <= (double)lo ? lo : guess >= (double)hi ? hi : (uint64_t)guess;
    uint64_t below = t, above = t; /* at(below) < u <= at(above), once both are found */
    if (t > hi) below = above = t = hi;
    if (at(of, t) >= u) {
        for (uint64_t step = 1;; step *= 4) {
            if (above == lo) return lo;
            below = above - lo > step ? above - step : lo;
            if (at(of, below) < u) break;
            above = below;
        }
    } else {
        for (uint64_t step = 1;; step *= 4) {
            above = hi - below > step ? below + step : hi;
            if (above == hi || at(of, above) >= u) break;
            below = above;
        }
    }
    while (above - below > 1) {
        uint64_t middle = below + (above - below) / 2;
        if (at(of, middle) >= u)
            above = middle;
        else
            below = middle;
    }
    return above;
}

/* A position or an integral as a double, for guesses: the same everywhere. */
static inline double wide_double(u128 v)
{
    return (double)(uint64_t)(v >> 64) * 0x1p64 + (double)(uint64_t)v;
}

#endif
