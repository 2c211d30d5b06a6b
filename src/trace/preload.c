#include "trace/preload.h"

#include <stdlib.h>
#include <string.h>

#define PIECE (1u << 20)

struct header {
    int64_t at_ns;
    uint32_t n, beyond; /* bytes kept; how many more were on the wire */
    uint16_t link;
    uint16_t interface; /* the lowest bits: it is told to nobody who counts further */
    uint16_t file;
    uint8_t fcs;
    bool has_time;
};
_Static_assert(sizeof(struct header) == 24, "what source.h promises");

struct piece {
    struct piece *next;
    size_t used, cap;
    uint8_t bytes[];
};
struct preload {
    struct piece *first, *last, *now; /* `now` is being read, from `at` on */
    size_t at;
    size_t size;
};

struct preload *preload_new(void)
{
    return calloc(1, sizeof(struct preload));
}

static struct piece *piece_for(struct preload *p, size_t n)
{
    if (p->last && p->last->cap - p->last->used >= n) return p->last;
    size_t cap = n > PIECE ? n : PIECE;
    struct piece *x = malloc(sizeof *x + cap);
    if (!x) return NULL;
    *x = (struct piece){.cap = cap};
    p->size += cap;
    if (p->last)
        p->last->next = x;
    else
        p->first = p->now = x;
    return p->last = x;
}

bool preload_add(struct preload *p, const struct trace_frame *f, size_t file)
{
    size_t n = sizeof(struct header) + f->bytes.n;
    struct piece *x = piece_for(p, n);
    if (!x) return false;
    struct header h = {
        .at_ns = f->at_ns,
        .n = (uint32_t)f->bytes.n,
        .beyond = f->wire_len - (uint32_t)f->bytes.n,
        .link = (uint16_t)f->link,
        .interface = (uint16_t)f->interface,
        .file = (uint16_t)file,
        .fcs = f->fcs,
        .has_time = f->has_time,
    };
    memcpy(x->bytes + x->used, &h, sizeof h);
    memcpy(x->bytes + x->used + sizeof h, f->bytes.p, f->bytes.n);
    x->used += n;
    return true;
}

bool preload_next(struct preload *p, struct trace_frame *out, size_t *file)
{
    struct header h;
    if (p->now && p->at == p->now->used) {
        p->now = p->now->next;
        p->at = 0;
    }
    if (!p->now) return false;
    memcpy(&h, p->now->bytes + p->at, sizeof h);
    *out = (struct trace_frame){
        .bytes = span_make(p->now->bytes + p->at + sizeof h, h.n),
        .wire_len = h.n + h.beyond,
        .at_ns = h.at_ns,
        .has_time = h.has_time,
        .link = h.link,
        .interface = h.interface,
        .fcs = h.fcs,
    };
    *file = h.file;
    p->at += sizeof h + h.n;
    return true;
}

void preload_rewind(struct preload *p)
{
    p->now = p->first;
    p->at = 0;
}

size_t preload_size(const struct preload *p)
{
    return p->size;
}

void preload_free(struct preload *p)
{
    if (!p) return;
    for (struct piece *x = p->first, *next; x; x = next) {
        next = x->next;
        free(x);
    }
    free(p);
}
