/* Plain typed values of entries: one literal, no generator. */
#include "profile/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "profile/lex.h"

#define SHOWN 60 /* bytes of a faulty value in a message */

static bool wrong(const struct entry *e, const char *expected, struct errs *errs)
{
    struct span v = e->value;
    return err_add(errs, e->at, "%s is '%.*s%s', expected %s", e->key,
                   v.n > SHOWN ? SHOWN : (int)v.n, (const char *)v.p, v.n > SHOWN ? "..." : "",
                   expected);
}

/* The one number that the value consists of. */
static bool read_number(const struct entry *e, struct quantity *q)
{
    struct lex l;
    lex_start(&l, e->value);
    *q = l.tok.q;
    return l.tok.kind == TOK_NUMBER && lex_next(&l) == TOK_END;
}

/* Tells that the value lies outside lo..hi, these written by `write`. */
static bool out_of_range(const struct entry *e, uint64_t lo, uint64_t hi,
                         char *(*write)(char *buf, uint64_t v), struct errs *errs)
{
    char a[UNITS_BUF], b[UNITS_BUF];
    int n = e->value.n > SHOWN ? SHOWN : (int)e->value.n;
    const char *v = (const char *)e->value.p;
    if (hi == UINT64_MAX)
        return err_add(errs, e->at, "%s is %.*s, expected at least %s", e->key, n, v, write(a, lo));
    return err_add(errs, e->at, "%s is %.*s, expected %s..%s", e->key, n, v, write(a, lo),
                   write(b, hi));
}

static char *write_count(char *buf, uint64_t v)
{
    snprintf(buf, UNITS_BUF, "%" PRIu64, v);
    return buf;
}

static char *write_exactly(char *buf, uint64_t v, const char *const names[], const uint64_t sizes[])
{
    size_t i = 0;
    while (v == 0 ? sizes[i] > 1 : v % sizes[i]) i++;
    snprintf(buf, UNITS_BUF, "%" PRIu64 "%s", v / sizes[i], names[i]);
    return buf;
}

static char *write_time(char *buf, uint64_t v)
{
    static const char *const names[] = {"d", "h", "s", "ms", "us", "ns"};
    static const uint64_t sizes[] = {86400000000000, 3600000000000, 1000000000, 1000000, 1000, 1};
    return write_exactly(buf, v, names, sizes);
}

static char *write_size(char *buf, uint64_t v)
{
    static const char *const names[] = {"GiB", "MiB", "KiB", "B"};
    static const uint64_t sizes[] = {1u << 30, 1u << 20, 1u << 10, 1};
    return write_exactly(buf, v, names, sizes);
}

bool entry_time(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *ns, struct errs *errs)
{
    struct quantity q;
    uint64_t v;
    if (!e) return true;
    if (!read_number(e, &q) || (q.dim != DIM_TIME && !(q.dim == DIM_NONE && q.num == 0)))
        return wrong(e, dim_help(DIM_TIME), errs);
    if (!quantity_u64(&q, true, &v) || v < lo || v > hi)
        return out_of_range(e, lo, hi, write_time, errs);
    *ns = v;
    return true;
}

bool entry_count(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *out, struct errs *errs)
{
    struct quantity q;
    uint64_t v;
    if (!e) return true;
    if (!read_number(e, &q) || q.dim != DIM_NONE || q.num % q.den)
        return wrong(e, "a whole number", errs);
    if (!quantity_u64(&q, false, &v) || v < lo || v > hi)
        return out_of_range(e, lo, hi, write_count, errs);
    *out = v;
    return true;
}

bool entry_size(const struct entry *e, uint64_t lo, uint64_t hi, uint64_t *bytes, struct errs *errs)
{
    struct quantity q;
    uint64_t v;
    if (!e) return true;
    if (!read_number(e, &q) || (q.dim != DIM_SIZE && q.dim != DIM_NONE) || q.num % q.den)
        return wrong(e, dim_help(DIM_SIZE), errs);
    if (!quantity_u64(&q, false, &v) || v < lo || v > hi)
        return out_of_range(e, lo, hi, write_size, errs);
    *bytes = v;
    return true;
}

bool entry_bool(const struct entry *e, bool *out, struct errs *errs)
{
    static const char *const words[] = {"yes", "no", "true", "false", "on", "off"};
    if (!e) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_is(e->value, words[i])) {
            *out = i % 2 == 0;
            return true;
        }
    return wrong(e, "yes or no", errs);
}

bool entry_choice(const struct entry *e, const char *const *names, unsigned *out, struct errs *errs)
{
    char expected[160] = "one of", hint[80], value[SHOWN + 1];
    if (!e) return true;
    for (unsigned i = 0; names[i]; i++)
        if (span_is(e->value, names[i])) {
            *out = i;
            return true;
        }
    for (size_t i = 0, n = strlen(expected); names[i] && n < sizeof expected; i++)
        n += (size_t)snprintf(expected + n, sizeof expected - n, "%s %s", i ? "," : "", names[i]);
    snprintf(value, sizeof value, "%.*s", (int)(e->value.n > SHOWN ? SHOWN : e->value.n),
             (const char *)e->value.p);
    const char *near = err_nearest_name(value, names);
    if (near)
        return err_add(errs, e->at, "%s is '%s', expected %s%s", e->key, value, expected,
                       err_suggest(hint, near));
    return wrong(e, expected, errs);
}

char *entry_text(struct arena *a, const struct entry *e)
{
    return arena_str(a, e->value);
}
