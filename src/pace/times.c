#include "pace/times.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum line { LINE_TIME, LINE_NONE, LINE_BAD, LINE_END };

/* The next line, without its end, from r->at; the span lives in the buffer until the next
 * call. False at the end of the file. A line longer than the buffer comes in pieces. */
static bool next_line(int fd, struct times_reader *r, struct span *line)
{
    for (;;) {
        struct span rest = span_make(r->buf + r->at, r->have - r->at);
        size_t n = span_find(rest, '\n');
        if (n < rest.n || rest.n == TIMES_BUF) {
            *line = span_sub(rest, 0, n);
            r->at += n < rest.n ? n + 1 : n;
            return true;
        }
        memmove(r->buf, rest.p, rest.n);
        r->offset += r->at;
        r->at = 0;
        r->have = rest.n;
        ssize_t got = pread(fd, r->buf + rest.n, TIMES_BUF - rest.n, (off_t)(r->offset + rest.n));
        if (got > 0) {
            r->have += (size_t)got;
            continue;
        }
        *line = span_make(r->buf, rest.n);
        r->at = rest.n;
        return rest.n > 0;
    }
}

/* Seconds with a fraction, in ns; digits beyond the ninth after the point are dropped. */
static bool read_seconds(struct span s, uint64_t *ns)
{
    uint64_t v = 0, digits = 0, unit = 1000000000;
    bool point = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c == '.' && !point && digits) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') return false;
        digits++;
        if (point && unit == 1) continue;
        if (point) unit /= 10;
        if (__builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (unsigned)(c - '0'), &v))
            return false;
    }
    return digits && !__builtin_mul_overflow(v, unit, ns);
}

/* Blank lines, and those that begin with '#', hold no time. */
static enum line next(int fd, struct times_reader *r, uint64_t *ns, struct span *line)
{
    if (!next_line(fd, r, line)) return LINE_END;
    *line = span_trim(*line);
    if (line->n == 0 || line->p[0] == '#') return LINE_NONE;
    return read_seconds(*line, ns) ? LINE_TIME : LINE_BAD;
}

/* Keeps line f->n in the index when it is its turn; a full index keeps every other place. */
static void note_place(struct times *f, uint64_t offset, uint64_t ns)
{
    if (f->n % f->stride) return;
    if (f->places == TIMES_INDEX) {
        f->places /= 2;
        for (size_t i = 0; i < f->places; i++) f->place[i] = f->place[2 * i];
        f->stride *= 2;
        if (f->n % f->stride) return;
    }
    f->place[f->places++] = (struct times_place){offset, ns - f->first};
}

static bool read_through(struct gen_env *env, const char *path, struct times *f,
                         struct times_reader *r)
{
    struct where at = {path, 0};
    struct span line;
    uint64_t ns, last = 0;
    for (;;) {
        uint64_t offset = r->offset + r->at;
        enum line kind = next(f->fd, r, &ns, &line);
        if (kind == LINE_END) break;
        at.line++;
        if (kind == LINE_NONE) continue;
        if (kind == LINE_BAD)
            return err_add(env->errs, at, "'%.*s' is no time, expected seconds such as 12.345",
                           (int)(line.n < 40 ? line.n : 40), (const char *)line.p);
        if (f->n == 0) f->first = last = ns;
        if (ns < last)
            return err_add(env->errs, at,
                           "time %.*s is before the one above it, expected rising times",
                           (int)(line.n < 40 ? line.n : 40), (const char *)line.p);
        if (ns - f->first > LENGTH_MAX)
            return err_add(env->errs, at, "time %.*s is more than 400d after the first one",
                           (int)(line.n < 40 ? line.n : 40), (const char *)line.p);
        note_place(f, offset, ns);
        last = ns;
        f->n++;
    }
    f->last = last;
    at.line = 0;
    return f->n || err_add(env->errs, at, "holds no time, expected one in seconds on each line");
}

bool times_open(struct gen_env *env, const char *path, struct where at, struct times *f)
{
    struct stat st;
    *f = (struct times){.stride = 1};
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0) return err_add(env->errs, at, "cannot read %s: %s", path, strerror(errno));
    if (fstat(f->fd, &st) || !S_ISREG(st.st_mode)) {
        close(f->fd);
        return err_add(env->errs, at, "cannot read %s, expected a regular file", path);
    }
    struct arena a = {0};
    bool ok = read_through(env, path, f, arena_new(&a, struct times_reader));
    arena_free(&a);
    if (!ok) close(f->fd);
    return ok;
}

static void go_to(struct times_reader *r, const struct times *f, size_t place)
{
    r->begun = true;
    r->next = place * f->stride;
    r->offset = f->place[place].offset;
    r->at = r->have = 0;
    r->now = 0;
}

/* Steps over line number r->next. False when the file ends or has changed since it was opened. */
static bool step(const struct times *f, struct times_reader *r)
{
    struct span line;
    uint64_t ns;
    enum line kind;
    while ((kind = next(f->fd, r, &ns, &line)) == LINE_NONE) {
    }
    if (kind != LINE_TIME || ns < f->first || ns - f->first < r->now) return false;
    r->now = ns - f->first;
    r->next++;
    return true;
}

uint64_t times_get(const struct times *f, struct times_reader *r, uint64_t i)
{
    if (i >= f->n) return NEVER;
    if (!r->begun || i + 1 < r->next || i / f->stride > r->next / f->stride)
        go_to(r, f, i / f->stride);
    while (r->next <= i)
        if (!step(f, r)) return NEVER;
    return r->now;
}

uint64_t times_until(const struct times *f, struct times_reader *r, uint64_t ns)
{
    size_t lo = 0, hi = f->places;
    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;
        if (f->place[middle].ns <= ns)
            lo = middle;
        else
            hi = middle;
    }
    uint64_t n = lo * f->stride;
    while (n < f->n && times_get(f, r, n) <= ns) n++;
    return n;
}
