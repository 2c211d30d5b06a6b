/* times: a text file of rising times, one per line, read in pieces.
 *
 * The file is read through once when it is opened: every line is checked and a sparse index is
 * made (at most TIMES_INDEX places, whatever the size), so that a reader finds any line
 * without starting over. Readers use pread on one descriptor, which stays open as long as the
 * process, since a plan lives as long as that. Used by recorded.c only. */
#ifndef PACE_TIMES_H
#define PACE_TIMES_H

#include "pace/class.h"

#define TIMES_INDEX 1024
#define TIMES_BUF 32768

/* Where line number `index * stride` begins (counting lines that hold a time). */
struct times_place {
    uint64_t offset;
    uint64_t ns; /* its time, since the first */
};
struct times {
    int fd;
    uint64_t n;           /* lines that hold a time; at least 1 */
    uint64_t first, last; /* ns, as written */
    uint64_t stride;
    size_t places;
    struct times_place place[TIMES_INDEX];
};
struct times_reader {
    bool begun;
    uint64_t next;   /* number of the line that times_next yields */
    uint64_t offset; /* in the file, of buf[0] */
    size_t at, have; /* the unread part of buf */
    uint64_t now;    /* the time of line next - 1, ns since the first; when there is one */
    uint8_t buf[TIMES_BUF];
};

/* Opens and checks. False after adding what is wrong. */
bool times_open(struct gen_env *env, const char *path, struct where at, struct times *out);
/* The time of line i, ns since the first; NEVER behind the end, or when the file has changed. */
uint64_t times_get(const struct times *f, struct times_reader *r, uint64_t i);
/* How many lines have a time of at most `ns` since the first. */
uint64_t times_until(const struct times *f, struct times_reader *r, uint64_t ns);

#endif
