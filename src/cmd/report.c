/* spate report: renders a saved result again, in any format. */
#include <unistd.h>

#include "base/log.h"
#include "cmd/load.h"
#include "report/report.h"

static const struct option_spec report_options[] = {
    {"format", 'f', "FORMAT", "what standard output gets; default text"},
    {0},
};

static const char *format_at(const void *list, size_t i)
{
    (void)list;
    return i < report_class_count ? report_classes[i]->doc.name : NULL;
}

static int run(struct call *c)
{
    char hint[80];
    const char *format = option_value(c->options, "format"), *spec, *path;
    const struct report_class *class = report_named(format ? format : "text");
    if (!class) {
        err_add(c->errs, (struct where){0},
                "--format is '%.40s', expected one of those that 'spate "
                "list report' names%s",
                format, err_suggest(hint, err_nearest(format, format_at, NULL)));
        return EXIT_USAGE;
    }
    struct result *r = result_read(c->arena, c->options->args.v[0], c->errs);
    if (!r) return EXIT_USAGE;
    struct report_style style = {log_colour(STDOUT_FILENO), 0};
    if (!option_given(c->options, "quiet") && !class->write(r, &style, stdout))
        err_add(c->errs, (struct where){0}, "cannot write to standard output");
    for (size_t i = 0; (spec = option_nth(c->options, "output", i)); i++) {
        const struct report_class *as = report_for(spec, &path, c->errs);
        if (as) report_save(as, r, path, c->errs);
    }
    result_close(r);
    return errs_any(c->errs) ? EXIT_RUN : EXIT_PASS;
}

const struct command cmd_report = {
    .name = "report",
    .args = "RESULT",
    .help = "Renders a saved result again, in any format",
    .args_min = 1,
    .args_max = 1,
    .options = (const struct option_spec *const[]){report_options, output_options, NULL},
    .run = run,
};
