/* What a replay's paths stand for. */
#include "trace/source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool source_once(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0) return true;
    return stat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* By its first bytes, so that a damaged capture is not passed over. */
static bool is_capture(const char *path, struct where at, struct errs *errs)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && trace_begins(path, at, errs);
}

static bool list_directory(struct arena *a, const char *path, struct source_files *out,
                           struct where at, struct errs *errs)
{
    struct dirent **entry;
    size_t before = out->n, errors = errs->n;
    int n = scandir(path, &entry, NULL, alphasort);
    if (n < 0) return err_add(errs, at, "cannot read '%s': %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = arena_printf(a, "%s/%s", path, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && is_capture(name, at, errs)) *VEC_PUSH(a, out) = name;
        free(entry[i]);
    }
    free(entry);
    if (errs->n > errors) return false;
    return out->n > before ||
           err_add(errs, at, "'%s' holds no captures, expected pcap or pcapng files", path);
}

bool source_list(struct arena *a, const char *path, struct source_files *out, struct where at,
                 struct errs *errs)
{
    if (is_directory(path)) return list_directory(a, path, out, at, errs);
    *VEC_PUSH(a, out) = path;
    return true;
}
