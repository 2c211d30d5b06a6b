/* cmd: one file per command. A command parses its arguments, calls the layers and prints.
 *
 * Adding one: cmd/NAME.c with `const struct command cmd_NAME`, and CMD(NAME) in cmd/cmd.def. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stddef.h>

enum exit_code {
    EXIT_PASS = 0,
    EXIT_RUN = 1,        /* the run itself failed */
    EXIT_USAGE = 2,      /* bad usage or profile */
    EXIT_GATE = 3,       /* a gate failed */
    EXIT_REGRESSION = 4, /* a comparison found a regression */
    EXIT_INVALID = 5,    /* the result is invalid or inconclusive */
};

struct options;
struct option_spec;
/* One invocation: what a command is handed. The arena lives as long as the command runs. */
struct call {
    const struct command *command;
    const struct options *options;
    struct arena *arena;
    struct errs *errs;
};
struct command {
    const char *name, *args, *help;
    size_t args_min, args_max;
    const struct option_spec *const *options; /* tables of options it takes; ends with NULL */
    int (*run)(struct call *c); /* errors it added and did not print make the exit code 2 */
};
extern const struct command *const commands[];
extern const size_t command_count;

/* Reads the arguments behind the command's name, runs it, prints what went wrong. */
int command_run(const struct command *c, int argc, char **argv);
/* "spate NAME ARGS", help and options, on standard output. */
void command_help(const struct command *c);

#endif
