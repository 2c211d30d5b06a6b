#include "trace/input.h"
#include "trace/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_FIRST (256u << 10)

struct input {
    int fd;
    bool standard; /* standard input: neither rewound nor closed */
    bool ended;
    bool hurry, dry;
    const char *problem;
    const char *packing;
    struct unpack *unpack; /* NULL: not packed */
    uint64_t at;           /* of buf[from] in the unpacked file */
    size_t cap, from, to;
    uint8_t *buf;
};

/* Reads once, into the free end of the window. */
static void fill(struct input *in)
{
    uint8_t *to = in->buf + in->to;
    size_t room = in->cap - in->to;
    ssize_t got = in->unpack ? unpack_read(in->unpack, to, room, in->hurry, &in->problem)
                             : read_some(in->fd, to, room, in->hurry);
    if (got == -1 && !in->unpack) in->problem = strerror(errno);
    if (got > 0)
        in->to += (size_t)got;
    else if (got == READ_NOTHING)
        in->dry = true;
    else
        in->ended = true;
}

/* Sees to room for n bytes from in->from on, and moves what is left to the front for that only when
 * it must: a small file stays whole, and begins again without being read again. False without
 * memory. */
static bool make_room(struct input *in, size_t n)
{
    if (n <= in->cap - in->from) return true;
    memmove(in->buf, in->buf + in->from, in->to - in->from);
    in->to -= in->from;
    in->from = 0;
    size_t cap = in->cap;
    while (cap < n) cap = cap < INPUT_MAX / 2 ? cap * 2 : INPUT_MAX;
    if (cap == in->cap) return true;
    uint8_t *buf = realloc(in->buf, cap);
    if (!buf) {
        in->problem = "no memory";
        in->ended = true;
        return false;
    }
    in->buf = buf;
    in->cap = cap;
    return true;
}

bool input_need(struct input *in, size_t n, struct span *out)
{
    in->dry = false;
    if (in->to - in->from < n && !in->ended && make_room(in, n))
        while (in->to - in->from < n && !in->ended && !in->dry) fill(in);
    size_t have = in->to - in->from;
    *out = span_make(in->buf + in->from, have < n ? have : n);
    return have >= n;
}

bool input_skip(struct input *in, uint64_t n)
{
    for (in->dry = false;;) {
        size_t have = in->to - in->from;
        size_t take = n < have ? (size_t)n : have;
        in->from += take;
        in->at += take;
        n -= take;
        if (n == 0) return true;
        if (in->ended || in->dry) return false;
        in->from = in->to = 0;
        fill(in);
    }
}

void input_hurry(struct input *in)
{
    in->hurry = true;
}
bool input_dry(const struct input *in)
{
    return in->dry;
}
int input_fd(const struct input *in)
{
    return in->fd;
}
uint64_t input_at(const struct input *in)
{
    return in->at;
}
const char *input_problem(const struct input *in)
{
    return in->problem;
}
const char *input_packing(const struct input *in)
{
    return in->packing;
}

/* Looks at the first bytes and sets up unpacking. */
static bool sniff(struct input *in)
{
    struct span start;
    in->cap = UNPACK_START; /* what is read before the packing is known is handed on to it */
    input_need(in, 4, &start);
    in->packing = unpack_kind(start);
    if (in->packing) {
        in->unpack = unpack_open(in->fd, in->packing, span_make(in->buf, in->to));
        if (!in->unpack) in->problem = "no memory";
        in->to = 0;
        in->ended = false;
    }
    in->cap = WINDOW_FIRST;
    return !in->problem;
}

struct input *input_open(const char *path, struct where at, struct errs *errs)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_add(errs, at, "cannot read '%s': %s", path, strerror(errno));
        return NULL;
    }
    struct input *in = calloc(1, sizeof *in);
    if (in) *in = (struct input){.fd = fd, .standard = standard, .buf = malloc(WINDOW_FIRST)};
    if (!in || !in->buf || !sniff(in)) {
        err_add(errs, at, "cannot read '%s': %s", path,
                in && in->problem ? in->problem : "no memory");
        if (in)
            input_close(in);
        else if (!standard)
            close(fd);
        return NULL;
    }
    return in;
}

bool input_rewind(struct input *in)
{
    bool whole = in->at == in->from && !in->problem; /* the window begins where the file does */
    if (in->standard) return false;
    if (whole) {
        in->at = in->from = 0;
        return true;
    }
    if (lseek(in->fd, 0, SEEK_SET) != 0) return false;
    in->at = in->from = in->to = 0;
    in->ended = false;
    in->problem = NULL;
    if (in->unpack) unpack_restart(in->unpack);
    return true;
}

void input_close(struct input *in)
{
    if (!in) return;
    unpack_close(in->unpack);
    if (!in->standard) close(in->fd);
    free(in->buf);
    free(in);
}
