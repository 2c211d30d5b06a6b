/* ini: the lines of a profile, with their true numbers.
 *
 * The only file that includes libinih's ini.h is ini.c. libinih cuts lines at a fixed length
 * and gives its handler no line number, so it is fed through ini_parse_stream by a reader
 * that counts lines and keeps the values back: libinih sees sections and keys only, and the
 * handler joins them with the value in hand. So values may have any length and hold anything.
 * A section's name has at most 48 bytes, a key 120, a profile 20,000 lines with content.
 * Called by profile.c only. */
#ifndef PROFILE_INI_H
#define PROFILE_INI_H

#include "base/arena.h"
#include "base/err.h"

/* One `key = value` line, or a `[section]` line (key NULL). Text is in the arena. A value
 * keeps everything after the '=', outer blanks removed; ` ;` begins a comment unless it
 * stands inside double quotes or ${...}. */
struct ini_line {
    unsigned line;
    const char *section; /* as written between the brackets, blanks trimmed */
    const char *key;
    struct span value;
};
struct ini_file {
    struct ini_line *v;
    size_t n, cap;
};

/* Reads `text`; `file` names it in errors and must live as long as the arena. Adds every
 * mistake it finds (a line that is neither, a key before any section, control bytes or NUL: a
 * binary file) and goes on. False when any was found. A line that is indented deeper than
 * a key continues its value, joined by a newline. */
bool ini_read(struct arena *a, const char *file, struct span text, struct ini_file *out,
              struct errs *errs);

#endif
