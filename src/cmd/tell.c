/* Running a plan for people: progress, signals, reports and the exit code. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/load.h"
#include "report/report.h"
#include "run/run.h"
#include "trace/print.h"

const struct option_spec output_options[] = {
    {"output", 'o', "FILE",
     "write a report; its format from the extension or FORMAT:FILE; repeatable"},
    {"quiet", 'q', NULL, "nothing on standard output"},
    {0},
};

static volatile sig_atomic_t interrupted;

#define ECHO_NS 200000000

/* The first signal drains the run, the second ends the program at once. timeout(1) signals a
 * program and then its group: what comes as close as that is the same signal. */
static void on_signal(int number)
{
    static volatile uint64_t first;
    if (interrupted && clock_now() - first > ECHO_NS) _exit(128 + number);
    if (!interrupted) first = clock_now();
    interrupted = number;
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void show_progress(void *ctx, const struct run_progress *p)
{
    char sent[UNITS_BUF], rate[UNITS_BUF], answers[UNITS_BUF], errors[UNITS_BUF];
    (void)ctx;
    double per_s = p->between_s > 0 ? (double)(p->now.sent - p->before.sent) / p->between_s : 0;
    fprintf(stderr, "\r\033[K%.0fs", p->elapsed_s);
    if (p->duration_s > 0) fprintf(stderr, " of %.0fs", p->duration_s);
    fprintf(stderr, "  sent %s  %s/s  answered %s  errors %s%s", units_whole(sent, p->now.sent),
            units_count(rate, per_s), units_whole(answers, p->now.answered),
            units_whole(errors, p->now.errors),
            interrupted   ? "  (draining; once more to end at once)"
            : p->draining ? "  (draining)"
                          : "");
    fflush(stderr);
}

/* A frame that somebody let go by a key: beside the reports, not among them. */
static void show_step(void *ctx, uint64_t number, struct span frame, enum error_kind why)
{
    (void)ctx;
    fprintf(stderr, "#%llu ", (unsigned long long)number + 1);
    if (why)
        fputs(error_help[why], stderr);
    else
        frame_print_text(frame, stderr);
    fputc('\n', stderr);
    fflush(stderr);
}

static bool has_steps(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->streams[i].way == WAY_REPLAY && p->streams[i].replay.step) return true;
    return false;
}

static unsigned terminal_width(void)
{
    struct winsize w;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

/* A report is written to a new file beside its own (report_save), so its folder must take one. */
static bool can_be_written(struct arena *a, const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0) return true;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        errno = EISDIR;
    else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return access(path, W_OK) == 0;
    else
        return access(slash ? arena_printf(a, "%.*s/", (int)(slash - path), path) : ".",
                      W_OK | X_OK) == 0;
    return false;
}

/* Formats and files are settled before anything is sent. */
static bool reports_known(struct call *c)
{
    const char *spec, *path;
    for (size_t i = 0; (spec = option_nth(c->options, "output", i)); i++)
        if (report_for(spec, &path, c->errs) && !can_be_written(c->arena, path))
            err_add(c->errs, (struct where){0}, "cannot write '%s': %s", path, strerror(errno));
    return !errs_any(c->errs);
}

static bool save_reports(const struct options *o, const struct result *r, struct errs *errs)
{
    const char *spec, *path;
    for (size_t i = 0; (spec = option_nth(o, "output", i)); i++) {
        const struct report_class *c = report_for(spec, &path, errs);
        if (c) report_save(c, r, path, errs);
    }
    return !errs_any(errs);
}

static int verdict_of(const struct result *r)
{
    bool failed = false, unsure = false;
    for (size_t i = 0; i < r->gate_count; i++) {
        if (r->gates[i].verdict == VERDICT_FAIL) failed = true;
        if (r->gates[i].verdict == VERDICT_NODATA) unsure = true;
    }
    if (r->failed_because) return EXIT_RUN;
    if (r->invalid) return EXIT_INVALID;
    if (failed) return EXIT_GATE;
    return unsure ? EXIT_INVALID : EXIT_PASS;
}

int run_and_tell(struct call *c, struct plan *p)
{
    const struct options *o = c->options;
    bool terminal = isatty(STDERR_FILENO);
    bool quiet = option_given(o, "quiet");
    if (!reports_known(c)) return EXIT_USAGE;
    const struct step step = {.fd = STDIN_FILENO, .tell = show_step};
    struct run_opts opts = {
        .step = &step,
        .interrupted = &interrupted,
        .begins = catch_signals,
        .progress = terminal && !quiet && !has_steps(p) ? show_progress : NULL,
    };
    struct result *r = run_plan(p, &opts, c->arena, c->errs);
    if (opts.progress) fputs("\r\033[K", stderr);
    if (!r) return EXIT_RUN;
    if (!quiet) {
        struct report_style style = {log_colour(STDOUT_FILENO), terminal_width()};
        report_named("text")->write(r, &style, stdout);
        fflush(stdout);
    }
    bool saved = save_reports(o, r, c->errs);
    int code = interrupted ? 128 + interrupted : verdict_of(r);
    if (r->failed_because && quiet) log_warn("%s", r->failed_because);
    if (!saved && code == EXIT_PASS) code = EXIT_RUN;
    result_close(r);
    return code;
}
