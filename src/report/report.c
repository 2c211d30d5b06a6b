#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORT(name) extern const struct report_class report_##name;
#include "report/report.def"
#undef REPORT

const struct report_class *const report_classes[] = {
#define REPORT(name) &report_##name,
#include "report/report.def"
#undef REPORT
};
const size_t report_class_count = sizeof report_classes / sizeof *report_classes;

const struct report_class *report_named(const char *name)
{
    for (size_t i = 0; i < report_class_count; i++)
        if (strcmp(report_classes[i]->doc.name, name) == 0) return report_classes[i];
    return NULL;
}

static const struct report_class *by_extension(const char *path)
{
    const char *base = strrchr(path, '/'), *dot = strrchr(base ? base : path, '.');
    if (!dot) return NULL;
    for (size_t i = 0; i < report_class_count; i++)
        for (const char *const *e = report_classes[i]->extensions; *e; e++)
            if (strcmp(*e, dot + 1) == 0) return report_classes[i];
    return NULL;
}

static const char *class_name(const void *list, size_t i)
{
    (void)list;
    return i < report_class_count ? report_classes[i]->doc.name : NULL;
}

static char *all_names(char *buf, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < report_class_count && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? " " : "",
                               report_classes[i]->doc.name);
    return buf;
}

const struct report_class *report_for(const char *spec, const char **path, struct errs *errs)
{
    char names[160], hint[80], format[24];
    const struct where nowhere = {0};
    const char *colon = strchr(spec, ':'), *slash = strchr(spec, '/');
    *path = spec;
    if (!colon || (slash && slash < colon)) {
        const struct report_class *c = by_extension(spec);
        if (!c)
            err_add(errs, nowhere,
                    "the extension of '%s' names no format, expected FORMAT:FILE with one of: %s",
                    spec, all_names(names, sizeof names));
        return c;
    }
    *path = colon + 1;
    snprintf(format, sizeof format, "%.*s", (int)(colon - spec), spec);
    const struct report_class *c = report_named(format);
    if (!c)
        err_add(errs, nowhere, "unknown report format '%s', expected one of: %s%s", format,
                all_names(names, sizeof names),
                err_suggest(hint, err_nearest(format, class_name, NULL)));
    if (c && !**path) {
        err_add(errs, nowhere, "'%s' names no file, expected %s:FILE, or - for standard output",
                spec, format);
        return NULL;
    }
    return c;
}

static bool failed(const char *path, struct errs *errs)
{
    return err_add(errs, (struct where){0}, "cannot write '%s': %s", path, strerror(errno));
}

static bool write_and_flush(const struct report_class *c, const struct result *r, FILE *f)
{
    const struct report_style plain = {0};
    errno = 0;
    if (c->write(r, &plain, f) && !ferror(f) && fflush(f) == 0) return true;
    if (!errno) errno = EIO;
    return false;
}

/* A device, a pipe or the like cannot be replaced by a file beside it. */
static bool save_in_place(const struct report_class *c, const struct result *r, const char *path,
                          struct errs *errs)
{
    FILE *f = fopen(path, "we");
    if (!f) return failed(path, errs);
    bool ok = write_and_flush(c, r, f);
    if (!ok) failed(path, errs);
    fclose(f);
    return ok;
}

static bool save_beside(const struct report_class *c, const struct result *r, const char *path,
                        struct errs *errs)
{
    size_t n = strlen(path) + sizeof ".XXXXXX";
    char *temp = malloc(n);
    if (!temp) abort();
    snprintf(temp, n, "%s.XXXXXX", path);
    int fd = mkstemp(temp);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        free(temp);
        return failed(path, errs);
    }
    mode_t mask = umask(0);
    umask(mask);
    bool ok = fchmod(fd, 0666 & ~mask) == 0 && write_and_flush(c, r, f);
    ok = fclose(f) == 0 && ok;
    ok = ok && rename(temp, path) == 0;
    if (!ok) {
        failed(path, errs);
        unlink(temp);
    }
    free(temp);
    return ok;
}

bool report_save(const struct report_class *c, const struct result *r, const char *path,
                 struct errs *errs)
{
    if (strcmp(path, "-") == 0)
        return write_and_flush(c, r, stdout) || failed("standard output", errs);
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) return save_in_place(c, r, path, errs);
    char *real = realpath(path, NULL); /* a link stays one */
    bool ok = save_beside(c, r, real ? real : path, errs);
    free(real);
    return ok;
}
