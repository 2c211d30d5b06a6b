/* rate: a rate as an exact fraction, read from a profile and told to people.
 *
 * The bounds on both numbers are what lets every product in pace/ fit 128 bits: with times
 * below 2^55 ns, numerators below 2^46 and denominators below 2^36, the largest is 2^126. */
#ifndef PACE_RATE_H
#define PACE_RATE_H

#include "pace/class.h"

#define RATE_NUM_MAX (1ull << 46)
#define RATE_DEN_MAX (1ull << 36)
/* A rate of num/den per second is num * 2^23 / (den * 5^9) positions per ns. */
#define RATE_SHIFT 23
#define RATE_FIVES 1953125u

/* num/den units per second, in lowest terms. */
struct rate {
    uint64_t num, den;
};

/* The rate a number stands for; zero only where `zero_ok`. False after adding an error. */
bool rate_read(struct gen_env *env, const struct expr *e, bool zero_ok, struct rate *out);
/* Both rates of `a..b`, over one denominator. At least one is above zero. */
bool rate_read_range(struct gen_env *env, const struct expr *e, const char *function,
                     struct rate *a, struct rate *b);
static inline double rate_double(struct rate r)
{
    return (double)r.num / (double)r.den;
}
uint64_t whole_gcd(uint64_t a, uint64_t b);

#define SAY_BUF 32
/* For people: "2k/s", "1.5/s"; "10s", "250ms". The buffer is returned. */
char *say_rate(char buf[static SAY_BUF], struct rate r);
char *say_time(char buf[static SAY_BUF], uint64_t ns);

#endif
