/* unpack: gzip and zstd streams, read in constant memory. Used by trace/input.c. */
#ifndef TRACE_UNPACK_H
#define TRACE_UNPACK_H

#include "base/span.h"
#include <sys/types.h>

struct unpack;

/* "gzip" or "zstd" when `start`, the first bytes of a file, begins such a stream, else NULL. */
const char *unpack_kind(struct span start);
/* A reader of file `fd`, of which `start` has been read already (at most UNPACK_START bytes).
 * NULL without memory. */
#define UNPACK_START 65536u
struct unpack *unpack_open(int fd, const char *kind, struct span start);
/* Like read_some on the unpacked bytes; n > 0. -1: *problem says why. */
ssize_t unpack_read(struct unpack *u, uint8_t *to, size_t n, bool hurry, const char **problem);
/* The file was moved back to its start. */
void unpack_restart(struct unpack *u);
void unpack_close(struct unpack *u);

/* read(2), begun again when a signal interrupts it. In a hurry, READ_NOTHING where it would wait.
 */
#define READ_NOTHING (-2)
ssize_t read_some(int fd, uint8_t *to, size_t n, bool hurry);

#endif
