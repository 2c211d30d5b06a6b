/* Files that a profile is read from or refers to. */
#include "profile/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of fd, or of its first max + 1 bytes. False with errno set. */
static bool read_all(struct arena *a, int fd, size_t size_hint, size_t max, struct span *out)
{
    size_t n = 0, cap = (size_hint < 4096 ? 4096 : size_hint) + 1;
    if (cap > max) cap = max + 1;
    uint8_t *buf = arena_alloc(a, cap);
    for (;;) {
        ssize_t got = read(fd, buf + n, cap - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        n += (size_t)got;
        if (got == 0 || n > max) break;
        if (n == cap) {
            size_t more = cap < max / 2 ? cap * 2 : max + 1;
            uint8_t *bigger = arena_alloc(a, more);
            memcpy(bigger, buf, n);
            buf = bigger;
            cap = more;
        }
    }
    *out = span_make(buf, n);
    return true;
}

bool profile_read_file(struct arena *a, const char *path, size_t max, struct where at,
                       struct span *out, struct errs *errs)
{
    bool standard_input = strcmp(path, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    size_t hint = ok && S_ISREG(st.st_mode) ? (size_t)st.st_size : 65536;
    ok = ok && read_all(a, fd, hint, max, out);
    int why = errno;
    if (fd >= 0 && !standard_input) close(fd);
    if (!ok) return err_add(errs, at, "cannot read '%s': %s", path, strerror(why));
    if (out->n > max)
        return err_add(errs, at, "'%s' has more than %zu bytes, the most that is read", path, max);
    return true;
}

const char *profile_path(const struct profile *p, const char *path)
{
    bool plain = strcmp(p->dir, ".") == 0 && path[0] != '-'; /* "-" is standard input */
    if (path[0] == '/' || plain) return arena_strdup(p->arena, path);
    return arena_printf(p->arena, "%s/%s", p->dir, path);
}
