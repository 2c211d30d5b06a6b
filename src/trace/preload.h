/* preload: the frames of a source kept in memory, in the order in which they came.
 *
 * Pieces of 1 MiB hold frames one behind the other, each behind a header of 24 bytes. Used by
 * trace/source.c. */
#ifndef TRACE_PRELOAD_H
#define TRACE_PRELOAD_H

#include "trace/trace.h"

struct preload;

struct preload *preload_new(void); /* NULL without memory */
/* Keeps a copy; false without memory. */
bool preload_add(struct preload *p, const struct trace_frame *f, size_t file);
/* The next frame since the start or the last preload_rewind; false at the end. */
bool preload_next(struct preload *p, struct trace_frame *out, size_t *file);
void preload_rewind(struct preload *p);
/* Bytes of memory. */
size_t preload_size(const struct preload *p);
void preload_free(struct preload *p);

#endif
