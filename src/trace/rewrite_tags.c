/* VLAN tags pushed, popped and renumbered. */
#include "trace/edit.h"

#include <string.h>

#define ADDRESSES 12u
#define TAG 4u

static void push(struct draft *d, uint16_t type, uint16_t id)
{
    d->p -= TAG;
    memmove(d->p, d->p + TAG, ADDRESSES);
    put_u16(d->p + ADDRESSES, type);
    put_u16(d->p + ADDRESSES + 2, id);
    d->n += TAG;
    d->wire_len += TAG;
    d->at.tags++;
}

static void pop(struct draft *d)
{
    memmove(d->p + TAG, d->p, ADDRESSES);
    d->p += TAG;
    d->n -= TAG;
    d->wire_len -= TAG;
    d->at.tags--;
}

/* The outermost tag with that number. */
static void retag(struct draft *d, uint16_t from, uint16_t to)
{
    for (uint32_t i = 0; i < d->at.tags; i++) {
        uint8_t *tag = d->p + ADDRESSES + TAG * i + 2;
        uint16_t word = get_u16(tag);
        if ((word & 0xfff) != from) continue;
        put_u16(tag, (uint16_t)((word & 0xf000) | to));
        return;
    }
}

void rewrite_tags(const struct rewrite *w, struct draft *d)
{
    if (d->n < ADDRESSES + 2) return;
    for (size_t i = 0; i < w->n_vlans; i++) {
        const struct rewrite_vlan *v = &w->vlans[i];
        if (v->how == VLAN_PUSH) push(d, v->type, v->to);
        if (v->how == VLAN_POP && d->at.tags) pop(d);
        if (v->how == VLAN_RETAG) retag(d, v->from, v->to);
    }
}
