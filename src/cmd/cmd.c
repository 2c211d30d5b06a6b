#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"

#define CMD(name) extern const struct command cmd_##name;
#include "cmd/cmd.def"
#undef CMD

const struct command *const commands[] = {
#define CMD(name) &cmd_##name,
#include "cmd/cmd.def"
#undef CMD
};
const size_t command_count = sizeof commands / sizeof *commands;

void command_help(const struct command *c)
{
    printf("usage: spate %s %s\n\n%s.\n", c->name, c->args, c->help);
    for (size_t i = 0; c->options && c->options[i]; i++) {
        putchar('\n');
        for (const struct option_spec *o = c->options[i]; o->name; o++) {
            char left[64];
            snprintf(left, sizeof left, "%s%c%s --%s%s%s", o->letter ? "-" : " ",
                     o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name, o->arg ? " " : "",
                     o->arg ? o->arg : "");
            printf("  %-28s %s\n", left, o->help);
        }
    }
}

/* What was printed must have got there; a reader that closed its end had enough. */
static int flush_output(int code, struct errs *errs)
{
    int why = fflush(stdout) == 0 ? 0 : errno;
    if ((!why && !ferror(stdout)) || why == EPIPE) return code;
    err_add(errs, (struct where){0}, "cannot write to standard output%s%s", why ? ": " : "",
            why ? strerror(why) : "");
    return code == EXIT_PASS ? EXIT_RUN : code;
}

int command_run(const struct command *c, int argc, char **argv)
{
    struct arena arena = {0};
    struct errs errs = {0};
    struct options options = {0};
    struct call call = {c, &options, &arena, &errs};
    int code = EXIT_USAGE;
    bool fine = options_read(&options, c, &arena, argc, argv, &errs);
    if (fine && options.help) {
        command_help(c);
        code = EXIT_PASS;
    } else if (fine && (options.args.n < c->args_min || options.args.n > c->args_max)) {
        err_add(&errs, (struct where){0},
                "%s takes %s, but %zu argument%s given; see 'spate %s --help'", c->name, c->args,
                options.args.n, options.args.n == 1 ? " was" : "s were", c->name);
    } else if (fine) {
        code = c->run(&call);
    }
    code = flush_output(code, &errs);
    errs_print(&errs, stderr);
    arena_free(&arena);
    return errs_any(&errs) && code == EXIT_PASS ? EXIT_USAGE : code;
}
