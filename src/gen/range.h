/* range: evenly spaced values, by number. The ranges and prefixes of seq, permute and zipf are
 * read here too. Called within gen/. */
#ifndef GEN_RANGE_H
#define GEN_RANGE_H

#include "gen/gen.h"

/* The values number 0..last: first + k * step. A real range without a step is continuous: it
 * has 2^52 values, the middles of as many cells between first and first + step. */
struct domain {
    enum gen_type type; /* GEN_U64, GEN_REAL or GEN_IP6 */
    enum gen_format format;
    bool continuous;
    bool whole;           /* GEN_REAL: all values are whole, some negative */
    uint64_t first, step; /* GEN_U64 */
    double real, real_step;
    u128 addr; /* GEN_IP6, step 1 */
    u128 last; /* number of the last value */
};

/* The domain of a range, a prefix, a single value, or of a variable that is one of these. False
 * after adding errors; `what` tells who asks: "permute". */
bool domain_of(struct gen_env *env, const struct expr *e, const char *path, const char *what,
               struct domain *out);
/* Sets type, format and bounds of a node that yields values of the domain. */
void domain_type(const struct domain *d, struct gen *g);
/* For gen_mean and gen_period, of nodes that yield the values of a domain evenly. */
bool domain_mean(const struct domain *d, struct fraction *out);
uint64_t domain_period(const struct domain *d);
/* Values for the numbers k[0..n), all <= last; not for continuous domains. out may be k where
 * the type is not GEN_IP6. */
void domain_values(const struct domain *d, const uint64_t *k, size_t n, struct column *out);

#endif
