/* catalogue: everything the profile language knows, kind by kind, as described by the classes
 * that implement it. For `spate list` and docs/reference.md. */
#ifndef CMD_CATALOGUE_H
#define CMD_CATALOGUE_H

#include "base/arena.h"
#include "base/param.h"

struct catalogue {
    const char *name; /* "function" */
    const char *title, *help;
    /* The i-th entry, texts in the arena or static; false at the end. */
    bool (*entry)(size_t i, struct arena *a, struct doc *out);
};
extern const struct catalogue catalogues[];
extern const size_t catalogue_count;

#endif
