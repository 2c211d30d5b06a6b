/* dist: what continuous distributions share. Each draws one 64-bit number per unit and turns
 * it into its value by inversion (or, normal, by the inverse of its distribution function), so
 * a value is a monotone function of its draw.
 *
 * A result has the dimension of the arguments. Durations and sizes are whole nanoseconds and
 * bytes, rounded to nearest. Plain numbers stay fractions where a fraction or a text is
 * wanted, and are rounded where a field wants a whole number. All are clamped to `min` and
 * `max`; what is whole is never below 0, and nothing exceeds 2^63. Called within gen/. */
#ifndef GEN_DIST_H
#define GEN_DIST_H

#include "gen/args.h"

#define DIST_MAX 0x1p63
/* The largest magnitude that fm_normal and fm_expo can yield. */
#define DIST_NORMAL_MAX 8.3
#define DIST_EXPO_MAX 36.8

struct dist {
    struct gen g;
    double a, b;   /* the distribution's own parameters */
    double lo, hi; /* clamps */
};

/* A node whose dimension is that of the argument `scale`, which is read into out->a. NULL
 * after adding errors. */
struct dist *dist_node(const struct args *a, const char *scale);
/* An argument in the node's dimension. False after adding errors. */
bool dist_arg(const struct args *a, const struct dist *d, const char *name, double *out);
/* An error unless v > 0. */
bool dist_positive(const struct args *a, const char *name, double v);
/* Finishes a node: lo and hi are what the distribution itself can yield; `min` and `max` of
 * the call narrow them. NULL after adding errors. */
struct gen *dist_finish(const struct args *a, struct dist *d, double lo, double hi);
/* One draw per unit, in scratch. */
uint64_t *dist_draws(const struct gen *g, const struct draw *d, size_t n);
/* The column's values, as doubles in v, clamped and rounded as the node's type wants. v may be
 * the column. */
void dist_values(const struct dist *d, const double *v, size_t n, struct column *out);

/* The parameters that all distributions end with. */
#define DIST_PARAMS                                                                                \
    {"min", "number, duration or size", "none", "smaller values become this"},                     \
        {"max", "number, duration or size", "none", "larger values become this"},                  \
    {                                                                                              \
        0                                                                                          \
    }

#endif
