#include "pace/rate.h"

#define LEAST_DEN 86400u          /* one unit a day */
#define MOST_PER_S 10000000000ull /* 10G/s */

uint64_t whole_gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Why a unit's weight is not known, for a rate that needs it. */
static bool unknown_load(struct gen_env *env, const struct expr *e, const char *why)
{
    return err_add(env->errs, e->at, "rate is " SRC ", but %s; expected a rate such as 2000/s",
                   SRC_OF(e), why ? why : "what a unit weighs is not known");
}

/* The number as units per second: bits are divided by those of a unit, a share is one of as many
 * units as fill the link. */
static bool rate_convert(struct gen_env *env, const struct expr *e, struct fraction *out)
{
    const struct quantity *q = &e->q;
    const struct unit_load *load = env->load;
    struct fraction v = {q->num, q->den};
    bool fits = true;
    if (e->kind == EXPR_NUMBER && q->dim == DIM_BITRATE) {
        if (!load || !load->bits.num) return unknown_load(env, e, load ? load->no_bits : NULL);
        fits = fraction_divide(v, load->bits, out);
    } else if (e->kind == EXPR_NUMBER && q->dim == DIM_RATIO) {
        if (q->num > q->den)
            return err_add(env->errs, e->at, "rate is " SRC ", expected at most 100%% of the link",
                           SRC_OF(e));
        if (!load || !load->full.num) return unknown_load(env, e, load ? load->no_full : NULL);
        fits = fraction_divide(v, (struct fraction){load->full.den, load->full.num}, out);
    } else if (e->kind == EXPR_NUMBER && q->dim == DIM_RATE) {
        fits = fraction_of(q->num, q->den, out);
    } else {
        return err_add(env->errs, e->at, "rate is " SRC ", expected a rate such as 2000/s",
                       SRC_OF(e));
    }
    return fits || err_add(env->errs, e->at, "rate is " SRC ", expected fewer digits", SRC_OF(e));
}

bool rate_read(struct gen_env *env, const struct expr *e, bool zero_ok, struct rate *out)
{
    const struct quantity *q = &e->q;
    struct fraction r;
    if (!rate_convert(env, e, &r)) return false;
    if (q->num == 0 || q->neg) {
        if (zero_ok && q->num == 0) {
            *out = (struct rate){0, 1};
            return true;
        }
        return err_add(env->errs, e->at,
                       zero_ok ? "rate is " SRC ", expected 0/s or above"
                               : "rate is " SRC
                                 ", expected above 0/s; leave the stream out to send "
                                 "nothing",
                       SRC_OF(e));
    }
    if (r.num > (u128)r.den * MOST_PER_S)
        return err_add(env->errs, e->at, "rate is " SRC ", expected at most 10G/s", SRC_OF(e));
    if ((u128)r.num * LEAST_DEN < r.den)
        return err_add(env->errs, e->at, "rate is " SRC ", expected at least one unit a day",
                       SRC_OF(e));
    if (r.num > RATE_NUM_MAX || r.den > RATE_DEN_MAX)
        return err_add(env->errs, e->at, "rate is " SRC ", expected %s", SRC_OF(e),
                       q->dim == DIM_RATE ? "at most ten digits"
                                          : "a rate such as 2000/s: packets of this mean size "
                                            "make too many digits");
    *out = (struct rate){r.num, r.den};
    return true;
}

bool rate_read_range(struct gen_env *env, const struct expr *e, const char *function,
                     struct rate *a, struct rate *b)
{
    if (e->kind != EXPR_RANGE || e->has_step)
        return err_add(env->errs, e->at,
                       "%s goes over " SRC ", expected two rates such as 0/s..2000/s", function,
                       SRC_OF(e));
    bool ok = rate_read(env, e->kids[0].e, true, a);
    if (!rate_read(env, e->kids[1].e, true, b) || !ok) return false;
    if (a->num == 0 && b->num == 0)
        return err_add(env->errs, e->at, "%s stays at 0/s, expected one of the two rates above 0/s",
                       function);
    uint64_t g = whole_gcd(a->den, b->den);
    u128 den = (u128)a->den * (b->den / g);
    u128 an = (u128)a->num * (b->den / g), bn = (u128)b->num * (a->den / g);
    if (den > RATE_DEN_MAX || an > RATE_NUM_MAX || bn > RATE_NUM_MAX)
        return err_add(env->errs, e->at, "%s goes over " SRC ", expected rates of fewer digits",
                       function, SRC_OF(e));
    *a = (struct rate){(uint64_t)an, (uint64_t)den};
    *b = (struct rate){(uint64_t)bn, (uint64_t)den};
    return true;
}

char *say_rate(char buf[static SAY_BUF], struct rate r)
{
    static const char *const prefix[] = {"", "k", "M", "G"};
    double v = rate_double(r);
    size_t k = 0;
    for (; v >= 1000 && k < 3; k++) v /= 1000;
    snprintf(buf, SAY_BUF, "%.6g%s/s", v, prefix[k]);
    return buf;
}

static const struct time_unit {
    const char *name;
    uint64_t ns;
} time_units[] = {{"d", 86400000000000},
                  {"h", 3600000000000},
                  {"min", 60000000000},
                  {"s", 1000000000},
                  {"ms", 1000000},
                  {"us", 1000},
                  {"ns", 1}};

char *say_time(char buf[static SAY_BUF], uint64_t ns)
{
    const struct time_unit *unit = time_units;
    while (ns % unit->ns) unit++;
    if (ns == 0) return strcpy(buf, "0s");
    snprintf(buf, SAY_BUF, "%llu%s", (unsigned long long)(ns / unit->ns), unit->name);
    return buf;
}
