/* The command table, nothing else. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cmd/cmd.h"

static const char *name_at(const void *list, size_t i)
{
    (void)list;
    return i < command_count ? commands[i]->name : NULL;
}

static void usage(FILE *f)
{
    fprintf(f, "usage: spate COMMAND ...\n\n");
    for (size_t i = 0; i < command_count; i++) {
        const char *help = commands[i]->help, *end = strpbrk(help, ".:;");
        fprintf(f, "  %-8s %.*s\n", commands[i]->name,
                (int)(end ? (size_t)(end - help) : strlen(help)), help);
    }
    fprintf(f, "\n'spate COMMAND --help' tells more; 'spate --version' the version.\n");
}

int main(int argc, char **argv)
{
    char hint[80];
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("spate " SPATE_VERSION);
        return EXIT_PASS;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_PASS;
    }
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return command_run(commands[i], argc - 2, argv + 2);
    fprintf(stderr, "spate: unknown command '%.40s'%s, see 'spate --help'\n", argv[1],
            err_suggest(hint, err_nearest(argv[1], name_at, NULL)));
    return EXIT_USAGE;
}
