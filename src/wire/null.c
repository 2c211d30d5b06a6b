/* The wire that leads nowhere: for measuring how fast frames are made. */
#include "wire/wire.h"

#include <stdlib.h>

extern const struct wire_class wire_null;

static struct wire *null_open(const struct wire_opts *o, struct where at, struct errs *errs)
{
    (void)o;
    struct wire *w = malloc(sizeof *w);
    if (!w) {
        err_add(errs, at, "no memory for a wire");
        return NULL;
    }
    *w = (struct wire){.class = &wire_null, .fd = -1};
    return w;
}

static enum sent null_send(struct wire *w, const struct frame *f, size_t n, size_t *done)
{
    (void)w, (void)f;
    *done = n;
    return SENT_OK;
}

static bool null_close(struct wire *w, struct errs *errs)
{
    (void)errs;
    free(w);
    return true;
}

const struct wire_class wire_null = {
    .doc = {.name = "null", .help = "takes every frame and forgets it", .example = "null"},
    .open = null_open,
    .send = null_send,
    .close = null_close,
};
