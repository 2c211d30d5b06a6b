/* source: the frames of one or several captures as one stream, in constant memory.
 *
 * Several files are merged by their time stamps or played one after the other; a directory
 * stands for the captures in it. Stands in front of struct trace for run/ (replay) and plan/
 * (a first look). One source belongs to one thread. */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include "trace/trace.h"

enum source_order {
    SOURCE_TIME,  /* merged: the file whose next frame has the earliest stamp comes next */
    SOURCE_FILES, /* one after the other, as given */
};
/* Most files that may be open at a time. Merging opens a file only when its first frame is due,
 * so a row of files that follow each other needs one at a time, however many they are. */
#define SOURCE_OPEN_MAX 64

struct source_files {
    const char **v;
    size_t n, cap;
};
/* Adds the path, or, when it is a directory, the captures in it by name; other files in it and
 * directories are passed over. False after adding what is wrong. */
bool source_list(struct arena *a, const char *path, struct source_files *out, struct where at,
                 struct errs *errs);

/* Whether the path stands for standard input or a pipe, which can be read once only. */
bool source_once(const char *path);

struct source_opts {
    const struct source_files *files;
    enum source_order order;
    bool preload; /* read all of it when it is opened; memory: the frames and 24 bytes for each */
    bool hurry;   /* a pipe is not waited for, unless it is preloaded: TRACE_LATER */
    size_t keep;  /* what takes no more memory is kept when it has been read once, to be rewound */
};
#define SOURCE_SMALL (16u << 20) /* a good choice for `keep`, over all workers */
struct source;

/* NULL after adding what is wrong: a file that cannot be read or is no capture. */
struct source *source_open(const struct source_opts *o, struct where at, struct errs *errs);
/* The next frame and the number of its file. A damaged file ends early and the others go on;
 * TRACE_DAMAGED comes in the end, once. The bytes stay valid until the next call. */
enum trace_next source_next(struct source *s, struct trace_frame *out, size_t *file);
/* Readable when what a pipe did not have yet has come; -1: there is no pipe. */
int source_fd(const struct source *s);
/* Starts over; false when it cannot: a pipe that was not preloaded. */
bool source_rewind(struct source *s);
/* "FILE: truncated frame at byte 1234" of the first file that is damaged, or NULL. */
const char *source_problem(const struct source *s);
void source_close(struct source *s);

#endif
