/* options: the command line of one command, read by a table that is also its help. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "cmd/cmd.h"

struct option_spec {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    const char *arg;  /* what it takes, for help; NULL: nothing */
    const char *help;
};
struct option {
    const struct option_spec *spec;
    const char *value; /* "" when it takes none */
};
struct options {
    struct option *v; /* in the order given */
    size_t n, cap;
    struct {
        const char **v;
        size_t n, cap;
    } args; /* what is no option */
    bool help;
};

/* Reads argv against the command's tables: --name value, --name=value, -n value, -- to end
 * them; "-" is an argument. False after adding what is wrong. --help and -h set `help`. */
bool options_read(struct options *o, const struct command *c, struct arena *a, int argc,
                  char **argv, struct errs *errs);
/* The last value of an option, or NULL when it was not given. */
const char *option_value(const struct options *o, const char *name);
bool option_given(const struct options *o, const char *name);
/* The i-th value of an option that may be repeated, or NULL. */
const char *option_nth(const struct options *o, const char *name, size_t i);
/* A whole number in lo..hi; false after adding what is wrong; untouched when not given. */
bool option_number(const struct options *o, const char *name, uint64_t lo, uint64_t hi,
                   uint64_t *out, struct errs *errs);

#endif
