/* input: the bytes of a capture file, unpacked, seen through a window that moves forward.
 *
 * The window grows only to the largest piece asked for, so memory is bounded by INPUT_MAX
 * whatever the file's length. Used by the format readers of trace/. */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include "base/err.h"
#include "base/span.h"

#define INPUT_MAX (17u << 20) /* the largest piece anybody may ask for */

struct input;

/* "-" is standard input. gzip and zstd are recognised by their first bytes. NULL after adding
 * what is wrong. */
struct input *input_open(const char *path, struct where at, struct errs *errs);
/* "gzip", "zstd", or NULL when the file is not packed. */
const char *input_packing(const struct input *in);
/* Shows the next n bytes (n <= INPUT_MAX) without taking them: they stay valid until the next
 * input_need. When fewer are left, shows those and returns false; input_problem tells whether
 * that is the file's end. */
bool input_need(struct input *in, size_t n, struct span *out);
/* Takes n bytes, seen or not; false when the input ended before: input_at tells how far it came. */
bool input_skip(struct input *in, uint64_t n);
/* Does not wait any more for a pipe that has nothing to read. */
void input_hurry(struct input *in);
/* Whether that is why the last need or skip came to less than was asked for. */
bool input_dry(const struct input *in);
int input_fd(const struct input *in);
/* How many bytes have been taken, counted after unpacking. */
uint64_t input_at(const struct input *in);
/* Why the input ended too early (read error, damaged packing); NULL when it did not. */
const char *input_problem(const struct input *in);
/* Starts over; false when the input cannot. */
bool input_rewind(struct input *in);
void input_close(struct input *in);

#endif
