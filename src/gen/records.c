#include "gen/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES 65536
#define IN_MEMORY (1 << 20)
#define SCAN_SIZE (256 * 1024)
#define READ_SIZE 8192

static void close_file(void *what)
{
    close(((struct records *)what)->fd);
}

/* As many of n bytes as there are; less only at the file's end or after an error. */
static size_t read_at(const struct records *r, uint64_t offset, size_t n, uint8_t *to)
{
    size_t got = 0;
    while (got < n) {
        ssize_t k = pread(r->fd, to + got, n - got, (off_t)(offset + got));
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) break;
        got += (size_t)k;
    }
    return got;
}

static bool cannot(struct gen_env *env, struct where at, const char *path, const char *why)
{
    return err_add(env->errs, at, "cannot read '%s': %s", path, why);
}

struct records *records_open(struct gen_env *env, struct where at, const char *path, bool csv)
{
    struct stat st;
    if (env->profile) path = profile_path(env->profile, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        cannot(env, at, path, strerror(errno));
        return NULL;
    }
    struct records *r = arena_new(env->arena, struct records);
    *r = (struct records){.path = path, .fd = fd, .csv = csv};
    arena_at_end(env->arena, close_file, r);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        cannot(env, at, path, "it is not a regular file");
        return NULL;
    }
    r->size = (uint64_t)st.st_size;
    if (r->size <= IN_MEMORY) {
        uint8_t *p = arena_alloc(env->arena, r->size);
        r->size = read_at(r, 0, r->size, p);
        r->memory = p;
    }
    return r;
}

