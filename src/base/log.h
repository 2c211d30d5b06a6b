/* log: what the program tells people while it works, on standard error.
 *
 * Levels are set once by cmd/. Never called on the hot path. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_QUIET, LOG_WARN, LOG_INFO, LOG_DEBUG };
void log_set_level(enum log_level level);
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Whether colours may be used on this file descriptor: a terminal, and NO_COLOR is not set. */
bool log_colour(int fd);

#endif
