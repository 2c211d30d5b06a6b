#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum log_level limit = LOG_INFO;

void log_set_level(enum log_level level)
{
    limit = level;
}

#define SAY(name, level, prefix)                                                                   \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        if (limit < level) return;                                                                 \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        fputs(prefix, stderr);                                                                     \
        vfprintf(stderr, fmt, ap);                                                                 \
        fputc('\n', stderr);                                                                       \
        va_end(ap);                                                                                \
    }
SAY(log_warn, LOG_WARN, "spate: warning: ")
SAY(log_info, LOG_INFO, "spate: ")
SAY(log_debug, LOG_DEBUG, "spate: debug: ")

bool log_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fd) && !(no && *no);
}