/* Offset of the first byte behind a byte order mark. */
static uint64_t text_start(const struct records *r)
{
    uint8_t b[3];
    return read_at(r, 0, 3, b) == 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Where the record that begins a span ends: the offset of its line end, or s.n. */
static size_t record_end(bool csv, struct span s)
{
    if (!csv) return span_find(s, '\n');
    enum csv_state state = CSV_START;
    for (size_t i = 0; i < s.n; i++) {
        state = csv_step(state, s.p[i]);
        if (state == CSV_END) return i;
    }
    return s.n;
}

static struct span without_cr(struct span s)
{
    if (s.n && s.p[s.n - 1] == '\r') s.n--;
    return s;
}

bool records_header(struct gen_env *env, struct where at, struct records *r, struct span *out)
{
    uint8_t *p = arena_alloc(env->arena, READ_SIZE);
    struct span s = span_make(p, read_at(r, text_start(r), READ_SIZE, p));
    size_t end = record_end(r->csv, s);
    if (s.n == 0) return cannot(env, at, r->path, "it is empty");
    if (end == READ_SIZE) return cannot(env, at, r->path, "its first line is longer than 8 KiB");
    *out = without_cr(span_sub(s, 0, end));
    return true;
}

/* One pass over the file. */
struct scan {
    struct gen_env *env;
    struct where at;
    struct records *r;
    bool header;      /* the next record is the header */
    uint64_t columns; /* wanted */
    enum csv_state state;
    uint64_t start;            /* of the record, in the file */
    uint64_t line, first_line; /* of the file, and where the record began; from 1 */
    uint64_t commas;
    bool blank; /* nothing but carriage returns so far */
    bool bad;
};

static void add_entry(struct scan *s)
{
    struct records *r = s->r;
    if (r->count % r->stride) return;
    if (r->n == ENTRIES) {
        for (size_t i = 0; i < ENTRIES / 2; i++) r->offset[i] = r->offset[2 * i];
        r->n /= 2;
        r->stride *= 2;
    }
    if (r->count % r->stride == 0) r->offset[r->n++] = s->start;
}

static bool too_long(const struct scan *s)
{
    return !err_add(s->env->errs, s->at, "%s:%llu: the line is longer than 1 MiB", s->r->path,
                    (unsigned long long)s->first_line);
}

/* The record that began at s->start ends before `end`; the next one begins at `next`. */
static void end_record(struct scan *s, uint64_t end, uint64_t next)
{
    uint64_t length = end - s->start;
    unsigned long long line = s->first_line, commas = s->commas;
    if (s->r->csv && s->blank && length <= 1) {
        /* empty but for its line end: does not count */
    } else if (s->header) {
        s->header = false;
    } else if (length > RECORD_MAX) {
        s->bad = too_long(s);
    } else if (s->r->csv && commas + 1 < s->columns) {
        s->bad = !err_add(s->env->errs, s->at,
                          "%s:%llu: there are %llu columns, column %llu was asked for", s->r->path,
                          line, commas + 1, (unsigned long long)s->columns);
    } else {
        add_entry(s);
        s->r->count++;
        if (length > s->r->longest) s->r->longest = length;
    }
    s->start = next;
    s->first_line = s->line;
    s->commas = 0;
    s->blank = true;
    s->state = CSV_START;
}

static void scan_lines(struct scan *s, struct span in, uint64_t from)
{
    for (size_t at = 0; at < in.n && !s->bad;) {
        size_t end = at + span_find(span_from(in, at), '\n');
        if (end == in.n) break;
        at = end + 1;
        s->line++;
        end_record(s, from + end, from + at);
    }
}

static void scan_csv(struct scan *s, struct span in, uint64_t from)
{
    for (size_t i = 0; i < in.n && !s->bad; i++) {
        uint8_t c = in.p[i];
        s->line += c == '\n';
        s->state = csv_step(s->state, c);
        if (s->state == CSV_END) {
            end_record(s, from + i, from + i + 1);
            continue;
        }
        s->commas += s->state == CSV_START;
        s->blank = s->blank && c == '\r';
    }
}

bool records_index(struct gen_env *env, struct where at, struct records *r, bool header,
                   uint64_t columns)
{
    uint64_t from = text_start(r);
    struct scan s = {.env = env, .at = at, .r = r, .header = header, .columns = columns};
    s.start = from;
    s.line = s.first_line = 1;
    s.blank = true;
    r->offset = arena_array(env->arena, uint64_t, ENTRIES);
    r->stride = 1;
    uint8_t *buf = malloc(SCAN_SIZE);
    if (!buf) return cannot(env, at, r->path, "out of memory");
    for (size_t n; !s.bad && (n = read_at(r, from, SCAN_SIZE, buf)) > 0; from += n) {
        (r->csv ? scan_csv : scan_lines)(&s, span_make(buf, n), from);
        if (!s.bad && from > s.start + RECORD_MAX) s.bad = too_long(&s);
    }
    free(buf);
    if (s.bad) return false;
    if (s.state == CSV_QUOTED)
        return err_add(env->errs, at, "%s:%llu: a quote is opened and never closed", r->path,
                       (unsigned long long)s.first_line);
    if (from < r->size) return cannot(env, at, r->path, "it ends before its size");
    r->size = from;
    if (s.start < from) end_record(&s, from, from);
    if (s.bad) return false;
    return r->count ||
           cannot(env, at, r->path, header ? "there is no line below the names" : "it is empty");
}

struct record_reader record_reader(const struct records *r, struct scratch *scratch)
{
    struct record_reader c = {.r = r, .next = UINT64_MAX};
    if (r->memory) {
        c.have = span_make(r->memory, r->size);
        return c;
    }
    c.room = r->longest + 2 + READ_SIZE;
    c.buf = scratch_take(scratch, c.room);
    return c;
}

/* The bytes at hand from c->at on. */
static struct span ahead(const struct record_reader *c)
{
    bool inside = c->at >= c->from && c->at - c->from <= c->have.n;
    return inside ? span_from(c->have, (size_t)(c->at - c->from)) : (struct span){0};
}

/* Reads on behind the bytes at hand, dropping what lies before c->at. False at the end. */
static bool read_more(struct record_reader *c)
{
    if (c->r->memory) return false;
    struct span keep = ahead(c);
    if (keep.n) memmove(c->buf, keep.p, keep.n);
    uint64_t end = c->at + keep.n, left = c->r->size > end ? c->r->size - end : 0;
    size_t want = c->room - keep.n < READ_SIZE ? c->room - keep.n : READ_SIZE;
    size_t got = read_at(c->r, end, left < want ? left : want, c->buf + keep.n);
    c->from = c->at;
    c->have = span_make(c->buf, keep.n + got);
    return got > 0;
}

/* The record at c->at with its line end, which is stepped over. */
static struct span step(struct record_reader *c)
{
    for (;;) {
        struct span s = ahead(c);
        size_t end = record_end(c->r->csv, s);
        if (end < s.n || !read_more(c)) {
            c->at += end + (end < s.n);
            return without_cr(span_sub(s, 0, end));
        }
    }
}

struct span record_at(struct record_reader *c, uint64_t k)
{
    const struct records *r = c->r;
    uint64_t block = k / r->stride;
    if (k < c->next || block * r->stride > c->next) {
        c->at = r->offset[block];
        c->next = block * r->stride;
    }
    while (c->at < r->size) {
        uint64_t before = c->at;
        struct span s = step(c);
        if (c->at == before) break; /* cut off */
        if (r->csv && s.n == 0) continue;
        if (c->next++ == k) return s;
    }
    c->next = UINT64_MAX;
    return (struct span){0};
}
