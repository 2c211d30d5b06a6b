#include "gen/gen.h"

bool gen_hull(const struct expr *e, u128 *lo, u128 *hi)
{
    u128 first = e->kind == EXPR_ADDR ? e->addr.v : e->prefix.first.v, last = first;
    if (e->kind == EXPR_PREFIX) {
        unsigned host = family_bits(e->prefix.first.family) - e->prefix.bits;
        last |= host >= 128 ? ~(u128)0 : ((u128)1 << host) - 1;
    }
    if (e->kind == EXPR_ADDR || e->kind == EXPR_PREFIX) {
        if (first < *lo) *lo = first;
        if (last > *hi) *hi = last;
        return true;
    }
    if (e->kind != EXPR_RANGE && e->kind != EXPR_LIST && e->kind != EXPR_CALL) return false;
    bool any = false;
    for (size_t i = 0; i < e->n; i++) {
        const struct expr_kid *k = &e->kids[i];
        /* Numbers and named words steer a function; its addresses are what it yields. */
        bool steers = k->e->kind == EXPR_NUMBER || (k->name && k->e->kind == EXPR_NAME);
        if (e->kind == EXPR_CALL && steers) continue;
        if (!gen_hull(k->e, lo, hi)) return false;
        any = true;
    }
    return any;
}
